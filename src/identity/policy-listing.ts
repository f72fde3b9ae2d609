import { policyArn } from './arn.ts';
import { AWS_MANAGED_POLICIES } from './aws-managed-policies.ts';
import type { PolicyUsage } from './attachments.ts';
import { readRecord, walkRecords, type Core } from './core.ts';
import { pageOf, type ListByPath } from './listing.ts';
import { isProvided, providedPolicy } from './managed-policy.ts';
import type { ManagedPolicy, Page } from './model.ts';
import { readPolicy } from './policies.ts';
import { attachments, policies, policyNames, type AttachmentKind } from './records.ts';

export interface ListPolicies extends ListByPath {
  /** The account's own (`Local`), AWS's, or both. */
  readonly scope?: 'All' | 'AWS' | 'Local' | undefined;
  readonly onlyAttached?: boolean | undefined;
  readonly usage?: PolicyUsage | undefined;
}

/** Managed policies with the counts of their uses in the account. */
export function policyListingMethods(core: Core) {
  return {
    /** Throws NoSuchEntity. */
    async getPolicy(account: string, arn: string): Promise<ManagedPolicy> {
      return withCounts(core, account, await readPolicy(core, account, arn));
    },

    /** Of all of the account's own policies together. */
    async countPolicyVersions(account: string): Promise<number> {
      const own = await ownPolicies(core, account);
      return own.reduce((sum, { versions }) => sum + versions.length, 0);
    },

    /** In the order of names, the account's own and AWS's mixed. */
    async listPolicies(account: string, request: ListPolicies): Promise<Page<ManagedPolicy>> {
      const { scope = 'All', pathPrefix = '/', onlyAttached = false, usage } = request;
      const all: ManagedPolicy[] = [];
      if (scope !== 'AWS') all.push(...(await ownPolicies(core, account)));
      if (scope !== 'Local') {
        for (const policy of AWS_MANAGED_POLICIES) {
          all.push(await withCounts(core, account, providedPolicy(policy)));
        }
      }
      const wanted = all.filter((policy) => {
        if (!policy.path.startsWith(pathPrefix)) return false;
        const uses = usesOf(policy, usage);
        return uses > 0 || (!onlyAttached && usage === undefined);
      });
      return pageOf(wanted, (policy) => `${policy.name} ${policyArn(policy)}`, request);
    },
  };
}

function usesOf(policy: ManagedPolicy, usage: PolicyUsage | undefined): number {
  if (usage === 'PermissionsPolicy') return policy.attachmentCount;
  if (usage === 'PermissionsBoundary') return policy.boundaryCount;
  return policy.attachmentCount;
}

async function ownPolicies(core: Core, account: string): Promise<ManagedPolicy[]> {
  const found: ManagedPolicy[] = [];
  for await (const { record } of walkRecords(core, policyNames, [account])) {
    const policy = await readRecord(core, policies, account, record.id);
    if (policy !== undefined) found.push(policy);
  }
  return found;
}

/** AWS's policies have no record that could hold counts: their uses are counted in the index. */
async function withCounts(
  core: Core,
  account: string,
  policy: ManagedPolicy,
): Promise<ManagedPolicy> {
  if (!isProvided(policy)) return policy;
  const count = async (...kinds: readonly AttachmentKind[]) => {
    let uses = 0;
    for (const kind of kinds) {
      for await (const _ of walkRecords(core, attachments, [account, policy.id, kind])) uses += 1;
    }
    return uses;
  };
  const attachmentCount = await count('user', 'group', 'role');
  return {
    ...policy,
    attachmentCount,
    boundaryCount: await count('user-boundary', 'role-boundary'),
  };
}
