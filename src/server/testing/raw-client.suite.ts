import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** A client that sends exactly the bytes it is told to, and reads answers one by one. */
export class RawClient {
  readonly socket: Socket;
  #chunks: Buffer[] = [];
  #size = 0;
  #ended = false;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#size += chunk.byteLength;
      this.#wake?.();
    });
    for (const event of ['end', 'error', 'close']) {
      socket.on(event, () => {
        this.#ended = true;
        this.#wake?.();
      });
    }
  }

  /** Over TLS when there is an authority to trust. */
  static async open(port: number, ca?: string): Promise<RawClient> {
    const at = { port, host: '127.0.0.1' };
    const socket = ca === undefined ? connect(at) : connectTls({ ...at, ca });
    await once(socket, ca === undefined ? 'connect' : 'secureConnect');
    return new RawClient(socket);
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** What has come and was not read yet. */
  get waiting(): string {
    return this.#joined().toString('latin1');
  }

  /** The next answer, of which HEAD has no body. */
  async answer(isHead = false): Promise<RawAnswer> {
    await this.#until(() => this.#joined().includes(HEAD_END));
    const received = this.#joined();
    const end = received.indexOf(HEAD_END);
    assert.ok(end >= 0, `no answer but ${JSON.stringify(this.waiting)}`);
    const [line = '', ...fields] = received.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
      }),
    );
    const status = Number(line.split(' ')[1]);
    const hasBody = !isHead && status >= 200 && status !== 204 && status !== 304;
    const length = hasBody ? Number(headers.get('content-length') ?? 0) : 0;
    const start = end + HEAD_END.length;
    await this.#until(() => this.#size >= start + length);
    const whole = this.#joined();
    const body = whole.subarray(start, start + length);
    this.#keep(whole.subarray(start + length));
    return { status, headers, body };
  }

  /** Waits until the server has closed its side. */
  async ended(): Promise<void> {
    await this.#until(() => false);
  }

  close(): void {
    this.socket.destroy();
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#keep(Buffer.concat(this.#chunks));
    return this.#chunks[0] ?? Buffer.of();
  }

  #keep(bytes: Buffer): void {
    this.#chunks = [bytes];
    this.#size = bytes.byteLength;
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue() && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
