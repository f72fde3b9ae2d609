import { aclOfRequest, assertAclAllowed } from '../acl.ts';
import type { PutBucketAcl } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const putBucketAcl: S3Handler<typeof PutBucketAcl> = async (input, context) => {
  const { bucket, objects, parts } = context;
  const owners = { owner: bucket.owner, bucketOwner: bucket.owner };
  const acl = await aclOfRequest(input, owners, parts.identity);
  if (acl === undefined) {
    throw new S3Error('MissingSecurityHeader', { MissingHeaderName: 'x-amz-acl' });
  }
  assertAclAllowed(acl, bucket, input.ACL);
  await objects.updateBucket(bucket.name, () => ({ acl }));
  return {};
};
