import { aclOfRequest, assertAclAllowed, storedAcl } from '../acl.ts';
import type { PutObjectAcl } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import { foundObject } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';

export const putObjectAcl: S3Handler<typeof PutObjectAcl> = async (input, context) => {
  const { bucket, objects, parts } = context;
  const version = await foundObject(context);
  const owners = { owner: version.owner, bucketOwner: bucket.owner };
  const acl = await aclOfRequest(input, owners, parts.identity);
  if (acl === undefined) {
    throw new S3Error('MissingSecurityHeader', { MissingHeaderName: 'x-amz-acl' });
  }
  assertAclAllowed(acl, bucket, input.ACL);
  await objects.updateVersion(version, { acl: storedAcl(acl) });
  return {};
};
