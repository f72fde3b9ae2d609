import { assert } from '../../base/assert.ts';
import type { BlobId } from '../blob-store.ts';

/**
 * An id says where its bytes are, so that no index is needed to find them:
 *
 *     s.<segment>.<offset>.<length>     a frame in the file segments/<segment>.seg
 *     f.<folder><index>.<length>        the file files/<folder>/<index>.<length>
 *
 * Numbers are lower-case hexadecimal; those that decide the order have a fixed width, so that the
 * order of ids as text is the order of the disk. Segments and folders are named after the one
 * writer that fills them: `<boot>-<thread>-<number>`.
 */
export type BlobPlace =
  | { readonly kind: 'segment'; readonly segment: string; offset: number; length: number }
  | { readonly kind: 'file'; readonly folder: string; index: number; length: number };

const WRITER = /^[a-z0-9]{1,32}-[a-z0-9]{1,8}$/;
const SEGMENT = /^[a-z0-9]{1,32}-[a-z0-9]{1,8}-[0-9a-f]{8}$/;
const SEGMENT_ID =
  /^s\.([a-z0-9]{1,32}-[a-z0-9]{1,8}-[0-9a-f]{8})\.([0-9a-f]{8})\.(0|[1-9a-f][0-9a-f]{0,7})$/;
const FOLDER = /^[a-z0-9]{1,32}-[a-z0-9]{1,8}-[0-9a-f]{7}$/;
const FILE = /^([0-9a-f]{3})\.(0|[1-9a-f][0-9a-f]{0,12})$/;
const FILE_ID =
  /^f\.([a-z0-9]{1,32}-[a-z0-9]{1,8}-[0-9a-f]{7})([0-9a-f]{3})\.(0|[1-9a-f][0-9a-f]{0,12})$/;

const SEGMENT_DIGITS = 8;
const OFFSET_DIGITS = 8;
const FOLDER_DIGITS = 7;
const INDEX_DIGITS = 3;

/** How many files share a folder: what the digits of the index can count, and a folder likes. */
export const FILES_PER_FOLDER = 16 ** INDEX_DIGITS;

/** Takes ids of this engine exactly as it spells them; everything else names nothing. */
export function parseBlobId(id: BlobId): BlobPlace | undefined {
  const inSegment = SEGMENT_ID.exec(id);
  if (inSegment !== null) {
    const [, segment = '', offset = '', length = ''] = inSegment;
    return { kind: 'segment', segment, offset: fromHex(offset), length: fromHex(length) };
  }
  const inFile = FILE_ID.exec(id);
  if (inFile !== null) {
    const [, folder = '', index = '', length = ''] = inFile;
    return { kind: 'file', folder, index: fromHex(index), length: fromHex(length) };
  }
  return undefined;
}

export function segmentBlobId(segment: string, offset: number, length: number): BlobId {
  return `s.${segment}.${toHex(offset, OFFSET_DIGITS)}.${toHex(length, 1)}`;
}

export function fileBlobId(folder: string, index: number, length: number): BlobId {
  return `f.${folder}${toHex(index, INDEX_DIGITS)}.${toHex(length, 1)}`;
}

export function segmentName(writer: string, number: number): string {
  return `${writer}-${toHex(number, SEGMENT_DIGITS)}`;
}

export function folderName(writer: string, number: number): string {
  return `${writer}-${toHex(number, FOLDER_DIGITS)}`;
}

export function fileName(index: number, length: number): string {
  return `${toHex(index, INDEX_DIGITS)}.${toHex(length, 1)}`;
}

/** The id of the file `name` in `folder`; undefined for files that are none of ours. */
export function fileBlobIdOf(folder: string, name: string): BlobId | undefined {
  return isFolderName(folder) && FILE.test(name) ? `f.${folder}${name}` : undefined;
}

export function isSegmentName(name: string): boolean {
  return SEGMENT.test(name);
}

export function isFolderName(name: string): boolean {
  return FOLDER.test(name);
}

/** The boot that a writer, segment, folder or temporary file is named after. */
export function bootOf(name: string): string {
  return name.slice(0, name.indexOf('-'));
}

export function assertWriterName(writer: string): void {
  assert(
    WRITER.test(writer),
    'A writer is called <boot>-<thread>, in lower-case letters and digits',
  );
}

function toHex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function fromHex(text: string): number {
  return Number.parseInt(text, 16);
}
