import type { Socket } from 'node:net';
import {
  BodyAbortedError,
  Headers,
  type ByteSource,
  type HttpRequest,
  type HttpResponse,
} from '../../base/http.ts';
import { fillFrom, pumpSource } from '../send-source.ts';
import { answerHead, asksToClose } from './answer-head.ts';
import { CR } from './characters.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import type { Front } from './front.ts';
import { DISCARD_SIZE_MAX, LINGER_IDLE_MS, LINGER_MS } from './limits.ts';
import { fitsOneWrite, returnOutput, takeOutput, writeOutput } from './output-buffers.ts';
import {
  findHeadEnd,
  HEAD_INCOMPLETE,
  HEAD_MALFORMED,
  parseHead,
  type Head,
} from './parse-head.ts';
import { refusalAnswer, type Refusal } from './refusal.ts';
import { EMPTY_BODY, StreamedBody, type BodySource } from './streamed-body.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
/** The first room for a header section that comes in several packets. */
const ROOM_SIZE_MIN = 2048;

/** Serves the requests of an open socket, TLS or not, one after the other until it closes. */
export function serveConnection(socket: Socket, front: Front): void {
  front.connections.add(new Connection(socket, front));
}

/**
 * One connection: reads a request, hands it up, answers it, and only then reads the next one.
 * Whatever comes in the meantime waits in `#held` with the socket paused, so that a client can
 * make us keep no more than one read of its socket beside the body that someone reads.
 */
export class Connection implements BodySource {
  readonly #socket: Socket;
  readonly #front: Front;
  readonly #remoteAddress: string;
  readonly #secure: boolean;

  /** What the next byte belongs to; `nothing` when the connection only lingers or is closed. */
  #reads: 'head' | 'body' | 'nothing' = 'head';
  /** Bytes of a header section that is not whole, or those behind the request in work. */
  #held: Buffer | undefined;
  /** The memory of `#held` when it was put together from packets; it has room for more. */
  #room: Buffer | undefined;
  /** Bytes of `#held` in which no end of a header section is. */
  #scanned = 0;
  #headSinceMs = -1;

  #body: StreamedBody | undefined;
  #chunked: ChunkedDecoder | undefined;
  /** Bytes of a body with a length that have not come. */
  #left = 0;
  /** Whether the body's bytes are read only to be dropped, and how many were. */
  #discards = false;
  #discarded = 0;

  /** From the request's header section until its answer is written. */
  #head: Head | undefined;
  #keepsAlive = true;
  #awaitsContinue = false;
  #isAnswering = false;
  #inputEnded = false;

  #activeAtMs: number;
  /** As of the last look: a long answer is a connection on which something moves. */
  #bytesWritten = 0;
  #lingersSinceMs = 0;

