import { policyArn } from './arn.ts';
import { awsManagedPolicyById } from './aws-managed-policies.ts';
import { readCounter, readRecord, recordReader, type Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { findPolicyByArn, findPolicyById, isProvided } from './managed-policy.ts';
import type { ManagedPolicy, PolicyVersionEntry, Tags } from './model.ts';
import { checkedManagedPolicySize } from './policy-text.ts';
import { counters, policies, policyNames, policyTexts } from './records.ts';
import { mergeTags, withoutTags } from './tags.ts';
import type { Transaction } from './transaction.ts';

export interface CreatePolicy {
  readonly name: string;
  readonly path?: string | undefined;
  readonly description?: string | undefined;
  readonly text: string;
  readonly tags?: Tags | undefined;
}

export interface PolicyVersion extends PolicyVersionEntry {
  readonly text: string;
  readonly isDefault: boolean;
}

/** Managed policies and their versions. What AWS manages is read here too, and never changed. */
export function policyMethods(core: Core) {
  return {
    createPolicy: (account: string, request: CreatePolicy) => createPolicy(core, account, request),
    deletePolicy: (account: string, arn: string) => deletePolicy(core, account, arn),

    /** Throws InvalidInput for what is no ARN of a policy. */
    findPolicy: (account: string, arn: string) => findPolicyByArn(recordReader(core), account, arn),
    /** The policy that something of the account refers to by its unique id. */
    findPolicyById: (account: string, id: string) =>
      findPolicyById(recordReader(core), account, id),

    createPolicyVersion: (account: string, arn: string, text: string, setAsDefault: boolean) =>
      createVersion(core, account, arn, text, setAsDefault),
    deletePolicyVersion: (account: string, arn: string, number: number) =>
      deleteVersion(core, account, arn, number),
    setDefaultPolicyVersion: (account: string, arn: string, number: number) =>
      changePolicy(core, account, arn, (policy) => {
        assertVersion(policy, number);
        return { ...policy, defaultVersion: number, updatedAtMs: core.clock.nowMs() };
      }),
    async getPolicyVersion(account: string, arn: string, number: number): Promise<PolicyVersion> {
      const policy = await readPolicy(core, account, arn);
      const entry = assertVersion(policy, number);
      const provided = awsManagedPolicyById(policy.id);
      const stored = provided ?? (await readRecord(core, policyTexts, account, policy.id, number));
      if (stored === undefined) throw noSuchVersion(arn, number);
      return { ...entry, text: stored.text, isDefault: number === policy.defaultVersion };
    },

    /** Those of its versions whose texts are still there, oldest first. */
    async policyVersionsOf(policy: ManagedPolicy): Promise<readonly PolicyVersion[]> {
      const found = await Promise.all(
        policy.versions.map(async (entry) => {
          const stored =
            awsManagedPolicyById(policy.id) ??
            (await readRecord(core, policyTexts, policy.account, policy.id, entry.number));
          const isDefault = entry.number === policy.defaultVersion;
          return stored && { ...entry, text: stored.text, isDefault };
        }),
      );
      return found.filter((version) => version !== undefined);
    },

    tagPolicy: (account: string, arn: string, tags: Tags) =>
      changePolicy(core, account, arn, (policy) => ({
        ...policy,
        tags: mergeTags(policy.tags, tags, 'exact', core.quotas),
      })),
    untagPolicy: (account: string, arn: string, keys: readonly string[]) =>
      changePolicy(core, account, arn, (policy) => ({
        ...policy,
        tags: withoutTags(policy.tags, keys, 'exact'),
      })),
  };
}

/** The policy of this ARN as it is now, or NoSuchEntity. */
export async function readPolicy(core: Core, account: string, arn: string): Promise<ManagedPolicy> {
  const policy = await findPolicyByArn(recordReader(core), account, arn);
  if (policy === undefined) throw noSuchPolicy(arn);
  return policy;
}

function noSuchPolicy(arn: string): IdentityError {
  return new IdentityError('NoSuchEntity', `Policy ${arn} was not found.`);
}

function noSuchVersion(arn: string, number: number): IdentityError {
  return new IdentityError('NoSuchEntity', `Policy ${arn} version v${number} does not exist.`);
}

function assertVersion(policy: ManagedPolicy, number: number): PolicyVersionEntry {
  const entry = policy.versions.find((version) => version.number === number);
  if (entry === undefined) throw noSuchVersion(policyArn(policy), number);
  return entry;
}

/** The account's own policy of this ARN, to be changed. */
async function ownPolicyIn(tx: Transaction, account: string, arn: string): Promise<ManagedPolicy> {
  const policy = await findPolicyByArn(tx, account, arn);
  if (policy === undefined) throw noSuchPolicy(arn);
  if (isProvided(policy)) {
    throw new IdentityError('AccessDenied', `Policy ${arn} is managed by AWS and never changed.`);
  }
  return policy;
}

function changePolicy(
  core: Core,
  account: string,
  arn: string,
  change: (policy: ManagedPolicy) => ManagedPolicy,
): Promise<void> {
  return core.transact(async (tx) => {
    const policy = await ownPolicyIn(tx, account, arn);
    tx.set(policies, change(policy), account, policy.id);
  });
}

async function createPolicy(
  core: Core,
  account: string,
  request: CreatePolicy,
): Promise<ManagedPolicy> {
  const { name, path = '/', description, text, tags = [] } = request;
  assertFits(core, text);
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'policies');
  return core.transact(async (tx) => {
    if ((await tx.get(policyNames, account, name.toLowerCase())) !== undefined) {
      throw new IdentityError(
        'EntityAlreadyExists',
        `A policy called ${name} already exists. Duplicate names are not allowed.`,
      );
    }
    const { policiesPerAccount } = core.quotas;
    if (count >= policiesPerAccount) throw quotaExceeded('PoliciesPerAccount', policiesPerAccount);
    const nowMs = core.clock.nowMs();
    const policy: ManagedPolicy = {
      id: newUniqueId('policy'),
      account,
      name,
      path,
      ...(description === undefined ? {} : { description }),
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      tags: mergeTags([], tags, 'exact', core.quotas),
      versions: [{ number: 1, createdAtMs: nowMs }],
      defaultVersion: 1,
      nextVersion: 2,
      attachmentCount: 0,
      boundaryCount: 0,
    };
    tx.set(policies, policy, account, policy.id);
    tx.set(policyNames, { id: policy.id }, account, name.toLowerCase());
    tx.set(policyTexts, { text }, account, policy.id, 1);
    tx.add(counters, 1, account, 'policies');
    return policy;
  });
}

