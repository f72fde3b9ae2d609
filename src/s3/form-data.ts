import { isUtf8 } from 'node:buffer';
import { asBuffer, utf8 } from '../base/bytes.ts';
import { S3Error } from './errors.ts';

/** A form that uploads a file, read as far as the file's first byte. */
export interface UploadForm {
  /** The fields before the file, names in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  /** As the client said it, which may be a path; empty when it did not. */
  readonly fileName: string;
  /**
   * The file, to be read once. It throws S3Error when the body does not end as a form of one file
   * must, so that nothing is stored of a form that is broken behind its file.
   */
  readonly file: AsyncIterable<Uint8Array>;
  /** Must be called, read to the end or not. */
  close(): Promise<void>;
}

/** "The form data and boundaries (excluding the file contents) cannot exceed 20 KB." */
export const FORM_OVERHEAD_SIZE_MAX = 20 * 1024;
/** RFC 2046, section 5.1.1: "no longer than 70 characters". */
const BOUNDARY_LENGTH_MAX = 70;

const CR = 13;
const LINE_END = utf8('\r\n');
const HEADER_END = utf8('\r\n\r\n');

/**
 * Reads `multipart/form-data` (RFC 7578) without ever holding more than the fields: one pass, each
 * byte looked at a bounded number of times however the body is cut into chunks.
 */
export async function readUploadForm(
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<UploadForm> {
  const delimiter = utf8(`\r\n--${boundaryOf(contentType)}`);
  const source = new ChunkSource(body);
  try {
    // The first delimiter has no line before it; with one put there it looks like every other.
    source.unread(LINE_END);
    const head = new Window(source, FORM_OVERHEAD_SIZE_MAX + LINE_END.byteLength);
    const first = await head.find(delimiter, 0);
    // Some clients begin with an empty line, but a preamble no client of a form has.
    if (first > LINE_END.byteLength) throw malformed();
    const fields = new Map<string, string>();
    let position = first + delimiter.byteLength;
    for (;;) {
      const part = await readPart(head, position);
      if (part === undefined) throw new S3Error('IncorrectNumberOfFilesInPostRequest');
      if (part.name === 'file') {
        const overhead = head.giveBack(part.start);
        const file = readFile(source, delimiter, FORM_OVERHEAD_SIZE_MAX - overhead);
        return { fields, fileName: part.fileName, file, close: () => source.close() };
      }
      const end = await head.find(delimiter, part.start);
      addField(fields, part.name, head.text(part.start, end));
      position = end + delimiter.byteLength;
    }
  } catch (error) {
    await source.close();
    throw error;
  }
}

function addField(fields: Map<string, string>, name: string, value: string): void {
  // Which of the two the policy meant could not be told.
  if (fields.has(name)) {
    throw new S3Error(
      'InvalidArgument',
      { ArgumentName: name, ArgumentValue: value },
      `Bucket POST must contain at most one field named '${name}'.`,
    );
  }
  fields.set(name, value);
}

/** What follows the file's content must be a whole form still; its fields are passed over. */
async function* readFile(
  source: ChunkSource,
  delimiter: Uint8Array,
  overheadMax: number,
): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array | undefined;
  for (;;) {
    const chunk = await source.next();
    if (chunk === undefined) throw malformed();
    const bytes = held === undefined ? asBuffer(chunk) : Buffer.concat([held, chunk]);
    const end = bytes.indexOf(delimiter);
    if (end >= 0) {
      source.unread(new Uint8Array(bytes.subarray(end)));
      if (end > 0) yield bytes.subarray(0, end);
      break;
    }
    const free = bytes.byteLength - beginningOf(delimiter, bytes);
    // A copy, because the chunk is its reader's from now on.
    held = free === bytes.byteLength ? undefined : new Uint8Array(bytes.subarray(free));
    if (free > 0) yield bytes.subarray(0, free);
  }
  const tail = new Window(source, overheadMax);
  let position = (await tail.find(delimiter, 0)) + delimiter.byteLength;
  for (;;) {
    const part = await readPart(tail, position);
    if (part === undefined) break;
    if (part.name === 'file') throw new S3Error('IncorrectNumberOfFilesInPostRequest');
    position = (await tail.find(delimiter, part.start)) + delimiter.byteLength;
  }
  await tail.readToEnd();
}

/** How many bytes at the end of `bytes` may be the beginning of a delimiter. */
function beginningOf(delimiter: Uint8Array, bytes: Buffer): number {
  const from = Math.max(0, bytes.byteLength - delimiter.byteLength + 1);
  // A delimiter has one carriage return, which it begins with.
  const start = bytes.lastIndexOf(CR);
  if (start < from) return 0;
  const length = bytes.byteLength - start;
  return bytes.subarray(start).equals(delimiter.subarray(0, length)) ? length : 0;
}

interface Part {
  /** In lower case. */
  readonly name: string;
  readonly fileName: string;
  /** Where its content begins. */
  readonly start: number;
}

