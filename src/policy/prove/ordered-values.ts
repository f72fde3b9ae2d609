import { type AddressRange, parseAddressRange, rangeContains } from '../address.ts';
import { parseBinary, parseDate, parseNumber } from '../values.ts';

/**
 * Representatives of what is compared by order or by range: of every stretch between the limits that
 * policies name, and of every limit, one value. Any other value is decided like one of these.
 */

/** A text that is neither a number, nor a date, a boolean, base64 or an address. */
export const OF_NO_TYPE = 'x!';

/** One number on either side of all limits, then the limits and one between each two neighbours. */
function aroundLimits(limits: readonly number[]): number[] {
  const sorted = [...new Set(limits)].sort((a, b) => a - b);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return [0];
  const found = [last + Math.max(1, Math.abs(last)), first - Math.max(1, Math.abs(first))];
  for (const [index, limit] of sorted.entries()) {
    found.push(limit);
    const next = sorted[index + 1];
    if (next !== undefined) found.push(between(limit, next));
  }
  return found;
}

/** A whole number where there is one, since most keys have no other. */
function between(low: number, high: number): number {
  const whole = Math.floor(low) + 1;
  return whole < high ? whole : low + (high - low) / 2;
}

/** Texts of numbers that policies' numbers tell apart; undefined when one has no such text. */
export function numbersAround(texts: readonly string[]): readonly string[] | undefined {
  const limits = texts.map(parseNumber).filter((limit) => limit !== undefined);
  const found = aroundLimits(limits).map(numberText);
  return found.every((text) => text !== undefined) ? [...found, OF_NO_TYPE] : undefined;
}

/** Decimal digits, without an exponent, which policies do not read. */
function numberText(value: number): string | undefined {
  const short = String(value);
  const text = short.includes('e') ? value.toFixed(20) : short;
  return parseNumber(text) === value ? text : undefined;
}

export function datesAround(texts: readonly string[]): readonly string[] | undefined {
  const limits = texts.map(parseDate).filter((limit) => limit !== undefined);
  const found = aroundLimits(limits).map(dateText);
  return found.every((text) => text !== undefined) ? [...found, OF_NO_TYPE] : undefined;
}

const SECOND_MS = 1000;

/** Whole milliseconds, which is how the server tells the time; a whole second away at either end. */
export function momentsAround(limitsMs: readonly number[]): readonly number[] {
  const limits = limitsMs.flatMap((limit) => [Math.floor(limit), Math.ceil(limit)]);
  const [, , ...inner] = aroundLimits(limits);
  if (limits.length === 0) return [0];
  const ends = [Math.max(...limits) + SECOND_MS, Math.min(...limits) - SECOND_MS];
  return [...ends, ...inner].filter(Number.isInteger);
}

export function dateText(ms: number): string | undefined {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString();
  return parseDate(text) === ms ? text : undefined;
}

/** Every base64 text that a policy names, and one that none does. */
export function binariesAround(texts: readonly string[]): readonly string[] {
  const named = texts.map(parseBinary).filter((text) => text !== undefined);
  let apart = 'eA==';
  while (named.includes(apart)) apart = `eHh4${apart}`;
  return [apart, ...named, OF_NO_TYPE];
}

/** Addresses that look like examples, which is what they are (RFC 5737, RFC 3849). */
const EXAMPLES = ['203.0.113.1', '198.51.100.1', '192.0.2.1', '2001:db8::1'];
const WHOLE_WORLD = ['0.0.0.0/0', '::/0'];
/** Requests from these are taken for the IPv4 addresses that they carry. */
const MAPPED = { version: 6, bits: 0xffffn << 32n, prefixLength: 96 } as const;

interface Range {
  readonly version: 4 | 6;
  readonly bits: bigint;
  readonly prefixLength: number;
}

/**
 * Ranges of addresses lie within each other or apart; so of each range, and of the whole world, one
 * address that lies in none of its inner ranges.
 */
export function addressesAround(texts: readonly string[]): readonly string[] {
  const parsed = [...WHOLE_WORLD, ...texts].map(parseAddressRange);
  const ranges = parsed.filter((range) => range !== undefined);
  const found = new Set<string>();
  for (const range of ranges) {
    const inner = ranges.filter((other) => isWithin(other, range));
    const example = EXAMPLES.find((text) => liesBetween(text, range, inner));
    if (example !== undefined) {
      found.add(example);
      continue;
    }
    const excluded = [...inner.map(toRange), ...(range.version === 6 ? [MAPPED] : [])];
    const gap = findGap(toRange(range), excluded);
    if (gap !== undefined) found.add(addressText(range.version, gap));
  }
  return [...found];
}

function isWithin(inner: AddressRange, outer: AddressRange): boolean {
  return inner.prefixLength > outer.prefixLength && rangeContains(outer, inner);
}

function liesBetween(text: string, range: AddressRange, inner: readonly AddressRange[]): boolean {
  const address = parseAddressRange(text);
  if (address === undefined || !rangeContains(range, address)) return false;
  return !inner.some((other) => rangeContains(other, address));
}

function toRange({ version, words, prefixLength }: AddressRange): Range {
  const bits = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return { version, bits, prefixLength };
}

/** The lowest address of the range that lies in none of the excluded ones, all of them within it. */
function findGap(range: Range, excluded: readonly Range[]): bigint | undefined {
  const size = range.version === 4 ? 32 : 128;
  const within = excluded.filter((other) => {
    if (other.prefixLength < range.prefixLength) return false;
    const shift = BigInt(size - range.prefixLength);
    return other.bits >> shift === range.bits >> shift;
  });
  if (within.length === 0) return range.bits;
  if (within.some(({ prefixLength }) => prefixLength === range.prefixLength)) return undefined;
  const prefixLength = range.prefixLength + 1;
  const half = 1n << BigInt(size - prefixLength);
  return (
    findGap({ ...range, prefixLength }, within) ??
    findGap({ ...range, prefixLength, bits: range.bits | half }, within)
  );
}

function addressText(version: 4 | 6, bits: bigint): string {
  const [count, width] = version === 4 ? [4, 8n] : [8, 16n];
  const groups = Array.from({ length: count }, (_, index) => {
    const group = (bits >> (width * BigInt(count - 1 - index))) & ((1n << width) - 1n);
    return group.toString(version === 4 ? 10 : 16);
  });
  return groups.join(version === 4 ? '.' : ':');
}
