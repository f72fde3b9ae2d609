import { assert } from '../../base/assert.ts';
import { REASON_PHRASES } from './reason-phrases.ts';

const NAME = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;
/** Also refuses what is not Latin-1, which would not arrive as it was meant. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Names that were found good, because the same few come back; bounded all the same. */
const goodNames = new Set<string>();
const GOOD_NAMES_MAX = 1000;

const statusLines = new Map<number, string>();

/** What a front adds to the header section of an answer by itself. */
export interface AnswerFrame {
  /** Undefined when the answer has no body whose length the front would know. */
  readonly length: number | undefined;
  /** Whether headers may state the length of a body that is not sent, as HEAD and 304 do. */
  readonly mayStateLength: boolean;
  /** Date and Connection fields, and the empty line. */
  readonly tail: string;
}

/**
 * Status line and header section of an answer. Nothing that comes from above can end a line: a
 * name or value with such a character is a bug of ours and throws.
 */
export function answerHead(
  status: number,
  headers: readonly string[],
  { length, mayStateLength, tail }: AnswerFrame,
): string {
  let text = statusLine(status);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    const value = headers[index + 1] ?? '';
    assert(goodNames.has(name) || isGoodName(name), 'A header name is no token');
    assert(VALUE.test(value), `The value of ${name} cannot be a header's`);
    const isOurs = name.length >= 10 && isFrameField(name.toLowerCase(), mayStateLength);
    if (!isOurs) text += `${name}: ${value}\r\n`;
  }
  if (length !== undefined) text += `Content-Length: ${length}\r\n`;
  return text + tail;
}

/** Whether the handler itself asks for the connection to be closed. */
export function asksToClose(headers: readonly string[]): boolean {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    if (/\bclose\b/i.test(headers[index + 1] ?? '')) return true;
  }
  return false;
}

/** Fields that the front says itself, so that an answer can never be framed in two ways. */
function isFrameField(name: string, mayStateLength: boolean): boolean {
  if (name === 'content-length') return !mayStateLength;
  return name === 'connection' || name === 'transfer-encoding';
}

function isGoodName(name: string): boolean {
  if (!NAME.test(name)) return false;
  if (goodNames.size < GOOD_NAMES_MAX) goodNames.add(name);
  return true;
}

function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) return known;
  assert(Number.isInteger(status) && status >= 200 && status <= 599, 'No status of an answer');
  const line = `HTTP/1.1 ${status} ${REASON_PHRASES[status] ?? 'Unknown'}\r\n`;
  statusLines.set(status, line);
  return line;
}
