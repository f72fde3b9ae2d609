import type { ListObjectVersions } from '../api/index.ts';
import { S3Error } from '../errors.ts';
import type { S3Handler } from '../handler.ts';
import { keyEncoder, ownersOf, pageSizeOf, prefixesOf } from '../listing.ts';
import { wholeSecond } from '../whole-second.ts';

export const listObjectVersions: S3Handler<typeof ListObjectVersions> = async (input, context) => {
  const { bucket, objects } = context;
  const { Prefix: prefix = '', Delimiter: delimiter = '', KeyMarker: keyMarker = '' } = input;
  assertMarkers(input);
  const limit = pageSizeOf(input.MaxKeys);
  const encode = keyEncoder(input.EncodingType);
  const versionIdMarker = input.VersionIdMarker ?? '';
  const request = { prefix, delimiter, keyMarker, versionIdMarker, limit };
  const page = await objects.listVersions(bucket, request);
  const owners = await ownersOf(page.versions, context);
  const { nextKeyMarker: next } = page;
  const common = (version: (typeof page.versions)[number]) => ({
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest: version.isLatest,
    LastModified: wholeSecond(version.lastModifiedMs),
    Owner: owners.get(version.owner),
  });
  return {
    Name: bucket.name,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionIdMarker,
    NextKeyMarker: next === undefined ? undefined : encode(next),
    NextVersionIdMarker: page.nextVersionIdMarker,
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: input.EncodingType,
    IsTruncated: page.truncated,
    Versions: page.versions
      .filter((version) => version.kind === 'object')
      .map((version) => ({
        ...common(version),
        ETag: version.etag,
        ChecksumAlgorithm:
          version.checksum === undefined ? undefined : [version.checksum.algorithm],
        ChecksumType: version.checksum?.type,
        Size: version.size,
        StorageClass: version.storageClass,
      })),
    DeleteMarkers: page.versions.filter(({ kind }) => kind === 'deleteMarker').map(common),
    CommonPrefixes: prefixesOf(page.commonPrefixes, encode),
  };
};

function assertMarkers(input: {
  readonly KeyMarker?: string | undefined;
  readonly VersionIdMarker?: string | undefined;
}): void {
  const { KeyMarker: keyMarker = '', VersionIdMarker: versionIdMarker } = input;
  if (versionIdMarker === undefined) return;
  if (versionIdMarker !== '' && keyMarker !== '') return;
  // A client that passes on the empty markers of the first page means the first page.
  if (versionIdMarker === '' && keyMarker === '') return;
  throw new S3Error(
    'InvalidArgument',
    { ArgumentName: 'version-id-marker', ArgumentValue: versionIdMarker },
    versionIdMarker === ''
      ? 'A version-id marker cannot be empty.'
      : 'A version-id marker cannot be specified without a key marker.',
  );
}
