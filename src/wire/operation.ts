import type { Awaitable } from '../base/awaitable.ts';
import { assert } from '../base/assert.ts';
import { struct, type InputOf, type Members, type OutputOf, type Struct } from './schema.ts';

/**
 * What a room adds to its operations for layers above the codecs. A room that needs more extends
 * this interface by `declare module '../wire/operation.ts'`.
 */
export interface OperationTraits {
  /** Largest body that is collected for a payload which is not a stream, in bytes. */
  readonly bodySizeMax?: number;
  /** The request must carry a checksum of its body. */
  readonly checksum?: 'required' | 'supported';
  /** The operation may be called without credentials. */
  readonly anonymous?: 'allowed';
}

// Method signatures, so that an operation of particular members is an operation of any.
type AllowsOf<I extends Members> = { of(input: InputOf<I>): string | readonly string[] }['of'];
type OnOf<I extends Members> = { of(input: InputOf<I>, account: string): string }['of'];

interface Authorization<I extends Members> {
  /** The IAM action (or actions, all needed) that the caller must be allowed. */
  readonly allows: string | readonly string[] | AllowsOf<I>;
  /** The ARN that the action is on, where it does not follow from bucket and key. */
  readonly on?: OnOf<I>;
}

export type Level = 'service' | 'bucket' | 'key';

export interface RestOperation<I extends Members = Members, O extends Members = Members>
  extends Authorization<I>, OperationTraits {
  readonly protocol: 'rest';
  readonly method: string;
  readonly level: Level;
  /** The route's query: words that must be there, with a value where one must be equal. */
  readonly literals: readonly (readonly [word: string, value: string | undefined])[];
  readonly input: Struct<I>;
  readonly output: Struct<O>;
  /** The status of an answer whose handler does not choose one. */
  readonly status: number;
  /** Root element of an answer whose members stand in the body. */
  readonly root: string | undefined;
  /** Namespace of the answer's root; undefined is the service's, empty is none. */
  readonly xmlns: string | undefined;
  /** Content-Type of an answer's body; `application/xml` for documents unless given. */
  readonly contentType: string | undefined;
}

export interface QueryOperation<I extends Members = Members, O extends Members = Members>
  extends Authorization<I>, OperationTraits {
  readonly protocol: 'query';
  /** Value of the `Action` parameter. */
  readonly action: string;
  readonly input: Struct<I>;
  readonly output: Struct<O>;
  /** The answer has its element of results although nothing can be in it; botocore insists. */
  readonly hasEmptyResult?: boolean;
}

export type Operation = RestOperation | QueryOperation;

export interface RestSpec<I extends Members, O extends Members>
  extends Authorization<I>, OperationTraits {
  readonly input: I;
  readonly output: O;
  readonly status?: number;
  readonly root?: string;
  readonly xmlns?: string;
  readonly contentType?: string;
}

export interface QuerySpec<I extends Members, O extends Members>
  extends Authorization<I>, OperationTraits {
  readonly input: I;
  readonly output: O;
  readonly hasEmptyResult?: boolean;
}

const ROUTE = /^([A-Z]+) (\/(?:\{(\w+)\}(?:\/\{(\w+)\+\})?)?)(?:\?(.+))?$/;

/**
 * Declares an operation of the REST protocol. Its route is a method, a path of at most a bucket's
 * label and a key's, and the query words that single it out: `'PUT /{Bucket}/{Key+}?tagging'`.
 */
export function operation<const I extends Members, const O extends Members>(
  route: string,
  spec: RestSpec<I, O>,
): RestOperation<I, O> {
  const match = ROUTE.exec(route);
  assert(match !== null, `Route ${route} is not METHOD /{Bucket}/{Key+}?words`);
  const [, method = '', , bucket, key, words] = match;
  assert(bucket === undefined || bucket === 'Bucket', `Route ${route} must call its bucket Bucket`);
  assert(key === undefined || key === 'Key', `Route ${route} must call its key Key`);
  return {
    status: 200,
    root: undefined,
    xmlns: undefined,
    contentType: undefined,
    ...spec,
    protocol: 'rest',
    method,
    level: key === undefined ? (bucket === undefined ? 'service' : 'bucket') : 'key',
    literals: words === undefined ? [] : words.split('&').map(literalOf),
    input: struct(spec.input),
    output: struct(spec.output),
  };
}

function literalOf(text: string): readonly [string, string | undefined] {
  const [word = '', value] = text.split('=');
  return [word, value];
}

/** Declares an operation of the query protocol. */
export function action<const I extends Members, const O extends Members>(
  name: string,
  spec: QuerySpec<I, O>,
): QueryOperation<I, O> {
  return {
    ...spec,
    protocol: 'query',
    action: name,
    input: struct(spec.input),
    output: struct(spec.output),
  };
}

export type Input<Op> = Op extends { readonly input: Struct<infer I> } ? InputOf<I> : never;
export type Output<Op> = Op extends { readonly output: Struct<infer O> } ? OutputOf<O> : never;

export type Handler<Op, Context> = (input: Input<Op>, context: Context) => Awaitable<Output<Op>>;

/** Operations by name. A module namespace will do: what is not an operation is passed over. */
export type Declarations = Readonly<Record<string, unknown>>;

/** A handler for each declared operation; a missing one does not compile. */
export type Handlers<D, Context> = {
  readonly [K in keyof D as D[K] extends Operation ? K : never]: Handler<D[K], Context>;
};
