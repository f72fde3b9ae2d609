import { storedAcl } from '../acl.ts';
import type { PutBucketOwnershipControls } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const putBucketOwnershipControls: S3Handler<typeof PutBucketOwnershipControls> = async (
  { OwnershipControls: controls },
  { bucket, objects },
) => {
  const [rule, ...others] = controls.Rules ?? [];
  if (rule === undefined || others.length > 0) throw new S3Error('MalformedXML');
  const ownership = rule.ObjectOwnership;
  await objects.updateBucket(bucket.name, ({ acl }) => {
    // Grants to others must go before ACLs are switched off, so that nobody loses access unseen.
    if (ownership === 'BucketOwnerEnforced' && storedAcl(acl) !== undefined) {
      throw new S3Error('InvalidBucketAclWithObjectOwnership');
    }
    return { ownership, hasOwnershipControls: true };
  });
  return {};
};
