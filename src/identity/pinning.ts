import {
  documentPrincipals,
  parsePolicy,
  renamePrincipals,
  type PolicyDocument,
} from '../policy/index.ts';
import { assert } from '../base/assert.ts';
import { parseIamArn, roleArn, rootArn, userArn } from './arn.ts';
import { readRecord, type Core } from './core.ts';
import { findEntity, ROLE, USER } from './entity.ts';
import { isAccountId } from './ids.ts';
import { accounts, accountsByCanonicalId, actorIds } from './records.ts';

/**
 * Whom a stored policy names. A user or role is stored by his unique id, so that who is made again
 * under the same name is not taken for him; whoever reads the policy is shown the ARN that he has
 * by then, and the id once he is gone ("AWS JSON policy elements: Principal").
 */
export type PinnedPolicy =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      /** A name in the policy that is nobody's, and what it was said to be. */
      readonly type: 'AWS' | 'CanonicalUser' | 'FEDERATED' | 'SERVICE';
      readonly name: string;
    };

export function pinningMethods(core: Core) {
  return {
    /** The form in which a policy that parses as `kind` is stored. */
    pinPrincipals: (text: string, kind: 'resource' | 'trust') => pinPrincipals(core, text, kind),
    /** The form in which a stored policy is shown. */
    showPrincipals: (text: string) => showPrincipals(core, text),
    /** The ARNs that users and roles have now, by unique id. Other texts, and the gone, have none. */
    findActorArns: (ids: Iterable<string>) => findActorArns(core, ids),
  };
}

export async function pinPrincipals(
  core: Core,
  text: string,
  kind: 'resource' | 'trust',
): Promise<PinnedPolicy> {
  const parsed = parsePolicy(text, kind);
  assert(parsed.ok, 'Only policies that parse are pinned');
  const unknown = findUnknownOthers(parsed.document);
  if (unknown !== undefined) return unknown;
  for (const name of namesOf(parsed.document, 'canonicalUser')) {
    const account = await readRecord(core, accountsByCanonicalId, name);
    if (account === undefined) return { ok: false, type: 'CanonicalUser', name };
  }
  const pins = new Map<string, string>();
  for (const name of documentPrincipals(parsed.document)) {
    const pin = await findPin(core, name);
    if (pin === undefined) return { ok: false, type: 'AWS', name };
    pins.set(name, pin);
  }
  return { ok: true, text: renamePrincipals(text, pins) };
}

/** The name under which a principal is stored; undefined for nobody. */
async function findPin(core: Core, name: string): Promise<string | undefined> {
  if (isAccountId(name)) return (await accountExists(core, name)) ? rootArn(name) : undefined;
  const arn = parseIamArn(name);
  switch (arn?.kind) {
    case 'root':
      return (await accountExists(core, arn.account)) ? name : undefined;
    case 'user': {
      const user = await findEntity(core, USER, arn.account, arn.name);
      return user !== undefined && userArn(user) === name ? user.id : undefined;
    }
    case 'role': {
      const role = await findEntity(core, ROLE, arn.account, arn.name);
      return role !== undefined && roleArn(role) === name ? role.id : undefined;
    }
    default: {
      const session = SESSION_ARN.exec(name)?.[1];
      if (session !== undefined) return (await accountExists(core, session)) ? name : undefined;
      return (await readRecord(core, actorIds, name)) === undefined ? undefined : name;
    }
  }
}

/** Sessions come and go, so they are named by their ARN for good. */
const SESSION_ARN = /^arn:aws:sts::([0-9]{12}):(?:assumed-role\/[^/]+|federated-user)\/[^/]+$/;

async function accountExists(core: Core, id: string): Promise<boolean> {
  return (await readRecord(core, accounts, id)) !== undefined;
}

const SERVICE = /^(?:\*|[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?)$/;
/** Providers that need no entry in an account, and those that have one there. */
const PROVIDER =
  /^(?:accounts\.google\.com|www\.amazon\.com|graph\.facebook\.com|cognito-identity\.amazonaws\.com|arn:aws:iam::[0-9]{12}:(?:oidc|saml)-provider\/[^\s*?]+)$/;

/** Services and providers are told by their form: neither is stored by an id. */
function findUnknownOthers(document: PolicyDocument): PinnedPolicy | undefined {
  const service = namesOf(document, 'service').find((name) => !SERVICE.test(name));
  if (service !== undefined) return { ok: false, type: 'SERVICE', name: service };
  const provider = namesOf(document, 'federated').find((name) => !PROVIDER.test(name));
  return provider === undefined ? undefined : { ok: false, type: 'FEDERATED', name: provider };
}

function namesOf(
  { statements }: PolicyDocument,
  type: 'canonicalUser' | 'federated' | 'service',
): readonly string[] {
  return statements.flatMap(({ principals }) => principals?.[type] ?? []);
}

const UNIQUE_ID = 'A(?:IDA|ROA)[A-Z2-7]{17}';
const UNIQUE_IDS = new RegExp(`\\b${UNIQUE_ID}\\b`, 'g');
const ONE_UNIQUE_ID = new RegExp(`^${UNIQUE_ID}$`);

export async function showPrincipals(core: Core, text: string): Promise<string> {
  const arns = await findActorArns(core, text.match(UNIQUE_IDS) ?? []);
  return arns.size === 0 ? text : renamePrincipals(text, arns);
}

async function findActorArns(
  core: Core,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const arns = new Map<string, string>();
  for (const id of new Set(ids)) {
    if (!ONE_UNIQUE_ID.test(id)) continue;
    const arn = await arnOf(core, id);
    if (arn !== undefined) arns.set(id, arn);
  }
  return arns;
}

async function arnOf(core: Core, id: string): Promise<string | undefined> {
  const actor = await readRecord(core, actorIds, id);
  if (actor?.kind === 'user') {
    const user = await readRecord(core, USER.records, actor.account, id);
    return user && userArn(user);
  }
  const role = actor && (await readRecord(core, ROLE.records, actor.account, id));
  return role && roleArn(role);
}
