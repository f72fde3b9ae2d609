import type { Socket } from 'node:net';
import {
  BodyAbortedError,
  Headers,
  type ByteSource,
  type HttpRequest,
  type HttpResponse,
} from '../../base/http.ts';
import { answerHead, asksToClose } from './answer-head.ts';
import { BODY_MALFORMED, BodyReader } from './body-reader.ts';
import { CR, METHOD } from './characters.ts';
import type { Front } from './front.ts';
import { Gathered } from './gathered.ts';
import { LINGER_IDLE_MS, LINGER_MS } from './limits.ts';
import {
  findHeadEnd,
  HEAD_INCOMPLETE,
  HEAD_MALFORMED,
  parseHead,
  type Head,
} from './parse-head.ts';
import { refusalAnswer, type Refusal } from './refusal.ts';
import { tlsVersionOf } from '../tls.ts';
import { EMPTY_BODY, type BodySource } from './streamed-body.ts';
import { writeAnswer, writeSourceAnswer } from './write-answer.ts';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
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
  readonly #tlsVersion: string | undefined;

  /** What the next byte belongs to; `nothing` when the connection only lingers or is closed. */
  #reads: 'head' | 'body' | 'nothing' = 'head';
  /** Bytes of a header section that is not whole, or those behind the request in work. */
  readonly #held = new Gathered();
  /** Bytes that wait in which no end of a header section is. */
  #scanned = 0;
  #headSinceMs = -1;
  /** Of the last request with a body. */
  #body: BodyReader | undefined;

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
    this.#tlsVersion = tlsVersionOf(socket);
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
    if (this.#held.bytes !== undefined && this.#head !== undefined) return;
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  #receive(chunk: Buffer): void {
    this.#activeAtMs = this.#front.elapsedMs;
    if (this.#reads === 'nothing') return;
    this.#advance(this.#held.take(chunk));
  }

  /** Reads as much of `bytes` as belongs to the request in work, or begins the next one. */
  #advance(bytes: Buffer): void {
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
      this.#held.clear();
      return;
    }
    this.#held.keep(bytes, at);
    if (this.#head !== undefined) this.#socket.pause();
  }

  /** The position behind the header section at `start`, or `HEAD_INCOMPLETE`. */
  #readHead(bytes: Buffer, start: number): number {
    const { headSizeMax } = this.#front.limits;
    const last = Math.min(bytes.byteLength, start + headSizeMax);
    const end = findHeadEnd(bytes, start, start + this.#scanned, last);
    if (end === HEAD_INCOMPLETE) {
      if (bytes.byteLength - start >= headSizeMax) return this.#refuse('headTooLarge');
      // A client that speaks TLS to this port should learn it now, and not after a minute.
      const first = bytes[bytes[start] === CR ? start + 2 : start];
      if (first !== undefined && METHOD[first] !== 1) return this.#refuse('malformed');
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
    this.#awaitsContinue = false;
    this.#body = length === 0 ? undefined : new BodyReader(length, this);
    if (this.#body !== undefined) {
      this.#reads = 'body';
      // A client that has begun to send the body does not wait for anything.
      this.#awaitsContinue = head.expectsContinue && !hasMore;
    } else if (head.expectsContinue) {
      // There is nothing to wait for, but old botocore loses its place on a connection where a
      // final answer comes without the interim one that it asked for.
      this.#socket.write(CONTINUE, 'latin1');
    }
    const request: HttpRequest = {
      method: head.method,
      target: head.target,
      headers: new Headers(head.fields),
      body: this.#body?.body ?? EMPTY_BODY,
      remoteAddress: this.#remoteAddress,
      secure: this.#secure,
      tlsVersion: this.#tlsVersion,
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
    const body = this.#body;
    if (body === undefined) return this.#linger();
    const end = body.read(bytes, start);
    if (end === BODY_MALFORMED) return this.#refuse('malformed');
    if (body.isWhole) this.#endBody();
    else if (!body.isWorthDropping && this.#head === undefined) this.#linger();
    else if (!body.hasRoom) this.#socket.pause();
    return end;
  }

  #endBody(): void {
    this.#reads = 'head';
    // The request was answered long ago, and the answer said that it was not the last.
    if (this.#head === undefined && this.#front.isClosing) this.#linger();
  }

  /** Whether a part of a header section waits; an empty line before it is none. */
  #hasBegun(): boolean {
    const { bytes } = this.#held;
    return bytes !== undefined && (bytes.byteLength > 2 || bytes[0] !== CR);
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
    if (hasBody && source !== undefined && source.bytes === undefined) {
      void this.#sendSource(head, answer, text, source);
      return;
    }
    source?.close();
    const bytes = source === undefined ? (body as Uint8Array | undefined) : source.bytes;
    writeAnswer(this.#socket, text, hasBody ? bytes : undefined);
    this.#sent();
  }

  /** Gives up what nobody has read of the body. False when the connection is of no more use. */
  #leaveBody(): boolean {
    if (this.#reads !== 'body' || this.#body === undefined) return true;
    this.#body.drop();
    this.bodyWanted();
    // Whoever still waits for `100 Continue` may or may not send the body: only closing is safe.
    return !this.#awaitsContinue && this.#body.isWorthDropping;
  }

  async #sendSource(
    head: Head,
    { instead }: HttpResponse,
    text: string,
    source: ByteSource,
  ): Promise<void> {
    const { bytesWritten } = this.#socket;
    try {
      await writeSourceAnswer(this.#socket, text, source);
      this.#sent();
    } catch (error) {
      if (this.#socket.destroyed) return;
      const isBegun = this.#socket.bytesWritten > bytesWritten;
      if (instead !== undefined && !isBegun) return this.#answer(head, instead(error));
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
    // What is left of the body is still read.
    if (this.#reads !== 'body') this.#body = undefined;
    if (!this.#keepsAlive || this.#inputEnded || this.#front.isClosing) {
      this.#linger();
      return;
    }
    const { bytes } = this.#held;
    if (bytes !== undefined) this.#advance(bytes);
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
    this.#body?.body.abort('The framing of the body is broken');
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
    this.#held.clear();
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    this.#activeAtMs = this.#front.elapsedMs;
    if (this.#reads === 'nothing') return;
    if (this.#reads === 'body') this.#body?.body.abort('The connection ended within the body');
    if (this.#head !== undefined) return;
    if (this.#hasBegun()) this.#refuse('malformed');
    else this.#linger();
  }

  #closed(): void {
    this.#stop();
    this.#body?.body.abort('The connection ended within the body');
    this.#front.connections.delete(this);
  }
}
