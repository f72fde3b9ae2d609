/** A JSON value that knows where in its text it stands, so that a finding can point there. */
export type JsonNode = JsonSpan &
  (
    | { readonly kind: 'object'; readonly members: readonly JsonMember[] }
    | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
  );

/** In UTF-16 units. */
export interface JsonSpan {
  readonly offset: number;
  /** Where the text after it begins. */
  readonly end: number;
}

/** Its span is that of its name. */
export interface JsonMember extends JsonSpan {
  readonly key: string;
  readonly value: JsonNode;
}

export type JsonParse =
  | { readonly ok: true; readonly node: JsonNode }
  | { readonly ok: false; readonly offset: number; readonly reason: string };

/** A policy nests six deep; the bound keeps recursion far from the end of the stack. */
const DEPTH_MAX = 24;

const BYTE_ORDER_MARK = 0xfeff;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const HEX_DIGITS = /^[0-9A-Fa-f]{4}$/;
const LITERALS = { true: true, false: false, null: undefined } as const;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  readonly offset: number;

  constructor(offset: number, reason: string) {
    super(reason);
    this.offset = offset;
  }
}

/**
 * Reads RFC 8259 JSON, stricter than `JSON.parse` where a policy could mean two things: a member
 * name may stand only once in an object, whatever its case, and text must be well-formed Unicode.
 * A byte order mark in front is accepted.
 */
export function parseJson(text: string): JsonParse {
  try {
    return { ok: true, node: new JsonReader(text).read() };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { ok: false, offset: error.offset, reason: error.message };
  }
}

class JsonReader {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonNode {
    if (this.#text.charCodeAt(0) === BYTE_ORDER_MARK) this.#offset = 1;
    this.#skipSpace();
    const node = this.#readValue(0);
    this.#skipSpace();
    if (this.#offset < this.#text.length) this.#fail('Text follows the end of the document');
    return node;
  }

  #readValue(depth: number): JsonNode {
    if (depth > DEPTH_MAX) this.#fail('The document is nested too deeply');
    const offset = this.#offset;
    const first = this.#text[offset];
    if (first === '{') {
      const members = this.#readMembers(depth);
      return { kind: 'object', offset, end: this.#offset, members };
    }
    if (first === '[') {
      const items = this.#readItems(depth);
      return { kind: 'array', offset, end: this.#offset, items };
    }
    if (first === '"') {
      const value = this.#readString();
      return { kind: 'string', offset, end: this.#offset, value };
    }
    for (const [word, value] of Object.entries(LITERALS)) {
      if (!this.#text.startsWith(word, offset)) continue;
      this.#offset += word.length;
      const end = this.#offset;
      return value === undefined
        ? { kind: 'null', offset, end }
        : { kind: 'boolean', offset, end, value };
    }
    NUMBER.lastIndex = offset;
    const number = NUMBER.exec(this.#text)?.[0];
    if (number === undefined) this.#fail('A value is expected');
    this.#offset += number.length;
    return { kind: 'number', offset, end: this.#offset, text: number };
  }

  #readMembers(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const seen = new Set<string>();
    this.#offset++;
    this.#skipSpace();
    if (this.#take('}')) return members;
    for (;;) {
      const offset = this.#offset;
      if (this.#text[offset] !== '"') this.#fail('A name in double quotes is expected');
      const key = this.#readString();
      const end = this.#offset;
      const folded = key.toLowerCase();
      if (seen.has(folded)) throw new JsonSyntaxError(offset, `"${key}" is given twice`);
      seen.add(folded);
      this.#skipSpace();
      if (!this.#take(':')) this.#fail('A colon is expected');
      this.#skipSpace();
      members.push({ key, offset, end, value: this.#readValue(depth + 1) });
      this.#skipSpace();
      if (this.#take('}')) return members;
      if (!this.#take(',')) this.#fail('A comma or a closing brace is expected');
      this.#skipSpace();
    }
  }

  #readItems(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#offset++;
    this.#skipSpace();
    if (this.#take(']')) return items;
    for (;;) {
      items.push(this.#readValue(depth + 1));
      this.#skipSpace();
      if (this.#take(']')) return items;
      if (!this.#take(',')) this.#fail('A comma or a closing bracket is expected');
      this.#skipSpace();
    }
  }

  #readString(): string {
    const begin = this.#offset++;
    let value = '';
    let plain = this.#offset;
    for (;;) {
      const code = this.#text.charCodeAt(this.#offset);
      if (Number.isNaN(code)) throw new JsonSyntaxError(begin, 'The string does not end');
      if (code < 0x20) this.#fail('A control character stands in a string');
      if (code === 0x22) break;
      if (code === 0x5c) {
        value += this.#text.slice(plain, this.#offset) + this.#readEscape();
        plain = this.#offset;
      } else {
        this.#offset++;
      }
    }
    value += this.#text.slice(plain, this.#offset++);
    if (!value.isWellFormed()) throw new JsonSyntaxError(begin, 'The string is not Unicode');
    return value;
  }

  #readEscape(): string {
    const letter = this.#text[this.#offset + 1] ?? '';
    const plain = ESCAPES[letter];
    if (plain !== undefined) {
      this.#offset += 2;
      return plain;
    }
    const digits = this.#text.slice(this.#offset + 2, this.#offset + 6);
    if (letter !== 'u' || !HEX_DIGITS.test(digits)) this.#fail('The escape is unknown');
    this.#offset += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #take(mark: string): boolean {
    if (this.#text[this.#offset] !== mark) return false;
    this.#offset++;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#offset);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#offset++;
    }
  }

  #fail(reason: string): never {
    throw new JsonSyntaxError(this.#offset, reason);
  }
}
