import { fromBase64 } from '../base/bytes.ts';
import {
  CHECKSUM_ALGORITHMS,
  type Algorithm,
  type ChecksumAlgorithm,
} from '../objects/digest/algorithms.ts';
import type { Checksum } from '../objects/model.ts';
import type { Integrity } from '../objects/store.ts';
import type { S3Context } from './context.ts';
import { S3Error } from './errors.ts';

/** "Upload an object in a single operation: up to 5 GB"; the same bound holds for a part. */
export const UPLOAD_SIZE_MAX = 5 * 1024 ** 3;

const DIGEST_SIZES: Record<Algorithm, number> = {
  MD5: 16,
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

/** Checksums as members, of which a request may have at most one. */
export interface ChecksumMembers {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  readonly ChecksumSHA1?: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

interface BodyInput extends ChecksumMembers {
  readonly Body: { readonly length: number | undefined };
  readonly ContentMD5?: string | undefined;
  readonly ChecksumAlgorithm?: ChecksumAlgorithm | undefined;
}

/** What the request says its body must be: by Content-MD5, by checksum header, by trailer. */
export function integrityOf(input: BodyInput, context: S3Context): Integrity {
  assertLengthSaid(context);
  const size = input.Body.length;
  if (size !== undefined && size > UPLOAD_SIZE_MAX) {
    throw new S3Error('EntityTooLarge', {
      ProposedSize: String(size),
      MaxSizeAllowed: String(UPLOAD_SIZE_MAX),
    });
  }
  const expected = new Map<Algorithm, Uint8Array>();
  if (input.ContentMD5 !== undefined) expected.set('MD5', md5Of(input.ContentMD5));
  const stated = checksumMember(input);
  if (stated !== undefined) expected.set(stated.algorithm, checksumBytes(stated));
  const late = trailingAlgorithm(context);
  if (late !== undefined && stated !== undefined) {
    throw new S3Error('InvalidRequest', {}, 'Expecting a single x-amz-checksum- header');
  }
  return {
    checksumAlgorithm: stated?.algorithm ?? late ?? input.ChecksumAlgorithm,
    size,
    expected: () => {
      if (late === undefined) return expected;
      const value = context.trailers().get(headerOf(late));
      if (value === undefined) throw new S3Error('MalformedTrailerError');
      return new Map([...expected, [late, checksumBytes({ algorithm: late, value })]]);
    },
  };
}

/** HTTP takes a put that says nothing for one without a body; S3 does not guess. */
function assertLengthSaid({ request: { method, headers } }: S3Context): void {
  if (method !== 'PUT' || headers.get('content-length') !== undefined) return;
  if (headers.get('transfer-encoding') === undefined) throw new S3Error('MissingContentLength');
}

/** The one checksum among the members; two are refused. */
export function checksumMember(
  input: ChecksumMembers,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  let present: ReturnType<typeof checksumMember>;
  for (const { algorithm, member } of MEMBERS) {
    const value = input[member];
    if (value === undefined) continue;
    if (present !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        {},
        'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
      );
    }
    present = { algorithm, value };
  }
  return present;
}

const MEMBERS = CHECKSUM_ALGORITHMS.map(
  (algorithm) => ({ algorithm, member: `Checksum${algorithm}` }) as const,
);

/** A checksum as the member that carries it in an answer. */
export function checksumAnswer(
  checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined,
): ChecksumMembers {
  return checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value };
}

/** The same with its type, as answers about whole objects have it. */
export function typedChecksumAnswer(checksum: Checksum | undefined) {
  return { ...checksumAnswer(checksum), ChecksumType: checksum?.type };
}

function trailingAlgorithm({ request }: S3Context): ChecksumAlgorithm | undefined {
  const names = request.headers.get('x-amz-trailer')?.toLowerCase().split(',');
  if (names === undefined) return undefined;
  return CHECKSUM_ALGORITHMS.find((algorithm) =>
    names.some((name) => name.trim() === headerOf(algorithm)),
  );
}

function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

function md5Of(text: string): Uint8Array {
  const bytes = fromBase64(text.trim());
  if (bytes?.byteLength !== DIGEST_SIZES.MD5) {
    throw new S3Error('InvalidDigest', { 'Content-MD5': text });
  }
  return bytes;
}

function checksumBytes(checksum: { algorithm: ChecksumAlgorithm; value: string }): Uint8Array {
  const bytes = fromBase64(checksum.value.trim());
  if (bytes?.byteLength !== DIGEST_SIZES[checksum.algorithm]) {
    throw new S3Error(
      'InvalidRequest',
      {},
      `Value for ${headerOf(checksum.algorithm)} header is invalid.`,
    );
  }
  return bytes;
}
