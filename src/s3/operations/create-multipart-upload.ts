import type { CreateMultipartUpload } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { newObjectOf } from '../new-object.ts';

export const createMultipartUpload: S3Handler<typeof CreateMultipartUpload> = async (
  input,
  context,
) => {
  const { bucket, caller, objects } = context;
  if (input.ChecksumType !== undefined && input.ChecksumAlgorithm === undefined) {
    throw new S3Error(
      'InvalidRequest',
      {},
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const upload = await objects.createUpload(bucket, input.Key, {
    ...(await newObjectOf(input, context)),
    initiator: caller.principal?.arn ?? '',
    checksumAlgorithm: input.ChecksumAlgorithm,
    checksumType: input.ChecksumType,
  });
  return {
    ChecksumAlgorithm: upload.checksumAlgorithm,
    ChecksumType: upload.checksumType,
    Bucket: bucket.name,
    Key: input.Key,
    UploadId: upload.uploadId,
  };
};
