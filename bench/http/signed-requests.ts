import { createHash } from 'node:crypto';
import { systemClock } from '../../src/base/clock.ts';
import { secureBytes } from '../../src/base/random.ts';
import { EMPTY_SHA256_HEX, signRequestV4, UNSIGNED_PAYLOAD } from '../../src/signature/index.ts';
import type { LoadSpec } from './load-spec.ts';

/** A body up to this size goes out in one write with its header section, hashed and signed. */
const SIGNED_SIZE_MAX = 64 * 1024;
/** Larger bodies repeat one piece of this size. */
const PIECE_SIZE = 1024 * 1024;

export interface PreparedRequests {
  /** Header sections, each with its body when that is small. */
  readonly heads: readonly Buffer[];
  /** Of a large body, sent after the head; undefined when there is none. */
  readonly piece: Buffer | undefined;
  readonly bodySize: number;
}

/** Everything is signed before the window, so that the client costs little in it. */
export function prepareRequests(spec: LoadSpec): PreparedRequests {
  const { bodySize = 0, first = 0, step = 1, count } = spec;
  const isSmall = bodySize <= SIGNED_SIZE_MAX;
  const body = secureBytes(isSmall ? bodySize : PIECE_SIZE);
  const payloadHash = !isSmall
    ? UNSIGNED_PAYLOAD
    : bodySize === 0
      ? EMPTY_SHA256_HEX
      : createHash('sha256').update(body).digest('hex');
  const heads = Array.from({ length: count }, (_, index) => {
    const number = String(first + index * step).padStart(7, '0');
    const target = spec.target.replace('{n}', number).replace('{nnn}', number.slice(0, 3));
    const head = headOf(spec, target, payloadHash);
    return isSmall && bodySize > 0 ? Buffer.concat([head, body]) : head;
  });
  return { heads, piece: isSmall ? undefined : Buffer.from(body), bodySize };
}

function headOf(spec: LoadSpec, target: string, payloadHash: string): Buffer {
  const { method, key, bodySize } = spec;
  const own: Record<string, string> = { host: `${spec.host}:${spec.port}` };
  if (bodySize !== undefined) {
    own['content-length'] = String(bodySize);
    own['content-type'] = 'application/octet-stream';
  }
  const headers =
    key === undefined
      ? own
      : signRequestV4({
          method,
          target,
          headers: own,
          credentials: key,
          region: 'us-east-1',
          service: 's3',
          nowMs: systemClock.nowMs(),
          payloadHash,
        }).headers;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}
