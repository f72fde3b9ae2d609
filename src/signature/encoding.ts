import { SignatureError } from './errors.ts';

/**
 * Percent-encoding as signatures need it. What was sent is decoded once and encoded again by AWS's
 * rules, so that `~` and `%7E`, `%2f` and `%2F` sign alike whatever the client's library prefers.
 */

/** One query parameter, its name and value encoded by AWS's rules. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
  /** Whether there was a `=`; SigV2 signs `acl` and `acl=` as sent. */
  readonly hasEquals: boolean;
}

export interface Target {
  /** As sent, without the query. */
  readonly rawPath: string;
  /** In the order in which they were sent. */
  readonly query: readonly QueryParameter[];
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const SLASH = 0x2f;
const SPACE = 0x20;
const TAB = 0x09;

const UNRESERVED = /^[A-Za-z0-9\-._~]*$/;
const UNRESERVED_OR_SLASH = /^[A-Za-z0-9\-._~/]*$/;

/** For each byte how it stands in a canonical request. */
const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (UNRESERVED.test(character)) return character;
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Encodes text for a path or query; `/` too unless `keepSlash`. */
export function uriEncode(text: string, keepSlash = false): string {
  if ((keepSlash ? UNRESERVED_OR_SLASH : UNRESERVED).test(text)) return text;
  let encoded = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    encoded += keepSlash && byte === SLASH ? '/' : (ENCODED[byte] ?? '');
  }
  return encoded;
}

/** The canonical URI of S3: decoded once, encoded again, never normalized. */
export function canonicalS3Path(rawPath: string): string {
  if (rawPath === '') return '/';
  return UNRESERVED_OR_SLASH.test(rawPath) ? rawPath : recode(rawPath, true, false);
}

/**
 * The canonical URI of every service but S3: dot segments and doubled slashes removed, and what was
 * sent encoded a second time ("Create a canonical request" in the IAM User Guide).
 */
export function canonicalPath(rawPath: string): string {
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  const slashAtEnd = rawPath.endsWith('/') && segments.length > 0;
  return uriEncode(`/${segments.join('/')}${slashAtEnd ? '/' : ''}`, true);
}

/** Splits a request target. A `+` in the query is a space, as S3 and every form decoder reads it. */
export function parseTarget(target: string): Target {
  const mark = target.indexOf('?');
  if (mark === -1) return { rawPath: target, query: [] };
  const query: QueryParameter[] = [];
  for (const part of target.slice(mark + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const hasEquals = equals !== -1;
    const name = recodeQuery(hasEquals ? part.slice(0, equals) : part);
    query.push({ name, value: hasEquals ? recodeQuery(part.slice(equals + 1)) : '', hasEquals });
  }
  return { rawPath: target.slice(0, mark), query };
}

/** The canonical query string, without the parameter `except`. */
export function canonicalQuery(query: readonly QueryParameter[], except?: string): string {
  if (query.length === 0) return '';
  const kept = except === undefined ? [...query] : query.filter(({ name }) => name !== except);
  // Sorted by name and then by value, never as one text: `=` sorts after `-` and before `A`.
  kept.sort((a, b) => {
    if (a.name !== b.name) return a.name < b.name ? -1 : 1;
    if (a.value === b.value) return 0;
    return a.value < b.value ? -1 : 1;
  });
  return kept.map(({ name, value }) => `${name}=${value}`).join('&');
}

/**
 * A header value without the blanks around it. Only spaces and tabs are blanks: String.trim would
 * also take away 0xA0, the last byte of some letters in UTF-8.
 */
export function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start += 1;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end -= 1;
  return end - start === value.length ? value : value.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** The text of an encoded name or value; undefined when its bytes are not UTF-8. */
export function decodeQueryText(encoded: string): string | undefined {
  if (!encoded.includes('%')) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function recodeQuery(text: string): string {
  return UNRESERVED.test(text) ? text : recode(text, false, true);
}

function recode(text: string, keepSlash: boolean, plusIsSpace: boolean): string {
  let recoded = '';
  for (let index = 0; index < text.length; index += 1) {
    let byte = text.charCodeAt(index);
    if (byte === PERCENT) {
      byte = hexValue(text.charCodeAt(index + 1)) * 16 + hexValue(text.charCodeAt(index + 2));
      index += 2;
    } else if (byte === PLUS && plusIsSpace) {
      byte = SPACE;
    }
    // NaN when a percent sign is not followed by two digits; above 255 never comes from the wire.
    if (!(byte <= 0xff))
      throw new SignatureError('InvalidURI', "Couldn't parse the specified URI.");
    recoded += keepSlash && byte === SLASH ? '/' : (ENCODED[byte] ?? '');
  }
  return recoded;
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 && code >= 0x41 ? lower - 0x57 : Number.NaN;
}
