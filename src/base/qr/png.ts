import { deflateSync } from 'node:zlib';
import { utf8 } from '../bytes.ts';
import { crc32 } from '../crc/crc32.ts';
import type { QrCode } from './qr-code.ts';

/** Light modules round a code, without which readers do not find it. */
const QUIET_ZONE = 4;
const PIXELS_PER_MODULE = 6;
const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A PNG of the code: one bit a pixel, grey scale, with its quiet zone. */
export function qrPng(code: QrCode): Uint8Array {
  const side = (code.size + 2 * QUIET_ZONE) * PIXELS_PER_MODULE;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // One bit a sample; all else is zero: grey scale, deflate, no filter, no interlace.
  header[8] = 1;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(scanlines(code, side))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Each line is a byte that says "not filtered", and then its pixels, white ones set. */
function scanlines(code: QrCode, side: number): Uint8Array {
  const lineSize = 1 + Math.ceil(side / 8);
  const lines = Buffer.alloc(lineSize * side);
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      if (isDark(code, x, y)) continue;
      const at = y * lineSize + 1 + (x >> 3);
      lines[at] = (lines[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return lines;
}

function isDark(code: QrCode, pixelX: number, pixelY: number): boolean {
  const x = Math.floor(pixelX / PIXELS_PER_MODULE) - QUIET_ZONE;
  const y = Math.floor(pixelY / PIXELS_PER_MODULE) - QUIET_ZONE;
  return x >= 0 && y >= 0 && x < code.size && y < code.size && code.isDark(x, y);
}

/** Length, type and data of a chunk, and the CRC of the last two (PNG, section 5.3). */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([utf8(type), data]);
  const framed = Buffer.alloc(4 + named.length + 4);
  framed.writeUInt32BE(data.byteLength, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), 4 + named.length);
  return framed;
}
