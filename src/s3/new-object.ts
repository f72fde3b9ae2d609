import type { Tags } from '../objects/model.ts';
import type { NewObject } from '../objects/store.ts';
import { aclOfRequest, assertAclAllowed, storedAcl, type AclInput } from './acl.ts';
import type { S3Context } from './context.ts';
import { metadataOf } from './metadata.ts';
import { checkedTags, OBJECT_TAGS_MAX } from './tags.ts';

type NewObjectInput = AclInput &
  Parameters<typeof metadataOf>[0] & {
    readonly StorageClass?: string | undefined;
    readonly Tagging?: Tags | undefined;
  };

/**
 * Everything but the bytes of an object that is put, copied or begun in parts. The writer's account
 * owns it, or the bucket's where the bucket's ownership setting says so.
 */
export async function newObjectOf(input: NewObjectInput, context: S3Context): Promise<NewObject> {
  const { bucket, parts } = context;
  const writer = context.account ?? bucket.owner;
  const givesToBucketOwner =
    bucket.ownership === 'BucketOwnerEnforced' ||
    (bucket.ownership === 'BucketOwnerPreferred' && input.ACL === 'bucket-owner-full-control');
  const owner = givesToBucketOwner ? bucket.owner : writer;
  const acl = await aclOfRequest(input, { owner, bucketOwner: bucket.owner }, parts.identity);
  assertAclAllowed(acl, bucket, input.ACL);
  return {
    owner,
    storageClass: input.StorageClass ?? 'STANDARD',
    metadata: metadataOf(input),
    acl: bucket.ownership === 'BucketOwnerEnforced' ? undefined : storedAcl(acl),
    tags: input.Tagging === undefined ? undefined : checkedTags(input.Tagging, OBJECT_TAGS_MAX),
  };
}