function deletePolicy(core: Core, account: string, arn: string): Promise<void> {
  return core.transact(async (tx) => {
    const policy = await ownPolicyIn(tx, account, arn);
    if (policy.attachmentCount > 0 || policy.boundaryCount > 0) {
      throw new IdentityError('DeleteConflict', 'Cannot delete a policy attached to entities.');
    }
    if (policy.versions.length > 1) {
      throw new IdentityError(
        'DeleteConflict',
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    for (const { number } of policy.versions) tx.delete(policyTexts, account, policy.id, number);
    tx.delete(policies, account, policy.id);
    tx.delete(policyNames, account, policy.name.toLowerCase());
    tx.add(counters, -1, account, 'policies');
  });
}

async function createVersion(
  core: Core,
  account: string,
  arn: string,
  text: string,
  setAsDefault: boolean,
): Promise<PolicyVersion> {
  assertFits(core, text);
  return core.transact(async (tx) => {
    const policy = await ownPolicyIn(tx, account, arn);
    const { versionsPerPolicy } = core.quotas;
    if (policy.versions.length >= versionsPerPolicy) {
      throw new IdentityError(
        'LimitExceeded',
        `A managed policy can have up to ${versionsPerPolicy} versions. Before you create a new version, you must delete an existing version.`,
      );
    }
    const createdAtMs = core.clock.nowMs();
    const number = policy.nextVersion;
    const changed: ManagedPolicy = {
      ...policy,
      versions: [...policy.versions, { number, createdAtMs }],
      nextVersion: number + 1,
      updatedAtMs: createdAtMs,
      defaultVersion: setAsDefault ? number : policy.defaultVersion,
    };
    tx.set(policies, changed, account, policy.id);
    tx.set(policyTexts, { text }, account, policy.id, number);
    return { number, createdAtMs, text, isDefault: setAsDefault };
  });
}

function deleteVersion(core: Core, account: string, arn: string, number: number): Promise<void> {
  return core.transact(async (tx) => {
    const policy = await ownPolicyIn(tx, account, arn);
    assertVersion(policy, number);
    if (number === policy.defaultVersion) {
      throw new IdentityError('DeleteConflict', 'Cannot delete the default version of a policy.');
    }
    const versions = policy.versions.filter((version) => version.number !== number);
    tx.set(policies, { ...policy, versions }, account, policy.id);
    tx.delete(policyTexts, account, policy.id, number);
  });
}

function assertFits({ quotas }: Core, text: string): void {
  if (checkedManagedPolicySize(text) <= quotas.managedPolicySize) return;
  throw quotaExceeded('PolicySize', quotas.managedPolicySize);
}
