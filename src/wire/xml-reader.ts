import { fromStrictUtf8 } from '../base/bytes.ts';
import { DecodeError } from './decode-error.ts';

/** Far deeper than any document of these protocols; keeps recursive readers off the stack's end. */
const DEPTH_MAX = 64;

const NAME = /[A-Za-z_:\u{80}-\u{10FFFF}][-A-Za-z0-9_.:\u{80}-\u{10FFFF}]*/uy;
const ATTRIBUTE =
  /[ \t\n]+([A-Za-z_:\u{80}-\u{10FFFF}][-A-Za-z0-9_.:\u{80}-\u{10FFFF}]*)[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')/uy;
const BLANKS = /[ \t\n]*/y;
const TAG_END = /[ \t\n]*(\/?)>/y;
const DECLARATION =
  /<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*["']1\.[0-9]["'](?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*["']([A-Za-z0-9._-]+)["'])?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*["'](?:yes|no)["'])?[ \t\n]*\?>/y;
const CHARACTER = /^#(?:([0-9]{1,7})|x([0-9A-Fa-f]{1,6}))$/;
const NAMED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
/** What XML 1.0, section 2.2, keeps out of documents; lone surrogates cannot come from UTF-8. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const ILLEGAL = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/;

function malformed(message: string): DecodeError {
  return new DecodeError('malformedXml', message);
}

/**
 * Reads a document element by element, without building a tree, in time linear in its length.
 * Stricter than XML 1.0 wants: no DOCTYPE, no processing instructions, no entities but the five,
 * nothing but UTF-8. Prefixes and namespaces are dropped: clients disagree about them. In one
 * thing it is laxer: a reference may name a control character, since listings write them so.
 */
export class XmlReader {
  readonly #text: string;
  #position = 0;
  /** Names of the open elements as written, prefixes included. */
  readonly #open: string[] = [];
  #isEmptyElement = false;
  #attributes: Map<string, string> | undefined;
  #passed = '';