  constructor(socket: Socket, front: Front) {
    this.#socket = socket;
    this.#front = front;
    this.#activeAtMs = front.elapsedMs;
    this.#remoteAddress = socket.remoteAddress ?? '';
    this.#secure = 'encrypted' in socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#inputEnd());
    // What went wrong with the socket does not matter: `close` follows.
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  /** Whether no request has begun. */
  get isIdle(): boolean {
    return this.#reads === 'head' && this.#head === undefined && !this.#hasBegun();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Closes what has taken too long. */
  expire(): void {
    const { elapsedMs, limits } = this.#front;
    const quietMs = elapsedMs - this.#activeAtMs;
    if (this.#reads === 'nothing') {
      if (quietMs < LINGER_IDLE_MS && elapsedMs - this.#lingersSinceMs < LINGER_MS) return;
      this.#socket.destroy();
    } else if (this.#head !== undefined || this.#reads === 'body') {
      const { bytesWritten } = this.#socket;
      if (bytesWritten !== this.#bytesWritten) {
        this.#bytesWritten = bytesWritten;
        this.#activeAtMs = elapsedMs;
      } else if (quietMs >= limits.idleTimeoutMs) this.#socket.destroy();
    } else if (this.#hasBegun()) {
      if (elapsedMs - this.#headSinceMs >= limits.headersTimeoutMs) this.#refuse('timeout');
    } else if (quietMs >= limits.keepAliveTimeoutMs) {
      this.#socket.destroy();
    }
  }

  bodyAsked(): void {
    if (!this.#awaitsContinue) return;
    this.#awaitsContinue = false;
    if (this.#reads === 'body' && !this.#socket.destroyed) this.#socket.write(CONTINUE, 'latin1');
  }

  bodyWanted(): void {
    // What waits behind a request in work must wait on; the beginning of the next one must not.
    if (this.#held !== undefined && this.#head !== undefined) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #receive(chunk: Buffer): void {
    this.#activeAtMs = this.#front.elapsedMs;
    if (this.#reads === 'nothing') return;
    if (this.#held === undefined) this.#advance(chunk);
    else this.#advance(this.#join(this.#held, chunk));
  }

  /** Reads as much of `bytes` as belongs to the request in work, or begins the next one. */
  #advance(bytes: Buffer): void {
    this.#held = undefined;
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#reads === 'body') at = this.#readBody(bytes, at);
      else if (this.#reads === 'head' && this.#head === undefined) {
        const end = this.#readHead(bytes, at);
        if (end === HEAD_INCOMPLETE) break;
        at = end;
      } else break;
    }
    if (at === bytes.byteLength || this.#reads === 'nothing') {
      this.#room = undefined;
      return;
    }
    if (at > 0) this.#room = undefined;
    this.#held = at > 0 ? bytes.subarray(at) : bytes;
    if (this.#head !== undefined) this.#socket.pause();
  }

  /** The held bytes with those that came. Doubling keeps a head that comes byte by byte linear. */
  #join(held: Buffer, chunk: Buffer): Buffer {
    const size = held.byteLength + chunk.byteLength;
    if (this.#room === undefined || size > this.#room.byteLength) {
      this.#room = Buffer.allocUnsafeSlow(Math.max(2 * size, ROOM_SIZE_MIN));
      this.#room.set(held);
    }
    this.#room.set(chunk, held.byteLength);
    return this.#room.subarray(0, size);
  }

  /** The position behind the header section at `start`, or `HEAD_INCOMPLETE`. */
  #readHead(bytes: Buffer, start: number): number {
    const { headSizeMax } = this.#front.limits;
    const last = Math.min(bytes.byteLength, start + headSizeMax);
    const end = findHeadEnd(bytes, start, start + this.#scanned, last);
    if (end === HEAD_INCOMPLETE) {
      if (bytes.byteLength - start >= headSizeMax) return this.#refuse('headTooLarge');
      this.#scanned = last - start;
      if (this.#headSinceMs < 0) this.#headSinceMs = this.#front.elapsedMs;
      return HEAD_INCOMPLETE;
    }
    this.#scanned = 0;
    this.#headSinceMs = -1;
    if (end === HEAD_MALFORMED) return this.#refuse('malformed');
    const head = parseHead(bytes.toString('latin1', start, end));
    if (typeof head === 'string') return this.#refuse(head);
    this.#begin(head, end < bytes.byteLength);
    return end;
  }

  #begin(head: Head, hasMore: boolean): void {
    const { length } = head;
    this.#head = head;
    this.#keepsAlive = head.keepsAlive;
    this.#discards = false;
    this.#discarded = 0;
    this.#body = length === 0 ? undefined : new StreamedBody(length, this);
    if (this.#body !== undefined) {
      this.#reads = 'body';
      this.#left = length ?? 0;
      this.#chunked = length === undefined ? new ChunkedDecoder() : undefined;
      // A client that has begun to send the body does not wait for anything.
      this.#awaitsContinue = head.expectsContinue && !hasMore;
    }
    const request: HttpRequest = {
      method: head.method,
      target: head.target,
      headers: new Headers(head.fields),
      body: this.#body ?? EMPTY_BODY,
      remoteAddress: this.#remoteAddress,
      secure: this.#secure,
    };
    let answer: Promise<HttpResponse>;
    try {
      answer = this.#front.options.handle(request);
    } catch (error) {
      answer = Promise.reject(error);
    }
    answer.then(
      (value) => this.#answer(head, value),
      (error: unknown) => this.#failed(head, error),
    );
  }

  /** The position behind what of the body is in `bytes`. */
  #readBody(bytes: Buffer, start: number): number {
    const chunked = this.#chunked;
    if (chunked === undefined) {
      const end = Math.min(bytes.byteLength, start + this.#left);
      this.#left -= end - start;
      this.#takeBody(bytes, start, end);
      if (this.#left === 0) this.#endBody();
      return end;
    }
    if (!chunked.decode(bytes, start)) return this.#refuse('malformed');
    if (chunked.dataEnd > chunked.dataStart) {
      this.#takeBody(bytes, chunked.dataStart, chunked.dataEnd);
    }
    if (this.#discards) this.#discarded += chunked.next - start;
    if (chunked.isDone) this.#endBody();
    else if (this.#discarded > DISCARD_SIZE_MAX) this.#linger();
    return chunked.next;
  }

  #takeBody(bytes: Buffer, start: number, end: number): void {
    if (this.#discards || this.#body === undefined) return;
    const isWhole = start === 0 && end === bytes.byteLength;
    if (!this.#body.push(isWhole ? bytes : bytes.subarray(start, end))) this.#socket.pause();
  }

  #endBody(): void {
    this.#reads = 'head';
    this.#chunked = undefined;
    this.#body?.end();
    // The request was answered long ago, and the answer said that it was not the last.
    if (this.#head === undefined && this.#front.isClosing) this.#linger();
  }

  /** Whether a part of a header section waits; an empty line before it is none. */
  #hasBegun(): boolean {
    if (this.#held === undefined) return false;
    return this.#held.byteLength > 2 || this.#held[0] !== CR;
  }

  /** Answers the request in work. Small answers are written before this returns. */
  #answer(head: Head, answer: HttpResponse): void {
    const { status, headers, body } = answer;
    const source = body === undefined || body instanceof Uint8Array ? undefined : body;
    if (this.#head !== head) return source?.close();
    this.#isAnswering = true;
    const isUsable = this.#leaveBody();
    this.#keepsAlive &&= isUsable && !this.#inputEnded && !this.#front.isClosing;
    this.#keepsAlive &&= !asksToClose(headers);
    const isHead = head.method === 'HEAD';
    const hasBody = !isHead && status !== 204 && status !== 304;
    const size = source?.length ?? (body as Uint8Array | undefined)?.byteLength ?? 0;
    // The length of a source is known even when it is not sent; other lengths the headers say.
    const length = hasBody || (source !== undefined && status !== 204) ? size : undefined;
    const mayStateLength = length === undefined && status !== 204;
    const tail = this.#front.answerTail(this.#keepsAlive);
    let text: string;
    try {
      text = answerHead(status, headers, { length, mayStateLength, tail });
    } catch (error) {
      source?.close();
      this.#isAnswering = false;
      this.#front.report('Answer cannot be sent', error);
      this.#refuse('internal');
      return;
    }
    if (hasBody && source !== undefined) {
      void this.#sendSource(text, source);
      return;
    }
    source?.close();
    this.#sendBytes(text, hasBody ? (body as Uint8Array | undefined) : undefined);
    this.#sent();
  }

  /** Gives up what nobody has read of the body. False when the connection is of no more use. */
  #leaveBody(): boolean {
    if (this.#reads !== 'body') return true;
    this.#discards = true;
    this.#body?.abort('The request was answered before its body was whole');
    this.bodyWanted();
    // Whoever still waits for `100 Continue` may or may not send the body: only closing is safe.
    if (this.#awaitsContinue) return false;
    return this.#chunked !== undefined || this.#left <= DISCARD_SIZE_MAX;
  }

  #sendBytes(text: string, body: Uint8Array | undefined): void {
    const size = body?.byteLength ?? 0;
    if (fitsOneWrite(text, size)) {
      const output = takeOutput();
      const start = output.write(text, 'latin1');
      if (body !== undefined) output.set(body, start);
      writeOutput(this.#socket, output, start + size);
      return;
    }
    this.#socket.cork();
    this.#socket.write(text, 'latin1');
    if (body !== undefined) this.#socket.write(body);
    this.#socket.uncork();
  }

  async #sendSource(text: string, source: ByteSource): Promise<void> {
    try {
      if (fitsOneWrite(text, source.length)) {
        const output = takeOutput();
        const start = output.write(text, 'latin1');
        const size = start + source.length;
        await fillFrom(source, output.subarray(start, size));
        if (this.#socket.destroyed) returnOutput(output);
        else writeOutput(this.#socket, output, size);
      } else {
        await pumpSource(source, this.#socket, text);
      }
      this.#sent();
    } catch (error) {
      if (this.#socket.destroyed) return;
      this.#front.report('Answer could not be sent', error);
      this.#socket.destroy();
    } finally {
      source.close();
    }
  }

  /** Goes on when the client has taken most of the answer: answers never pile up here. */
  #sent(): void {
    const { writableLength, writableHighWaterMark } = this.#socket;
    if (writableLength < writableHighWaterMark) this.#next();
    else this.#socket.once('drain', () => this.#next());
  }

  #next(): void {
    if (this.#reads === 'nothing') return;
    this.#activeAtMs = this.#front.elapsedMs;
    this.#isAnswering = false;
    this.#head = undefined;
    this.#body = undefined;
    if (!this.#keepsAlive || this.#inputEnded || this.#front.isClosing) {
      this.#linger();
      return;
    }
    if (this.#held !== undefined) this.#advance(this.#held);
    this.bodyWanted();
  }

  #failed(head: Head, error: unknown): void {
    if (this.#head !== head) return;
    if (this.#inputEnded && error instanceof BodyAbortedError) {
      this.#refuse('malformed');
      return;
    }
    this.#front.report('Request could not be answered', error);
    this.#socket.destroy();
  }

  /** Answers instead of whoever is above, and closes. Returns 0 as a position, never read. */
  #refuse(refusal: Refusal): number {
    if (this.#reads === 'nothing') return 0;
    this.#body?.abort('The framing of the body is broken');
    if (this.#isAnswering) {
      // Half of another answer is on its way: nothing can be said any more.
      this.#socket.destroy();
      return 0;
    }
    // What is left of an answered request gets no second answer, which would be taken for the next.
    if (this.#reads === 'body' && this.#head === undefined) return this.#linger();
    this.#socket.write(refusalAnswer(refusal), 'latin1');
    return this.#linger();
  }

  /** Closes for writing, and reads on for a while so that the client gets to read the answer. */
  #linger(): number {
    this.#stop();
    this.#lingersSinceMs = this.#front.elapsedMs;
    this.#socket.end();
    if (this.#socket.isPaused()) this.#socket.resume();
    return 0;
  }

  #stop(): void {
    this.#reads = 'nothing';
    this.#head = undefined;
    this.#held = undefined;
    this.#room = undefined;
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    this.#activeAtMs = this.#front.elapsedMs;
    if (this.#reads === 'nothing') return;
    if (this.#reads === 'body') this.#body?.abort('The connection ended within the body');
    if (this.#head !== undefined) return;
    if (this.#hasBegun()) this.#refuse('malformed');
    else this.#linger();
  }

  #closed(): void {
    this.#stop();
    this.#body?.abort('The connection ended within the body');
    this.#front.connections.delete(this);
  }
}
