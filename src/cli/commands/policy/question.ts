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
import { CLIENT_FLAGS, clientFor } from '../../client/flags.ts';
import { UsageError, type Call } from '../../command.ts';
import { estateOfServer } from '../../estate/server.ts';
import type { Io } from '../../io.ts';
import { loadPolicy } from './files.ts';
import { storedPrincipal, storedResource, type StoredPrincipal } from './stored.ts';

/** Flags that describe a request, and the policies beside those that the files hold. */
export const QUESTION_FLAGS = {
  ...CLIENT_FLAGS,
  action: '(repeated) Action, such as s3:GetObject',
  resource: '(repeated) ARN of a resource (*)',
  principal: 'Who asks: an ARN, a service, or anonymous (a user of account 000000000000)',
  context: '(repeated) key=value; a key that is given often has several values',
  'resource-account': "Account that the resource belongs to (the ARN's, else that of who asks)",
  boundary: 'File with a permissions boundary',
  session: '(repeated) File with a session policy',
  stored:
    '(switch) Also the policies that the server keeps of --principal, now also user/NAME or role/NAME, and of the resources',
} as const;

const NOBODY = 'arn:aws:iam::000000000000:user/somebody';

/** What is asked, and the policies that decide it. */
export interface PolicyQuestion {
  readonly request: AccessRequest;
  readonly policies: ApplicablePolicies;
  /** ACLs of the object, which are not looked at, may allow more. */
  readonly mayHaveAcl: boolean;
}

/** The questions that a call asks: every action on every resource. */
export async function questionsOf(call: Call, io: Io): Promise<readonly PolicyQuestion[]> {
  const { flags, all } = call;
  const actions = all('action');
  if (actions.length === 0) throw new UsageError('Say what is asked for: --action');
  const given = givenContext(all('context'));
  const isStored = flags['stored'] !== undefined;
  if (!isStored && call.operands.length === 0) throw new UsageError('Name files, or say --stored');
  const estate = isStored ? await storedEstate(call, io) : undefined;
  const who = flags['principal'] ?? NOBODY;
  const asker = (estate && storedPrincipal(estate, who)) ?? madeUpPrincipal(who);
  const files = await filesOf(call);
  const resources = all('resource').length === 0 ? ['*'] : all('resource');
  return actions.flatMap((action) =>
    resources.map((resource) => {
      const { principal } = asker;
      const stored = estate && storedResource(estate, action, resource, principal);
      const resourceAccountId =
        flags['resource-account'] ?? stored?.owner ?? ownerOf(resource, principal);
      const context = { ...impliedContext(asker, resourceAccountId), ...given };
      const granting = joinPolicies([...files.resource, ...(stored?.policies ?? [])]);
      const boundary = files.boundary ?? asker.boundary;
      return {
        request: { principal, action, resource, resourceAccountId, context: (key) => context[key] },
        policies: {
          identity: [...files.identity, ...asker.identity],
          ...(granting && { resource: granting }),
          ...(boundary && { boundary }),
          ...(files.session.length > 0 && { session: files.session }),
        },
        mayHaveAcl: stored?.mayHaveAcl === true,
      };
    }),
  );
}

async function storedEstate(call: Call, io: Io) {
  using client = clientFor(call, io);
  return await estateOfServer(client);
}

function madeUpPrincipal(who: string): StoredPrincipal {
  const principal = simulatedPrincipal(who);
  if (principal === undefined) throw new UsageError(`--principal names nobody: ${who}`);
  return { principal, identity: [], context: {} };
}

function ownerOf(resource: string, principal: PolicyPrincipal): string {
  const named = /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(resource)?.[1];
  return named ?? ('accountId' in principal ? principal.accountId : '000000000000');
}

/** What every request has, and what who asks brings along. */
function impliedContext(
  { principal, context }: StoredPrincipal,
  resourceAccountId: string,
): Readonly<Record<string, ContextValue>> {
  const nowMs = systemClock.nowMs();
  return {
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:epochtime': String(Math.floor(nowMs / 1000)),
    'aws:resourceaccount': resourceAccountId,
    's3:resourceaccount': resourceAccountId,
    ...principalContext(principal),
    ...context,
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

/** What to tell beside the answers: of actions that there are not, and of what was not looked at. */
export function notesOn(questions: readonly PolicyQuestion[]): string {
  const actions = new Set(questions.map(({ request }) => request.action));
  const notes = [...actions]
    .filter(isUnknownAction)
    .map((action) => adviceOnAction(action).message);
  if (questions.some(({ mayHaveAcl }) => mayHaveAcl)) {
    notes.push('ACLs of single objects, which may allow more, are not looked at.');
  }
  return notes.map((note) => `note: ${note}\n`).join('');
}

/** The policies of the files, each put where its elements tell that it belongs. */
async function filesOf({ flags, all, operands }: Call) {
  const files = await Promise.all(operands.map((file) => loadPolicy(file, undefined)));
  const isOfResource = ({ source }: CompiledPolicy): boolean => source.type !== 'identity-based';
  const { boundary } = flags;
  return {
    identity: files.filter((policy) => !isOfResource(policy)),
    resource: files.filter(isOfResource),
    boundary:
      boundary === undefined ? undefined : await loadPolicy(boundary, 'permissions boundary'),
    session: await Promise.all(all('session').map((file) => loadPolicy(file, 'session'))),
  };
}
