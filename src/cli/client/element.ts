import { XmlReader } from '../../wire/index.ts';

/** Plain data of an element, for output as JSON. */
export type ElementJson =
  | string
  | readonly ElementJson[]
  | { readonly [name: string]: ElementJson };

/**
 * An element of an answer, read without its schema: prefixes, namespaces and attributes are dropped.
 * Paths are names joined with `/`, as in `GetUserResult/User/Arn`.
 */
export class Element {
  readonly name: string;
  /** Character data directly inside; empty where there are elements. */
  readonly text: string;
  readonly children: readonly Element[];

  constructor(name: string, text = '', children: readonly Element[] = []) {
    this.name = name;
    this.text = text;
    this.children = children;
  }

  /** The first element at that path. */
  find(path: string): Element | undefined {
    const [name = '', ...below] = path.split('/');
    const child = this.children.find((one) => one.name === name);
    return below.length === 0 ? child : child?.find(below.join('/'));
  }

  /** The text at that path; undefined when there is no such element. */
  textOf(path: string): string | undefined {
    return this.find(path)?.text;
  }

  /** The `member`s of the list at that path, as IAM and STS write lists; none when it is absent. */
  members(path: string): readonly Element[] {
    return this.find(path)?.all('member') ?? [];
  }

  /** Every child of that name, as S3 writes lists. */
  all(name: string): readonly Element[] {
    return this.children.filter((one) => one.name === name);
  }

  /** Lists of `member`s become arrays, and so do names that occur more than once. */
  toJson(): ElementJson {
    if (this.children.length === 0) return this.text;
    if (this.children.every(({ name }) => name === 'member')) {
      return this.children.map((one) => one.toJson());
    }
    const names = [...new Set(this.children.map(({ name }) => name))];
    return Object.fromEntries(
      names.map((name) => {
        const [first, ...more] = this.all(name).map((one) => one.toJson());
        return [name, more.length === 0 ? (first ?? '') : [first ?? '', ...more]];
      }),
    );
  }
}

/** The document's element. Throws a DecodeError for what is not XML. */
export function parseElement(bytes: Uint8Array): Element {
  const reader = new XmlReader(bytes);
  const root = readElement(reader, reader.root());
  reader.end();
  return root;
}

function readElement(reader: XmlReader, name: string): Element {
  const children: Element[] = [];
  let text = '';
  for (let child = reader.next(); ; child = reader.next()) {
    text += reader.passed;
    if (child === undefined) break;
    children.push(readElement(reader, child));
  }
  return children.length === 0 ? new Element(name, text) : new Element(name, '', children);
}
