import { policyArn } from './arn.ts';
import { readRecord, recordReader, walkRecords, type Core } from './core.ts';
import { entityIn, GROUP, readEntity, ROLE, USER, type CarryingKind } from './entity.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { pageOf, type ListByPath } from './listing.ts';
import { attachableIn, countUse, findPolicyByArn, findPolicyById } from './managed-policy.ts';
import type { Group, Identity, ManagedPolicy, Page, Role, User } from './model.ts';
import { readPolicy } from './policies.ts';
import type { Quotas } from './quotas.ts';
import { attachments, type AttachmentKind, type IdentityKind } from './records.ts';

const QUOTA = {
  user: { name: 'PoliciesPerUser', limit: 'policiesPerUser' },
  group: { name: 'PoliciesPerGroup', limit: 'policiesPerGroup' },
  role: { name: 'PoliciesPerRole', limit: 'policiesPerRole' },
} as const satisfies Record<IdentityKind, { name: string; limit: keyof Quotas }>;

export type PolicyUsage = 'PermissionsPolicy' | 'PermissionsBoundary';

export interface ListPolicyEntities extends ListByPath {
  readonly kinds: readonly IdentityKind[];
  /** Both unless given. */
  readonly usage?: PolicyUsage | undefined;
}

export type PolicyEntity =
  | { readonly kind: 'user'; readonly entity: User }
  | { readonly kind: 'group'; readonly entity: Group }
  | { readonly kind: 'role'; readonly entity: Role };

/** Managed policies on users, groups and roles. */
export function attachmentMethods(core: Core) {
  return {
    /** Changes nothing when it is attached already. */
    attachUserPolicy: (account: string, name: string, arn: string) =>
      attach(core, USER, account, name, arn),
    attachGroupPolicy: (account: string, name: string, arn: string) =>
      attach(core, GROUP, account, name, arn),
    attachRolePolicy: (account: string, name: string, arn: string) =>
      attach(core, ROLE, account, name, arn),
    detachUserPolicy: (account: string, name: string, arn: string) =>
      detach(core, USER, account, name, arn),
    detachGroupPolicy: (account: string, name: string, arn: string) =>
      detach(core, GROUP, account, name, arn),
    detachRolePolicy: (account: string, name: string, arn: string) =>
      detach(core, ROLE, account, name, arn),
    listAttachedUserPolicies: (account: string, name: string, request: ListByPath) =>
      listAttached(core, USER, account, name, request),
    listAttachedGroupPolicies: (account: string, name: string, request: ListByPath) =>
      listAttached(core, GROUP, account, name, request),
    listAttachedRolePolicies: (account: string, name: string, request: ListByPath) =>
      listAttached(core, ROLE, account, name, request),

    attachedPoliciesOf: (entity: Identity) => attachedOf(core, entity),

    /** Groups, then roles, then users, to which the policy is attached or that it bounds. */
    async listPolicyEntities(
      account: string,
      arn: string,
      request: ListPolicyEntities,
    ): Promise<Page<PolicyEntity>> {
      const policy = await readPolicy(core, account, arn);
      const all: PolicyEntity[] = [];
      for (const kind of attachmentKinds(request)) {
        all.push(...(await entitiesOf(core, account, policy, kind)));
      }
      const { pathPrefix = '/' } = request;
      const wanted = new Map(
        all
          .filter(({ entity }) => entity.path.startsWith(pathPrefix))
          .map((found) => [found.entity.id, found]),
      );
      return pageOf([...wanted.values()], ({ kind, entity }) => `${kind} ${entity.name}`, request);
    },
  };
}

async function attach<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  name: string,
  arn: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const entity = await entityIn(tx, kind, account, name);
    const policy = await attachableIn(tx, account, arn);
    if (entity.attachedPolicyIds.includes(policy.id)) return;
    const quota = QUOTA[kind.kind];
    const limit = core.quotas[quota.limit];
    if (entity.attachedPolicyIds.length >= limit) throw quotaExceeded(quota.name, limit);
    const attachedPolicyIds = [...entity.attachedPolicyIds, policy.id];
    tx.set(kind.records, { ...entity, attachedPolicyIds }, account, entity.id);
    countUse(tx, account, policy, { kind: kind.kind, entityId: entity.id, change: 1 });
  });
}

async function detach<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  name: string,
  arn: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const entity = await entityIn(tx, kind, account, name);
    const policy = await findPolicyByArn(tx, account, arn);
    if (policy === undefined || !entity.attachedPolicyIds.includes(policy.id)) {
      throw new IdentityError('NoSuchEntity', `Policy ${arn} was not found.`);
    }
    const attachedPolicyIds = entity.attachedPolicyIds.filter((id) => id !== policy.id);
    tx.set(kind.records, { ...entity, attachedPolicyIds }, account, entity.id);
    countUse(tx, account, policy, { kind: kind.kind, entityId: entity.id, change: -1 });
  });
}

async function listAttached<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  name: string,
  request: ListByPath,
): Promise<Page<ManagedPolicy>> {
  const entity = await readEntity(core, kind, account, name);
  const { pathPrefix = '/' } = request;
  const attached = await attachedOf(core, entity);
  const wanted = attached.filter(({ path }) => path.startsWith(pathPrefix));
  return pageOf(wanted, (policy) => `${policy.name} ${policyArn(policy)}`, request);
}

/** In the order of attachment. */
async function attachedOf(core: Core, entity: Identity): Promise<readonly ManagedPolicy[]> {
  const { account, attachedPolicyIds } = entity;
  const found = await Promise.all(
    attachedPolicyIds.map((id) => findPolicyById(recordReader(core), account, id)),
  );
  return found.filter((policy) => policy !== undefined);
}

function attachmentKinds({ kinds, usage }: ListPolicyEntities): AttachmentKind[] {
  const wanted: AttachmentKind[] = usage === 'PermissionsBoundary' ? [] : [...kinds];
  if (usage === 'PermissionsPolicy') return wanted;
  for (const kind of kinds) if (kind !== 'group') wanted.push(`${kind}-boundary`);
  return wanted;
}

async function entitiesOf(
  core: Core,
  account: string,
  policy: ManagedPolicy,
  attachment: AttachmentKind,
): Promise<PolicyEntity[]> {
  const found: PolicyEntity[] = [];
  for await (const { record } of walkRecords(core, attachments, [account, policy.id, attachment])) {
    const one = await findAttached(core, account, record.id, attachment);
    if (one !== undefined) found.push(one);
  }
  return found;
}

async function findAttached(
  core: Core,
  account: string,
  id: string,
  attachment: AttachmentKind,
): Promise<PolicyEntity | undefined> {
  switch (attachment) {
    case 'group': {
      const entity = await readRecord(core, GROUP.records, account, id);
      return entity && { kind: 'group', entity };
    }
    case 'user':
    case 'user-boundary': {
      const entity = await readRecord(core, USER.records, account, id);
      return entity && { kind: 'user', entity };
    }
    case 'role':
    case 'role-boundary': {
      const entity = await readRecord(core, ROLE.records, account, id);
      return entity && { kind: 'role', entity };
    }
  }
}
