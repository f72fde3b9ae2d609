import { assert } from '../base/assert.ts';
import { utf8 } from '../base/bytes.ts';
import type { ByteSource, HttpResponse } from '../base/http.ts';
import type { RestOperation } from './operation.ts';
import { bindingOf, type Binding, type Shape } from './schema.ts';
import { elementEncoder, membersEncoder, namespaceAttribute } from './xml-encoder.ts';
import { textElements, XML_DECLARATION } from './xml-encoder.ts';

type Output = Readonly<Record<string, unknown>>;
type Body = Uint8Array | ByteSource | undefined;

interface BodyWriter {
  /** Undefined where the output has a Content-Type of its own, or none. */
  readonly contentType: string | undefined;
  write(output: Output): Body;
}

/** Adds a member's header fields to the list. */
type HeaderWriter = (value: unknown, headers: string[]) => void;

/**
 * An encoder of an operation's answers. `xmlns` is the namespace of documents that the operation
 * does not put elsewhere.
 */
export function compileRestEncoder(
  name: string,
  operation: RestOperation,
  xmlns: string | undefined,
): (output: Output) => HttpResponse {
  const fields = Object.entries(operation.output.members).map(([member, declared]) => ({
    member,
    binding: bindingOf(declared),
  }));
  const headers = fields.flatMap(({ member, binding }) => {
    const write = headerWriter(member, binding);
    const isLength = binding.at === 'header' && binding.wire === 'content-length';
    return write === undefined ? [] : [{ member, write, isLength }];
  });
  const statusMember = fields.find(({ binding }) => binding.at === 'status')?.member;
  const bodyWriter = bodyWriterOf(name, operation, xmlns);
  return (output) => {
    const body = bodyWriter?.write(output);
    const fields: string[] = [];
    if (body !== undefined && bodyWriter?.contentType !== undefined) {
      fields.push('Content-Type', bodyWriter.contentType);
    }
    for (const { member, write, isLength } of headers) {
      const value = output[member];
      // The listener states the length of a body that there is.
      if (value !== undefined && !(isLength && body !== undefined)) write(value, fields);
    }
    const chosen = statusMember === undefined ? undefined : output[statusMember];
    const status = typeof chosen === 'number' ? chosen : operation.status;
    return body === undefined ? { status, headers: fields } : { status, headers: fields, body };
  };
}

/**
 * A field's name as AWS spells it: `ETag`, `Content-Type`, but `x-amz-…`. Names mean the same in any
 * case, and yet there are programs that look `ETag` up in a map that minds it.
 */
function spelledName(name: string): string {
  if (name === 'etag') return 'ETag';
  if (name.startsWith('x-amz-')) return name;
  return name.replaceAll(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** What a field's name is made of (RFC 9110, section 5.1). */
const TOKEN = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

function headerWriter(
  member: string,
  { at, wire = member, shape }: Binding,
): HeaderWriter | undefined {
  if (at === 'prefix') {
    return (value, headers) => {
      for (const [key, entry] of Object.entries(value as object)) {
        // A name that no field can have must not take the rest of the answer with it.
        if (TOKEN.test(key)) headers.push(wire + key, headerText(String(entry)));
      }
    };
  }
  if (at !== 'header') return undefined;
  const name = spelledName(wire);
  if (shape.kind === 'scalar') {
    return (value, headers) => {
      headers.push(name, headerText(shape.format(value)));
    };
  }
  assert(shape.kind === 'list' && shape.of.kind === 'scalar', `${member} cannot be a header`);
  const item = shape.of;
  return (value, headers) => {
    const texts = (value as readonly unknown[]).map((entry) => item.format(entry));
    headers.push(name, headerText(texts.join(', ')));
  };
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const UNSENDABLE = /[^\t\x20-\x7E\x80-\xFF]/;
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\0-\x08\x0A-\x1F\x7F]/g;

/**
 * A text as a field value can hold it: control characters become blanks, so that no value breaks
 * out of its line, and text beyond Latin-1 goes as its UTF-8 bytes.
 */
function headerText(text: string): string {
  if (!UNSENDABLE.test(text)) return text;
  const line = text.replace(CONTROL, ' ');
  return UNSENDABLE.test(line) ? Buffer.from(line, 'utf8').toString('latin1') : line;
}

function bodyWriterOf(
  name: string,
  operation: RestOperation,
  xmlns: string | undefined,
): BodyWriter | undefined {
  const namespace = namespaceAttribute(operation.xmlns ?? xmlns);
  const bindings = Object.entries(operation.output.members).map(([member, declared]) => ({
    member,
    binding: bindingOf(declared),
  }));
  const payload = bindings.find(({ binding }) => binding.at === 'payload');
  const hasElements = bindings.some(({ binding }) => binding.at === 'body');
  if (payload !== undefined) {
    assert(!hasElements, `${name} has members beside its payload`);
    return payloadWriter(payload.member, payload.binding, operation, namespace);
  }
  if (!hasElements) return undefined;
  assert(operation.root !== undefined, `${name} has members in the body but no root`);
  const open = `${XML_DECLARATION}<${operation.root}${namespace}>`;
  const close = `</${operation.root}>`;
  const write = membersEncoder(operation.output, 'rest');
  return {
    contentType: operation.contentType ?? 'application/xml',
    write: (output) => utf8(open + write(output) + close),
  };
}

function payloadWriter(
  member: string,
  binding: Binding,
  operation: RestOperation,
  namespace: string,
): BodyWriter {
  const { shape } = binding;
  const write = payloadContent(shape, binding.wire ?? member, namespace);
  const isXml = shape.kind !== 'stream' && shape.kind !== 'rawBytes' && shape.kind !== 'rawText';
  return {
    contentType: operation.contentType ?? (isXml ? 'application/xml' : undefined),
    write(output) {
      const value = output[member];
      return value === undefined ? undefined : write(value);
    },
  };
}

function payloadContent(shape: Shape, root: string, namespace: string): (value: unknown) => Body {
  switch (shape.kind) {
    case 'stream':
      return (value) => value as ByteSource;
    case 'rawBytes':
      return (value) => value as Uint8Array;
    case 'rawText':
      return (value) => utf8(value as string);
    default: {
      const write = elementEncoder(root, shape, 'rest', namespace);
      return (value) => utf8(XML_DECLARATION + write(value));
    }
  }
}

export interface RestError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Elements after the message, in order: Resource, RequestId and the like among them. */
  readonly members?: readonly (readonly [name: string, text: string])[];
  readonly headers?: readonly string[];
}

/** The document of an error. An answer to HEAD has none, so its caller drops the body. */
export function encodeRestError(error: RestError): HttpResponse {
  const { status, code, message, members = [], headers = [] } = error;
  const text = textElements([['Code', code], ['Message', message], ...members]);
  return {
    status,
    headers: ['Content-Type', 'application/xml', ...headers],
    body: utf8(`${XML_DECLARATION}<Error>${text}</Error>`),
  };
}