/** The part behind the delimiter that ends at `position`; undefined behind the last delimiter. */
async function readPart(window: Window, position: number): Promise<Part | undefined> {
  const lineEnd = await window.findEither('--', LINE_END, position);
  if (lineEnd === undefined) return undefined;
  // Blanks may stand between delimiter and line end (RFC 2046, section 5.1.1).
  if (window.text(position, lineEnd).trim() !== '') throw malformed();
  // From the line end on, because a part may have no headers at all.
  const end = await window.find(HEADER_END, lineEnd);
  const headers = window.text(lineEnd + LINE_END.byteLength, Math.max(end, lineEnd + 2));
  for (const line of headers.split('\r\n')) {
    const colon = line.indexOf(':');
    if (line.slice(0, Math.max(colon, 0)).trim().toLowerCase() !== 'content-disposition') continue;
    const parameters = parseParameters(line.slice(colon + 1));
    const name = parameters?.get('name');
    if (parameters?.get('') !== 'form-data' || name === undefined || name === '') throw malformed();
    return {
      name: name.toLowerCase(),
      fileName: parameters.get('filename') ?? '',
      start: end + HEADER_END.byteLength,
    };
  }
  throw malformed();
}

/** The value under the empty name, then `name=value` or `name="value"`, first ones counting. */
function parseParameters(text: string): Map<string, string> | undefined {
  const semicolon = text.indexOf(';');
  const first = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const parameters = new Map([['', first]]);
  let position = semicolon < 0 ? text.length : semicolon + 1;
  while (position < text.length) {
    const equals = text.indexOf('=', position);
    if (equals < 0) return text.slice(position).trim() === '' ? parameters : undefined;
    const name = text.slice(position, equals).trim().toLowerCase();
    let value: string;
    if (text[equals + 1] === '"') {
      const end = closingQuote(text, equals + 2);
      if (end < 0) return undefined;
      // Browsers send paths with single backslashes, so that only a quote is ever escaped.
      value = text.slice(equals + 2, end).replaceAll('\\"', '"');
      position = end + 1;
      const rest = text.indexOf(';', position);
      if (text.slice(position, rest < 0 ? text.length : rest).trim() !== '') return undefined;
      position = rest < 0 ? text.length : rest + 1;
    } else {
      const end = text.indexOf(';', equals);
      value = text.slice(equals + 1, end < 0 ? text.length : end).trim();
      position = end < 0 ? text.length : end + 1;
    }
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    if (text[at - 1] !== '\\' || at === from) return at;
  }
  return -1;
}

/** The characters that RFC 2046 gives a boundary. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]$/;

function boundaryOf(contentType: string | undefined): string {
  const parameters = parseParameters(contentType ?? '');
  const boundary = parameters?.get('boundary');
  if (
    parameters?.get('') !== 'multipart/form-data' ||
    boundary === undefined ||
    boundary.length > BOUNDARY_LENGTH_MAX ||
    !BOUNDARY.test(boundary)
  ) {
    throw malformed();
  }
  return boundary;
}

/** A body's chunks, of which the last one read can be put back. */
class ChunkSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #unread: Uint8Array[] = [];

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#iterator = body[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async next(): Promise<Uint8Array | undefined> {
    const unread = this.#unread.pop();
    if (unread !== undefined) return unread;
    const { done, value } = await this.#iterator.next();
    return done === true ? undefined : value;
  }

  unread(bytes: Uint8Array): void {
    if (bytes.byteLength > 0) this.#unread.push(bytes);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** The first bytes of a source, at most a given number of them, read when they are looked for. */
class Window {
  readonly #source: ChunkSource;
  readonly #bytes: Buffer;
  #size = 0;

  constructor(source: ChunkSource, sizeMax: number) {
    this.#source = source;
    this.#bytes = Buffer.allocUnsafe(sizeMax);
  }

  /** Where the bytes are first found; throws when the body or the window ends before. */
  async find(wanted: Uint8Array, from: number): Promise<number> {
    for (let start = from; ;) {
      const at = this.#bytes.subarray(0, this.#size).indexOf(wanted, start);
      if (at >= 0) return at;
      start = Math.max(start, this.#size - wanted.byteLength + 1);
      if (!(await this.#fill())) throw malformed();
    }
  }

  /** Undefined when `mark` stands at `from`; else where the bytes are first found. */
  async findEither(mark: string, wanted: Uint8Array, from: number): Promise<number | undefined> {
    while (this.#size < from + mark.length) if (!(await this.#fill())) throw malformed();
    if (this.#bytes.toString('latin1', from, from + mark.length) === mark) return undefined;
    return this.find(wanted, from);
  }

  text(start: number, end: number): string {
    if (!isUtf8(this.#bytes.subarray(start, end))) throw malformed();
    return this.#bytes.toString('utf8', start, end);
  }

  /** Hands back to the source what follows `position`, and says how much did not. */
  giveBack(position: number): number {
    this.#source.unread(this.#bytes.subarray(position, this.#size));
    this.#size = position;
    return position - LINE_END.byteLength;
  }

  async readToEnd(): Promise<void> {
    while (await this.#fill());
  }

  async #fill(): Promise<boolean> {
    const chunk = await this.#source.next();
    if (chunk === undefined) return false;
    const free = this.#bytes.byteLength - this.#size;
    if (free === 0) {
      throw new S3Error('MaxPostPreDataLengthExceeded', {
        MaxPostPreDataLengthBytes: String(FORM_OVERHEAD_SIZE_MAX),
      });
    }
    const count = Math.min(free, chunk.byteLength);
    this.#bytes.set(chunk.subarray(0, count), this.#size);
    this.#size += count;
    this.#source.unread(chunk.subarray(count));
    return true;
  }
}

function malformed(): S3Error {
  return new S3Error('MalformedPOSTRequest');
}
