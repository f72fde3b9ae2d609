import type { CreateBucket } from '../api/index.ts';
import { aclOfRequest, assertAclAllowed, cannedAcl } from '../acl.ts';
import { assertBucketName } from '../bucket-name.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { BUCKET_TAGS_MAX, tagsOfXml } from '../tags.ts';

/** `EU` is how S3 called eu-west-1 when there were two regions. */
const OLD_EUROPE = 'EU';
const REGION = /^[a-z]{2,3}(?:-[a-z]+)+-\d$/;

export const createBucket: S3Handler<typeof CreateBucket> = async (input, context) => {
  const { objects, account, parts } = context;
  if (account === undefined) throw new S3Error('AccessDenied');
  assertBucketName(input.Bucket);
  const configuration = input.CreateBucketConfiguration;
  const region = regionOf(configuration?.LocationConstraint, parts.region);
  const owners = { owner: account, bucketOwner: account };
  const ownership = input.ObjectOwnership ?? parts.defaultOwnership;
  const asked = await aclOfRequest(input, owners, parts.identity);
  if (ownership === 'BucketOwnerEnforced' && asked !== undefined && input.ACL !== 'private') {
    throw new S3Error('InvalidBucketAclWithObjectOwnership');
  }
  const tags =
    configuration?.Tags === undefined ? undefined : tagsOfXml(configuration.Tags, BUCKET_TAGS_MAX);
  const bucket = await objects.createBucket({
    name: input.Bucket,
    owner: account,
    region,
    acl: asked ?? cannedAcl('private', owners),
    ownership,
    objectLock: input.ObjectLockEnabledForBucket ?? false,
  });
  assertAclAllowed(asked, bucket, input.ACL);
  if (tags !== undefined) await objects.updateBucket(bucket.name, () => ({ tags }));
  return { Location: `/${bucket.name}`, BucketArn: `arn:aws:s3:::${bucket.name}` };
};

function regionOf(constraint: string | undefined, home: string): string {
  if (constraint === undefined || constraint === '') return home;
  if (constraint === OLD_EUROPE) return 'eu-west-1';
  if (!REGION.test(constraint)) {
    throw new S3Error('InvalidLocationConstraint', { LocationConstraint: constraint });
  }
  return constraint;
}
