import { randomText } from '../base/random.ts';

const SYMBOLS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const COUNTER_DIGITS = 8;
const COUNTERS = SYMBOLS.length ** COUNTER_DIGITS;

/**
 * Request ids look like S3's: sixteen of `[0-9A-Z]`. The first half is this thread's, the second
 * counts, so that an id costs no random bytes and never comes twice.
 */
export function createRequestIds(): () => string {
  const own = randomText(SYMBOLS, 8);
  let count = Math.floor(Number.parseInt(randomText('0123456789', 9), 10));
  return () => {
    count = (count + 1) % COUNTERS;
    return own + count.toString(SYMBOLS.length).toUpperCase().padStart(COUNTER_DIGITS, '0');
  };
}
