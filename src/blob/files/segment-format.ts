import { asBuffer } from '../../base/bytes.ts';
import { blockCount, boundChecksum, CHECKSUM_SIZE } from './checksums.ts';

/**
 * A segment is a row of frames, and, once nobody will append to it again, an end mark:
 *
 *     frame:     magic 4 | length 4 | durable end 4 | checksum 4 | table 4 x blocks | data
 *     end mark:  magic 4 | 0        | its offset 4  | checksum 4
 *
 * All numbers are little-endian. The checksum covers the numbers before it and the table, and
 * begins from the segment's name and the frame's offset. `durable end` is how far the segment was
 * on the disk when the frame was written: only what lies past the last one can be torn by a crash.
 */
export interface Frame {
  readonly offset: number;
  /** Bytes of the blob. */
  readonly length: number;
  readonly durableEnd: number;
}

const FRAME_MAGIC = 0x31_73_62_43;
const END_MAGIC = 0x31_65_62_43;
const FIXED_SIZE = 16;
const LENGTH_AT = 4;
const DURABLE_END_AT = 8;
const CHECKSUM_AT = 12;

export const END_MARK_SIZE = FIXED_SIZE;

/** How every head begins, to search for one. */
export const HEAD_MARK: Buffer = Buffer.alloc(LENGTH_AT);
HEAD_MARK.writeUInt32LE(FRAME_MAGIC);

/** Size of what precedes the data of a blob of `length` bytes. */
export function headSize(length: number): number {
  return FIXED_SIZE + blockCount(length) * CHECKSUM_SIZE;
}

export function frameSize(length: number): number {
  return headSize(length) + length;
}

export function encodeHead(
  seed: number,
  { offset, length, durableEnd }: Frame,
  checksums: readonly number[],
): Uint8Array {
  const head = Buffer.allocUnsafe(FIXED_SIZE + checksums.length * CHECKSUM_SIZE);
  head.writeUInt32LE(FRAME_MAGIC, 0);
  head.writeUInt32LE(length, LENGTH_AT);
  head.writeUInt32LE(durableEnd, DURABLE_END_AT);
  let at = FIXED_SIZE;
  for (const checksum of checksums) at = head.writeUInt32LE(checksum, at);
  head.writeUInt32LE(headChecksum(head, seed, offset), CHECKSUM_AT);
  return head;
}

export function encodeEndMark(seed: number, offset: number): Uint8Array {
  const mark = Buffer.alloc(END_MARK_SIZE);
  mark.writeUInt32LE(END_MAGIC, 0);
  mark.writeUInt32LE(offset, DURABLE_END_AT);
  mark.writeUInt32LE(headChecksum(mark, seed, offset), CHECKSUM_AT);
  return mark;
}

/** The length that an unverified head claims; undefined when it is no head. */
export function claimedLength(bytes: Uint8Array): number | undefined {
  if (bytes.byteLength < FIXED_SIZE) return undefined;
  const head = asBuffer(bytes);
  return head.readUInt32LE(0) === FRAME_MAGIC ? head.readUInt32LE(LENGTH_AT) : undefined;
}

/** The frame whose whole head `bytes` are; undefined when they are anything else. */
export function decodeHead(bytes: Uint8Array, seed: number, offset: number): Frame | undefined {
  const length = claimedLength(bytes);
  if (length === undefined || bytes.byteLength !== headSize(length)) return undefined;
  const head = asBuffer(bytes);
  if (head.readUInt32LE(CHECKSUM_AT) !== headChecksum(head, seed, offset)) return undefined;
  return { offset, length, durableEnd: head.readUInt32LE(DURABLE_END_AT) };
}

/** The checksum of block `block`, from a head that is known to be intact. */
export function checksumInHead(head: Buffer, block: number): number {
  return head.readUInt32LE(FIXED_SIZE + block * CHECKSUM_SIZE);
}

export function isEndMark(bytes: Uint8Array, seed: number, offset: number): boolean {
  return Buffer.compare(bytes, encodeEndMark(seed, offset)) === 0;
}

function headChecksum(head: Buffer, seed: number, offset: number): number {
  const numbers = boundChecksum(head.subarray(0, CHECKSUM_AT), seed, offset);
  return boundChecksum(head.subarray(FIXED_SIZE), numbers, 0);
}
