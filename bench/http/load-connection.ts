import { connect, type Socket } from 'node:net';
import { AnswerReader } from './answer-reader.ts';
import type { LoadSpec } from './load-spec.ts';
import type { PreparedRequests } from './signed-requests.ts';

const READ_SIZE = 256 * 1024;

/** What all connections of a window share. */
export interface Window {
  readonly spec: LoadSpec;
  readonly requests: PreparedRequests;
  /** The next request's index, or undefined when the window is over. */
  next(): number | undefined;
  answered(elapsedMs: number, bytes: number): void;
  failed(message: string): void;
}

/** One kept-alive connection that sends a request as soon as the last one was answered. */
export class LoadConnection {
  readonly #window: Window;
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  readonly #ended = Promise.withResolvers<void>();
  #sentAt = 0;
  #isWaiting = false;
  /** Bytes of the current request's large body that are still to be sent. */
  #left = 0;

  private constructor(window: Window) {
    this.#window = window;
    const { spec } = window;
    this.#reader = new AnswerReader({
      isHead: spec.method === 'HEAD',
      keepsBody: spec.expectText !== undefined,
    });
    this.#socket = connect({
      host: spec.host,
      port: spec.port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_SIZE),
        callback: (size, buffer) => {
          this.#receive(Buffer.from(buffer.buffer, buffer.byteOffset, size));
          return true;
        },
      },
    });
    this.#socket.on('drain', () => this.#sendBody());
    this.#socket.on('close', () => this.#close('The server closed the connection'));
    this.#socket.on('error', (error) => this.#close(error.message));
  }

  static async open(window: Window): Promise<LoadConnection> {
    const connection = new LoadConnection(window);
    await new Promise<void>((resolve, reject) => {
      connection.#socket.once('connect', resolve);
      connection.#socket.once('error', reject);
    });
    return connection;
  }

  /** Sends until the window is over. */
  run(): Promise<void> {
    this.#send();
    return this.#ended.promise;
  }

  #send(): void {
    const { requests } = this.#window;
    const index = this.#window.next();
    const head = index === undefined ? undefined : requests.heads[index];
    if (head === undefined) {
      this.#ended.resolve();
      this.#socket.destroy();
      return;
    }
    this.#isWaiting = true;
    this.#sentAt = performance.now();
    this.#socket.write(head);
    if (requests.piece === undefined) return;
    this.#left = requests.bodySize;
    this.#sendBody();
  }

  #sendBody(): void {
    const { piece } = this.#window.requests;
    if (piece === undefined) return;
    while (this.#left > 0) {
      const size = Math.min(this.#left, piece.byteLength);
      this.#left -= size;
      if (!this.#socket.write(size === piece.byteLength ? piece : piece.subarray(0, size))) return;
    }
  }

  #receive(bytes: Buffer): void {
    try {
      if (!this.#reader.take(bytes)) return;
    } catch (error) {
      this.#close((error as Error).message);
      return;
    }
    this.#isWaiting = false;
    const fault = this.#fault();
    const { requests } = this.#window;
    if (fault === undefined) {
      const elapsedMs = performance.now() - this.#sentAt;
      this.#window.answered(elapsedMs, this.#reader.size + requests.bodySize);
    } else {
      this.#window.failed(fault);
      // What is left of a refused body would be taken for the next request.
      if (this.#left > 0) return this.#close(fault);
    }
    this.#send();
  }

  #fault(): string | undefined {
    const { spec } = this.#window;
    const { status, size } = this.#reader;
    if (status !== spec.expectStatus) return `${spec.method} was answered ${status}`;
    if (spec.expectSize !== undefined && size !== spec.expectSize) {
      return `${spec.method} brought ${size} bytes instead of ${spec.expectSize}`;
    }
    if (spec.expectText === undefined) return undefined;
    const { text, count } = spec.expectText;
    const found = occurrences(this.#reader.body, text);
    return found === count ? undefined : `${text} came ${found} times instead of ${count}`;
  }

  #close(message: string): void {
    if (this.#isWaiting) this.#window.failed(message);
    this.#isWaiting = false;
    this.#left = 0;
    this.#socket.destroy();
    this.#ended.resolve();
  }
}

function occurrences(bytes: Buffer, text: string): number {
  const sought = Buffer.from(text);
  let count = 0;
  for (let at = bytes.indexOf(sought); at !== -1; at = bytes.indexOf(sought, at + 1)) count += 1;
  return count;
}
