import type { GetBucketTagging } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { tagSetOf } from '../tags.ts';

export const getBucketTagging: S3Handler<typeof GetBucketTagging> = (_, { bucket }) => {
  if (bucket.tags === undefined) throw new S3Error('NoSuchTagSet', { BucketName: bucket.name });
  return { TagSet: tagSetOf(bucket.tags) };
};
