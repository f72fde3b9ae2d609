import { policyArn } from './arn.ts';
import { readRecord, recordReader, walkRecords, type Core } from './core.ts';
import { entityIn, GROUP, readEntity, USER, type EntityKind } from './entity.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { pageOf, type ListByPath } from './listing.ts';
import { attachableIn, countUse, findPolicyByArn, findPolicyById } from './managed-policy.ts';
import type { Group, ManagedPolicy, Page, User } from './model.ts';
import { readPolicy } from './policies.ts';
import type { Quotas } from './quotas.ts';
import { attachments, type AttachmentKind, type IdentityKind } from './records.ts';

const QUOTA = {
  user: { name: 'PoliciesPerUser', limit: 'policiesPerUser' },
  group: { name: 'PoliciesPerGroup', limit: 'policiesPerGroup' },
} as const satisfies Record<IdentityKind, { name: string; limit: keyof Quotas }>;

export type PolicyUsage = 'PermissionsPolicy' | 'PermissionsBoundary';

export interface ListPolicyEntities extends ListByPath {
  readonly kinds: readonly IdentityKind[];
  /** Both unless given. */
  readonly usage?: PolicyUsage | undefined;
}

export type PolicyEntity =
  | { readonly kind: 'user'; readonly entity: User }
  | { readonly kind: 'group'; readonly entity: Group };

/** Managed policies on users and groups. */
export function attachmentMethods(core: Core) {
  return {
    /** Changes nothing when it is attached already. */
    attachUserPolicy: (account: string, name: string, arn: string) =>
      attach(core, USER, account, name, arn),
    attachGroupPolicy: (account: string, name: string, arn: string) =>
      attach(core, GROUP, account, name, arn),
    detachUserPolicy: (account: string, name: string, arn: string) =>
      detach(core, USER, account, name, arn),
    detachGroupPolicy: (account: string, name: string, arn: string) =>
      detach(core, GROUP, account, name, arn),
    listAttachedUserPolicies: (account: string, name: string, request: ListByPath) =>
      listAttached(core, USER, account, name, request),
    listAttachedGroupPolicies: (account: string, name: string, request: ListByPath) =>
      listAttached(core, GROUP, account, name, request),

    /** Groups, then users, to which the policy is attached or whom it bounds. */
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

async function attach<E extends User | Group>(
  core: Core,
  kind: EntityKind<E>,
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

async function detach<E extends User | Group>(
  core: Core,
  kind: EntityKind<E>,
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

async function listAttached<E extends User | Group>(
  core: Core,
  kind: EntityKind<E>,
  account: string,
  name: string,
  request: ListByPath,
): Promise<Page<ManagedPolicy>> {
  const entity = await readEntity(core, kind, account, name);
  const found = await Promise.all(
    entity.attachedPolicyIds.map((id) => findPolicyById(recordReader(core), account, id)),
  );
  const { pathPrefix = '/' } = request;
  const present = found
    .filter((policy) => policy !== undefined)
    .filter(({ path }) => path.startsWith(pathPrefix));
  return pageOf(present, (policy) => `${policy.name} ${policyArn(policy)}`, request);
}

function attachmentKinds({ kinds, usage }: ListPolicyEntities): AttachmentKind[] {
  const wanted: AttachmentKind[] = usage === 'PermissionsBoundary' ? [] : [...kinds];
  if (usage !== 'PermissionsPolicy' && kinds.includes('user')) wanted.push('user-boundary');
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
    if (attachment === 'group') {
      const entity = await readRecord(core, GROUP.records, account, record.id);
      if (entity !== undefined) found.push({ kind: 'group', entity });
    } else {
      const entity = await readRecord(core, USER.records, account, record.id);
      if (entity !== undefined) found.push({ kind: 'user', entity });
    }
  }
  return found;
}
