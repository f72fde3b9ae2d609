import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import { wholeSecond } from './whole-second.ts';
import type { ObjectVersion } from '../objects/model.ts';
import type { Input } from '../wire/index.ts';
import type { GetObject } from './api/index.ts';
import { assertReadable } from './conditions.ts';
import type { S3Context } from './context.ts';
import { S3Error } from './errors.ts';
import { expirationAnswer } from './expiration.ts';
import { toldVersionId } from './found-object.ts';
import { checksumAnswer, typedChecksumAnswer } from './integrity.ts';
import { metadataAnswer, type Overrides } from './metadata.ts';
import { parseRange, type ByteRange } from './range.ts';

type ReadInput = Omit<Input<typeof GetObject>, 'Body'>;

/** What GET and HEAD of an object have in common: everything but the body. */
export function readAnswer(version: ObjectVersion, input: ReadInput, context: S3Context) {
  assertReadable(version, input);
  assertOverridable(input, context);
  const selected: Awaitable<Selected> =
    input.PartNumber === undefined
      ? { range: parseRange(input.Range, version.size), isPart: false }
      : partOf(version, input.PartNumber, input.Range, context);
  return whenKnown(selected, (part) => answerOf(version, input, context, part));
}

function answerOf(
  version: ObjectVersion,
  input: ReadInput,
  context: S3Context,
  { range, isPart, partsCount, partChecksum }: Selected,
) {
  const isPartial = range !== undefined;
  const bytes = range ?? { start: 0, end: version.size };
  const wantsChecksum = input.ChecksumMode?.toUpperCase() === 'ENABLED';
  // A checksum is of the whole object, or part, so that it is told only with all of it.
  const checksum =
    !wantsChecksum || (isPartial && !isPart)
      ? undefined
      : isPart
        ? partChecksum
        : typedChecksumAnswer(version.checksum);
  return {
    range: bytes,
    answer: {
      ...metadataAnswer(version, input),
      Status: isPartial ? 206 : 200,
      AcceptRanges: 'bytes',
      Expiration: expirationAnswer(version, context),
      LastModified: wholeSecond(version.lastModifiedMs),
      ETag: version.etag,
      VersionId: toldVersionId(version, context),
      ContentRange: isPartial ? `bytes ${bytes.start}-${bytes.end - 1}/${version.size}` : undefined,
      // S3 says the class only where it is not the usual one.
      StorageClass: version.storageClass === 'STANDARD' ? undefined : version.storageClass,
      ...checksum,
      PartsCount: partsCount,
      TagCount:
        version.tags !== undefined && version.tags.length > 0 ? version.tags.length : undefined,
    },
  };
}

interface Selected {
  /** Undefined for the whole object. */
  readonly range: ByteRange | undefined;
  readonly isPart: boolean;
  readonly partsCount?: number | undefined;
  readonly partChecksum?: ReturnType<typeof typedChecksumAnswer>;
}

async function partOf(
  version: ObjectVersion,
  partNumber: number,
  header: string | undefined,
  { objects }: S3Context,
): Promise<Selected> {
  if (header !== undefined) {
    throw new S3Error(
      'InvalidRequest',
      {},
      'Cannot specify both Range header and partNumber query parameter',
    );
  }
  if (version.partCount === undefined) {
    // An object that was put in one piece is its own first part.
    if (partNumber !== 1) throw invalidPart(partNumber, 1);
    return {
      range: version.size === 0 ? undefined : { start: 0, end: version.size },
      isPart: true,
    };
  }
  const found = await objects.partOf(version, partNumber);
  if (found === undefined) throw invalidPart(partNumber, version.partCount);
  return {
    range: { start: found.start, end: found.start + found.part.size },
    isPart: true,
    partsCount: version.partCount,
    // A part's own checksum, and of which type the object's is that it goes into.
    partChecksum: { ...checksumAnswer(found.part.checksum), ChecksumType: version.checksum?.type },
  };
}

function invalidPart(requested: number, count: number): S3Error {
  return new S3Error('InvalidPartNumber', {
    PartNumberRequested: String(requested),
    ActualPartCount: String(count),
  });
}

/** Signed requests only: a link that anyone may follow must not say how it is to be shown. */
function assertOverridable(input: ReadInput, { caller }: S3Context): void {
  for (const [name, member] of OVERRIDES) {
    const value = input[member];
    if (value === undefined) continue;
    if (caller.proof.kind === 'none') {
      throw new S3Error(
        'InvalidRequest',
        {},
        'Request specific response headers cannot be used for anonymous GET requests.',
      );
    }
    assertHeaderText(name, value);
  }
}

const OVERRIDES: readonly (readonly [name: string, member: keyof Overrides])[] = [
  ['CacheControl', 'ResponseCacheControl'],
  ['ContentDisposition', 'ResponseContentDisposition'],
  ['ContentEncoding', 'ResponseContentEncoding'],
  ['ContentLanguage', 'ResponseContentLanguage'],
  ['ContentType', 'ResponseContentType'],
  ['Expires', 'ResponseExpires'],
];

/** A line break in a header would let a link write headers, or a body, of its own. */
function assertHeaderText(name: string, value: string): void {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return;
  throw new S3Error('InvalidArgument', { ArgumentName: name, ArgumentValue: value });
}
