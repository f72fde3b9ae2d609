import { crc32 } from 'node:zlib';
import { StoreCorruptError } from '../errors.ts';
import type { Version } from '../key-value-store.ts';

/**
 * What is stored with each entry and compared on every reading, because SQLite itself does not
 * notice a changed byte of a value: the CRC-32 of key and value, with the version mixed in.
 */
export function entryChecksum(keyAndValueCrc: number, version: Version): number {
  return (keyAndValueCrc ^ (version % 2 ** 32)) >>> 0;
}

/** The CRC-32 of the value behind the key, as if they were one piece. */
export function keyAndValueCrc(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** Throws `StoreCorruptError` when an entry is not what was written. */
export function verifyEntry(crc: number, version: Version, checksum: unknown): void {
  if (checksum === entryChecksum(crc, version)) return;
  throw new StoreCorruptError('An entry of the store is not what was written.');
}
