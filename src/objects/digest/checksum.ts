import { base64, compareBytes, concatBytes, fromBase64, hex } from '../../base/bytes.ts';
import { type Algorithm, type ChecksumAlgorithm, CHECKSUM_ALGORITHMS } from './algorithms.ts';
import { DIGEST_SIZES, digestOf } from './digest.ts';

/** S3's limit on the parts of an upload ("Amazon S3 multipart upload limits"). */
const PART_COUNT_MAX = 10_000;

/** What a checksum says of a multipart object: everything at once, or the parts' checksums. */
export interface ChecksumValue {
  readonly digest: Uint8Array;
  /** The N of a composite value `...-N`; undefined for the checksum of the bytes themselves. */
  readonly partCount: number | undefined;
}

/** The checksum types that each algorithm allows for multipart uploads, the default one first. */
export const CHECKSUM_TYPES: Readonly<
  Record<ChecksumAlgorithm, readonly ('COMPOSITE' | 'FULL_OBJECT')[]>
> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
};

/** The algorithm by its exact name in `x-amz-checksum-algorithm` or `x-amz-sdk-checksum-algorithm`. */
export function parseChecksumAlgorithm(text: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === text);
}

/**
 * A digest as headers and XML carry it: canonical base64 of exactly the algorithm's length. This also
 * reads Content-MD5. Undefined for anything else.
 */
export function parseDigest(algorithm: Algorithm, text: string): Uint8Array | undefined {
  // Four base64 characters hold three bytes: longer text is refused before it is decoded.
  if (text.length !== 4 * Math.ceil(DIGEST_SIZES[algorithm] / 3)) return undefined;
  const bytes = fromBase64(text);
  return bytes?.byteLength === DIGEST_SIZES[algorithm] ? bytes : undefined;
}

/** A digest that may be composite: followed by `-` and the number of parts, 1 to 10,000. */
export function parseChecksum(algorithm: Algorithm, text: string): ChecksumValue | undefined {
  const dash = text.indexOf('-');
  const digest = parseDigest(algorithm, dash === -1 ? text : text.slice(0, dash));
  if (digest === undefined) return undefined;
  if (dash === -1) return { digest, partCount: undefined };
  const count = text.slice(dash + 1);
  if (!/^[1-9][0-9]{0,4}$/.test(count) || Number(count) > PART_COUNT_MAX) return undefined;
  return { digest, partCount: Number(count) };
}

export function formatChecksum({ digest, partCount }: ChecksumValue): string {
  return partCount === undefined ? base64(digest) : `${base64(digest)}-${partCount}`;
}

/** Whether two checksums are the same in digest and in number of parts. */
export function equalChecksums(a: ChecksumValue, b: ChecksumValue): boolean {
  return a.partCount === b.partCount && compareBytes(a.digest, b.digest) === 0;
}

/** The COMPOSITE checksum of an upload: the digest of its parts' raw digests one after another. */
export function compositeChecksum(
  algorithm: Algorithm,
  parts: readonly Uint8Array[],
): ChecksumValue {
  return { digest: digestOf(algorithm, concatBytes(parts)), partCount: parts.length };
}

/** The ETag, without quotes, of a single put. */
export function etagOf(md5: Uint8Array): string {
  return hex(md5);
}

/** The ETag, without quotes, of a multipart upload: `N` parts whose MD5s are given, in order. */
export function multipartEtag(partMd5s: readonly Uint8Array[]): string {
  return `${hex(digestOf('MD5', concatBytes(partMd5s)))}-${partMd5s.length}`;
}
