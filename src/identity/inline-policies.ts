import { readRecord, type Core } from './core.ts';
import { entityIn, GROUP, readEntity, ROLE, USER, type CarryingKind } from './entity.ts';
import { IdentityError, noSuch } from './error.ts';
import { pageOf } from './listing.ts';
import type { Identity, Page, PageRequest } from './model.ts';
import { checkedPolicySize } from './policy-text.ts';
import type { Quotas } from './quotas.ts';
import { inlineTexts, type IdentityKind } from './records.ts';

const SIZE_QUOTA = {
  user: 'userInlinePolicySize',
  group: 'groupInlinePolicySize',
  role: 'roleInlinePolicySize',
} as const satisfies Record<IdentityKind, keyof Quotas>;

export interface InlinePolicy {
  readonly name: string;
  readonly text: string;
}

/** Policies that are part of one user, group or role. Their names are told apart by case. */
export function inlinePolicyMethods(core: Core) {
  return {
    /** Creates or replaces. */
    putUserPolicy: (account: string, owner: string, policy: InlinePolicy) =>
      putInline(core, USER, account, owner, policy),
    putGroupPolicy: (account: string, owner: string, policy: InlinePolicy) =>
      putInline(core, GROUP, account, owner, policy),
    putRolePolicy: (account: string, owner: string, policy: InlinePolicy) =>
      putInline(core, ROLE, account, owner, policy),
    getUserPolicy: (account: string, owner: string, name: string) =>
      getInline(core, USER, account, owner, name),
    getGroupPolicy: (account: string, owner: string, name: string) =>
      getInline(core, GROUP, account, owner, name),
    getRolePolicy: (account: string, owner: string, name: string) =>
      getInline(core, ROLE, account, owner, name),
    deleteUserPolicy: (account: string, owner: string, name: string) =>
      deleteInline(core, USER, account, owner, name),
    deleteGroupPolicy: (account: string, owner: string, name: string) =>
      deleteInline(core, GROUP, account, owner, name),
    deleteRolePolicy: (account: string, owner: string, name: string) =>
      deleteInline(core, ROLE, account, owner, name),
    /** All of them, in the order of names. */
    async inlinePoliciesOf(owner: Identity): Promise<readonly InlinePolicy[]> {
      const found = await Promise.all(
        owner.inlinePolicies.map(async ({ name }) => {
          const stored = await readRecord(core, inlineTexts, owner.account, owner.id, name);
          return stored && { name, text: stored.text };
        }),
      );
      const present = found.filter((policy) => policy !== undefined);
      return present.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    /** The names. */
    listUserPolicies: (account: string, owner: string, request: PageRequest) =>
      listInline(core, USER, account, owner, request),
    listGroupPolicies: (account: string, owner: string, request: PageRequest) =>
      listInline(core, GROUP, account, owner, request),
    listRolePolicies: (account: string, owner: string, request: PageRequest) =>
      listInline(core, ROLE, account, owner, request),
  };
}

async function putInline<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  owner: string,
  { name, text }: InlinePolicy,
): Promise<void> {
  const size = checkedPolicySize(text);
  const limit = core.quotas[SIZE_QUOTA[kind.kind]];
  return core.transact(async (tx) => {
    const entity = await entityIn(tx, kind, account, owner);
    const others = entity.inlinePolicies.filter((policy) => policy.name !== name);
    const total = others.reduce((sum, policy) => sum + policy.size, size);
    if (total > limit) {
      throw new IdentityError(
        'LimitExceeded',
        `Maximum policy size of ${limit} bytes exceeded for ${kind.kind} ${entity.name}`,
      );
    }
    const inlinePolicies = [...others, { name, size }];
    tx.set(kind.records, { ...entity, inlinePolicies }, account, entity.id);
    tx.set(inlineTexts, { text }, account, entity.id, name);
  });
}

async function getInline<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  owner: string,
  name: string,
): Promise<InlinePolicy> {
  const entity = await readEntity(core, kind, account, owner);
  const stored = await readRecord(core, inlineTexts, account, entity.id, name);
  if (stored === undefined) throw noSuch(`${kind.kind} policy`, name);
  return { name, text: stored.text };
}

async function deleteInline<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  owner: string,
  name: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const entity = await entityIn(tx, kind, account, owner);
    const inlinePolicies = entity.inlinePolicies.filter((policy) => policy.name !== name);
    if (inlinePolicies.length === entity.inlinePolicies.length) {
      throw noSuch(`${kind.kind} policy`, name);
    }
    tx.set(kind.records, { ...entity, inlinePolicies }, account, entity.id);
    tx.delete(inlineTexts, account, entity.id, name);
  });
}

async function listInline<E extends Identity>(
  core: Core,
  kind: CarryingKind<E>,
  account: string,
  owner: string,
  request: PageRequest,
): Promise<Page<string>> {
  const entity = await readEntity(core, kind, account, owner);
  const names = entity.inlinePolicies.map(({ name }) => name);
  return pageOf(names, (name) => name, request);
}
