import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { fromStrictUtf8 } from '../base/bytes.ts';
import { BodyTooLargeError, collectBody, type Headers, type RequestBody } from '../base/http.ts';
import { DecodeError } from './decode-error.ts';
import type { RestOperation } from './operation.ts';
import { bindingOf, struct, type Binding, type Location, type Shape } from './schema.ts';
import { checkCount, decodeScalar, messageName, Violations } from './violations.ts';
import { isMissing, readDocument, xmlDecoder } from './xml-decoder.ts';

/**
 * Largest body collected unless the operation says otherwise: AWS keeps configurations below
 * 64 KiB, and leaves room for white space; operations that take long lists state their own bound.
 */
const BODY_SIZE_MAX = 2 ** 20;

export interface RestRequest {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Headers;
  readonly body: RequestBody;
}

type Mutable = Record<string, unknown>;

interface Field {
  readonly member: string;
  readonly messageName: string;
  readonly wire: string;
  readonly at: Location;
  readonly isRequired: boolean;
  readonly decode: (text: string, violations: Violations) => unknown;
}

interface Plan {
  readonly labels: readonly Field[];
  /** By lower-case name: each field that is present asks, not each that is declared. */
  readonly headers: ReadonlyMap<string, Field>;
  readonly prefixes: readonly { readonly member: string; readonly prefix: string }[];
  readonly queries: ReadonlyMap<string, Field>;
  readonly required: readonly Field[];
  readonly readBody: BodyReader | undefined;
}

/** Puts what the body holds into the record. */
type BodyReader = (body: RequestBody, into: Mutable, violations: Violations) => Awaitable<void>;

/** A decoder of an operation's requests. It rejects or throws a DecodeError for bad input. */
export function compileRestDecoder(
  operation: RestOperation,
): (request: RestRequest) => Awaitable<object> {
  const plan = planOf(operation);
  return (request) => {
    const violations = new Violations();
    const record: Mutable = {};
    readLabels(plan, request, record, violations);
    readHeaders(plan, request.headers, record, violations);
    readQuery(plan, request.query, record, violations);
    checkRequired(plan.required, record, violations);
    const pending = plan.readBody?.(request.body, record, violations);
    if (pending instanceof Promise) {
      return pending.then(() => {
        violations.throwIfAny();
        return record;
      });
    }
    violations.throwIfAny();
    return record;
  };
}

function planOf(operation: RestOperation): Plan {
  const labels: Field[] = [];
  const headers = new Map<string, Field>();
  const queries = new Map<string, Field>();
  const prefixes: { member: string; prefix: string }[] = [];
  for (const [member, declared] of Object.entries(operation.input.members)) {
    const binding = bindingOf(declared);
    const field = fieldOf(member, binding);
    if (binding.at === 'label') labels.push(field);
    if (binding.at === 'header') headers.set(field.wire, field);
    if (binding.at === 'query') queries.set(field.wire, field);
    if (binding.at === 'prefix') prefixes.push({ member, prefix: field.wire });
  }
  const fields = [...labels, ...headers.values(), ...queries.values()];
  return {
    labels,
    headers,
    prefixes,
    queries,
    required: fields.filter(({ isRequired }) => isRequired),
    readBody: bodyReaderOf(operation),
  };
}

function fieldOf(member: string, binding: Binding): Field {
  const { at, isRequired } = binding;
  const wire = binding.wire ?? member;
  return {
    member,
    messageName: messageName(member),
    wire,
    at,
    isRequired,
    decode: textDecoder(binding.shape, wire, at),
  };
}

function textDecoder(shape: Shape, wire: string, at: Location): Field['decode'] {
  if (shape.kind === 'scalar') {
    return (text, violations) => decodeScalar(shape, text, wire, at, violations);
  }
  if (shape.kind !== 'list' || shape.of.kind !== 'scalar') return () => undefined;
  const item = shape.of;
  return (text, violations) => {
    const items: unknown[] = [];
    for (const part of text.split(',')) {
      const trimmed = part.trim();
      if (trimmed !== '') items.push(decodeScalar(item, trimmed, wire, at, violations));
    }
    checkCount(shape, items.length, wire, at, violations);
    return items;
  };
}

