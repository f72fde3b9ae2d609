/**
 * The three spellings of time in signatures: ISO 8601 basic (SigV4), RFC 9110 dates with their
 * older relatives (SigV2) and ISO 8601 extended (POST policies, error members).
 */

const AMZ_DATE = /^\d{8}T\d{6}Z$/;
const HTTP_DATE =
  /^(?:[A-Za-z]{3,9}, )?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC|Z|([+-])(\d{2})(\d{2}))$/;
const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?Z$/;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The requests of one second all say the same time. */
let lastAmzDate = { text: '19700101T000000Z', timeMs: 0 };

/** Milliseconds of `20130524T000000Z`; undefined for anything else, impossible days included. */
export function parseAmzDate(text: string): number | undefined {
  if (text === lastAmzDate.text) return lastAmzDate.timeMs;
  if (!AMZ_DATE.test(text)) return undefined;
  const timeMs = timeOf(
    Number(text.slice(0, 4)),
    Number(text.slice(4, 6)),
    Number(text.slice(6, 8)),
    Number(text.slice(9, 11)),
    Number(text.slice(11, 13)),
    Number(text.slice(13, 15)),
  );
  if (timeMs !== undefined) lastAmzDate = { text, timeMs };
  return timeMs;
}

/** Milliseconds of an HTTP date, its zone in letters or as an offset, as SigV2 clients send it. */
export function parseHttpDate(text: string): number | undefined {
  const match = HTTP_DATE.exec(text);
  if (match === null) return undefined;
  const [, day, monthName = '', year, hour, minute, second, sign, offsetHour, offsetMinute] = match;
  const month = MONTHS.indexOf(monthName.toLowerCase()) + 1;
  const time = timeOf(
    Number(year),
    month,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  if (time === undefined || sign === undefined) return time;
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  return sign === '+' ? time - offsetMs : time + offsetMs;
}

/** Milliseconds of `2015-12-30T12:00:00.000Z`, the fraction optional and without effect. */
export function parseIsoDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  return timeOf(
    Number(year),
    Number(month),
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
}

export function formatAmzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d+/g, '');
}

export function formatHttpDate(timeMs: number): string {
  return new Date(timeMs).toUTCString();
}

/** As AWS writes times into error documents: without fraction. */
export function formatIsoDate(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d+/, '');
}

function timeOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC reads years below 100 as of the twentieth century and lets 31 February overflow.
  if (year < 100 || new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return undefined;
  return time;
}
