import { asBuffer } from '../../base/bytes.ts';
import { BlobCorruptError, BlobMissingError } from '../blob-store.ts';
import { segmentBlobId } from './blob-id.ts';
import { findBadBlock, nameSeed } from './checksums.ts';
import type { Descriptor, Descriptors } from './descriptors.ts';
import {
  codeOf,
  readFully,
  readFullySync,
  UPDATE,
  writeFully,
  type FileSystem,
} from './file-system.ts';
import {
  checksumInHead,
  claimedLength,
  decodeHead,
  encodeEndMark,
  END_MARK_SIZE,
  frameSize,
  HEAD_MARK,
  headSize,
  isEndMark,
  type Frame,
} from './segment-format.ts';
import type { OpenBlob } from './source.ts';

export const SEGMENT_SUFFIX = '.seg';

export function segmentPath(folder: string, segment: string): string {
  return `${folder}/${segment}${SEGMENT_SUFFIX}`;
}

/** Opens the blob at `offset`; its head is verified here. Throws Blob{Missing,Corrupt}Error. */
export function openSegmentBlob(
  files: FileSystem,
  descriptors: Descriptors,
  folder: string,
  { segment, offset, length }: { segment: string; offset: number; length: number },
): OpenBlob {
  const id = segmentBlobId(segment, offset, length);
  const descriptor = openSegment(descriptors, folder, segment);
  try {
    const head = Buffer.allocUnsafe(headSize(length));
    const count = readFullySync(files, descriptor.fd, head, offset);
    const frame = decodeHead(head.subarray(0, count), nameSeed(segment), offset);
    if (frame === undefined) throw new BlobCorruptError(`The head of blob ${id} is damaged`);
    return {
      id,
      fd: descriptor.fd,
      dataPosition: offset + head.byteLength,
      length,
      knownUntil: () => Number.POSITIVE_INFINITY,
      load: async () => {},
      checksumOf: (block) => checksumInHead(head, block),
      release: descriptor.release,
    };
  } catch (error) {
    descriptor.release();
    throw error;
  }
}

function openSegment(descriptors: Descriptors, folder: string, segment: string): Descriptor {
  try {
    return descriptors.acquire(segmentPath(folder, segment));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new BlobMissingError(`There is no segment ${segment}`);
  }
}

/** What stands in a segment, as far as its heads can be followed from the start. */
export interface Survey {
  readonly frames: readonly Frame[];
  /** Where the last good frame ends. */
  readonly end: number;
  /** Whether the frames lead exactly to an end mark: nothing is hidden behind damage. */
  readonly complete: boolean;
}

/** Heads of blobs up to 4 MiB are read in one go; larger ones take a second read. */
const HEAD_READ_SIZE = 272;
/** How much is searched at a time for heads that no chain leads to. */
const SCAN_SIZE = 1024 * 1024;
/** Heads read in one go before others get their turn on the loop. */
const HEADS_PER_TURN = 256;

export async function surveySegment(
  files: FileSystem,
  fd: number,
  segment: string,
): Promise<Survey> {
  const seed = nameSeed(segment);
  const { size } = files.status(fd);
  const frames: Frame[] = [];
  let offset = 0;
  for (;;) {
    const frame = readFrame(files, fd, seed, offset, size);
    if (frame === undefined) break;
    frames.push(frame);
    offset += frameSize(frame.length);
    if (frames.length % HEADS_PER_TURN === 0) await new Promise(setImmediate);
  }
  const mark = Buffer.alloc(END_MARK_SIZE);
  const complete =
    offset + END_MARK_SIZE === size &&
    readFullySync(files, fd, mark, offset) === END_MARK_SIZE &&
    isEndMark(mark, seed, offset);
  return { frames, end: offset, complete };
}

