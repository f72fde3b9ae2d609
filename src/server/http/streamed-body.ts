import { BodyAbortedError, type RequestBody } from '../../base/http.ts';
import { CHUNK_OVERHEAD, WAITING_SIZE_MAX, WAITING_SIZE_MAX_UNASKED } from './limits.ts';

type Result = IteratorResult<Uint8Array, undefined>;

/** What a body asks of the connection that it comes from. */
export interface BodySource {
  /** Someone asks for the first chunk: that is when `100 Continue` goes out. */
  bodyAsked(): void;
  /** There is room for more bytes. */
  bodyWanted(): void;
}

const DONE: Result = { done: true, value: undefined };

/** The body of a request that has none. */
export const EMPTY_BODY: RequestBody = {
  length: 0,
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(DONE) }),
};

/** A queue of chunks between a connection, which pushes, and whoever reads the request's body. */
export class StreamedBody implements RequestBody, AsyncIterator<Uint8Array, undefined> {
  readonly length: number | undefined;
  readonly #source: BodySource;
  #waiting: Uint8Array[] = [];
  #waitingSize = 0;
  #waiter: { resolve(result: Result): void; reject(error: Error): void } | undefined;
  #state: 'open' | 'whole' | 'dropped' = 'open';
  #error: BodyAbortedError | undefined;
  #isAsked = false;

  constructor(length: number | undefined, source: BodySource) {
    this.length = length;
    this.#source = source;
  }

  /** Whether anyone has asked for the bytes. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<Result> {
    if (!this.#isAsked) {
      this.#isAsked = true;
      // A body that was answered without being read must not speak for the request after it.
      if (this.#state === 'open' && this.#error === undefined) this.#source.bodyAsked();
    }
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) {
      const hadRoom = this.#hasRoom();
      this.#waitingSize -= chunk.byteLength + CHUNK_OVERHEAD;
      if (!hadRoom && this.#hasRoom()) this.#source.bodyWanted();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#state !== 'open') return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#source.bodyWanted();
    });
  }

  takeWhole(): Uint8Array | undefined {
    if (this.#isAsked || this.#state !== 'whole' || this.#waiting.length !== 1) return undefined;
    this.#isAsked = true;
    this.#waitingSize = 0;
    return this.#waiting.shift();
  }

  /** Whoever stops early leaves the rest to be read and dropped. */
  return(): Promise<Result> {
    this.#waiting = [];
    this.#waitingSize = 0;
    if (this.#state === 'open') {
      this.#state = 'dropped';
      this.#source.bodyWanted();
    }
    return Promise.resolve(DONE);
  }

  /** Takes a chunk from the connection; false when no more should come until it is wanted. */
  push(chunk: Uint8Array): boolean {
    if (this.#state !== 'open' || this.#error !== undefined) return true;
    const waiter = this.#waiter;
    if (waiter !== undefined) {
      this.#waiter = undefined;
      waiter.resolve({ done: false, value: chunk });
      return true;
    }
    this.#waiting.push(chunk);
    this.#waitingSize += chunk.byteLength + CHUNK_OVERHEAD;
    return this.#hasRoom();
  }

  /** The body is whole. */
  end(): void {
    if (this.#state !== 'open') return;
    this.#state = 'whole';
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
  }

  /** The rest of the body will not come: whoever reads on learns it, after what did come. */
  abort(reason: string): void {
    if (this.#state !== 'open' || this.#error !== undefined) return;
    this.#error = new BodyAbortedError(reason);
    this.#waiter?.reject(this.#error);
    this.#waiter = undefined;
  }

  #hasRoom(): boolean {
    return this.#waitingSize < (this.#isAsked ? WAITING_SIZE_MAX : WAITING_SIZE_MAX_UNASKED);
  }
}
