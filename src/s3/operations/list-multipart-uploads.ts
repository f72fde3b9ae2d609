import { wholeSecond } from '../whole-second.ts';
import type { ListMultipartUploads } from '../api/index.ts';
import type { S3Handler } from '../handler.ts';
import { keyEncoder, pageSizeOf, prefixesOf } from '../listing.ts';
import { initiatorOf, ownerOf } from '../owner.ts';

export const listMultipartUploads: S3Handler<typeof ListMultipartUploads> = async (
  input,
  context,
) => {
  const { bucket, objects, parts } = context;
  const { Prefix: prefix = '', Delimiter: delimiter = '' } = input;
  const { KeyMarker: keyMarker = '', UploadIdMarker: uploadIdMarker = '' } = input;
  const limit = pageSizeOf(input.MaxUploads);
  const encode = keyEncoder(input.EncodingType);
  const page = await objects.listUploads(bucket, {
    prefix,
    delimiter,
    keyMarker,
    uploadIdMarker,
    limit,
  });
  const uploads = [];
  for (const upload of page.uploads) {
    uploads.push({
      Key: encode(upload.key),
      UploadId: upload.uploadId,
      Initiator: await initiatorOf(parts.identity, upload),
      Owner: await ownerOf(parts.identity, upload.owner),
      StorageClass: upload.storageClass,
      Initiated: wholeSecond(upload.initiatedMs),
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
    });
  }
  return {
    Bucket: bucket.name,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: uploadIdMarker,
    NextKeyMarker: page.nextKeyMarker === undefined ? undefined : encode(page.nextKeyMarker),
    NextUploadIdMarker: page.nextUploadIdMarker,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: input.EncodingType,
    MaxUploads: limit,
    IsTruncated: page.truncated,
    Uploads: uploads,
    CommonPrefixes: prefixesOf(page.commonPrefixes, encode),
  };
};
