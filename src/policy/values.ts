import { base64, fromBase64 } from '../base/bytes.ts';

/** How condition values are read. A text that is not of the operator's type is undefined. */

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)$/;

/** Integers and decimals; no exponents. */
export function parseNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

export function parseBoolean(text: string): boolean | undefined {
  const folded = text.toLowerCase();
  if (folded === 'true') return true;
  return folded === 'false' ? false : undefined;
}

/** Base64 in its one canonical spelling, so that equal bytes are equal text. */
export function parseBinary(text: string): string | undefined {
  const bytes = fromBase64(text);
  return bytes === undefined ? undefined : base64(bytes);
}

/** Four digits are a year; any other number is seconds since 1970, as AWS accepts on either side. */
const EPOCH_SECONDS = /^-?\d+(?:\.\d+)?$/;
const YEAR = /^\d{4}$/;
const ISO_8601 =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[Tt](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/;

/** The farthest instant that a date can name, in milliseconds (ECMA-262, Time Values). */
const TIME_MS_MAX = 8.64e15;

/**
 * Milliseconds since 1970 of a W3C date (year, month, day, minute, second or fraction; no offset
 * is UTC) or of seconds since 1970.
 */
export function parseDate(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text) && !YEAR.test(text)) {
    const epochMs = Number(text) * 1000;
    return Math.abs(epochMs) <= TIME_MS_MAX ? epochMs : undefined;
  }
  const found = ISO_8601.exec(text);
  if (found === null) return undefined;
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map((group) =>
    Number(found[group] ?? (group === 2 || group === 3 ? 1 : 0)),
  ) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const fractionMs = Number(`0.${found[7] ?? '0'}`) * 1000;
  const offsetMinutes = parseOffset(found[8]);
  if (offsetMinutes === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute - offsetMinutes, second);
  return date.getTime() + fractionMs;
}

function daysIn(year: number, month: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 0);
  return date.getUTCDate();
}

/** Minutes east of UTC. */
function parseOffset(text: string | undefined): number | undefined {
  if (text === undefined || text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
