import { systemClock } from '../../../base/clock.ts';
import {
  adviceOnAction,
  isUnknownAction,
  joinPolicies,
  principalContext,
  simulatedPrincipal,
  type AccessRequest,
  type ApplicablePolicies,
  type CompiledPolicy,
  type ContextValue,
  type PolicyPrincipal,
} from '../../../policy/index.ts';
import { UsageError, type Call } from '../../command.ts';
import { loadPolicy } from './files.ts';

/** Flags that describe a request, and the policies beside those that the files hold. */
export const QUESTION_FLAGS = {
  action: '(repeated) Action, such as s3:GetObject',
  resource: '(repeated) ARN of a resource (*)',
  principal: 'Who asks: an ARN, a service, or anonymous (a user of account 000000000000)',
  context: '(repeated) key=value; a key that is given often has several values',
  'resource-account': "Account that the resource belongs to (the ARN's, else that of who asks)",
  boundary: 'File with a permissions boundary',
  session: '(repeated) File with a session policy',
} as const;

const NOBODY = 'arn:aws:iam::000000000000:user/somebody';

/** The questions that a call asks: every action on every resource. */
export function questionsOf({ flags, all }: Call): readonly AccessRequest[] {
  const actions = all('action');
  if (actions.length === 0) throw new UsageError('Say what is asked for: --action');
  const resources = all('resource');
  const who = flags['principal'] ?? NOBODY;
  const principal = simulatedPrincipal(who);
  if (principal === undefined) throw new UsageError(`--principal names nobody: ${who}`);
  const given = givenContext(all('context'));
  return actions.flatMap((action) =>
    (resources.length === 0 ? ['*'] : resources).map((resource) => {
      const resourceAccountId = flags['resource-account'] ?? ownerOf(resource, principal);
      const context = { ...impliedContext(principal, resourceAccountId), ...given };
      return { principal, action, resource, resourceAccountId, context: (key) => context[key] };
    }),
  );
}

function ownerOf(resource: string, principal: PolicyPrincipal): string {
  const named = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1];
  return named ?? ('accountId' in principal ? principal.accountId : '000000000000');
}

/** What every request has, and what who asks brings along. */
function impliedContext(
  principal: PolicyPrincipal,
  resourceAccountId: string,
): Readonly<Record<string, ContextValue>> {
  const nowMs = systemClock.nowMs();
  return {
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:epochtime': String(Math.floor(nowMs / 1000)),
    'aws:resourceaccount': resourceAccountId,
    's3:resourceaccount': resourceAccountId,
    ...principalContext(principal),
  };
}

function givenContext(entries: readonly string[]): Readonly<Record<string, ContextValue>> {
  const found: Record<string, ContextValue> = {};
  for (const entry of entries) {
    const equals = entry.indexOf('=');
    if (equals < 1) throw new UsageError(`--context is key=value: ${entry}`);
    const key = entry.slice(0, equals).toLowerCase();
    const value = entry.slice(equals + 1);
    const before = found[key];
    found[key] = before === undefined ? value : [before, value].flat();
  }
  return found;
}

/** What to tell of actions that there are not, to which a policy may say anything. */
export function notesOn(questions: readonly AccessRequest[]): string {
  const actions = new Set(questions.map(({ action }) => action));
  return [...actions]
    .filter(isUnknownAction)
    .map((action) => `note: ${adviceOnAction(action).message}\n`)
    .join('');
}

/** The policies of a call, each put where its elements tell that it belongs. */
export async function policiesOf({ flags, all, operands }: Call): Promise<ApplicablePolicies> {
  const files = await Promise.all(operands.map((file) => loadPolicy(file, undefined)));
  const isOfResource = ({ source }: CompiledPolicy): boolean => source.type !== 'identity-based';
  const resource = joinPolicies(files.filter(isOfResource));
  const { boundary } = flags;
  const sessions = all('session');
  return {
    identity: files.filter((policy) => !isOfResource(policy)),
    ...(resource && { resource }),
    ...(boundary !== undefined && { boundary: await loadPolicy(boundary, 'permissions boundary') }),
    ...(sessions.length > 0 && {
      session: await Promise.all(sessions.map((file) => loadPolicy(file, 'session'))),
    }),
  };
}