function readField(field: Field, text: string, record: Mutable, violations: Violations): void {
  violations.enter(field.messageName);
  record[field.member] = field.decode(text, violations);
  violations.leave();
}

function readLabels(
  plan: Plan,
  request: RestRequest,
  record: Mutable,
  violations: Violations,
): void {
  for (const field of plan.labels) {
    const text = field.member === 'Key' ? request.key : request.bucket;
    if (text !== undefined) readField(field, text, record, violations);
  }
}

function readHeaders(plan: Plan, headers: Headers, record: Mutable, violations: Violations): void {
  for (const [name, value] of headers.byName) {
    const field = plan.headers.get(name);
    if (field !== undefined) {
      readField(field, value, record, violations);
      continue;
    }
    for (const { member, prefix } of plan.prefixes) {
      if (!name.startsWith(prefix) || name.length === prefix.length) continue;
      // Without prototype, because the client chooses the keys.
      const entries = (record[member] ??= Object.create(null)) as Mutable;
      entries[name.slice(prefix.length)] = value;
    }
  }
}

function readQuery(
  plan: Plan,
  query: ReadonlyMap<string, string>,
  record: Mutable,
  violations: Violations,
): void {
  for (const [name, value] of query) {
    const field = plan.queries.get(name);
    if (field !== undefined) readField(field, value, record, violations);
  }
}

function checkRequired(required: readonly Field[], record: Mutable, violations: Violations): void {
  for (const { member, messageName, wire, at } of required) {
    if (!isMissing(member, record, violations)) continue;
    violations.enter(messageName);
    violations.addMissing(wire, at);
    violations.leave();
  }
}

function bodyReaderOf(operation: RestOperation): BodyReader | undefined {
  const sizeMax = operation.bodySizeMax ?? BODY_SIZE_MAX;
  const members = Object.entries(operation.input.members);
  const inBody = members.filter(([, declared]) => bindingOf(declared).at === 'body');
  const payload = members
    .map(([member, declared]) => ({ member, binding: bindingOf(declared) }))
    .find(({ binding }) => binding.at === 'payload');
  if (payload !== undefined) {
    assert(inBody.length === 0, 'Members stand beside a payload');
    return payloadReader(payload.member, payload.binding, sizeMax);
  }
  if (inBody.length === 0) return undefined;
  const read = xmlDecoder(struct(Object.fromEntries(inBody)), 'body');
  return async (body, into, violations) => {
    const bytes = await collect(body, sizeMax);
    if (bytes.byteLength === 0) throw new DecodeError('malformedXml', 'The body is empty');
    Object.assign(into, readDocument(bytes, read, violations));
  };
}

function payloadReader(member: string, binding: Binding, sizeMax: number): BodyReader {
  const { shape, isRequired } = binding;
  if (shape.kind === 'stream') {
    return (body, into) => {
      into[member] = body;
    };
  }
  const read = contentReader(shape, binding.wire ?? member);
  return async (body, into, violations) => {
    const bytes = await collect(body, sizeMax);
    violations.enter(messageName(member));
    if (bytes.byteLength > 0) into[member] = read(bytes, violations);
    else if (isRequired) violations.addMissing(member, 'payload');
    violations.leave();
  };
}

function contentReader(
  shape: Shape,
  wire: string,
): (bytes: Uint8Array, violations: Violations) => unknown {
  if (shape.kind === 'rawBytes') return (bytes) => bytes;
  if (shape.kind === 'rawText') {
    return (bytes, violations) => {
      const text = fromStrictUtf8(bytes);
      if (text === undefined)
        violations.add({ wire, at: 'payload', value: '', constraint: 'Member must be UTF-8 text' });
      return text;
    };
  }
  const read = xmlDecoder(shape, wire);
  return (bytes, violations) => readDocument(bytes, read, violations);
}

/** The body in one piece, or a DecodeError at the first byte too many. */
export async function collect(body: RequestBody, sizeMax: number): Promise<Uint8Array> {
  const tooLarge = `The body is longer than ${sizeMax} bytes`;
  if (body.length !== undefined && body.length > sizeMax) {
    throw new DecodeError('bodyTooLarge', tooLarge);
  }
  try {
    return await collectBody(body, sizeMax);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new DecodeError('bodyTooLarge', tooLarge);
    throw error;
  }
}
