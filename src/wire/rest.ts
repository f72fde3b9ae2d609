import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { HttpResponse } from '../base/http.ts';
import type { Declarations, Input, Output, RestOperation } from './operation.ts';
import { compileRestDecoder, type RestRequest } from './rest-decoder.ts';
import { compileRestEncoder } from './rest-encoder.ts';
import { compileRouter, type Router } from './router.ts';

export interface RestOptions {
  /** Namespace of answers. */
  readonly xmlns?: string;
  /** Sub-resource words of the protocol that no declaration serves; they are refused by name. */
  readonly notServed?: Iterable<string>;
}

/** The REST protocol for a table of operations, compiled once. */
export interface RestProtocol {
  readonly route: Router;
  /** The typed input of a request; a DecodeError for what the declaration does not admit. */
  decode<Op extends RestOperation>(operation: Op, request: RestRequest): Awaitable<Input<Op>>;
  encode<Op extends RestOperation>(operation: Op, output: Output<Op>): HttpResponse;
}

/** The REST operations among declarations, with their names. */
export function restOperations(declarations: Declarations): [string, RestOperation][] {
  return Object.entries(declarations).filter(
    (entry): entry is [string, RestOperation] =>
      (entry[1] as Partial<RestOperation> | undefined)?.protocol === 'rest',
  );
}

export function compileRest(declarations: Declarations, options: RestOptions = {}): RestProtocol {
  const operations = restOperations(declarations);
  const codecs = new Map(
    operations.map(([name, operation]) => [
      operation,
      {
        decode: compileRestDecoder(operation),
        encode: compileRestEncoder(name, operation, options.xmlns),
      },
    ]),
  );
  const codecOf = (operation: RestOperation) => {
    const codec = codecs.get(operation);
    assert(codec !== undefined, 'The operation is not among the compiled declarations');
    return codec;
  };
  return {
    route: compileRouter(operations, options.notServed),
    decode: <Op extends RestOperation>(operation: Op, request: RestRequest) =>
      codecOf(operation).decode(request) as Awaitable<Input<Op>>,
    encode: (operation, output) =>
      codecOf(operation).encode(output as Readonly<Record<string, unknown>>),
  };
}
