import type { CompleteMultipartUpload } from '../api/index.ts';
import { writeConditions } from '../conditions.ts';
import { S3Error } from '../errors.ts';
import { expirationAnswer } from '../expiration.ts';
import { toldVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { checksumMember, typedChecksumAnswer } from '../integrity.ts';

const PARTS_MAX = 10_000;

export const completeMultipartUpload: S3Handler<typeof CompleteMultipartUpload> = async (
  input,
  context,
) => {
  const { bucket, objects } = context;
  const upload = await objects.getUpload(bucket, input.Key, input.UploadId);
  const parts = input.MultipartUpload?.Parts ?? [];
  if (parts.length === 0 || parts.length > PARTS_MAX) throw new S3Error('MalformedXML');
  const version = await objects.completeUpload(upload, {
    parts: parts.map((part) => ({
      partNumber: part.PartNumber,
      etag: part.ETag,
      checksum: checksumMember(part),
    })),
    conditions: writeConditions(input),
    checksum: checksumMember(input),
    checksumType: input.ChecksumType,
    size: input.MpuObjectSize,
  });
  const host = context.request.headers.get('host') ?? '';
  const path = context.request.target.split('?', 1)[0] ?? '';
  return {
    Expiration: expirationAnswer(version, context),
    VersionId: toldVersionId(version, context),
    Location: `${context.request.secure ? 'https' : 'http'}://${host}${path}`,
    Bucket: bucket.name,
    Key: input.Key,
    ETag: version.etag,
    ...typedChecksumAnswer(version.checksum),
  };
};
