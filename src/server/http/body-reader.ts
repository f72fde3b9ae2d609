import { ChunkedDecoder } from './chunked-decoder.ts';
import { DISCARD_SIZE_MAX } from './limits.ts';
import { StreamedBody, type BodySource } from './streamed-body.ts';

/** The chunked coding of the body is broken. */
export const BODY_MALFORMED = -1;

/** Finds a body's end in what the connection reads, and hands the bytes to whoever reads it. */
export class BodyReader {
  readonly body: StreamedBody;
  readonly #chunked: ChunkedDecoder | undefined;
  /** Bytes of a body with a length that have not come. */
  #left: number;
  #isDropped = false;
  #droppedSize = 0;
  #isWhole = false;
  #hasRoom = true;

  /** `length` is undefined for a chunked body. */
  constructor(length: number | undefined, source: BodySource) {
    this.body = new StreamedBody(length, source);
    this.#left = length ?? 0;
    this.#chunked = length === undefined ? new ChunkedDecoder() : undefined;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Whether the bytes of the last `read` left room for more. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** Whether it pays to read the rest, only to keep the connection. */
  get isWorthDropping(): boolean {
    return this.#left <= DISCARD_SIZE_MAX && this.#droppedSize <= DISCARD_SIZE_MAX;
  }

  /** From now on bytes are read and dropped; whoever still reads the body learns it. */
  drop(): void {
    this.#isDropped = true;
    this.#hasRoom = true;
    this.body.abort('The request was answered before its body was whole');
  }

  /** The position behind what of the body is in `bytes` from `start` on, or `BODY_MALFORMED`. */
  read(bytes: Buffer, start: number): number {
    const chunked = this.#chunked;
    let end: number;
    if (chunked === undefined) {
      end = Math.min(bytes.byteLength, start + this.#left);
      this.#left -= end - start;
      this.#isWhole = this.#left === 0;
      this.#push(bytes, start, end);
    } else {
      if (!chunked.decode(bytes, start)) return BODY_MALFORMED;
      end = chunked.next;
      this.#isWhole = chunked.isDone;
      this.#push(bytes, chunked.dataStart, chunked.dataEnd);
    }
    if (this.#isDropped) this.#droppedSize += end - start;
    if (this.#isWhole) this.body.end();
    return end;
  }

  #push(bytes: Buffer, start: number, end: number): void {
    if (this.#isDropped || start === end) return;
    const isAll = start === 0 && end === bytes.byteLength;
    this.#hasRoom = this.body.push(isAll ? bytes : bytes.subarray(start, end));
  }
}
