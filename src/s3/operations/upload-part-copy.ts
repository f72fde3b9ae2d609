import { wholeSecond } from '../whole-second.ts';
import type { UploadPartCopy } from '../api/index.ts';
import { copySourceOf } from '../copy-source.ts';
import type { S3Handler } from '../handler.ts';
import { checksumAnswer, UPLOAD_SIZE_MAX } from '../integrity.ts';
import { parseCopyRange } from '../range.ts';
import { S3Error } from '../errors.ts';
import { bodyOfSource } from '../source-body.ts';

export const uploadPartCopy: S3Handler<typeof UploadPartCopy> = async (input, context) => {
  const { bucket, objects } = context;
  const upload = await objects.getUpload(bucket, input.Key, input.UploadId);
  const source = await copySourceOf(input, context);
  const { start, end } = parseCopyRange(input.CopySourceRange, source.size);
  if (end - start > UPLOAD_SIZE_MAX) throw new S3Error('EntityTooLarge');
  const body = bodyOfSource(await objects.open(source, start, end));
  const part = await objects.putPart(upload, input.PartNumber, body, {
    checksumAlgorithm: upload.checksumAlgorithm,
    expected: () => NOTHING_EXPECTED,
    size: end - start,
  });
  return {
    CopySourceVersionId: input.CopySource.versionId,
    CopyPartResult: {
      ETag: part.etag,
      LastModified: wholeSecond(part.lastModifiedMs),
      ...checksumAnswer(part.checksum),
    },
  };
};

const NOTHING_EXPECTED = new Map();
