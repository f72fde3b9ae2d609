import type { DeletePublicAccessBlock } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const deletePublicAccessBlock: S3Handler<typeof DeletePublicAccessBlock> = async (
  _,
  { bucket, objects },
) => {
  await objects.updateBucket(bucket.name, () => ({ publicAccessBlock: undefined }));
  return {};
};
