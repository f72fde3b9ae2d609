import type { Bucket } from '../../objects/model.ts';
import type { CreateBucket as CreateBucketRequest, ObjectStore } from '../../objects/store.ts';
import type { CreateBucket } from '../api/index.ts';
import { aclOfRequest, cannedAcl } from '../acl.ts';
import { assertBucketName } from '../bucket-name.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { BUCKET_TAGS_MAX, tagsOfXml } from '../tags.ts';

/** `EU` is how S3 called eu-west-1 when there were two regions. */
const OLD_EUROPE = 'EU';
const LEGACY_REGION = 'us-east-1';
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
  const acl = asked ?? cannedAcl('private', owners);
  const request = {
    name: input.Bucket,
    owner: account,
    region,
    acl,
    ownership,
    objectLock: input.ObjectLockEnabledForBucket ?? false,
  };
  const bucket = (await madeAgain(request, objects)) ?? (await objects.createBucket(request));
  if (tags !== undefined) await objects.updateBucket(bucket.name, () => ({ tags }));
  return { Location: `/${bucket.name}`, BucketArn: `arn:aws:s3:::${bucket.name}` };
};

/**
 * "For legacy compatibility, if you re-create an existing bucket that you already own in the North
 * Virginia Region, Amazon S3 returns 200 OK and resets the bucket access control lists."
 */
async function madeAgain(
  { name, owner, region, acl }: CreateBucketRequest,
  objects: ObjectStore,
): Promise<Bucket | undefined> {
  const existing = await objects.findBucket(name);
  if (existing?.owner !== owner || existing.region !== LEGACY_REGION || region !== LEGACY_REGION) {
    return undefined;
  }
  return objects.updateBucket(name, () => ({ acl }));
}

function regionOf(constraint: string | undefined, home: string): string {
  if (constraint === undefined || constraint === '') return home;
  if (constraint === OLD_EUROPE) return 'eu-west-1';
  if (!REGION.test(constraint)) {
    throw new S3Error('InvalidLocationConstraint', { LocationConstraint: constraint });
  }
  return constraint;
}
