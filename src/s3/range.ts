import { S3Error } from './errors.ts';

/** Bytes `start` (inclusive) to `end` (exclusive). */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * The bytes that a Range header asks of an object (RFC 9110, section 14.2). Several ranges, other
 * units and nonsense count as no range, as S3 has it: undefined. Throws InvalidRange when no byte
 * lies in the range; of an empty object no range has any.
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = RANGE.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    if (length === 0) throw invalidRange(header, size);
    return { start: size - length, end: size };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) throw invalidRange(header, size);
  return { start, end: last === '' ? size : Math.min(Number(last) + 1, size) };
}

/** The bytes of a source that UploadPartCopy asks for; both ends must be given and lie within. */
export function parseCopyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size };
  const match = RANGE.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (first === '' || last === '' || Number(last) < Number(first)) {
    throw new S3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    );
  }
  if (Number(last) >= size) {
    throw new S3Error(
      'InvalidArgument',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
      `Range specified is not valid for source object of size: ${size}`,
    );
  }
  return { start: Number(first), end: Number(last) + 1 };
}

function invalidRange(header: string | undefined, size: number): S3Error {
  return new S3Error(
    'InvalidRange',
    { RangeRequested: header ?? '', ActualObjectSize: String(size) },
    undefined,
    ['Content-Range', `bytes */${size}`],
  );
}
