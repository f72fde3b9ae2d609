import { base64, fromBase64 } from '../base/bytes.ts';
import type { ChosenPart } from './complete-parts.ts';
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import { compositeChecksum, formatChecksum } from './digest/checksum.ts';
import { combineCrcs } from './digest/crc-combine.ts';
import { DEFAULT_CHECKSUM_ALGORITHM, isCrc } from './digest/digest.ts';
import { ObjectsError } from './error.ts';
import { RecordCorruptError } from './envelope.ts';
import type { Checksum, ChecksumType, Upload } from './model.ts';
import type { CompleteUpload } from './store.ts';

/**
 * The checksum of a finished upload, made of the parts' ("Checking object integrity", multipart).
 * Refuses when the client's idea of it differs. Undefined when the parts have none in common.
 */
export function multipartChecksum(
  upload: Upload,
  request: CompleteUpload,
  chosen: readonly ChosenPart[],
): Checksum | undefined {
  const kind = kindOf(upload, chosen);
  refuseOtherKind(kind, request);
  if (kind === undefined) return undefined;
  const { algorithm, type } = kind;
  const value =
    type === 'FULL_OBJECT' ? fullObject(algorithm, chosen) : composite(algorithm, chosen);
  const { checksum } = request;
  if (checksum !== undefined && checksum.value !== value) {
    throw new ObjectsError(
      'BadDigest',
      `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    );
  }
  // Parts without checksums of an upload by default rules: S3 asks for none.
  if (type === 'COMPOSITE' && checksum === undefined) refuseMissing(algorithm, request);
  return { algorithm, type, value };
}

interface Kind {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
}

/** An upload that names no algorithm has S3's default one, if all its parts came with it. */
function kindOf(upload: Upload, chosen: readonly ChosenPart[]): Kind | undefined {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (algorithm !== undefined) return { algorithm, type: type ?? 'COMPOSITE' };
  const isDefault = chosen.every(
    ({ checksum }) => checksum?.algorithm === DEFAULT_CHECKSUM_ALGORITHM,
  );
  return isDefault ? { algorithm: DEFAULT_CHECKSUM_ALGORITHM, type: 'FULL_OBJECT' } : undefined;
}

function refuseOtherKind(kind: Kind | undefined, request: CompleteUpload): void {
  const { checksum, checksumType } = request;
  if (kind !== undefined && checksumType !== undefined && checksumType !== kind.type) {
    throw new ObjectsError(
      'InvalidRequest',
      `The upload was created using the ${kind.type} checksum mode. The complete request must ` +
        'use the same checksum mode.',
    );
  }
  if (checksum !== undefined && checksum.algorithm !== kind?.algorithm) {
    throw new ObjectsError(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ` +
        `${kind?.algorithm.toLowerCase() ?? 'null'}, actual checksum Type: ` +
        checksum.algorithm.toLowerCase(),
    );
  }
}

function refuseMissing(algorithm: ChecksumAlgorithm, { parts }: CompleteUpload): void {
  const missing = parts.find(({ checksum }) => checksum === undefined);
  if (missing === undefined) return;
  throw new ObjectsError(
    'InvalidRequest',
    `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request ` +
      `must include the checksum for each part. It was missing for part ${missing.partNumber} ` +
      'in the request.',
  );
}

function fullObject(algorithm: ChecksumAlgorithm, chosen: readonly ChosenPart[]): string {
  if (!isCrc(algorithm)) throw new RecordCorruptError(`${algorithm} has no full-object form`);
  const crcs = chosen.map((part) => ({ value: digestOfPart(algorithm, part), size: part.size }));
  return base64(combineCrcs(algorithm, crcs));
}

function composite(algorithm: ChecksumAlgorithm, chosen: readonly ChosenPart[]): string {
  const digests = chosen.map((part) => digestOfPart(algorithm, part));
  return formatChecksum(compositeChecksum(algorithm, digests));
}

function digestOfPart(algorithm: ChecksumAlgorithm, { checksum }: ChosenPart): Uint8Array {
  const digest = checksum?.algorithm === algorithm ? fromBase64(checksum.value) : undefined;
  if (digest === undefined) throw new RecordCorruptError('A part lacks the checksum of its upload');
  return digest;
}
