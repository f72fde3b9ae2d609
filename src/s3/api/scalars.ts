import { utf8 } from '../../base/bytes.ts';
import type { Tags } from '../../objects/model.ts';
import { oneOf, scalar, text, type Scalar } from '../../wire/index.ts';

/** "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is up to 1,024 bytes." */
export const KEY_SIZE_MAX = 1024;

/** Not checked here: a name that no bucket can have is simply a bucket that does not exist. */
export const bucketName: Scalar<string> = text({ examples: ['example-bucket'] });

/** No UTF-16 unit takes more than three bytes, so that most keys need not be encoded to know. */
function isTooLong(key: string): boolean {
  return 3 * key.length > KEY_SIZE_MAX && utf8(key).byteLength > KEY_SIZE_MAX;
}

export const objectKey: Scalar<string> = scalar({
  name: 'object key',
  parse: (value) => value,
  format: (value) => value,
  violations: (value) => (isTooLong(value) ? ['Your key is too long'] : []),
  error: 'KeyTooLongError',
});

/** An entity tag in an answer: quoted there, bare everywhere within. Requests may leave the quotes out. */
export const etag: Scalar<string> = scalar({
  name: 'entity tag',
  parse: unquote,
  format: (value) => `"${value}"`,
});

/** A condition's tags are kept as sent: `*`, one tag, or a list of them, each quoted or bare. */
export const etagCondition: Scalar<string> = scalar({
  name: 'entity tag condition',
  parse: (value) => value.trim(),
  format: (value) => value,
});

function unquote(value: string): string {
  const bare = value.trim();
  return bare.length >= 2 && bare.startsWith('"') && bare.endsWith('"') ? bare.slice(1, -1) : bare;
}

export const cannedBucketAcl = withError(
  'InvalidArgument',
  oneOf('private', 'public-read', 'public-read-write', 'authenticated-read', 'log-delivery-write'),
);

export const cannedObjectAcl = withError(
  'InvalidArgument',
  oneOf(
    'private',
    'public-read',
    'public-read-write',
    'authenticated-read',
    'aws-exec-read',
    'bucket-owner-read',
    'bucket-owner-full-control',
  ),
);

export const storageClass = withError(
  'InvalidStorageClass',
  oneOf(
    'STANDARD',
    'REDUCED_REDUNDANCY',
    'STANDARD_IA',
    'ONEZONE_IA',
    'INTELLIGENT_TIERING',
    'GLACIER',
    'DEEP_ARCHIVE',
    'GLACIER_IR',
  ),
);

export const checksumAlgorithm = withError(
  'InvalidRequest',
  oneOf('CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'),
);

export const checksumType = withError('InvalidRequest', oneOf('COMPOSITE', 'FULL_OBJECT'));

export const directive = withError('InvalidArgument', oneOf('COPY', 'REPLACE'));

export const objectOwnership = withError(
  'InvalidArgument',
  oneOf('BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'),
);

/** The tags of an `x-amz-tagging` header, written there as a query string. */
export const tagQuery: Scalar<Tags> = scalar({
  name: 'tag set',
  parse: parseTagQuery,
  format: (tags) =>
    tags
      .map(({ key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
      .join('&'),
  error: 'InvalidArgument',
  examples: ['a=b', 'project=coffer&team=storage'],
});

function parseTagQuery(value: string): Tags | undefined {
  const tags: { key: string; value: string }[] = [];
  for (const pair of value.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const key = decodeFormText(at < 0 ? pair : pair.slice(0, at));
    const tagValue = at < 0 ? '' : decodeFormText(pair.slice(at + 1));
    if (key === undefined || tagValue === undefined) return undefined;
    tags.push({ key, value: tagValue });
  }
  return tags;
}

function decodeFormText(value: string): string | undefined {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * `bucket/key` with or without a leading slash, percent-encoded by most clients; the JavaScript SDK
 * sends raw UTF-8, which the HTTP parser hands over byte by byte. `?versionId=` follows outside the
 * encoding.
 */
export const copySource: Scalar<CopySource> = scalar({
  name: 'copy source',
  parse: parseCopySource,
  format: ({ bucket, key, versionId }) =>
    `${bucket}/${encodeURIComponent(key)}${versionId === undefined ? '' : `?versionId=${versionId}`}`,
  error: 'InvalidArgument',
  examples: ['bucket/key', '/bucket/a%20b?versionId=3'],
});

const VERSION_MARK = '?versionId=';

function parseCopySource(value: string): CopySource | undefined {
  const mark = value.lastIndexOf(VERSION_MARK);
  const path = mark < 0 ? value : value.slice(0, mark);
  const versionId = mark < 0 ? undefined : value.slice(mark + VERSION_MARK.length);
  const decoded = decodePath(path);
  if (decoded === undefined || versionId === '') return undefined;
  const start = decoded.startsWith('/') ? 1 : 0;
  const slash = decoded.indexOf('/', start);
  if (slash <= start || slash === decoded.length - 1) return undefined;
  return { bucket: decoded.slice(start, slash), key: decoded.slice(slash + 1), versionId };
}

function decodePath(path: string): string | undefined {
  const bytes = Buffer.from(path, 'latin1');
  const raw = bytes.some((byte) => byte >= 0x80) ? bytes.toString('utf8') : path;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

function withError<T>(error: string, inner: Scalar<T>): Scalar<T> {
  return { ...inner, error };
}
