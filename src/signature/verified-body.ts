import { createHash, hash as hashOnce } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { assert } from '../base/assert.ts';
import type { Headers, RequestBody } from '../base/http.ts';
import { transformBody } from './body-transform.ts';
import type { BodyTransform } from './body-transform.ts';
import { ChunkDecoder } from './chunk-decoder.ts';
import type { AnonymousClaim } from './claim.ts';
import { SignatureError, invalidArgument } from './errors.ts';
import { EMPTY_SHA256_HEX } from './hmac.ts';
import type { PayloadKind } from './payload.ts';
import type { VerifiedClaim } from './verify-claim.ts';

export interface VerifiedBody {
  /** Decoded. Its iteration throws SignatureError when the body is not what was signed. */
  readonly body: RequestBody;
  /** The trailing headers, lower-case name to value; empty before the body's end. */
  readonly trailers: () => ReadonlyMap<string, string>;
  /** Lower-case hex of the body, known at its end; absent unless the signature covers it. */
  readonly payloadSha256Hex?: () => string;
}

const NO_TRAILERS: ReadonlyMap<string, string> = new Map();
const DECIMAL = /^\d{1,15}$/;

/**
 * The body as the signature vouches for it: checked against the hash that was signed, or taken out
 * of its chunks, each checked. Nothing is read before the body is iterated.
 *
 * Throws SignatureError at once when the headers already show that it cannot be right.
 */
export function verifiedBody(
  body: RequestBody,
  claim: AnonymousClaim | VerifiedClaim,
  headers: Headers,
): VerifiedBody {
  const { payload } = claim;
  switch (payload.kind) {
    case 'unsigned':
    case 'collected':
      return { body, trailers: () => NO_TRAILERS };
    case 'sha256':
      return hashedBody(body, payload.hex);
    case 'streaming':
      return chunkedBody(body, payload, claim, headers);
  }
}

function hashedBody(body: RequestBody, expected: string): VerifiedBody {
  const trailers = (): typeof NO_TRAILERS => NO_TRAILERS;
  if (body.length === 0) {
    // The commonest request of all has no body; and one that is never read is checked here.
    if (expected !== EMPTY_SHA256_HEX) throw wrongHash(expected, EMPTY_SHA256_HEX);
    return { body, trailers, payloadSha256Hex: () => expected };
  }
  const check = new Sha256Check(expected, body.length);
  return {
    body: transformBody(body, check, body.length),
    trailers,
    payloadSha256Hex: () => expected,
  };
}

function chunkedBody(
  body: RequestBody,
  payload: PayloadKind & { readonly kind: 'streaming' },
  claim: AnonymousClaim | VerifiedClaim,
  headers: Headers,
): VerifiedBody {
  const seed = claim.kind === 'verified' ? claim.chunkSeed : undefined;
  assert(!payload.signed || seed !== undefined, 'Signed chunks continue a verified signature');
  const decodedSize = parseDecodedSize(headers);
  const decoder = new ChunkDecoder({
    decodedSize,
    trailer: payload.trailer,
    trailerNames: payload.trailer ? parseTrailerNames(headers.get('x-amz-trailer')) : [],
    ...(payload.signed && seed !== undefined ? { seed } : {}),
  });
  return {
    body: transformBody(body, decoder, decodedSize),
    trailers: () => decoder.trailers,
  };
}

function parseDecodedSize(headers: Headers): number {
  const text = headers.get('x-amz-decoded-content-length');
  if (text === undefined || text === '') {
    throw new SignatureError(
      'MissingContentLength',
      'You must provide the Content-Length HTTP header.',
    );
  }
  if (!DECIMAL.test(text)) {
    throw invalidArgument(
      'x-amz-decoded-content-length must be a number',
      'x-amz-decoded-content-length',
      text,
    );
  }
  return Number(text);
}

function parseTrailerNames(text: string | undefined): string[] {
  if (text === undefined) return [];
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Hands the body on while hashing it. */
class Sha256Check implements BodyTransform {
  readonly keepsPieces = true;
  readonly #expected: string;
  readonly #length: number | undefined;
  #piece: Uint8Array | undefined;
  #hash: Hash | undefined;
  #digest: string | undefined;

  constructor(expected: string, length: number | undefined) {
    this.#expected = expected;
    this.#length = length;
  }

  feed(chunk: Uint8Array): void {
    if (chunk.byteLength === 0) return;
    this.#piece = chunk;
    if (this.#digest !== undefined) {
      throw new SignatureError('IncompleteBody', 'The request body is longer than its length');
    }
    if (this.#hash === undefined && chunk.byteLength === this.#length) {
      // A body that comes in one piece is hashed in one go, which is cheaper.
      this.#digest = hashOnce('sha256', chunk);
    } else {
      this.#hash ??= createHash('sha256');
      this.#hash.update(chunk);
    }
  }

  next(): Uint8Array | undefined {
    const piece = this.#piece;
    this.#piece = undefined;
    return piece;
  }

  end(): void {
    const digest = this.#digest ?? this.#hash?.digest('hex') ?? EMPTY_SHA256_HEX;
    if (digest !== this.#expected) throw wrongHash(this.#expected, digest);
  }
}

function wrongHash(expected: string, computed: string): SignatureError {
  return new SignatureError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { ClientComputedContentSHA256: expected, S3ComputedContentSHA256: computed },
  );
}
