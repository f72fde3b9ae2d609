import { createHmac } from 'node:crypto';

const STEP_MS = 30_000;

/**
 * What an authenticator app shows at this moment for a seed in base 32: written apart from the
 * store's own code, so that a mistake there is not made here too.
 */
export function shownCode(seed: string, atMs: number): string {
  const bits = [...seed]
    .map((symbol) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(symbol))
    .map((value) => value.toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)));
  const step = Math.floor(atMs / STEP_MS);
  const message = Buffer.from(step.toString(16).padStart(16, '0'), 'hex');
  const mac = createHmac('sha1', key).update(message).digest('hex');
  const offset = 2 * parseInt(mac.slice(-1), 16);
  const number = parseInt(mac.slice(offset, offset + 8), 16) % 2 ** 31;
  return String(number).slice(-6).padStart(6, '0');
}

/** The code of now, and the one after it. */
export function twoCodes(seed: string, atMs: number): [string, string] {
  return [shownCode(seed, atMs), shownCode(seed, atMs + STEP_MS)];
}
