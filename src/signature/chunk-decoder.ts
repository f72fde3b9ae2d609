import { hash as hashOnce, createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { EMPTY_BYTES, asBuffer } from '../base/bytes.ts';
import type { BodyTransform } from './body-transform.ts';
import { chunkStringToSign, trailerStringToSign } from './chunk-encoder.ts';
import { SignatureError } from './errors.ts';
import { EMPTY_SHA256_HEX, hmac, isSameSignature } from './hmac.ts';
import {
  BODY_END_SIZE_MAX,
  CHUNK_HEADER_SIZE_MAX,
  CHUNK_SIZE_MIN,
  TRAILER_LINE_SIZE_MAX,
  TRAILERS_MAX,
} from './limits.ts';
import type { ChunkSeed } from './verify-claim.ts';

/**
 * The content coding `aws-chunked`: chunks `size[;chunk-signature=…]\r\n…\r\n`, an empty chunk, and
 * perhaps trailing headers. Signed chunks form a chain that begins at the request's signature, so
 * none can be changed, moved, dropped or taken from another request.
 *
 * Output is handed on before its chunk's signature is known to be right, for a chunk may be large:
 * whoever stores it makes nothing visible before the end.
 */
export interface ChunkedFraming {
  /** Of `x-amz-decoded-content-length`. */
  readonly decodedSize: number;
  /** Whether trailing headers may follow the last chunk. */
  readonly trailer: boolean;
  /** The names that `x-amz-trailer` announces, in lower case. */
  readonly trailerNames: readonly string[];
  /** When chunks are signed. */
  readonly seed?: ChunkSeed;
}

type State = 'header' | 'data' | 'data-end' | 'trailer' | 'end';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CHUNK_SIZE = /^[0-9a-fA-F]{1,16}$/;
const CHUNK_SIGNATURE = 'chunk-signature=';
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';
const NO_TRAILERS: ReadonlyMap<string, string> = new Map();
const TRAILER_NAME = /^[a-z0-9-]+$/;

export class ChunkDecoder implements BodyTransform {
  readonly #framing: ChunkedFraming;
  readonly #trailers = new Map<string, string>();
  #state: State = 'header';
  #input: Uint8Array = EMPTY_BYTES;
  #position = 0;
  /** A line of which the input so far holds only the beginning. */
  #line = '';
  #decodedSize = 0;
  #chunkSize = 0;
  #chunkRest = 0;
  #chunkSignature = '';
  #chunkHash: Hash | undefined;
  #previousSignature: string;
  #hasSmallChunk = false;
  #endSize = 0;
  #isComplete = false;

  constructor(framing: ChunkedFraming) {
    this.#framing = framing;
    this.#previousSignature = framing.seed?.signature ?? '';
  }

  /** Empty before the end of the body, at which they are known to be right. */
  get trailers(): ReadonlyMap<string, string> {
    return this.#isComplete ? this.#trailers : NO_TRAILERS;
  }

  feed(chunk: Uint8Array): void {
    this.#input = chunk;
    this.#position = 0;
  }

  next(): Uint8Array | undefined {
    while (this.#position < this.#input.byteLength) {
      if (this.#state === 'data') return this.#readData();
      if (this.#state === 'end') this.#readEnd();
      else if (this.#state === 'data-end') this.#readDataEnd();
      else if (!this.#readLine()) return undefined;
    }
    return undefined;
  }

  end(): void {
    if (this.#state !== 'end') throw incomplete('The request body terminated unexpectedly');
    if (this.#decodedSize !== this.#framing.decodedSize) throw wrongSize();
    const { trailerNames } = this.#framing;
    const isComplete = trailerNames.every((name) => this.#trailers.has(name));
    if (!isComplete) throw malformedTrailer();
    this.#isComplete = true;
  }

  #readData(): Uint8Array {
    const size = Math.min(this.#chunkRest, this.#input.byteLength - this.#position);
    const piece = this.#input.subarray(this.#position, this.#position + size);
    this.#position += size;
    this.#chunkRest -= size;
    if (this.#framing.seed !== undefined) this.#digest(piece);
    if (this.#chunkRest === 0) this.#state = 'data-end';
    return piece;
  }

  /** A chunk that came in one piece, as most do, is hashed in one go. */
  #digest(piece: Uint8Array): void {
    if (piece.byteLength === this.#chunkSize) {
      this.#checkChunk(hashOnce('sha256', piece));
      return;
    }
    this.#chunkHash ??= createHash('sha256');
    this.#chunkHash.update(piece);
    if (this.#chunkRest > 0) return;
    const digest = this.#chunkHash.digest('hex');
    this.#chunkHash = undefined;
    this.#checkChunk(digest);
  }

  #checkChunk(sha256: string): void {
    const seed = this.#framing.seed;
    if (seed === undefined) return;
    const toSign = chunkStringToSign(seed, this.#previousSignature, sha256);
    if (!isSameSignature(hmac(seed.key, toSign, 'hex'), this.#chunkSignature)) throw mismatch();
    this.#previousSignature = this.#chunkSignature;
  }

  /** Exactly `\r\n`; `#endSize` counts what of it has been read. */
  #readDataEnd(): void {
    const expected = this.#endSize === 0 ? CARRIAGE_RETURN : LINE_FEED;
    if (this.#input[this.#position] !== expected) throw malformedChunk();
    this.#position += 1;
    this.#endSize += 1;
    if (this.#endSize < 2) return;
    this.#endSize = 0;
    this.#state = 'header';
  }

  #readEnd(): void {
    const byte = this.#input[this.#position];
    this.#endSize += 1;
    if ((byte !== CARRIAGE_RETURN && byte !== LINE_FEED) || this.#endSize > BODY_END_SIZE_MAX) {
      throw malformedChunk();
    }
    this.#position += 1;
  }

  /** Takes one line from the input; false when its end has not come yet. */
  #readLine(): boolean {
    const sizeMax = this.#state === 'header' ? CHUNK_HEADER_SIZE_MAX : TRAILER_LINE_SIZE_MAX;
    const window = this.#input.subarray(this.#position, this.#position + sizeMax + 1);
    const feed = window.indexOf(LINE_FEED);
    const part = feed === -1 ? window : window.subarray(0, feed);
    this.#line += asBuffer(part).toString('latin1');
    if (this.#line.length > sizeMax) {
      throw this.#state === 'header' ? malformedChunk() : malformedTrailer();
    }
    this.#position += part.byteLength + (feed === -1 ? 0 : 1);
    if (feed === -1) return false;
    const line = this.#line;
    this.#line = '';
    if (this.#state === 'header') this.#startChunk(line);
    else this.#takeTrailer(line.endsWith('\r') ? line.slice(0, -1) : line);
    return true;
  }

  #startChunk(line: string): void {
    if (!line.endsWith('\r')) throw malformedChunk();
    const semicolon = line.indexOf(';');
    const digits = semicolon === -1 ? line.slice(0, -1) : line.slice(0, semicolon);
    const extension = semicolon === -1 ? '' : line.slice(semicolon + 1, -1);
    if (!CHUNK_SIZE.test(digits)) throw malformedChunk();
    const size = Number.parseInt(digits, 16);
    if (this.#framing.seed !== undefined) {
      if (!extension.startsWith(CHUNK_SIGNATURE)) throw mismatch();
      this.#chunkSignature = extension.slice(CHUNK_SIGNATURE.length);
    }
    this.#decodedSize += size;
    if (this.#decodedSize > this.#framing.decodedSize) throw wrongSize();
    if (size === 0) {
      this.#checkChunk(EMPTY_SHA256_HEX);
      this.#state = this.#framing.trailer ? 'trailer' : 'end';
      return;
    }
    if (this.#hasSmallChunk) throw smallChunk();
    this.#hasSmallChunk = size < CHUNK_SIZE_MIN;
    this.#chunkSize = size;
    this.#chunkRest = size;
    this.#state = 'data';
  }

  #takeTrailer(line: string): void {
    const isSigned = this.#framing.seed !== undefined;
    if (line === '') {
      // Between signed trailers and their signature some clients leave a line empty.
      this.#endSize += 1;
      if (!isSigned) this.#finish();
      else if (this.#endSize > BODY_END_SIZE_MAX) throw malformedTrailer();
      return;
    }
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (isSigned && name === TRAILER_SIGNATURE) {
      this.#checkTrailers(value);
      this.#finish();
      return;
    }
    if (!TRAILER_NAME.test(name) || this.#trailers.has(name)) throw malformedTrailer();
    if (this.#trailers.size === TRAILERS_MAX || !this.#framing.trailerNames.includes(name)) {
      throw malformedTrailer();
    }
    this.#trailers.set(name, value);
  }

  #finish(): void {
    this.#endSize = 0;
    this.#state = 'end';
  }

  #checkTrailers(signature: string): void {
    const seed = this.#framing.seed;
    if (seed === undefined) return;
    const toSign = trailerStringToSign(seed, this.#previousSignature, this.#trailers);
    if (!isSameSignature(hmac(seed.key, toSign, 'hex'), signature)) throw mismatch();
  }
}

function incomplete(message: string): SignatureError {
  return new SignatureError('IncompleteBody', message);
}

function wrongSize(): SignatureError {
  return incomplete(
    'You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header',
  );
}

function malformedChunk(): SignatureError {
  return incomplete('The aws-chunked encoding of the request body is malformed');
}

function malformedTrailer(): SignatureError {
  return new SignatureError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
}

function smallChunk(): SignatureError {
  return new SignatureError(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${CHUNK_SIZE_MIN} bytes`,
  );
}

function mismatch(): SignatureError {
  return new SignatureError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}
