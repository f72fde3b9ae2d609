import type { GetBucketOwnershipControls } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketOwnershipControls: S3Handler<typeof GetBucketOwnershipControls> = (
  _,
  { bucket },
) => {
  if (!bucket.hasOwnershipControls) {
    throw new S3Error('OwnershipControlsNotFoundError', { BucketName: bucket.name });
  }
  return { OwnershipControls: { Rules: [{ ObjectOwnership: bucket.ownership }] } };
};
