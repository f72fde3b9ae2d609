import type { GetBucketPolicy } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketPolicy: S3Handler<typeof GetBucketPolicy> = async (_, { bucket, parts }) => {
  if (bucket.policy === undefined) {
    throw new S3Error('NoSuchBucketPolicy', { BucketName: bucket.name });
  }
  return { Policy: await parts.identity.showPrincipals(bucket.policy) };
};
