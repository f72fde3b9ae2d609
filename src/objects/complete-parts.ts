import { ObjectsError } from './error.ts';
import { PART_SIZE_MIN } from './limits.ts';
import type { Upload } from './model.ts';
import type { PartRecord } from './records.ts';
import type { CompleteUpload } from './store.ts';

export interface ChosenPart extends PartRecord {
  readonly partNumber: number;
}

type RequestedPart = CompleteUpload['parts'][number];

/** The parts that a completion names, if they are there as named ("CompleteMultipartUpload"). */
export function choose(
  upload: Upload,
  { parts }: CompleteUpload,
  find: (partNumber: number) => PartRecord | undefined,
): readonly ChosenPart[] {
  refuseDisorder(upload, parts);
  const chosen = parts.map((part): ChosenPart => {
    const record = find(part.partNumber);
    if (record === undefined || !isAsNamed(record, part)) throw invalidPart(upload, part);
    return { ...record, partNumber: part.partNumber };
  });
  for (const part of chosen.slice(0, -1)) {
    if (part.size < PART_SIZE_MIN) throw tooSmall(part);
  }
  return chosen;
}

function refuseDisorder({ uploadId }: Upload, parts: readonly RequestedPart[]): void {
  if (parts.length === 0) {
    throw new ObjectsError('InvalidRequest', 'You must specify at least one part', {
      UploadId: uploadId,
    });
  }
  let last = 0;
  for (const { partNumber } of parts) {
    if (partNumber <= last) {
      throw new ObjectsError(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { UploadId: uploadId },
      );
    }
    last = partNumber;
  }
}

function isAsNamed(record: PartRecord, { etag, checksum }: RequestedPart): boolean {
  if (record.etag !== etag) return false;
  const stored = record.checksum;
  return (
    checksum === undefined ||
    (stored?.algorithm === checksum.algorithm && stored.value === checksum.value)
  );
}

function invalidPart({ uploadId }: Upload, { partNumber, etag }: RequestedPart): ObjectsError {
  return new ObjectsError(
    'InvalidPart',
    'One or more of the specified parts could not be found. The part may not have been ' +
      "uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId: uploadId, PartNumber: String(partNumber), ETag: etag },
  );
}

function tooSmall({ partNumber, size, etag }: ChosenPart): ObjectsError {
  return new ObjectsError(
    'EntityTooSmall',
    'Your proposed upload is smaller than the minimum allowed size',
    {
      ProposedSize: String(size),
      MinSizeAllowed: String(PART_SIZE_MIN),
      PartNumber: String(partNumber),
      ETag: etag,
    },
  );
}
