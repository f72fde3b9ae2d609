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
import { metadataAnswer } from './metadata.ts';
import { parseRange, type ByteRange } from './range.ts';

type ReadInput = Omit<Input<typeof GetObject>, 'Body'>;

/** What GET and HEAD of an object have in common: everything but the body. */
export async function readAnswer(version: ObjectVersion, input: ReadInput, context: S3Context) {
  assertReadable(version, input);
  const overrides = overridesOf(input, context);
  const { range, isPart, partsCount, partChecksum } = await rangeOf(version, input, context);
  const isPartial = range !== undefined;
  const bytes = range ?? { start: 0, end: version.size };
  const wantsChecksum = input.ChecksumMode?.toUpperCase() === 'ENABLED';
  const checksum = isPart ? partChecksum : typedChecksumAnswer(version.checksum);
  return {
    range: bytes,
    answer: {
      Status: isPartial ? 206 : 200,
      AcceptRanges: 'bytes',
      Expiration: expirationAnswer(version, context),
      LastModified: wholeSecond(version.lastModifiedMs),
      ETag: version.etag,
      VersionId: toldVersionId(version, context),
      ContentRange: isPartial ? `bytes ${bytes.start}-${bytes.end - 1}/${version.size}` : undefined,
      ...metadataAnswer(version),
      ...overrides,
      // S3 says the class only where it is not the usual one.
      StorageClass: version.storageClass === 'STANDARD' ? undefined : version.storageClass,
      // A checksum is of the whole object, or part, so that it is told only with all of it.
      ...(wantsChecksum && (!isPartial || isPart) ? checksum : {}),
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

async function rangeOf(
  version: ObjectVersion,
  { Range: header, PartNumber: partNumber }: ReadInput,
  { objects }: S3Context,
): Promise<Selected> {
  if (partNumber === undefined) return { range: parseRange(header, version.size), isPart: false };
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
function overridesOf(input: ReadInput, { caller }: S3Context) {
  const overrides = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  };
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  if (given.length === 0) return {};
  if (caller.proof.kind === 'none') {
    throw new S3Error(
      'InvalidRequest',
      {},
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
  for (const [name, value] of given) assertHeaderText(name, value ?? '');
  return Object.fromEntries(given) as { readonly [K in keyof typeof overrides]?: string };
}

/** A line break in a header would let a link write headers, or a body, of its own. */
function assertHeaderText(name: string, value: string): void {
  if (/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) return;
  throw new S3Error('InvalidArgument', { ArgumentName: name, ArgumentValue: value });
}
