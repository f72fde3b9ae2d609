import { compileActionPattern, compilePattern } from '../pattern.ts';
import { KNOWN_ACTIONS, type KnownAction } from './actions.ts';
import type { Assertion, PrincipalPattern, Selection } from './assertion.ts';
import type { Region } from './regions.ts';
import type { Subject } from './subject.ts';

const matches = (pattern: string, text: string): boolean =>
  compilePattern(pattern, false)(text, () => undefined);

/** Whether the assertion speaks of the subject, where it asks for a resource of this region. */
export function concerns(
  { principals, verb }: Assertion,
  subject: Subject,
  region: Region,
): boolean {
  // Who does not exist yet has nothing: that he can do nothing refutes nothing.
  if (verb === 'CAN' && !subject.exists && subject.kind !== 'stranger') return false;
  // What strangers do at home is nobody's business here.
  if (subject.kind === 'stranger' && subject.accountId === region.resourceAccountId) return false;
  return isSelected(principals, (pattern) => names(pattern, subject, region));
}

function isSelected<T>({ of, except }: Selection<T>, test: (each: T) => boolean): boolean {
  return of.some(test) && !except.some(test);
}

function names(pattern: PrincipalPattern, subject: Subject, region: Region): boolean {
  const { kind, accountId, principal, user, role } = subject;
  const isOwners = accountId === region.resourceAccountId;
  switch (pattern.kind) {
    case 'anyone':
      return kind !== 'root' || !isOwners;
    case 'anonymous':
      return kind === 'anonymous';
    case 'outsiders':
      return kind !== 'anonymous' && !isOwners;
    case 'root':
      if (kind !== 'root') return false;
      return pattern.account === undefined || pattern.account === accountId;
    case 'account':
      if (pattern.account === undefined) return kind === 'user' || kind === 'role';
      return pattern.account === accountId && kind !== 'root';
    case 'user':
      return user !== undefined && matches(pattern.name, user.name);
    case 'role':
      return role !== undefined && matches(pattern.name, role.name);
    case 'group':
      return user?.groups.some((group) => matches(pattern.name, group)) === true;
    case 'arn': {
      if (principal.kind === 'anonymous' || principal.kind === 'service') return false;
      // Of strangers only those are meant who are named in full, and so stand for nobody else.
      if (!subject.exists && !mentions(pattern)) return false;
      if (/:group\//.test(pattern.arn)) {
        const group = pattern.arn.slice(pattern.arn.lastIndexOf('/') + 1);
        const inAccount = matches(pattern.arn.split(':')[4] ?? '', accountId ?? '');
        return inAccount && user?.groups.some((each) => matches(group, each)) === true;
      }
      if (principal.kind === 'assumed-role' && matches(pattern.arn, principal.roleArn)) return true;
      return matches(pattern.arn, principal.arn);
    }
  }
}

/** Whether the pattern names one account or principal, who may be a stranger. */
function mentions(pattern: PrincipalPattern): boolean {
  return 'arn' in pattern && !/[*?]/.test(pattern.arn);
}

/** The accounts and principals that an assertion names in full. */
export function mentionedIn({ principals: { of, except } }: Assertion): readonly string[] {
  return [...of, ...except].flatMap((pattern) => {
    if ('arn' in pattern) return mentions(pattern) ? [pattern.arn] : [];
    return 'account' in pattern && pattern.account !== undefined ? [pattern.account] : [];
  });
}

/** Whether any principal of the estate is meant, wherever he asks. */
export function namesAnybody({ principals }: Assertion, subjects: readonly Subject[]): boolean {
  const nowhere = { resourceAccountId: '' } as Region;
  return subjects.some(
    (subject) =>
      (subject.exists || subject.kind === 'stranger') &&
      isSelected(principals, (pattern) => names(pattern, subject, nowhere)),
  );
}

/** The actions of an assertion, in groups that are of one service and taken on one kind of thing. */
export function actionsOf({ actions }: Assertion): readonly (readonly KnownAction[])[] {
  const test = (name: string) => (pattern: string) => compileActionPattern(pattern)(name);
  const found = KNOWN_ACTIONS.filter(({ name }) => isSelected(actions, test(name.toLowerCase())));
  const groups = Map.groupBy(found, ({ name, subject }) => `${name.split(':', 1)[0]} ${subject}`);
  return [...groups.values()];
}
