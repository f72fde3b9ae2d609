import { aclPolicy, aclsEnabled, bucketPolicy } from '../../access/index.ts';
import { principalsInForce, roleArn, userArn } from '../../identity/index.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { bucketsInForce } from '../../objects/in-force.ts';
import type { Bucket } from '../../objects/model.ts';
import type { Estate, EstateBucket } from '../../policy/index.ts';

/** Everything that decides, of one state of the store. */
export async function estateInForce(kv: Pick<KeyValueStore, 'get' | 'range'>): Promise<Estate> {
  const { accounts, users, roles } = await principalsInForce(kv);
  const buckets = await bucketsInForce(kv);
  return {
    accounts: accounts.map(({ id, canonicalUserId }) => ({ id, canonicalUserId })),
    users: users.map(({ user, groups, policies }) => ({
      accountId: user.account,
      arn: userArn(user),
      name: user.name,
      id: user.id,
      groups,
      ...policies,
      tags: user.tags,
    })),
    roles: roles.map(({ role, trust, policies }) => ({
      accountId: role.account,
      arn: roleArn(role),
      name: role.name,
      id: role.id,
      trust,
      ...policies,
    })),
    buckets: buckets.map(toBucket),
  };
}

function toBucket(bucket: Bucket): EstateBucket {
  const { name, owner, publicAccessBlock: block } = bucket;
  const compiled = bucketPolicy(bucket);
  const hasAcls = aclsEnabled(bucket);
  const ignoresPublic = block?.ignorePublicAcls === true;
  return {
    name,
    owner,
    policy: compiled?.policy,
    isRestricted: compiled?.isPublic === true && block?.restrictPublicBuckets === true,
    acl: hasAcls ? aclPolicy(bucket.acl, 'bucket', ignoresPublic) : undefined,
    objectAcls: hasAcls ? (ignoresPublic ? 'accounts' : 'public') : 'none',
  };
}
