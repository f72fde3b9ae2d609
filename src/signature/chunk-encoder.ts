import { hash } from 'node:crypto';
import { asBuffer, utf8 } from '../base/bytes.ts';
import { EMPTY_SHA256_HEX, hmac, sha256Hex } from './hmac.ts';
import type { ChunkSeed } from './verify-claim.ts';

export interface ChunkedEncoding {
  /** Signs each chunk, continuing from the request's signature; without it chunks are plain. */
  readonly seed?: ChunkSeed;
  /** Lower-case name to value; undefined for an encoding without a trailer. */
  readonly trailers?: ReadonlyMap<string, string>;
}

/** The whole `aws-chunked` body of `chunks`, each of which becomes one chunk. */
export function encodeChunks(
  chunks: readonly Uint8Array[],
  { seed, trailers }: ChunkedEncoding,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let previous = seed?.signature ?? '';
  const header = (chunk: Uint8Array | undefined): Uint8Array => {
    const size = (chunk?.byteLength ?? 0).toString(16);
    if (seed === undefined) return utf8(`${size}\r\n`);
    const sha256 = chunk === undefined ? EMPTY_SHA256_HEX : hash('sha256', asBuffer(chunk));
    previous = hmac(seed.key, chunkStringToSign(seed, previous, sha256), 'hex');
    return utf8(`${size};chunk-signature=${previous}\r\n`);
  };
  for (const chunk of chunks) {
    if (chunk.byteLength > 0) parts.push(header(chunk), chunk, utf8('\r\n'));
  }
  parts.push(header(undefined));
  if (trailers !== undefined) {
    for (const [name, value] of trailers) parts.push(utf8(`${name}:${value}\r\n`));
    if (seed !== undefined) {
      const signature = hmac(seed.key, trailerStringToSign(seed, previous, trailers), 'hex');
      parts.push(utf8(`x-amz-trailer-signature:${signature}\r\n`));
    }
  }
  parts.push(utf8('\r\n'));
  return Buffer.concat(parts);
}

/** What the signature of one chunk covers; `previous` is that of the chunk before it. */
export function chunkStringToSign(seed: ChunkSeed, previous: string, sha256: string): string {
  return `AWS4-HMAC-SHA256-PAYLOAD\n${seed.timestamp}\n${seed.scope}\n${previous}\n${EMPTY_SHA256_HEX}\n${sha256}`;
}

/** What the signature of the trailer covers; `previous` is that of the last, empty chunk. */
export function trailerStringToSign(
  seed: ChunkSeed,
  previous: string,
  trailers: ReadonlyMap<string, string>,
): string {
  const names = [...trailers.keys()].sort();
  const text = names.map((name) => `${name}:${trailers.get(name) ?? ''}\n`).join('');
  return `AWS4-HMAC-SHA256-TRAILER\n${seed.timestamp}\n${seed.scope}\n${previous}\n${sha256Hex(text)}`;
}