  constructor(bytes: Uint8Array) {
    const text = fromStrictUtf8(bytes);
    if (text === undefined) throw malformed('The document is not UTF-8');
    if (ILLEGAL.test(text)) throw malformed('The document holds a character that XML forbids');
    this.#text = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    // A byte order mark is no part of the document: XML 1.0, section 4.3.3.
    this.#position = this.#text.startsWith('\uFEFF') ? 1 : 0;
    DECLARATION.lastIndex = this.#position;
    const declaration = DECLARATION.exec(this.#text);
    if (declaration === null) return;
    if (!/^(?:utf-?8|us-ascii)$/i.test(declaration[1] ?? 'utf-8')) {
      throw malformed(`The encoding ${declaration[1]} is not UTF-8`);
    }
    this.#position = DECLARATION.lastIndex;
  }

  /** Enters the document's element and gives its local name. */
  root(): string {
    this.#skipMisc();
    if (this.#text.charCodeAt(this.#position) !== 0x3c) throw malformed('No root element');
    return this.#startTag();
  }

  /** Enters the next element inside the current one, or leaves this one and gives undefined. */
  next(): string | undefined {
    this.#passed = '';
    if (this.#leaveIfEmpty()) return undefined;
    for (;;) {
      this.#passed += this.#characters();
      const kind = this.#text.charCodeAt(this.#position + 1);
      if (kind === 0x2f) {
        this.#endTag();
        return undefined;
      }
      if (kind !== 0x21) return this.#startTag();
      this.#passed += this.#commentOrCdata();
    }
  }

  /** Character data that the last call of `next` passed, for readers that know no schema. */
  get passed(): string {
    return this.#passed;
  }

  /** The text of the current element, which is left. Elements inside it are refused. */
  text(): string {
    if (this.#leaveIfEmpty()) return '';
    let text = '';
    for (;;) {
      text += this.#characters();
      const kind = this.#text.charCodeAt(this.#position + 1);
      if (kind === 0x2f) {
        this.#endTag();
        return text;
      }
      if (kind !== 0x21) throw malformed(`Markup inside ${this.#open.at(-1)}`);
      text += this.#commentOrCdata();
    }
  }

  /** Leaves the current element with all that it holds. */
  skip(): void {
    const depth = this.#open.length;
    while (this.#open.length >= depth) this.next();
  }

  /** The current element's attribute of that local name; asked before anything inside is read. */
  attribute(localName: string): string | undefined {
    return this.#attributes?.get(localName);
  }

  /** Nothing but blanks and comments may follow the document's element. */
  end(): void {
    this.#skipMisc();
    if (this.#position !== this.#text.length) throw malformed('Content after the root element');
  }

  #leaveIfEmpty(): boolean {
    if (!this.#isEmptyElement) return false;
    this.#isEmptyElement = false;
    this.#open.pop();
    return true;
  }

  #skipMisc(): void {
    for (;;) {
      BLANKS.lastIndex = this.#position;
      this.#position += BLANKS.exec(this.#text)?.[0].length ?? 0;
      if (!this.#text.startsWith('<!--', this.#position)) return;
      this.#commentOrCdata();
    }
  }

  /** Character data up to the next markup, references resolved. */
  #characters(): string {
    const end = this.#text.indexOf('<', this.#position);
    if (end < 0) throw malformed(`${this.#open.at(-1)} does not end`);
    if (end === this.#position) return '';
    const raw = this.#text.slice(this.#position, end);
    this.#position = end;
    if (raw.includes(']]>')) throw malformed(']]> outside CDATA');
    return raw.includes('&') ? resolveReferences(raw) : raw;
  }

  #startTag(): string {
    if (this.#open.length >= DEPTH_MAX) throw malformed(`Deeper than ${DEPTH_MAX} elements`);
    NAME.lastIndex = this.#position + 1;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw malformed('Markup that is not an element');
    this.#position = NAME.lastIndex;
    this.#attributes = undefined;
    if (this.#text.charCodeAt(this.#position) === 0x3e) {
      this.#position += 1;
    } else {
      this.#readAttributes(name);
    }
    this.#open.push(name);
    return localNameOf(name);
  }

  #readAttributes(element: string): void {
    const names = new Set<string>();
    ATTRIBUTE.lastIndex = this.#position;
    for (let match = ATTRIBUTE.exec(this.#text); match !== null;) {
      this.#position = ATTRIBUTE.lastIndex;
      const [, name = '', double, single] = match;
      if (names.has(name)) throw malformed(`Two attributes ${name}`);
      names.add(name);
      if (!name.startsWith('xmlns')) {
        this.#attributes ??= new Map();
        this.#attributes.set(localNameOf(name), resolveReferences(double ?? single ?? ''));
      }
      match = ATTRIBUTE.exec(this.#text);
    }
    TAG_END.lastIndex = this.#position;
    const end = TAG_END.exec(this.#text);
    if (end === null) throw malformed(`The tag of ${element} is malformed`);
    this.#position = TAG_END.lastIndex;
    this.#isEmptyElement = end[1] === '/';
  }

  #endTag(): void {
    const name = this.#open.pop() ?? '';
    const start = this.#position + 2;
    const end = start + name.length;
    if (!this.#text.startsWith(name, start)) throw malformed(`${name} is not closed`);
    if (this.#text.charCodeAt(end) === 0x3e) {
      this.#position = end + 1;
      return;
    }
    TAG_END.lastIndex = end;
    const tagEnd = TAG_END.exec(this.#text);
    if (tagEnd === null || tagEnd[1] === '/') throw malformed(`${name} is not closed`);
    this.#position = TAG_END.lastIndex;
  }

  /** Passes a comment or a CDATA section, and gives the latter's text. */
  #commentOrCdata(): string {
    const start = this.#position;
    if (this.#text.startsWith('<!--', start)) {
      const end = this.#text.indexOf('--', start + 4);
      if (end < 0 || this.#text.charCodeAt(end + 2) !== 0x3e) throw malformed('Malformed comment');
      this.#position = end + 3;
      return '';
    }
    if (!this.#text.startsWith('<![CDATA[', start)) throw malformed('Declarations are refused');
    const end = this.#text.indexOf(']]>', start);
    if (end < 0) throw malformed('CDATA does not end');
    this.#position = end + 3;
    return this.#text.slice(start + 9, end);
  }
}

function localNameOf(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The longest is `&#1114111;`. */
const REFERENCE_LENGTH_MAX = 10;

function resolveReferences(raw: string): string {
  let text = '';
  let start = 0;
  for (let at = raw.indexOf('&'); at >= 0; at = raw.indexOf('&', start)) {
    const length = raw.slice(at, at + REFERENCE_LENGTH_MAX).indexOf(';');
    if (length < 0) throw malformed('A reference does not end');
    text += raw.slice(start, at) + resolveReference(raw.slice(at + 1, at + length));
    start = at + length + 1;
  }
  return text + raw.slice(start);
}

function resolveReference(name: string): string {
  const named = NAMED.get(name);
  if (named !== undefined) return named;
  const match = CHARACTER.exec(name);
  const code = match === null ? 0 : match[1] ? Number(match[1]) : parseInt(match[2] ?? '', 16);
  if (!isReferable(code)) throw malformed(`&${name}; is not a character`);
  return String.fromCodePoint(code);
}

function isReferable(code: number): boolean {
  const isSurrogate = code >= 0xd8_00 && code <= 0xdf_ff;
  return code > 0 && code <= 0x10_ff_ff && !isSurrogate && code !== 0xff_fe && code !== 0xff_ff;
}
