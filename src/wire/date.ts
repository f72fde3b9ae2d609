import { scalar, type Scalar } from './scalar.ts';

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;
const TWO_DIGITS = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

let cachedDay = NaN;
let cachedIsoDay = '';
let cachedHttpDay = '';

/** Remembers the last day formatted: the dates of a listing or of answers mostly share it. */
function formatDay(timeMs: number): void {
  const day = Math.floor(timeMs / DAY_MS);
  if (day === cachedDay) return;
  const date = new Date(timeMs);
  const iso = date.toISOString();
  const http = date.toUTCString();
  cachedIsoDay = iso.slice(0, iso.indexOf('T') + 1);
  cachedHttpDay = http.slice(0, http.indexOf(':') - 2);
  cachedDay = day;
}

/** `15:04:05` */
function timeOfDay(timeMs: number): string {
  const seconds = Math.floor((timeMs - cachedDay * DAY_MS) / SECOND_MS);
  const minutes = Math.floor(seconds / 60);
  const hour = TWO_DIGITS[Math.floor(minutes / 60)];
  return `${hour}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
}

/** `2006-01-02T15:04:05.000Z`, milliseconds kept. */
export function formatIsoDate(date: Date): string {
  const timeMs = date.getTime();
  formatDay(timeMs);
  const milliseconds = timeMs - Math.floor(timeMs / SECOND_MS) * SECOND_MS;
  const fraction = milliseconds === 0 ? '000' : String(milliseconds).padStart(3, '0');
  return `${cachedIsoDay}${timeOfDay(timeMs)}.${fraction}Z`;
}

/** `2006-01-02T15:04:05Z`, the query protocol's spelling. */
export function formatIsoSecond(date: Date): string {
  const timeMs = date.getTime();
  formatDay(timeMs);
  return `${cachedIsoDay}${timeOfDay(timeMs)}Z`;
}

/** `Mon, 02 Jan 2006 15:04:05 GMT` (RFC 9110, section 5.6.7). */
export function formatHttpDate(date: Date): string {
  const timeMs = date.getTime();
  formatDay(timeMs);
  return `${cachedHttpDay}${timeOfDay(timeMs)} GMT`;
}

const ISO_DATE =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})$/;

/** Reads an ISO 8601 date and time with offset; undefined for a day or hour that does not exist. */
export function parseIsoDate(text: string): Date | undefined {
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const fraction = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const utc = utcDate(year, month, day, hour, minute, second);
  if (utc === undefined) return undefined;
  const offset = parseOffset(match[8] ?? 'Z');
  return offset === undefined ? undefined : new Date(utc + fraction - offset);
}

const MINUTE_MS = 60 * SECOND_MS;

function parseOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}

/** Milliseconds of a civil time, or undefined when any field had to be carried over. */
function utcDate(
  year = 0,
  month = 0,
  day = 0,
  hour = 0,
  minute = 0,
  second = 0,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.setUTCHours(hour, minute, second, 0);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const IMF_DATE =
  /^[a-z]{3,9}, ([0-9]{2})[ -]([a-z]{3})[ -]([0-9]{2}|[0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:gmt|utc|\+0000)$/i;
const ASCTIME_DATE =
  /^[a-z]{3} ([a-z]{3}) ([ 0-9][0-9]) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})$/i;
/** RFC 9110 tells recipients of two-digit years to take those far ahead as past; 70 parts them. */
const TWO_DIGIT_YEAR_PIVOT = 70;

/** Reads the three forms of an HTTP date (RFC 9110, section 5.6.7). */
export function parseHttpDate(text: string): Date | undefined {
  const imf = IMF_DATE.exec(text);
  if (imf !== null) return civilDate(imf[3], imf[2], imf[1], imf.slice(4, 7));
  const asctime = ASCTIME_DATE.exec(text);
  if (asctime === null) return undefined;
  return civilDate(asctime[6], asctime[1], asctime[2], asctime.slice(3, 6));
}

function civilDate(
  year = '',
  month = '',
  day = '',
  time: readonly string[] = [],
): Date | undefined {
  const short = Number(year);
  const full = year.length === 4 ? short : short + (short < TWO_DIGIT_YEAR_PIVOT ? 2000 : 1900);
  const [hour, minute, second] = time.map(Number);
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  const utc = utcDate(full, monthIndex + 1, Number(day), hour, minute, second);
  return utc === undefined ? undefined : new Date(utc);
}

/** ISO 8601: to the millisecond in REST's XML, to the second in the query protocol's answers. */
export const isoDate: Scalar<Date> = scalar({
  name: 'timestamp',
  wireType: 'isoDate',
  parse: parseIsoDate,
  format: formatIsoDate,
  formatQuery: formatIsoSecond,
});

export const httpDate: Scalar<Date> = scalar({
  name: 'timestamp',
  wireType: 'httpDate',
  parse: parseHttpDate,
  format: formatHttpDate,
});

/** The latest second that a Date can hold. */
const EPOCH_SECONDS_MAX = 8_640_000_000_000;

/** Seconds since 1970, a fraction allowed. */
export const epochSeconds: Scalar<Date> = scalar({
  name: 'timestamp',
  wireType: 'epoch',
  parse(text) {
    if (!/^-?[0-9]{1,13}(?:\.[0-9]{1,9})?$/.test(text)) return undefined;
    const seconds = Number(text);
    if (Math.abs(seconds) > EPOCH_SECONDS_MAX) return undefined;
    return new Date(Math.round(seconds * SECOND_MS));
  },
  format: (date) => String(date.getTime() / SECOND_MS),
});
