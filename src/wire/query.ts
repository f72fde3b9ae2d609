import { assert } from '../base/assert.ts';
import { fromStrictUtf8, utf8 } from '../base/bytes.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import { DecodeError } from './decode-error.ts';
import { formTree, parseParameters, type Parameters } from './form.ts';
import type { Declarations, Input, Output, QueryOperation } from './operation.ts';
import { queryDecoder } from './query-decoder.ts';
import { collect } from './rest-decoder.ts';
import { Violations } from './violations.ts';
import { membersEncoder, namespaceAttribute, textElements } from './xml-encoder.ts';

/** Largest form: a managed policy's 6,144 characters three times over, and the longest lists. */
const FORM_SIZE_MAX = 2 ** 20;

export interface QueryOptions {
  /** The API version that clients send, such as `2010-05-08`. */
  readonly version: string;
  /** Namespace of answers and errors. */
  readonly xmlns: string;
}

export type QueryRoute =
  | { readonly kind: 'matched'; readonly name: string; readonly operation: QueryOperation }
  | { readonly kind: 'missingAction' }
  | { readonly kind: 'unknownAction'; readonly action: string }
  | { readonly kind: 'unknownVersion'; readonly action: string; readonly version: string };

export interface QueryError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Further elements of the error, beside those that every one has. */
  readonly members?: Readonly<Record<string, string>>;
  readonly requestId: string;
}

/** The query protocol for a table of actions, compiled once. */
export interface QueryProtocol {
  route(form: Parameters): QueryRoute;
  /** The typed input of a form; a DecodeError that names everything wrong with it. */
  decode<Op extends QueryOperation>(operation: Op, form: Parameters): Input<Op>;
  encode<Op extends QueryOperation>(
    operation: Op,
    output: Output<Op>,
    requestId: string,
  ): HttpResponse;
  encodeError(error: QueryError): HttpResponse;
}

/** The parameters of a request of the query protocol: of its form and of its query. */
export async function readForm(request: HttpRequest): Promise<Parameters> {
  const bytes = await collect(request.body, FORM_SIZE_MAX);
  return formOf(request.target, bytes);
}

/** The same for a body that has been read already. What the body says goes before the query. */
export function formOf(target: string, body: Uint8Array): Parameters {
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark + 1);
  const text = fromStrictUtf8(body);
  const parameters = text === undefined ? undefined : parseParameters(joinForms(text, query));
  if (parameters === undefined) {
    throw new DecodeError('malformedForm', 'The form is not well-formed');
  }
  return parameters;
}

function joinForms(body: string, query: string): string {
  return query === '' ? body : body === '' ? query : `${body}&${query}`;
}

/** The actions among declarations, with their names. */
export function queryOperations(declarations: Declarations): [string, QueryOperation][] {
  return Object.values(declarations)
    .filter((value): value is QueryOperation => {
      return (value as Partial<QueryOperation> | undefined)?.protocol === 'query';
    })
    .map((operation) => [operation.action, operation]);
}

interface Codec {
  decode(form: Parameters): object;
  encode(output: unknown, requestId: string): HttpResponse;
}

export function compileQuery(declarations: Declarations, options: QueryOptions): QueryProtocol {
  const namespace = namespaceAttribute(options.xmlns);
  const byAction = new Map(queryOperations(declarations));
  const codecs = new Map<QueryOperation, Codec>();
  for (const operation of byAction.values()) {
    codecs.set(operation, codecFor(operation, namespace));
  }
  const codecOf = (operation: QueryOperation): Codec => {
    const codec = codecs.get(operation);
    assert(codec !== undefined, `${operation.action} is not among the compiled declarations`);
    return codec;
  };
  return {
    route(form) {
      const action = form.get('Action');
      if (action === undefined || action === '') return { kind: 'missingAction' };
      const operation = byAction.get(action);
      if (operation === undefined) return { kind: 'unknownAction', action };
      const version = form.get('Version') ?? options.version;
      if (version !== options.version) return { kind: 'unknownVersion', action, version };
      return { kind: 'matched', name: action, operation };
    },
    decode: <Op extends QueryOperation>(operation: Op, form: Parameters) =>
      codecOf(operation).decode(form) as Input<Op>,
    encode: (operation, output, requestId) => codecOf(operation).encode(output, requestId),
    encodeError: (error) => encodeQueryError(error, options.xmlns),
  };
}

function codecFor(operation: QueryOperation, namespace: string): Codec {
  const read = queryDecoder(operation.input, operation.action);
  const write = membersEncoder(operation.output, 'query');
  const { action, hasEmptyResult = false } = operation;
  const hasResult = hasEmptyResult || Object.keys(operation.output.members).length > 0;
  const open = `<${action}Response${namespace}>${hasResult ? `<${action}Result>` : ''}`;
  const close = hasResult ? `</${action}Result>` : '';
  return {
    decode(form) {
      const violations = new Violations();
      const input = read(formTree(form), violations) as object;
      violations.throwIfAny();
      return input;
    },
    encode(output, requestId) {
      const id = textElements([['RequestId', requestId]]);
      const end = `${close}<ResponseMetadata>${id}</ResponseMetadata></${action}Response>`;
      return xmlAnswer(200, requestId, open + write(output) + end);
    },
  };
}

function xmlAnswer(status: number, requestId: string, text: string): HttpResponse {
  return {
    status,
    headers: ['Content-Type', 'text/xml', 'x-amzn-RequestId', requestId],
    body: utf8(text),
  };
}

/** Statuses from here on are the service's fault, not the sender's. */
const SERVER_FAULT_STATUS = 500;

/** The envelope of an error, also for requests that are no known action's. */
export function encodeQueryError(error: QueryError, xmlns: string): HttpResponse {
  const { status, code, message, members = {}, requestId } = error;
  const type = status >= SERVER_FAULT_STATUS ? 'Receiver' : 'Sender';
  const details = textElements([
    ['Type', type],
    ['Code', code],
    ['Message', message],
    ...Object.entries(members),
  ]);
  const text =
    `<ErrorResponse${namespaceAttribute(xmlns)}><Error>${details}</Error>` +
    `${textElements([['RequestId', requestId]])}</ErrorResponse>`;
  return xmlAnswer(status, requestId, text);
}
