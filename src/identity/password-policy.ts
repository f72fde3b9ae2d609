import { readRecord, type Core } from './core.ts';
import { IdentityError } from './error.ts';
import type { Account, PasswordPolicy } from './model.ts';
import { passwordPolicies } from './records.ts';

/** The most passwords back that a policy can look ("UpdateAccountPasswordPolicy"). */
export const REMEMBERED_PASSWORDS_MAX = 24;

/** What counts as a symbol ("Setting an account password policy for IAM users"). */
const SYMBOL = /[!@#$%^&*()_+\-=[\]{}|']/;
const UPPERCASE = /[A-Z]/;
const LOWERCASE = /[a-z]/;
const DIGIT = /[0-9]/;

/** Without a policy of its own an account has AWS's: this long, and three of the four kinds. */
const DEFAULT_LENGTH_MIN = 8;
const DEFAULT_KINDS_MIN = 3;

export function passwordPolicyMethods(core: Core) {
  return {
    /** The account's own policy. Throws NoSuchEntity when AWS's default holds. */
    async getPasswordPolicy(account: string): Promise<PasswordPolicy> {
      const policy = await readRecord(core, passwordPolicies, account);
      if (policy !== undefined) return policy;
      throw new IdentityError(
        'NoSuchEntity',
        `The Password Policy with domain name ${account} cannot be found.`,
      );
    },
    findPasswordPolicy: (account: string) => readRecord(core, passwordPolicies, account),
    /** Replaces the whole policy. It holds from the next change of each password on. */
    putPasswordPolicy: (account: string, policy: PasswordPolicy): Promise<void> =>
      core.transact(async (tx) => tx.set(passwordPolicies, policy, account)),
    deletePasswordPolicy: (account: string): Promise<void> =>
      core.transact(async (tx) => {
        if ((await tx.get(passwordPolicies, account)) === undefined) {
          throw new IdentityError(
            'NoSuchEntity',
            'The account policy with name PasswordPolicy cannot be found.',
          );
        }
        tx.delete(passwordPolicies, account);
      }),
  };
}

/** Throws PasswordPolicyViolation, which names the first rule that is broken and not the password. */
export function assertConforms(
  password: string,
  policy: PasswordPolicy | undefined,
  account: Pick<Account, 'name' | 'email'>,
): void {
  const broken =
    policy === undefined ? brokenDefault(password, account) : brokenRule(password, policy);
  if (broken !== undefined) throw new IdentityError('PasswordPolicyViolation', broken);
}

function brokenRule(password: string, policy: PasswordPolicy): string | undefined {
  if (password.length < policy.minimumLength) {
    return `Password should have a minimum length of ${policy.minimumLength}`;
  }
  const kinds: [isRequired: boolean, pattern: RegExp, name: string][] = [
    [policy.requireUppercase, UPPERCASE, 'uppercase letter'],
    [policy.requireLowercase, LOWERCASE, 'lowercase letter'],
    [policy.requireNumbers, DIGIT, 'number'],
    [policy.requireSymbols, SYMBOL, 'symbol'],
  ];
  const missing = kinds.find(([isRequired, pattern]) => isRequired && !pattern.test(password));
  return missing && `Password should have at least one ${missing[2]}`;
}

function brokenDefault(
  password: string,
  { name, email }: Pick<Account, 'name' | 'email'>,
): string | undefined {
  const kinds = [UPPERCASE, LOWERCASE, DIGIT, SYMBOL].filter((kind) => kind.test(password));
  const isFine =
    password.length >= DEFAULT_LENGTH_MIN &&
    kinds.length >= DEFAULT_KINDS_MIN &&
    ![name, email].some((known) => known.toLowerCase() === password.toLowerCase());
  return isFine ? undefined : 'Password does not conform to the account password policy.';
}
