import type { HeadBucket } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const headBucket: S3Handler<typeof HeadBucket> = (_, { bucket }) => ({
  BucketArn: `arn:aws:s3:::${bucket.name}`,
  BucketRegion: bucket.region,
  AccessPointAlias: false,
});
