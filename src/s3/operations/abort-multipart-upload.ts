import type { AbortMultipartUpload } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';

export const abortMultipartUpload: S3Handler<typeof AbortMultipartUpload> = async (
  input,
  { bucket, objects },
) => {
  await objects.abortUpload(await objects.getUpload(bucket, input.Key, input.UploadId));
  return {};
};
