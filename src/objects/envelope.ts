import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { asBuffer } from '../base/bytes.ts';

/**
 * The outer form of every record of this room:
 *
 *     byte 0     format version
 *     byte 1-4   CRC-32 of everything from byte 5 to the end of the header, big-endian
 *     byte 5     size of the facts in bytes
 *     byte 6-8   size of the header in bytes, big-endian
 *     then       the facts, binary, of records that listings read by the thousand
 *     then       the header, JSON in UTF-8
 *     then       the bytes of a tiny object; the header holds their own CRC-32
 *
 * Two checksums, because a listing reads a thousand headers and no bodies.
 */
export const RECORD_VERSION = 1;

const FACTS_START = 9;
const FACTS_SIZE_MAX = 0xff;
const HEADER_SIZE_MAX = 0xffffff;

/** What the store gave back is not what was written. */
export class RecordCorruptError extends Error {
  override readonly name = 'RecordCorruptError';
}

/** The record was written by a newer version of this program. */
export class RecordFormatError extends Error {
  override readonly name = 'RecordFormatError';
}

export interface RecordParts {
  readonly facts?: Uint8Array | undefined;
  readonly header: object;
  readonly tail?: Uint8Array | undefined;
}

export function encodeRecord({ facts, header, tail }: RecordParts): Uint8Array {
  const text = JSON.stringify(header);
  const factsSize = facts?.byteLength ?? 0;
  const headerSize = Buffer.byteLength(text);
  assert(factsSize <= FACTS_SIZE_MAX && headerSize <= HEADER_SIZE_MAX, 'A record has room');
  const headerStart = FACTS_START + factsSize;
  const headerEnd = headerStart + headerSize;
  const record = Buffer.allocUnsafe(headerEnd + (tail?.byteLength ?? 0));
  record[0] = RECORD_VERSION;
  record[5] = factsSize;
  record.writeUIntBE(headerSize, 6, 3);
  if (facts !== undefined) record.set(facts, FACTS_START);
  record.write(text, headerStart, 'utf8');
  record.writeUInt32BE(crc32(record.subarray(5, headerEnd)), 1);
  if (tail !== undefined) record.set(tail, headerEnd);
  return record;
}

/** A record that matches its checksum, and where its pieces are. */
export interface OpenRecord {
  readonly buffer: Buffer;
  readonly factsStart: number;
  readonly headerStart: number;
  readonly headerEnd: number;
}

export function openRecord(record: Uint8Array): OpenRecord {
  const buffer = record instanceof Buffer ? record : asBuffer(record);
  if (record.byteLength < FACTS_START) throw new RecordCorruptError('A record is cut off');
  if (record[0] !== RECORD_VERSION) {
    throw new RecordFormatError(
      `A record has format ${record[0]}, this version reads ${RECORD_VERSION}`,
    );
  }
  const headerStart = FACTS_START + (record[5] ?? 0);
  const headerEnd = headerStart + buffer.readUIntBE(6, 3);
  const isWhole = headerEnd <= record.byteLength;
  if (!isWhole || crc32(buffer.subarray(5, headerEnd)) !== buffer.readUInt32BE(1)) {
    throw new RecordCorruptError('A record does not match its checksum');
  }
  return { buffer, factsStart: FACTS_START, headerStart, headerEnd };
}

/** The header as it was written; `H` is what the writers of this kind of record write. */
export function headerOf<H extends object>({ buffer, headerStart, headerEnd }: OpenRecord): H {
  // The checksum vouches that a writer of ours wrote this text.
  return JSON.parse(buffer.toString('utf8', headerStart, headerEnd)) as H;
}

/** The bytes after the header, not copied. */
export function tailOf({ buffer, headerEnd }: OpenRecord): Uint8Array {
  return buffer.subarray(headerEnd);
}
