import { crc32 } from 'node:zlib';
import { asBuffer } from '../base/bytes.ts';

/**
 * The outer form of every record of this room:
 *
 *     byte 0     format version
 *     byte 1-4   CRC-32 of everything from byte 5 to the end of the header, big-endian
 *     byte 5-8   length of the header in bytes, big-endian
 *     then       the header, JSON in UTF-8
 *     then       the bytes of a small object; the header holds their own CRC-32
 *
 * Two checksums, because a listing reads a thousand headers and no bodies.
 */
export const RECORD_VERSION = 1;

const HEADER_START = 9;

/** What the store gave back is not what was written. */
export class RecordCorruptError extends Error {
  override readonly name = 'RecordCorruptError';
}

/** The record was written by a newer version of this program. */
export class RecordFormatError extends Error {
  override readonly name = 'RecordFormatError';
}

export function encodeRecord(header: object, tail?: Uint8Array): Uint8Array {
  const text = JSON.stringify(header);
  const headerSize = Buffer.byteLength(text);
  const tailSize = tail?.byteLength ?? 0;
  const record = Buffer.allocUnsafe(HEADER_START + headerSize + tailSize);
  record[0] = RECORD_VERSION;
  record.writeUInt32BE(headerSize, 5);
  record.write(text, HEADER_START, 'utf8');
  record.writeUInt32BE(crc32(record.subarray(5, HEADER_START + headerSize)), 1);
  if (tail !== undefined) record.set(tail, HEADER_START + headerSize);
  return record;
}

/** The header as it was written; `H` is what the writers of this kind of record write. */
export function decodeHeader<H extends object>(record: Uint8Array): H {
  const { buffer, end } = checkedHeader(record);
  // The checksum vouches that a writer of ours wrote this text.
  return JSON.parse(buffer.toString('utf8', HEADER_START, end)) as H;
}

/** The bytes after the header, not copied. Call only for a record whose header was decoded. */
export function tailOf(record: Uint8Array): Uint8Array {
  return record.subarray(HEADER_START + asBuffer(record).readUInt32BE(5));
}

function checkedHeader(record: Uint8Array): { buffer: Buffer; end: number } {
  const buffer = asBuffer(record);
  if (record.byteLength < HEADER_START) throw new RecordCorruptError('A record is cut off');
  if (record[0] !== RECORD_VERSION) {
    throw new RecordFormatError(
      `A record has format ${record[0]}, this version reads ${RECORD_VERSION}`,
    );
  }
  const end = HEADER_START + buffer.readUInt32BE(5);
  if (end > record.byteLength || crc32(buffer.subarray(5, end)) !== buffer.readUInt32BE(1)) {
    throw new RecordCorruptError('A record does not match its checksum');
  }
  return { buffer, end };
}
