import { COLON, CR, LF, SEMICOLON, TOKEN, VALUE } from './characters.ts';
import { EXTENSIONS_SIZE_MAX, TRAILER_SIZE_MAX } from './limits.ts';

/** Thirteen hexadecimal digits are below 2^52, a whole number that is exact. */
const SIZE_DIGITS_MAX = 13;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
/** At the beginning of a trailer line, which is also where the body may end. */
const TRAILER = 6;
const TRAILER_NAME = 7;
const TRAILER_VALUE = 8;
const TRAILER_LF = 9;
const END_LF = 10;
const DONE = 11;

/**
 * Takes the chunked coding off (RFC 9112, section 7.1), whatever way its bytes are cut. Extensions
 * and trailers are checked, bounded and dropped.
 */
export class ChunkedDecoder {
  #state = SIZE;
  #left = 0;
  #digits = 0;
  #extensionsSize = 0;
  #trailerSize = 0;
  /** The data of the last call lie here in the bytes that were given to it. */
  dataStart = 0;
  dataEnd = 0;
  /** The first byte that the last call left alone. */
  next = 0;

  get isDone(): boolean {
    return this.#state === DONE;
  }

  /**
   * Decodes from `start` on. The data of all chunks are moved together in place, so that many
   * small chunks cost whoever reads the body no more than a few large ones. False when malformed.
   */
  decode(bytes: Buffer, start: number): boolean {
    let at = start;
    this.dataStart = start;
    this.dataEnd = start;
    while (at < bytes.byteLength && this.#state !== DONE) {
      if (this.#state === DATA) {
        const count = Math.min(this.#left, bytes.byteLength - at);
        this.#keep(bytes, at, count);
        at += count;
        this.#left -= count;
        if (this.#left === 0) this.#state = DATA_CR;
        continue;
      }
      if (!this.#step(bytes[at] ?? 0)) return false;
      at += 1;
    }
    this.next = at;
    return true;
  }

  #keep(bytes: Buffer, at: number, count: number): void {
    if (this.dataEnd === this.dataStart) {
      this.dataStart = at;
      this.dataEnd = at;
    } else if (this.dataEnd !== at) {
      bytes.copyWithin(this.dataEnd, at, at + count);
    }
    this.dataEnd += count;
  }

  /** Takes one byte of what is not data. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#takeSize(byte);
      case EXTENSION:
        if (byte === CR) return this.#to(SIZE_LF);
        this.#extensionsSize += 1;
        return VALUE[byte] === 1 && this.#extensionsSize <= EXTENSIONS_SIZE_MAX;
      case SIZE_LF:
        this.#digits = 0;
        return byte === LF && this.#to(this.#left === 0 ? TRAILER : DATA);
      case DATA_CR:
        return byte === CR && this.#to(DATA_LF);
      case DATA_LF:
        return byte === LF && this.#to(SIZE);
      case END_LF:
        return byte === LF && this.#to(DONE);
      default:
        return this.#takeTrailer(byte);
    }
  }

  #takeSize(byte: number): boolean {
    const digit = hexOf(byte);
    if (digit >= 0) {
      this.#digits += 1;
      this.#left = this.#left * 16 + digit;
      return this.#digits <= SIZE_DIGITS_MAX;
    }
    if (this.#digits === 0) return false;
    if (byte === CR) return this.#to(SIZE_LF);
    return byte === SEMICOLON && this.#to(EXTENSION);
  }

  #takeTrailer(byte: number): boolean {
    this.#trailerSize += 1;
    if (this.#trailerSize > TRAILER_SIZE_MAX) return false;
    switch (this.#state) {
      case TRAILER:
        if (byte === CR) return this.#to(END_LF);
        return TOKEN[byte] === 1 && this.#to(TRAILER_NAME);
      case TRAILER_NAME:
        if (byte === COLON) return this.#to(TRAILER_VALUE);
        return TOKEN[byte] === 1;
      case TRAILER_VALUE:
        if (byte === CR) return this.#to(TRAILER_LF);
        return VALUE[byte] === 1;
      default:
        return byte === LF && this.#to(TRAILER);
    }
  }

  #to(state: number): true {
    this.#state = state;
    return true;
  }
}

/** -1 for what is no hexadecimal digit. */
function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
