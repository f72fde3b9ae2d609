import type { PutPublicAccessBlock } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

/** What the configuration leaves out is off. */
export const putPublicAccessBlock: S3Handler<typeof PutPublicAccessBlock> = async (
  { PublicAccessBlockConfiguration: block },
  { bucket, objects },
) => {
  const publicAccessBlock = {
    blockPublicAcls: block.BlockPublicAcls ?? false,
    ignorePublicAcls: block.IgnorePublicAcls ?? false,
    blockPublicPolicy: block.BlockPublicPolicy ?? false,
    restrictPublicBuckets: block.RestrictPublicBuckets ?? false,
  };
  await objects.updateBucket(bucket.name, () => ({ publicAccessBlock }));
  return {};
};
