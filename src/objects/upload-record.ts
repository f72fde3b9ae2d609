import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import { encodeRecord, headerOf, openRecord } from './envelope.ts';
import type { Acl, Bucket, ChecksumType, Upload } from './model.ts';
import { decodeMetadata, encodeMetadata, type MetadataHeader } from './records.ts';

interface UploadHeader {
  readonly t: number;
  readonly o: string;
  /** ARN of the initiator. */
  readonly n: string;
  readonly c: string;
  readonly m: MetadataHeader;
  readonly a?: Acl | undefined;
  readonly g?: readonly (readonly [string, string])[] | undefined;
  readonly ka?: ChecksumAlgorithm | undefined;
  readonly kt?: ChecksumType | undefined;
}

export function encodeUpload(upload: Upload): Uint8Array {
  const header: UploadHeader = {
    t: upload.initiatedMs,
    o: upload.owner,
    n: upload.initiator,
    c: upload.storageClass,
    m: encodeMetadata(upload.metadata),
    a: upload.acl,
    g: upload.tags?.map(({ key, value }) => [key, value] as const),
    ka: upload.checksumAlgorithm,
    kt: upload.checksumType,
  };
  return encodeRecord({ header });
}

export function decodeUpload(
  bucket: Pick<Bucket, 'name' | 'id'>,
  key: string,
  uploadId: string,
  bytes: Uint8Array,
): Upload {
  const header = headerOf<UploadHeader>(openRecord(bytes));
  return {
    bucket: bucket.name,
    bucketId: bucket.id,
    key,
    uploadId,
    initiatedMs: header.t,
    owner: header.o,
    initiator: header.n,
    storageClass: header.c,
    metadata: decodeMetadata(header.m),
    acl: header.a,
    tags: header.g?.map(([name, value]) => ({ key: name, value })),
    checksumAlgorithm: header.ka,
    checksumType: header.kt,
  };
}
