import type { Awaitable } from './awaitable.ts';

/**
 * The HTTP messages as every room above the listener sees them: the raw target and header list,
 * because signatures are over exactly what was sent, and never a class of an HTTP library.
 */
export interface HttpRequest {
  /** In upper case, as sent. */
  readonly method: string;
  /** The request target as sent: path, and query after the first `?`. Never decoded. */
  readonly target: string;
  readonly headers: Headers;
  readonly body: RequestBody;
  /** The TCP peer's address, as text without port. */
  readonly remoteAddress: string;
  /** Whether the connection is TLS. */
  readonly secure: boolean;
  /** Of a TLS connection, as `1.3`. */
  readonly tlsVersion?: string | undefined;
}

/** What is known of a request without its body, which nobody should keep who may outlive it. */
export type RequestHead = Omit<HttpRequest, 'body'>;

export function headOf({
  method,
  target,
  headers,
  remoteAddress,
  secure,
  tlsVersion,
}: HttpRequest): RequestHead {
  return { method, target, headers, remoteAddress, secure, tlsVersion };
}

/**
 * A request body, to be consumed once. Its chunks belong to whoever reads them. Nothing is read
 * from the network before someone asks, which is also what delays `100 Continue`.
 */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** From Content-Length; undefined when the body is chunked; 0 when there is none. */
  readonly length: number | undefined;
  /**
   * All of the body, if it has come in one piece and nobody has read of it: spares who wants it whole
   * the iteration. Throws what the iteration would.
   */
  takeWhole?(): Uint8Array | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Name, value, name, value; the listener adds Date, Connection and Content-Length. */
  readonly headers: string[];
  /** Absent for none. A HEAD answer says its length in a header of its own. */
  readonly body?: Uint8Array | ByteSource;
  /** Answers instead when the body's source fails before its first byte; else the connection closes. */
  readonly instead?: (error: unknown) => HttpResponse;
}

/**
 * Bytes that are read into buffers of the reader's, so that a large answer needs neither copies
 * nor allocations. Whoever holds a source must close it, read to its end or not.
 */
export interface ByteSource {
  /** How many bytes the source gives in all. */
  readonly length: number;
  /** All of them, where they are in memory anyway: whoever takes them need not read. */
  readonly bytes?: Uint8Array;
  /** Fills at least one byte of `into` from its start and says how many; 0 only at the end. */
  read(into: Uint8Array): Awaitable<number>;
  close(): void;
}

/** Header fields in the order and spelling in which they came. */
export class Headers {
  readonly raw: readonly string[];
  #byName: Map<string, string> | undefined;

  /** `raw` alternates names and values, as they stood on the wire. */
  constructor(raw: readonly string[]) {
    this.raw = raw;
  }

  static of(fields: Readonly<Record<string, string>>): Headers {
    return new Headers(Object.entries(fields).flat());
  }

  /** The value of the field `name` (lower case); repeated fields are joined with a comma. */
  get(name: string): string | undefined {
    return this.byName.get(name);
  }

  /** Lower-case name to value, repeated fields joined with a comma (RFC 9110, section 5.3). */
  get byName(): ReadonlyMap<string, string> {
    if (this.#byName !== undefined) return this.#byName;
    const map = new Map<string, string>();
    for (let index = 0; index + 1 < this.raw.length; index += 2) {
      const name = (this.raw[index] ?? '').toLowerCase();
      const value = this.raw[index + 1] ?? '';
      const earlier = map.get(name);
      map.set(name, earlier === undefined ? value : `${earlier},${value}`);
    }
    this.#byName = map;
    return map;
  }
}

/** A body of bytes that are already here; what it gives is a copy, which its reader may use up. */
export function bodyOf(bytes: Uint8Array): RequestBody {
  return {
    length: bytes.byteLength,
    async *[Symbol.asyncIterator]() {
      if (bytes.byteLength > 0) yield Uint8Array.from(bytes);
    },
  };
}

/** The client went away, or broke the framing, before its body was whole. */
export class BodyAbortedError extends Error {
  override readonly name = 'BodyAbortedError';
}

/** Thrown by `collectBody` at the first byte past the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** The whole body in one piece, read no further than `sizeMax` bytes. */
export async function collectBody(
  body: AsyncIterable<Uint8Array>,
  sizeMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > sizeMax) throw new BodyTooLargeError(`Body exceeds ${sizeMax} bytes`);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size);
}

/** A source over bytes that are already here. */
export function sourceOf(bytes: Uint8Array): ByteSource {
  let position = 0;
  return {
    length: bytes.byteLength,
    bytes,
    read(into) {
      const count = Math.min(into.byteLength, bytes.byteLength - position);
      into.set(bytes.subarray(position, position + count));
      position += count;
      return count;
    },
    close() {},
  };
}
