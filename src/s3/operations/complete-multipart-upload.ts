import { ObjectsError } from '../../objects/error.ts';
import type { ObjectVersion } from '../../objects/model.ts';
import type { Input } from '../../wire/index.ts';
import type { CompleteMultipartUpload } from '../api/index.ts';
import { writeConditions } from '../conditions.ts';
import type { S3Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { expirationAnswer } from '../expiration.ts';
import { madeVersionId } from '../found-object.ts';
import type { S3Handler } from '../handler.ts';
import { checksumMember, typedChecksumAnswer } from '../integrity.ts';

const PARTS_MAX = 10_000;

export const completeMultipartUpload: S3Handler<typeof CompleteMultipartUpload> = async (
  input,
  context,
) => {
  const version = await completed(input, context);
  const host = context.request.headers.get('host') ?? '';
  const path = context.request.target.split('?', 1)[0] ?? '';
  return {
    Expiration: expirationAnswer(version, context),
    VersionId: madeVersionId(version),
    Location: `${context.request.secure ? 'https' : 'http'}://${host}${path}`,
    Bucket: context.bucket.name,
    Key: input.Key,
    ETag: version.etag,
    ...typedChecksumAnswer(version.checksum),
  };
};

/** A client that did not hear the answer completes again, and hears the same one. */
async function completed(
  input: Input<typeof CompleteMultipartUpload>,
  { bucket, objects }: S3Context,
): Promise<ObjectVersion> {
  const { Key: key, UploadId: uploadId } = input;
  const sent = input.MultipartUpload?.Parts ?? [];
  if (sent.length === 0 || sent.length > PARTS_MAX) throw new S3Error('MalformedXML');
  const parts = sent.map((part) => ({
    partNumber: part.PartNumber,
    etag: part.ETag,
    checksum: checksumMember(part),
  }));
  try {
    return await objects.completeUpload(await objects.getUpload(bucket, key, uploadId), {
      parts,
      conditions: writeConditions(input),
      checksum: checksumMember(input),
      checksumType: input.ChecksumType,
      size: input.MpuObjectSize,
    });
  } catch (error) {
    if (!(error instanceof ObjectsError) || error.kind !== 'NoSuchUpload') throw error;
    const finished = await objects.completedObject(bucket, key, uploadId, { parts });
    if (finished === undefined) throw error;
    return finished;
  }
}
