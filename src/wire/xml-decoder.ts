import { assert } from '../base/assert.ts';
import { DecodeError } from './decode-error.ts';
import { bindingOf, type AnyList, type AnyMap, type AnyStruct } from './schema.ts';
import type { Binding, InputType, Shape } from './schema.ts';
import { checkCount, decodeScalar, messageName } from './violations.ts';
import { Violations } from './violations.ts';
import { XmlReader } from './xml-reader.ts';

/** Reads the value of the element that the reader has entered, and leaves it. */
type Read = (reader: XmlReader, violations: Violations) => unknown;
type Mutable = Record<string, unknown>;

/** A reader of elements of a shape. Unknown elements are passed over. */
export function xmlDecoder(shape: Shape, wire: string): Read {
  switch (shape.kind) {
    case 'scalar':
      return (reader, violations) => decodeScalar(shape, reader.text(), wire, 'body', violations);
    case 'struct':
      return structDecoder(shape);
    case 'list':
      return listDecoder(shape, wire);
    case 'map':
      return mapDecoder(shape, wire);
    default:
      throw new TypeError(`${wire}: a ${shape.kind} cannot stand inside XML`);
  }
}

function listDecoder(shape: AnyList, wire: string): Read {
  const readItem = xmlDecoder(shape.of, shape.item);
  return (reader, violations) => {
    const items: unknown[] = [];
    for (let name = reader.next(); name !== undefined; name = reader.next()) {
      if (name === shape.item) pushItem(items, readItem, reader, violations);
      else reader.skip();
    }
    checkCount(shape, items.length, wire, 'body', violations);
    return items;
  };
}

function pushItem(items: unknown[], read: Read, reader: XmlReader, violations: Violations): void {
  violations.enter(items.length + 1);
  violations.enter('member');
  items.push(read(reader, violations));
  violations.leave();
  violations.leave();
}

function mapDecoder(shape: AnyMap, wire: string): Read {
  const readEntry = entryDecoder(shape);
  assert(shape.flat !== true, `${wire}: flat maps are for the query protocol`);
  return (reader, violations) => {
    const entries = Object.create(null) as Mutable;
    for (let name = reader.next(); name !== undefined; name = reader.next()) {
      if (name === 'entry') readEntry(reader, violations, entries);
      else reader.skip();
    }
    return entries;
  };
}

function entryDecoder(shape: AnyMap) {
  const { keyName = 'key', valueName = 'value' } = shape;
  const readValue = xmlDecoder(shape.of, valueName);
  return (reader: XmlReader, violations: Violations, entries: Mutable): void => {
    let key: string | undefined;
    let value: unknown;
    for (let name = reader.next(); name !== undefined; name = reader.next()) {
      if (name === keyName) key = reader.text();
      else if (name === valueName) value = readValue(reader, violations);
      else reader.skip();
    }
    if (key === undefined) throw new DecodeError('malformedXml', 'A map entry has no key');
    entries[key] = value;
  };
}

interface Field {
  readonly member: string;
  readonly messageName: string;
  readonly wire: string;
  readonly isRequired: boolean;
  /** Items of a flat list stand here one by one. */
  readonly flat: AnyList | undefined;
  readonly read: Read;
}

function fieldOf(member: string, binding: Binding): Field {
  const wire = binding.wire ?? member;
  const { shape } = binding;
  const flat = shape.kind === 'list' && shape.flat === true ? shape : undefined;
  return {
    member,
    messageName: messageName(member),
    wire,
    isRequired: binding.isRequired,
    flat,
    read: xmlDecoder(flat?.of ?? shape, wire),
  };
}

/** Of a struct's members, those that stand in its element: others are bound elsewhere. */
function structDecoder(shape: AnyStruct): Read {
  const elements = new Map<string, Field>();
  const attributes: { readonly field: Field; readonly shape: Shape; readonly local: string }[] = [];
  for (const [member, declared] of Object.entries(shape.members)) {
    const binding = bindingOf(declared);
    const field = fieldOf(member, binding);
    if (binding.at === 'body') elements.set(field.wire, field);
    if (binding.at === 'attribute') {
      const local = field.wire.slice(field.wire.indexOf(':') + 1);
      attributes.push({ field, shape: binding.shape, local });
    }
  }
  const fields = [...elements.values(), ...attributes.map(({ field }) => field)];
  return (reader, violations) => {
    const record: Mutable = {};
    for (const { field, shape, local } of attributes) {
      const text = reader.attribute(local);
      if (text === undefined || shape.kind !== 'scalar') continue;
      violations.enter(field.messageName);
      record[field.member] = decodeScalar(shape, text, field.wire, 'attribute', violations);
      violations.leave();
    }
    for (let name = reader.next(); name !== undefined; name = reader.next()) {
      const field = elements.get(name);
      if (field === undefined) reader.skip();
      else readField(field, record, reader, violations);
    }
    checkFields(fields, record, violations);
    return record;
  };
}

function readField(field: Field, record: Mutable, reader: XmlReader, violations: Violations): void {
  violations.enter(field.messageName);
  if (field.flat !== undefined) {
    const items = (record[field.member] ??= []) as unknown[];
    pushItem(items, field.read, reader, violations);
  } else {
    if (field.member in record) {
      throw new DecodeError('malformedXml', `${field.wire} stands twice`);
    }
    record[field.member] = field.read(reader, violations);
  }
  violations.leave();
}

function checkFields(fields: readonly Field[], record: Mutable, violations: Violations): void {
  for (const field of fields) {
    const value = record[field.member];
    if (field.isRequired && isMissing(field.member, record, violations)) {
      violations.enter(field.messageName);
      violations.addMissing(field.wire, 'body');
      violations.leave();
    } else if (field.flat !== undefined && value !== undefined) {
      violations.enter(field.messageName);
      checkCount(field.flat, (value as unknown[]).length, field.wire, 'body', violations);
      violations.leave();
    }
  }
}

/** Absent, or sent as what counts as absent; a value refused already is not reported again. */
export function isMissing(member: string, record: Mutable, violations: Violations): boolean {
  return record[member] === undefined && (!(member in record) || violations.isEmpty);
}

/** Reads a document whatever its root is called: clients disagree about that. */
export function readDocument(bytes: Uint8Array, read: Read, violations: Violations): unknown {
  const reader = new XmlReader(bytes);
  reader.root();
  const value = read(reader, violations);
  reader.end();
  return value;
}

/**
 * The value of a whole document. For documents outside the table, such as the tagging field of a
 * POST form; throws a DecodeError for one that is malformed or breaks a constraint.
 */
export function decodeXml<S extends Shape>(shape: S, bytes: Uint8Array): InputType<S> {
  const violations = new Violations();
  const value = readDocument(bytes, xmlDecoder(shape, 'document'), violations);
  violations.throwIfAny();
  return value as InputType<S>;
}
