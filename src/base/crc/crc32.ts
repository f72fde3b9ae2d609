import { crc32 as zlibCrc32 } from 'node:zlib';
import { crcEngine, type CrcRegister } from './crc-engine.ts';

/** From here on folding is faster than zlib, about twice at 64 KiB; below, its set-up costs more. */
const ENGINE_SIZE_MIN = 16 * 1024;

/** CRC-32 of `bytes`, going on from `value`, the CRC of what came before. As `zlib.crc32`. */
export function crc32(bytes: Uint8Array, value = 0): number {
  if (bytes.byteLength < ENGINE_SIZE_MIN) return zlibCrc32(bytes, value);
  const register: CrcRegister = { high: 0, low: ~value };
  crcEngine('CRC32').update(register, bytes);
  return ~register.low >>> 0;
}
