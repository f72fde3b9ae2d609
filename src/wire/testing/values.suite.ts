import * as fc from 'fast-check';
import { bindingOf, type Binding, type Location, type Scalar, type Shape } from '../index.ts';
import type { SdkMember, SdkStruct } from './sdk-model.suite.ts';

/** Random values of declared shapes, as handlers see them, that their place can carry. */
export interface Drawing {
  /** The whole member's path, such as `PutObject.input.Body`; true leaves the member out. */
  readonly isLeftOut: (path: string) => boolean;
  readonly direction: 'input' | 'output';
  readonly protocol: 'rest' | 'query';
  /** Policy documents must be JSON, because the client parses those of answers. */
  readonly parsesPolicies: boolean;
}

type Values = fc.Arbitrary<unknown>;

const MARKUP = ['<&>"\'', ']]>', '<![CDATA[', '&amp;', '\u0085', '\u2028', '\n', '😀', 'é', 'a b'];
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSPELLABLE = /[\0-\x08\x0B-\x1F\x7F\uFFFE\uFFFF]/g;
/** XML without NUL, controls and non-characters, which have no spelling that clients read. */
const xmlText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...MARKUP),
      fc.string({ unit: 'grapheme-ascii', maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 3 }),
    ),
    { maxLength: 4 },
  )
  // Blanks at the ends are the client's parser's to keep or drop.
  .map((parts) => parts.join('').replace(UNSPELLABLE, '').trim());

/** A field's value: no blanks at its ends, never empty, ASCII because node sends no other. */
const headerText = fc
  .tuple(
    fc.constantFrom('a', '"', '~', '1'),
    fc.string({ unit: fc.constantFrom(...' !"#$%&()*+-./09:;<=>?@AZ[]^_az{|}~'), maxLength: 8 }),
    fc.constantFrom('z', ')', '=', 'Z'),
  )
  .map((parts) => parts.join(''));

const KEY_PARTS = ['a', 'é', '+', '%', '?', '#', ' ', '&', '=', '😀', '%20', '/b', '//', "'()*!"];
const labelText = fc
  .array(fc.constantFrom(...KEY_PARTS), { maxLength: 6 })
  .map((parts) => `k${parts.join('')}k`);

function textFor(at: Location): fc.Arbitrary<string> {
  if (at === 'header' || at === 'prefix') return headerText;
  if (at === 'label') return labelText;
  // An empty query parameter and a missing one are the same to some clients.
  return at === 'query' ? xmlText.filter((text) => text !== '') : xmlText;
}