/** The frame at `offset` if its head is intact and its data has room in the file. */
function readFrame(
  files: FileSystem,
  fd: number,
  seed: number,
  offset: number,
  fileSize: number,
): Frame | undefined {
  let head = Buffer.allocUnsafe(HEAD_READ_SIZE);
  head = head.subarray(0, readFullySync(files, fd, head, offset));
  const length = claimedLength(head);
  if (length === undefined || offset + frameSize(length) > fileSize) return undefined;
  const size = headSize(length);
  if (size > head.byteLength) {
    head = Buffer.allocUnsafe(size);
    head = head.subarray(0, readFullySync(files, fd, head, offset));
  }
  return decodeHead(head.subarray(0, size), seed, offset);
}

/** Whether a segment ends with an end mark, which says that nobody appends to it any more. */
export function isEnded(files: FileSystem, fd: number, segment: string): boolean {
  const offset = files.status(fd).size - END_MARK_SIZE;
  if (offset < 0) return false;
  const mark = Buffer.alloc(END_MARK_SIZE);
  readFullySync(files, fd, mark, offset);
  return isEndMark(mark, nameSeed(segment), offset);
}

/**
 * Completes a segment whose writer is gone without having ended it: cuts off what a crash left of
 * writes that were never acknowledged, makes the rest durable, and marks the end. Only frames past
 * the last `durableEnd` can be torn, so only their data is read; `onTorn` gets those that are.
 *
 * A head that is damaged looks like the end, too, and cutting there would lose what follows. But a
 * frame further on whose `durableEnd` lies past the break proves that the break was on the disk
 * once: such a segment is left as it is, so that its good frames can be read.
 */
export async function endLeftSegment(
  files: FileSystem,
  folder: string,
  segment: string,
  onTorn: (frame: Frame) => Promise<void>,
): Promise<void> {
  const fd = await files.open(segmentPath(folder, segment), UPDATE);
  try {
    if (isEnded(files, fd, segment)) return;
    const { frames, end } = await surveySegment(files, fd, segment);
    if (await hidesDurableFrames(files, fd, segment, end)) return;
    const durableEnd = frames.at(-1)?.durableEnd ?? 0;
    for (const frame of frames) {
      if (frame.offset >= durableEnd && !(await isFrameWhole(files, fd, frame)))
        await onTorn(frame);
    }
    await files.truncate(fd, end);
    await files.datasync(fd);
    await writeFully(files, fd, [encodeEndMark(nameSeed(segment), end)], end);
    await files.datasync(fd);
  } finally {
    files.close(fd);
  }
}

/** Whether a head somewhere past `end` tells that `end` was passed, and synced, before it. */
async function hidesDurableFrames(
  files: FileSystem,
  fd: number,
  segment: string,
  end: number,
): Promise<boolean> {
  const seed = nameSeed(segment);
  const { size } = files.status(fd);
  const window = Buffer.allocUnsafeSlow(SCAN_SIZE);
  for (let start = end; start < size; start += SCAN_SIZE - HEAD_MARK.byteLength + 1) {
    const bytes = window.subarray(0, await readFully(files, fd, window, start));
    let found = bytes.indexOf(HEAD_MARK);
    for (; found >= 0; found = bytes.indexOf(HEAD_MARK, found + 1)) {
      const frame = readFrame(files, fd, seed, start + found, size);
      if (frame !== undefined && frame.durableEnd > end) return true;
    }
  }
  return false;
}

/** Whether the data of a frame with an intact head is what was written. */
async function isFrameWhole(files: FileSystem, fd: number, frame: Frame): Promise<boolean> {
  const bytes = Buffer.allocUnsafeSlow(frameSize(frame.length));
  const count = await readFully(files, fd, bytes, frame.offset);
  if (count < bytes.byteLength) return false;
  const head = asBuffer(bytes.subarray(0, headSize(frame.length)));
  const data = bytes.subarray(head.byteLength);
  return findBadBlock(data, (block) => checksumInHead(head, block)) < 0;
}
