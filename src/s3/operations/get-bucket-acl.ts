import { aclAnswer, cannedAcl } from '../acl.ts';
import type { GetBucketAcl } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketAcl: S3Handler<typeof GetBucketAcl> = (_, { bucket, parts }) => {
  const { owner, ownership } = bucket;
  const owners = { owner, bucketOwner: owner };
  const acl = ownership === 'BucketOwnerEnforced' ? cannedAcl('private', owners) : bucket.acl;
  return aclAnswer(acl, parts.identity);
};