const SECOND_MS = 1000;
/** Whole seconds of years that every date format can write. */
const dates = fc
  .date({ min: new Date('1980-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / SECOND_MS) * SECOND_MS));

function scalarValues(
  shape: Scalar<unknown>,
  at: Location,
  path: string,
  drawing: Drawing,
): Values {
  const { examples } = shape;
  if (drawing.parsesPolicies && shape.wireType === 'string' && shape.formatQuery !== undefined) {
    return fc.constantFrom('{"a": "b*(c)!~-._ é+%&="}', '{}', '{"Statement": [{"Effect": "x"}]}');
  }
  if (examples !== undefined) {
    return fc.constantFrom(...examples.map((text) => shape.parse(text)));
  }
  const limits = shape.limits ?? {};
  switch (shape.wireType) {
    case 'number': {
      const { min = 0, max = 2 ** 31 - 1 } = limits;
      const numbers = fc.integer({ min, max }).map((value) => shape.parse(String(value)));
      return numbers.filter((value) => value !== undefined);
    }
    case 'boolean':
      return fc.boolean();
    case 'blob':
      return fc.uint8Array({ maxLength: 20 });
    case 'string':
      return textValues(shape, at, path);
    default:
      return dates;
  }
}

/** Enough for any declared scalar whose random texts parse now and then. */
const SAMPLES = 200;

function textValues(shape: Scalar<unknown>, at: Location, path: string): Values {
  const limits = shape.limits ?? {};
  const { min = 0, max = Infinity } = limits;
  const { pattern } = limits;
  const texts = pattern === undefined ? textFor(at) : fc.stringMatching(pattern);
  const values = texts
    .map((text) => fitLength(text, min, max))
    .filter((text) => pattern === undefined || isCarried(text, at))
    .map((text) => shape.parse(text));
  const isValid = (value: unknown): boolean =>
    value !== undefined && (shape.violations?.(value) ?? []).length === 0;
  if (!fc.sample(values, { numRuns: SAMPLES, seed: 1 }).some(isValid)) {
    throw new Error(`${path}: random texts are never a ${shape.name}; give the scalar examples`);
  }
  return values.filter(isValid);
}

function fitLength(text: string, min: number, max: number): string {
  let fitted = text === '' && min > 0 ? 'a' : text;
  while (fitted.length < min) fitted += fitted;
  return fitted.length > max ? [...fitted].slice(0, max).join('') : fitted;
}

function isCarried(text: string, at: Location): boolean {
  if (text !== text.trim() || text.search(UNSPELLABLE) >= 0) return false;
  if (at === 'header') return /^[\x20-\x7E]+$/.test(text);
  return at === 'body' || at === 'attribute' || text !== '';
}

/** Values of a shape in its place. */
export function valuesOf(
  binding: Pick<Binding, 'at' | 'shape'>,
  theirs: SdkMember['shape'],
  path: string,
  drawing: Drawing,
): Values {
  const { shape, at } = binding;
  switch (shape.kind) {
    case 'scalar':
      return scalarValues(shape, at === 'payload' ? 'body' : at, path, drawing);
    case 'list': {
      const of = theirs.kind === 'list' ? theirs.of : theirs;
      const items = valuesOf({ at, shape: shape.of }, of, `${path}.member`, drawing);
      // Nothing tells an empty flat list or header from an absent one.
      const isEmptyTold = shape.flat !== true && at === 'body';
      const minLength = Math.max(shape.min ?? 0, isEmptyTold ? 0 : 1);
      const separable = at === 'header' ? items.filter(isSeparable) : items;
      return fc.array(separable, { minLength, maxLength: Math.max(minLength, 3) });
    }
    case 'map':
      return mapValues(shape, theirs, binding, path, drawing);
    case 'struct':
      return structValues(shape, theirs as SdkStruct, path, drawing);
    case 'rawText':
      return fc.constantFrom('{"a": "<é😀>"}', '\t{ }\r\n', 'x');
    case 'rawBytes':
    case 'stream':
      return fc.uint8Array({ maxLength: 100, minLength: 1 });
  }
}

/** Whether a list in a header can hold this value between its commas without quoting it. */
function isSeparable(value: unknown): boolean {
  return !/[",]/.test(String(value));
}

function mapValues(
  shape: Shape & { readonly kind: 'map' },
  theirs: SdkMember['shape'],
  { at }: Pick<Binding, 'at'>,
  path: string,
  drawing: Drawing,
): Values {
  const of = theirs.kind === 'map' ? theirs.of : theirs;
  const keys = fc.constantFrom('a', 'b-c', 'd_e', 'constructor', 'x1');
  const values = valuesOf({ at, shape: shape.of }, of, `${path}.value`, drawing);
  return fc.dictionary(keys, values, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
}

/** Values of a struct, of the members that the client knows as well. */
export function structValues(
  shape: Shape & { readonly kind: 'struct' },
  theirs: SdkStruct,
  path: string,
  drawing: Drawing,
): fc.Arbitrary<Record<string, unknown>> {
  const members: Record<string, Values> = {};
  const requiredKeys: string[] = [];
  for (const [member, declared] of Object.entries(shape.members)) {
    const binding = bindingOf(declared);
    const their = theirs.members.get(member);
    const memberPath = `${path}.${member}`;
    if (their === undefined || binding.at === 'status' || drawing.isLeftOut(memberPath)) continue;
    members[member] = valuesOf(binding, their.shape, memberPath, drawing);
    // An answer without its payload would be an answer of another kind.
    const isPayload = binding.at === 'payload' && drawing.direction === 'output';
    if (binding.isRequired || their.isRequired || isPayload) requiredKeys.push(member);
  }
  const values = fc.record(members, { requiredKeys, noNullPrototype: true });
  const isTop = path.split('.').length === 2;
  // A form has no spelling for a struct without members.
  const isForm = drawing.protocol === 'query' && drawing.direction === 'input' && !isTop;
  return isForm ? values.filter((value) => Object.keys(value).length > 0) : values;
}

/** What the client is given, or gives, for a value that a handler sees. */
export function toClient(shape: Shape, value: unknown, drawing: Drawing): unknown {
  if (value === undefined) return undefined;
  switch (shape.kind) {
    case 'scalar':
      return scalarToClient(shape, value, drawing);
    case 'list':
      return (value as readonly unknown[]).map((item) => toClient(shape.of, item, drawing));
    case 'map':
      return mapObject(value, (_, item) => toClient(shape.of, item, drawing));
    case 'struct':
      return mapObject(value, (member, item) => {
        const declared = shape.members[member];
        return declared === undefined ? item : toClient(bindingOf(declared).shape, item, drawing);
      });
    default:
      return value;
  }
}

function scalarToClient(shape: Scalar<unknown>, value: unknown, drawing: Drawing): unknown {
  const isQueryAnswer = drawing.protocol === 'query' && drawing.direction === 'output';
  switch (shape.wireType) {
    case 'number':
      return Number(shape.format(value));
    case 'string':
      if (!isQueryAnswer || shape.formatQuery === undefined) return shape.format(value);
      return drawing.parsesPolicies ? JSON.parse(String(value)) : shape.formatQuery(value);
    default:
      return value;
  }
}

function mapObject(value: unknown, change: (key: string, item: unknown) => unknown): object {
  const entries = Object.entries(value as object);
  return Object.fromEntries(entries.map(([key, item]) => [key, change(key, item)]));
}

/** A value without what two equal ones may differ in: prototypes, undefined members, classes. */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
}
