import { parseIamArn, type IdentityStore, type Session } from '../../identity/index.ts';
import { parsePolicy } from '../../policy/index.ts';
import { StsError } from '../errors.ts';

interface PoliciesInput {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

/**
 * The session policies that a caller passes, as the session keeps them: managed ones by their unique
 * ids, which must be the account's or AWS's own.
 */
export async function readSessionPolicies(
  identity: IdentityStore,
  account: string,
  { Policy, PolicyArns = [] }: PoliciesInput,
): Promise<Pick<Session, 'policy' | 'policyIds'>> {
  if (Policy !== undefined) {
    const parsed = parsePolicy(Policy, 'identity');
    if (!parsed.ok) {
      const message = parsed.findings[0]?.message ?? 'This policy contains invalid Json';
      throw new StsError('MalformedPolicyDocument', message);
    }
  }
  const policyIds = new Set<string>();
  for (const { arn = '' } of PolicyArns) {
    const policy =
      parseIamArn(arn)?.kind === 'policy' ? await identity.findPolicy(account, arn) : undefined;
    if (policy === undefined) {
      throw new StsError(
        'InvalidParameterValue',
        `Policy ${arn} does not exist or is not attachable.`,
      );
    }
    policyIds.add(policy.id);
  }
  return { ...(Policy === undefined ? {} : { policy: Policy }), policyIds: [...policyIds] };
}
