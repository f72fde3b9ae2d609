import {
  groupArn,
  IdentityError,
  parseIamArn,
  policyArn,
  roleArn,
  userArn,
  type Group,
  type Identity,
  type IdentityStore,
  type ManagedPolicy,
  type Role,
  type ServiceUse,
  type User,
} from '../identity/index.ts';
import { actionNames, compileActionPattern, parsePolicy } from '../policy/index.ts';

/** The services that policies can speak of here. */
export const SERVICES = [
  { namespace: 'coffer', name: 'Coffer' },
  { namespace: 'iam', name: 'AWS Identity and Access Management' },
  { namespace: 's3', name: 'Amazon S3' },
  { namespace: 'sts', name: 'AWS Security Token Service' },
] as const;

type Carrier =
  | { readonly kind: 'user'; readonly entity: User }
  | { readonly kind: 'group'; readonly entity: Group }
  | { readonly kind: 'role'; readonly entity: Role };
/** Who acts, and so can have used something. */
export type Actor = Exclude<Carrier, { readonly kind: 'group' }>;
/** What a report of last uses can be about. */
export type Subject = Carrier | { readonly kind: 'policy'; readonly entity: ManagedPolicy };

/** A permissions policy that applies to a subject. */
export interface GrantingPolicy {
  readonly name: string;
  readonly text: string;
  /** Of a managed policy; an inline one is told by what carries it. */
  readonly arn?: string;
  readonly carrier?: Carrier;
}

/** What the ARN names in the account. Throws NoSuchEntity and InvalidInput. */
export async function findSubject(
  identity: IdentityStore,
  account: string,
  arn: string,
): Promise<Subject> {
  const parsed = parseIamArn(arn);
  switch (parsed?.kind) {
    case 'user': {
      const entity = await identity.findUser(account, parsed.name);
      if (entity !== undefined && userArn(entity) === arn) return { kind: 'user', entity };
      break;
    }
    case 'group': {
      const entity = await identity.findGroup(account, parsed.name);
      if (entity !== undefined && groupArn(entity) === arn) return { kind: 'group', entity };
      break;
    }
    case 'role': {
      const entity = await identity.findRole(account, parsed.name);
      if (entity !== undefined && roleArn(entity) === arn) return { kind: 'role', entity };
      break;
    }
    case 'policy': {
      const entity = await identity.findPolicy(account, arn);
      if (entity !== undefined) return { kind: 'policy', entity };
      break;
    }
    default:
      throw new IdentityError('InvalidInput', `ARN ${arn} is not valid.`);
  }
  throw new IdentityError('NoSuchEntity', `ARN ${arn} was not found.`);
}

/** The permissions policies of the subject, those of a user's groups included. */
export async function policiesOf(
  identity: IdentityStore,
  account: string,
  subject: Subject,
): Promise<readonly GrantingPolicy[]> {
  if (subject.kind === 'policy') return managed(identity, subject.entity);
  const carriers: Carrier[] = [subject];
  if (subject.kind === 'user') {
    for (const id of subject.entity.groupIds) {
      const entity = await identity.findGroupById(account, id);
      if (entity !== undefined) carriers.push({ kind: 'group', entity });
    }
  }
  const found: GrantingPolicy[] = [];
  for (const carrier of carriers) {
    const entity: Identity = carrier.entity;
    const inline = await identity.inlinePoliciesOf(entity);
    found.push(...inline.map(({ name, text }) => ({ name, text, carrier })));
    for (const policy of await identity.attachedPoliciesOf(entity)) {
      found.push(...(await managed(identity, policy)));
    }
  }
  // A managed policy may come by several ways, and is one policy.
  return [...new Map(found.map((policy) => [policy.arn ?? policy, policy])).values()];
}

/** As it is now; none when it was deleted meanwhile. */
async function managed(
  identity: IdentityStore,
  policy: ManagedPolicy,
): Promise<readonly GrantingPolicy[]> {
  const versions = await identity.policyVersionsOf(policy);
  const { name } = policy;
  const arn = policyArn(policy);
  return versions.flatMap(({ isDefault, text }) => (isDefault ? [{ name, text, arn }] : []));
}

/** The users and roles whose uses count as the subject's. */
export async function actorsOf(
  identity: IdentityStore,
  account: string,
  subject: Subject,
): Promise<readonly Actor[]> {
  switch (subject.kind) {
    case 'user':
    case 'role':
      return [subject];
    case 'group':
      return membersOf(identity, subject.entity);
    case 'policy': {
      const { items } = await identity.listPolicyEntities(account, policyArn(subject.entity), {
        kinds: ['user', 'group', 'role'],
        usage: 'PermissionsPolicy',
        limit: Number.MAX_SAFE_INTEGER,
      });
      const lists = await Promise.all(
        items.map((item) => (item.kind === 'group' ? membersOf(identity, item.entity) : [item])),
      );
      return [...new Map(lists.flat().map((actor) => [actor.entity.id, actor])).values()];
    }
  }
}

async function membersOf(identity: IdentityStore, { account, name }: Group): Promise<Actor[]> {
  const limit = Number.MAX_SAFE_INTEGER;
  const { items } = await identity.listGroupMembers(account, name, { limit });
  return items.map((entity) => ({ kind: 'user', entity }));
}

export function actorArn(actor: Actor): string {
  return actor.kind === 'user' ? userArn(actor.entity) : roleArn(actor.entity);
}

export interface ActorUse {
  readonly actor: Actor;
  readonly use: ServiceUse;
}

/** Who of them has used the service, the latest first. */
export async function usesOf(
  identity: IdentityStore,
  actors: readonly Actor[],
  namespace: string,
): Promise<readonly ActorUse[]> {
  const found = await Promise.all(
    actors.map(async (actor) => {
      const { account, id } = actor.entity;
      return { actor, use: (await identity.findServiceUses(account, id))[namespace] };
    }),
  );
  return found
    .flatMap(({ actor, use }) => (use === undefined ? [] : [{ actor, use }]))
    .sort((a, b) => b.use.atMs - a.use.atMs);
}

/**
 * Whether a policy allows any action of the service, conditions and denials left aside, as the
 * reports of IAM have it.
 */
export function grantsService(text: string, namespace: string): boolean {
  const parsed = parsePolicy(text, 'identity');
  if (!parsed.ok) return false;
  return parsed.document.statements.some(({ effect, actions }) => {
    if (effect === 'Deny') return false;
    return actions.negated
      ? // All but what is named: nothing of the service is left only when all of it is named.
        !actions.patterns.some((pattern) => pattern === '*' || pattern === `${namespace}:*`)
      : actions.patterns.some((pattern) => pattern === '*' || speaksOf(pattern, namespace));
  });
}

/** The actions of the service that a policy of these allows, as `grantsService` means it. */
export function grantedActions(texts: readonly string[], namespace: string): readonly string[] {
  const allowing = texts.flatMap((text) => {
    const parsed = parsePolicy(text, 'identity');
    const statements = parsed.ok ? parsed.document.statements : [];
    return statements.flatMap(({ effect, actions }) => {
      if (effect === 'Deny') return [];
      const matchers = actions.patterns.map(compileActionPattern);
      return [(action: string) => actions.negated !== matchers.some((matches) => matches(action))];
    });
  });
  return actionNames(namespace)
    .filter((name) => allowing.some((allows) => allows(name.toLowerCase())))
    .map((name) => name.slice(namespace.length + 1));
}

function speaksOf(pattern: string, namespace: string): boolean {
  const colon = pattern.indexOf(':');
  return colon > 0 && compileActionPattern(pattern.slice(0, colon))(namespace);
}
