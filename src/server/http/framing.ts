/** Where a request's body ends, and what becomes of the connection. */
export interface Framing {
  /** Bytes of the body; undefined when it is chunked. */
  readonly length: number | undefined;
  /** Whether the client wants the connection to stay open. */
  readonly keepsAlive: boolean;
  /** Whether the client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean;
  readonly host: string | undefined;
}

/** Fifteen digits are safe as a number, and two hundred times the largest object. */
const LENGTH = /^\d{1,15}$/;
/** A name or address with a port: nothing that could end the authority of a URL. */
const HOST = /^[^\s,/?#@\\]*$/;

/**
 * Reads the fields that say where the body ends. Undefined when they leave any doubt: a length
 * that is said twice, even alike, a coding beside a length, or a coding other than `chunked` are
 * what request smuggling is made of (RFC 9112, sections 6.1 and 11.2).
 */
export function readFraming(fields: readonly string[], minor: 0 | 1): Framing | undefined {
  let host: string | undefined;
  let length: string | undefined;
  let coding: string | undefined;
  let connection: string | undefined;
  let expectsContinue = false;
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const value = fields[index + 1] ?? '';
    switch (framingName(fields[index] ?? '')) {
      case 'host':
        if (host !== undefined || !HOST.test(value)) return undefined;
        host = value;
        break;
      case 'content-length':
        if (length !== undefined || !LENGTH.test(value)) return undefined;
        length = value;
        break;
      case 'transfer-encoding':
        if (coding !== undefined) return undefined;
        coding = value.toLowerCase();
        break;
      case 'connection':
        connection = connection === undefined ? value : `${connection},${value}`;
        break;
      case 'expect':
        // Other expectations are the client's business; the request is served as if it had none.
        if (value.toLowerCase() === '100-continue') expectsContinue = minor === 1;
        break;
      case undefined:
    }
  }
  if (minor === 1 && host === undefined) return undefined;
  const keepsAlive = staysOpen(connection, minor);
  if (coding === undefined)
    return { length: Number(length ?? 0), keepsAlive, expectsContinue, host };
  // HTTP/1.0 knows no codings: whoever forwards one to us may not have understood it.
  if (coding !== 'chunked' || length !== undefined || minor === 0) return undefined;
  return { length: undefined, keepsAlive, expectsContinue, host };
}

type FramingName = 'host' | 'expect' | 'connection' | 'content-length' | 'transfer-encoding';
const FRAMING_NAMES: Readonly<Record<number, FramingName>> = {
  4: 'host',
  6: 'expect',
  10: 'connection',
  14: 'content-length',
  17: 'transfer-encoding',
};

/** The lengths differ, so that most names are told apart without looking at them. */
function framingName(name: string): FramingName | undefined {
  const candidate = FRAMING_NAMES[name.length];
  if (candidate === undefined || name === candidate) return candidate;
  return name.toLowerCase() === candidate ? candidate : undefined;
}

/** `close` wins; HTTP/1.0 stays open only when asked to (RFC 9112, section 9.3). */
function staysOpen(connection: string | undefined, minor: 0 | 1): boolean {
  if (connection === undefined) return minor === 1;
  if (connection === 'keep-alive') return true;
  const options = connection
    .toLowerCase()
    .split(',')
    .map((option) => option.trim());
  return !options.includes('close') && (minor === 1 || options.includes('keep-alive'));
}
