import type { GetBucketOwnershipControls } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const getBucketOwnershipControls: S3Handler<typeof GetBucketOwnershipControls> = (
  _,
  { bucket },
) => ({ OwnershipControls: { Rules: [{ ObjectOwnership: bucket.ownership }] } });
