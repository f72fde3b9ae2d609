import { COLON, CR, LF, METHOD, skip, SP, TAB, TARGET, TOKEN, VALUE } from './characters.ts';
import { readFraming, type Framing } from './framing.ts';
import { FIELDS_MAX } from './limits.ts';
import type { Refusal } from './refusal.ts';

/** A request's first line and header section (RFC 9112, sections 2 to 5). */
export interface Head extends Framing {
  readonly method: string;
  readonly target: string;
  /** Of HTTP/1. */
  readonly minor: 0 | 1;
  /** Name, value, name, value, as sent, values without the white space around them. */
  readonly fields: readonly string[];
}

/** S3's longest is 7; nobody has registered one of more than 17. */
const METHOD_SIZE_MAX = 20;
const VERSION_SIZE = 'HTTP/1.1'.length;
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]+)/i;

/** The header section has not come whole. */
export const HEAD_INCOMPLETE = -1;
/** A line ends in a bare line feed, which some servers take for a line's end and others do not. */
export const HEAD_MALFORMED = -2;

/**
 * The position after the empty line that ends the header section beginning at `start`. Bytes
 * before `from` were looked at by an earlier call.
 */
export function findHeadEnd(bytes: Uint8Array, start: number, from: number, end: number): number {
  for (let at = from; at < end; at += 1) {
    if (bytes[at] !== LF) continue;
    if (at === start || bytes[at - 1] !== CR) return HEAD_MALFORMED;
    if (at - start >= 3 && bytes[at - 2] === LF) return at + 1;
  }
  return HEAD_INCOMPLETE;
}

/** Parses what `findHeadEnd` found, read as Latin-1, its empty line included. */
export function parseHead(text: string): Head | Refusal {
  // One empty line before a request is ignored: some clients end a body with one too many
  // (RFC 9112, section 2.2).
  const start = text.startsWith('\r\n') ? 2 : 0;
  const methodEnd = skip(text, start, METHOD);
  const targetEnd = skip(text, methodEnd + 1, TARGET);
  const versionEnd = targetEnd + 1 + VERSION_SIZE;
  if (
    methodEnd === start ||
    methodEnd - start > METHOD_SIZE_MAX ||
    text.charCodeAt(methodEnd) !== SP ||
    targetEnd === methodEnd + 1 ||
    text.charCodeAt(targetEnd) !== SP ||
    !text.startsWith('\r\n', versionEnd)
  ) {
    return 'malformed';
  }
  const version = text.slice(targetEnd + 1, versionEnd);
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0') {
    return /^HTTP\/\d\.\d$/.test(version) ? 'version' : 'malformed';
  }
  const minor = version === 'HTTP/1.1' ? 1 : 0;
  const fields: string[] = [];
  const refusal = readFields(text, versionEnd + 2, fields);
  if (refusal !== undefined) return refusal;
  const framing = readFraming(fields, minor);
  if (framing === undefined) return 'malformed';
  const method = text.slice(start, methodEnd);
  const target = text.slice(methodEnd + 1, targetEnd);
  if (!isTarget(target, method, framing.host)) return 'malformed';
  const { host, length, keepsAlive, expectsContinue } = framing;
  return { method, target, minor, fields, host, length, keepsAlive, expectsContinue };
}

/** Reads field lines into `fields` from `start` to the empty line, which must end the text. */
function readFields(text: string, start: number, fields: string[]): Refusal | undefined {
  let at = start;
  while (text.charCodeAt(at) !== CR) {
    const nameEnd = skip(text, at, TOKEN);
    if (nameEnd === at || text.charCodeAt(nameEnd) !== COLON) return 'malformed';
    let valueStart = nameEnd + 1;
    while (isBlank(text.charCodeAt(valueStart))) valueStart += 1;
    const lineEnd = skip(text, valueStart, VALUE);
    if (text.charCodeAt(lineEnd) !== CR || text.charCodeAt(lineEnd + 1) !== LF) return 'malformed';
    let valueEnd = lineEnd;
    while (valueEnd > valueStart && isBlank(text.charCodeAt(valueEnd - 1))) valueEnd -= 1;
    if (fields.length === 2 * FIELDS_MAX) return 'headTooLarge';
    fields.push(text.slice(at, nameEnd), text.slice(valueStart, valueEnd));
    at = lineEnd + 2;
  }
  return at + 2 === text.length ? undefined : 'malformed';
}

/**
 * Origin form, absolute form, or `*` of OPTIONS. An absolute target must name the same authority
 * as Host: whoever routes by one of them and whoever decides by the other would disagree.
 */
function isTarget(target: string, method: string, host: string | undefined): boolean {
  if (method === 'CONNECT') return false;
  if (target.startsWith('/')) return true;
  if (target === '*') return method === 'OPTIONS';
  const authority = ABSOLUTE_FORM.exec(target)?.[1]?.toLowerCase();
  return authority !== undefined && (host === undefined || authority === host.toLowerCase());
}

function isBlank(code: number): boolean {
  return code === SP || code === TAB;
}
