import { createHmac, timingSafeEqual } from 'node:crypto';
import { utf8 } from '../base/bytes.ts';

/** One-time passwords by time (RFC 6238) on HMAC-SHA-1 (RFC 4226), as every authenticator app has them. */
export const CODE_DIGITS = 6;
const STEP_MS = 30_000;
const CODES = 10 ** CODE_DIGITS;

/** The number of the time step that this moment lies in. */
export function stepAt(atMs: number): number {
  return Math.floor(atMs / STEP_MS);
}

/** The code of one step (RFC 4226, section 5.3). */
export function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % CODES).padStart(CODE_DIGITS, '0');
}

/** Steps, both ends included. */
export interface Steps {
  readonly from: number;
  readonly to: number;
}

/** The first of the steps at which these codes follow each other; undefined when they do nowhere. */
export function findStep(
  seed: Uint8Array,
  codes: readonly string[],
  { from, to }: Steps,
): number | undefined {
  for (let step = from; step <= to; step += 1) {
    if (codes.every((code, index) => isSame(codeOf(seed, step + index), code))) return step;
  }
  return undefined;
}

function isSame(ours: string, theirs: string): boolean {
  const [a, b] = [utf8(ours), utf8(theirs)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
