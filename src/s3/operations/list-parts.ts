import { wholeSecond } from '../whole-second.ts';
import type { ListParts } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { checksumAnswer } from '../integrity.ts';
import { pageSizeOf } from '../listing.ts';
import { initiatorOf, ownerOf } from '../owner.ts';

export const listParts: S3Handler<typeof ListParts> = async (input, context) => {
  const { bucket, objects, parts: service } = context;
  const upload = await objects.getUpload(bucket, input.Key, input.UploadId);
  const after = input.PartNumberMarker ?? 0;
  const limit = pageSizeOf(input.MaxParts);
  const { parts, truncated } = await objects.listParts(upload, { after, limit });
  return {
    Bucket: bucket.name,
    Key: input.Key,
    UploadId: input.UploadId,
    Initiator: await initiatorOf(service.identity, upload),
    Owner: await ownerOf(service.identity, upload.owner),
    StorageClass: upload.storageClass,
    PartNumberMarker: String(after),
    NextPartNumberMarker: String(parts.at(-1)?.partNumber ?? 0),
    MaxParts: limit,
    IsTruncated: truncated,
    ChecksumAlgorithm: upload.checksumAlgorithm,
    ChecksumType: upload.checksumType,
    Parts: parts.map((part) => ({
      PartNumber: part.partNumber,
      LastModified: wholeSecond(part.lastModifiedMs),
      ETag: part.etag,
      Size: part.size,
      ...checksumAnswer(part.checksum),
    })),
  };
};
