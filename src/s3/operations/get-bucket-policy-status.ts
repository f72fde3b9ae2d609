import { bucketPolicy, isPublicAcl } from '../../access/index.ts';
import type { GetBucketPolicyStatus } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

/** Public is what the policy, or an ACL that counts, opens to everyone. */
export const getBucketPolicyStatus: S3Handler<typeof GetBucketPolicyStatus> = (_, { bucket }) => {
  const block = bucket.publicAccessBlock;
  const byPolicy = bucketPolicy(bucket)?.isPublic === true && block?.restrictPublicBuckets !== true;
  const byAcl =
    bucket.ownership !== 'BucketOwnerEnforced' &&
    block?.ignorePublicAcls !== true &&
    isPublicAcl(bucket.acl);
  return { PolicyStatus: { IsPublic: byPolicy || byAcl } };
};
