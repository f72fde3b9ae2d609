import { bindingOf, type AnyList, type AnyMap, type AnyStruct } from './schema.ts';
import type { Binding, Members, OutputOf, Shape, Struct } from './schema.ts';
import type { Scalar } from './scalar.ts';

export const XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** Which protocol's spelling a scalar takes. */
export type Dialect = 'rest' | 'query';
/** Writes a value as what belongs in its place: an element, several, or none. */
type Write = (value: unknown) => string;

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const MARKUP = /[&<>\0-\x08\x0B-\x1F\uFFFE\uFFFF]/;
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const ALL_MARKUP = /[&<>"\0-\x1F\uFFFE\uFFFF]/g;

/**
 * Text for an element. Quotation marks stand as they are; characters that XML 1.0 cannot hold
 * become references, as S3 writes them, and so does a carriage return, which parsers would change.
 */
export function escapeXmlText(text: string): string {
  return MARKUP.test(text) ? text.replace(ALL_MARKUP, textReference) : text;
}

function textReference(character: string): string {
  return character === '"' || character === '\n' || character === '\t'
    ? character
    : reference(character);
}

function escapeXmlAttribute(text: string): string {
  return text.replace(ALL_MARKUP, reference);
}

function reference(character: string): string {
  switch (character) {
    case '&':
      return '&amp;';
    case '<':
      return '&lt;';
    case '>':
      return '&gt;';
    case '"':
      return '&quot;';
    default:
      return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
  }
}

/** Numbers, booleans and dates never need escaping. */
function textOf(shape: Scalar<unknown>, dialect: Dialect): Write {
  const format = (value: unknown): string =>
    dialect === 'query' && shape.formatQuery !== undefined
      ? shape.formatQuery(value)
      : shape.format(value);
  return shape.wireType === 'string' ? (value) => escapeXmlText(format(value)) : format;
}

/** What stands inside a shape's element. */
function contentEncoder(shape: Shape, dialect: Dialect): Write {
  switch (shape.kind) {
    case 'scalar':
      return textOf(shape, dialect);
    case 'struct':
      return membersEncoder(shape, dialect);
    case 'list':
      return itemsEncoder(shape, shape.item, dialect);
    case 'map':
      return entriesEncoder(shape, 'entry', dialect);
    default:
      throw new TypeError(`A ${shape.kind} cannot stand inside XML`);
  }
}

/** An element of a shape, attributes of a struct included. `more` stands in its start tag. */
export function elementEncoder(
  name: string,
  shape: Shape,
  dialect: Dialect,
  more = '',
): (value: unknown) => string {
  const content = contentEncoder(shape, dialect);
  const close = `</${name}>`;
  const attributes = shape.kind === 'struct' ? attributesEncoder(shape) : undefined;
  if (attributes === undefined) {
    const open = `<${name}${more}>`;
    return (value) => open + content(value) + close;
  }
  return (value) => `<${name}${more}${attributes(value)}>${content(value)}${close}`;
}

function itemsEncoder(shape: AnyList, name: string, dialect: Dialect): Write {
  const item = elementEncoder(name, shape.of, dialect);
  return (value) => {
    let text = '';
    for (const entry of value as readonly unknown[]) text += item(entry);
    return text;
  };
}

function entriesEncoder(shape: AnyMap, name: string, dialect: Dialect): Write {
  const { keyName = 'key', valueName = 'value' } = shape;
  const value = elementEncoder(valueName, shape.of, dialect);
  return (record) => {
    let text = '';
    for (const [key, entry] of Object.entries(record as object)) {
      text += `<${name}><${keyName}>${escapeXmlText(key)}</${keyName}>${value(entry)}</${name}>`;
    }
    return text;
  };
}

function memberEncoder(member: string, binding: Binding, dialect: Dialect): Write {
  const name = binding.wire ?? member;
  const { shape } = binding;
  if (shape.kind === 'list' && shape.flat === true) return itemsEncoder(shape, name, dialect);
  if (shape.kind === 'map' && shape.flat === true) return entriesEncoder(shape, name, dialect);
  return elementEncoder(name, shape, dialect);
}

/** The elements of a struct's members, in the order of declaration; others are bound elsewhere. */
export function membersEncoder(shape: AnyStruct, dialect: Dialect): (value: unknown) => string {
  const fields = Object.entries(shape.members)
    .map(([member, declared]) => ({ member, binding: bindingOf(declared) }))
    .filter(({ binding }) => binding.at === 'body')
    .map(({ member, binding }) => ({ member, write: memberEncoder(member, binding, dialect) }));
  return (value) => {
    const record = value as Readonly<Record<string, unknown>>;
    let text = '';
    for (const { member, write } of fields) {
      const entry = record[member];
      if (entry !== undefined) text += write(entry);
    }
    return text;
  };
}

function attributesEncoder(shape: AnyStruct): Write | undefined {
  const attributes = Object.entries(shape.members)
    .map(([member, declared]) => ({ member, binding: bindingOf(declared) }))
    .filter(({ binding }) => binding.at === 'attribute');
  if (attributes.length === 0) return undefined;
  const usesXsi = attributes.some(({ binding }) => binding.wire?.startsWith('xsi:'));
  return (value) => {
    const record = value as Readonly<Record<string, unknown>>;
    let text = usesXsi ? ` xmlns:xsi="${XSI}"` : '';
    for (const { member, binding } of attributes) {
      const entry = record[member];
      if (entry === undefined || binding.shape.kind !== 'scalar') continue;
      text += ` ${binding.wire ?? member}="${escapeXmlAttribute(binding.shape.format(entry))}"`;
    }
    return text;
  };
}

/** The attribute that puts an element and what is in it into a namespace. */
export function namespaceAttribute(xmlns: string | undefined): string {
  return xmlns === undefined || xmlns === '' ? '' : ` xmlns="${escapeXmlAttribute(xmlns)}"`;
}

/** A whole document. For answers outside the table; operations compile their writers once. */
export function encodeXml<M extends Members>(
  root: string,
  xmlns: string | undefined,
  shape: Struct<M>,
  value: OutputOf<M>,
): string {
  const write = elementEncoder(root, shape, 'rest', namespaceAttribute(xmlns));
  return XML_DECLARATION + write(value);
}

/** Elements in the given order, each holding a text: what errors are made of. */
export function textElements(elements: Iterable<readonly [name: string, text: string]>): string {
  let text = '';
  for (const [name, value] of elements) text += `<${name}>${escapeXmlText(value)}</${name}>`;
  return text;
}
