import type { IncomingMessage } from 'node:http';
import { BodyAbortedError, type RequestBody } from '../base/http.ts';

/** Bytes that may wait here unread before the connection is paused. */
const WAITING_SIZE_MAX = 256 * 1024;

type Waiter = {
  resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  reject: (error: Error) => void;
};

const DONE: IteratorResult<Uint8Array, undefined> = { done: true, value: undefined };

/**
 * A request's body as chunks. The stream's own iterator costs more than the rest of a small put,
 * so that chunks pass through a queue of our own. Nothing flows before the first chunk is asked for.
 */
export class IncomingBody implements RequestBody, AsyncIterator<Uint8Array, undefined> {
  readonly length: number | undefined;
  readonly #message: IncomingMessage;
  readonly #beforeFirst: () => void;
  readonly #waiting: Uint8Array[] = [];
  #waitingSize = 0;
  #waiter: Waiter | undefined;
  #ended = false;
  #error: Error | undefined;
  #started = false;

  /** `beforeFirst` runs when the first chunk is asked for: that is when `100 Continue` goes out. */
  constructor(message: IncomingMessage, beforeFirst: () => void) {
    this.#message = message;
    this.#beforeFirst = beforeFirst;
    const { 'transfer-encoding': coding, 'content-length': length } = message.headers;
    this.length = coding === undefined ? Number(length ?? 0) : undefined;
  }

  /** Whether anyone has asked for the bytes. */
  get started(): boolean {
    return this.#started;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#started) this.#start();
    const chunk = this.#waiting.shift();
    if (chunk !== undefined) {
      this.#waitingSize -= chunk.byteLength;
      if (this.#message.isPaused() && this.#waitingSize < WAITING_SIZE_MAX) this.#message.resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Whoever stops early leaves the rest to be read and dropped, so that the answer can be heard. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#waiting.length = 0;
    this.#waitingSize = 0;
    this.#ended = true;
    this.#message.removeAllListeners('data');
    this.#message.resume();
    return Promise.resolve(DONE);
  }

  #start(): void {
    this.#started = true;
    if (this.length === 0) {
      this.#ended = true;
      return;
    }
    this.#beforeFirst();
    this.#message.on('data', (chunk: Uint8Array) => this.#take(chunk));
    this.#message.on('end', () => this.#end());
    this.#message.on('error', (error) => this.#fail(error));
    this.#message.on('close', () => this.#close());
  }

  #take(chunk: Uint8Array): void {
    if (this.#waiter !== undefined) {
      const { resolve } = this.#waiter;
      this.#waiter = undefined;
      resolve({ done: false, value: chunk });
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingSize += chunk.byteLength;
    if (this.#waitingSize >= WAITING_SIZE_MAX) this.#message.pause();
  }

  #end(): void {
    this.#ended = true;
    this.#waiter?.resolve(DONE);
    this.#waiter = undefined;
  }

  #close(): void {
    if (!this.#ended) this.#fail(new BodyAbortedError('The connection ended within the body'));
  }

  #fail(error: Error): void {
    if (this.#ended || this.#error !== undefined) return;
    this.#error = error instanceof BodyAbortedError ? error : new BodyAbortedError(error.message);
    this.#waiter?.reject(this.#error);
    this.#waiter = undefined;
  }
}
