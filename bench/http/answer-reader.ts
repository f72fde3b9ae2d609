/** Longest header section of an answer; the client buffers no more than that. */
const HEAD_SIZE_MAX = 16 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

type State = 'head' | 'sized' | 'chunkSize' | 'chunk' | 'chunkEnd' | 'trailer';

/**
 * Reads one HTTP/1.1 answer after the other from a connection and keeps of them what is checked:
 * status, size, and, when asked for, the body.
 */
export class AnswerReader {
  readonly #isHead: boolean;
  readonly #keepsBody: boolean;
  #state: State = 'head';
  /** The beginning of a header section or line that has not come whole. */
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;
  #body: Buffer[] = [];
  status = 0;
  size = 0;

  constructor(options: { readonly isHead: boolean; readonly keepsBody: boolean }) {
    this.#isHead = options.isHead;
    this.#keepsBody = options.keepsBody;
  }

  get body(): Buffer {
    return Buffer.concat(this.#body);
  }

  /** Takes bytes; true when an answer is whole. There is never more than one answer on the way. */
  take(chunk: Buffer): boolean {
    let bytes = chunk;
    while (bytes.byteLength > 0) {
      if (this.#state === 'sized' || this.#state === 'chunk') {
        bytes = this.#takeBody(bytes);
        if (this.#left > 0) return false;
        if (this.#state === 'sized') return this.#end();
        this.#state = 'chunkEnd';
        continue;
      }
      const mark = this.#state === 'head' ? HEAD_END : HEAD_END.subarray(0, 2);
      const whole = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
      const end = whole.indexOf(mark);
      if (end === -1) {
        if (whole.byteLength > HEAD_SIZE_MAX) throw new Error('An answer has no end of headers');
        this.#rest = Buffer.from(whole);
        return false;
      }
      this.#rest = Buffer.alloc(0);
      bytes = whole.subarray(end + mark.byteLength);
      if (this.#takeText(whole.toString('latin1', 0, end + 2))) return true;
    }
    return false;
  }

  #takeBody(bytes: Buffer): Buffer {
    const count = Math.min(this.#left, bytes.byteLength);
    if (this.#keepsBody) this.#body.push(Buffer.from(bytes.subarray(0, count)));
    this.#left -= count;
    this.size += count;
    return bytes.subarray(count);
  }

  #takeText(text: string): boolean {
    switch (this.#state) {
      case 'head':
        return this.#takeHead(text);
      case 'chunkSize':
        this.#left = Number.parseInt(text, 16);
        if (!(this.#left >= 0)) throw new Error('An answer has a malformed chunk');
        this.#state = this.#left === 0 ? 'trailer' : 'chunk';
        return false;
      case 'chunkEnd':
        this.#state = 'chunkSize';
        return false;
      case 'trailer':
        return text === '\r\n' && this.#end();
      default:
        throw new Error(`No text is expected in ${this.#state}`);
    }
  }

  #takeHead(head: string): boolean {
    this.status = Number(head.slice(9, 12));
    this.size = 0;
    this.#body = [];
    if (this.status === 100) return false;
    if (this.#isHead || this.status === 204 || this.status === 304) return true;
    const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head);
    if (length !== null) {
      this.#left = Number(length[1]);
      if (this.#left === 0) return true;
      this.#state = 'sized';
      return false;
    }
    if (!/\r\ntransfer-encoding: *chunked\r\n/i.test(head)) {
      throw new Error('An answer has no length');
    }
    this.#state = 'chunkSize';
    return false;
  }

  #end(): true {
    this.#state = 'head';
    return true;
  }
}
