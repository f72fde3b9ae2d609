import { aclAnswer, cannedAcl } from '../acl.ts';
import type { GetObjectAcl } from '../api/index.ts';
import { foundObject } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';

export const getObjectAcl: S3Handler<typeof GetObjectAcl> = async (_, context) => {
  const { bucket, parts } = context;
  const version = await foundObject(context);
  const isEnforced = bucket.ownership === 'BucketOwnerEnforced';
  const owner = isEnforced ? bucket.owner : version.owner;
  const own = cannedAcl('private', { owner, bucketOwner: bucket.owner });
  return aclAnswer(isEnforced ? own : (version.acl ?? own), parts.identity);
};
