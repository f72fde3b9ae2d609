import type { UploadPart } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { checksumAnswer, integrityOf } from '../integrity.ts';

export const uploadPart: S3Handler<typeof UploadPart> = async (input, context) => {
  const { bucket, objects } = context;
  const upload = await objects.getUpload(bucket, input.Key, input.UploadId);
  const integrity = integrityOf(input, context);
  const part = await objects.putPart(upload, input.PartNumber, input.Body, integrity);
  return { ETag: part.etag, ...checksumAnswer(part.checksum) };
};
