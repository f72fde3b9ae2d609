import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { collectBody, Headers, sourceOf, type HttpResponse } from '../../base/http.ts';
import type { HttpRequest, RequestBody } from '../../base/http.ts';
import { bindingOf, formOf, parseParameters, type Declarations, type Operation } from '../index.ts';
import type { QueryProtocol, RestProtocol } from '../index.ts';
import { matchesPath } from './path.suite.ts';
import { sdkOperations, type SdkModule, type SdkOperation } from './sdk-model.suite.ts';
import { plain, structValues, toClient, type Drawing } from './values.suite.ts';

type Fields = Record<string, unknown>;

/** What every client of the SDK takes; those of S3 are ignored by others. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly forcePathStyle: boolean;
  readonly requestChecksumCalculation: 'WHEN_REQUIRED';
  readonly responseChecksumValidation: 'WHEN_REQUIRED';
}

interface Client {
  send(command: never): Promise<unknown>;
  destroy(): void;
}

/** A client under test, whatever it is written in. */
export type Driver = (options: ClientOptions) => {
  /** The client turns policy documents of answers into objects, as botocore does for IAM. */
  readonly parsesPolicies: boolean;
  /** The operations and members (`PutObject.input.Body`) that the client has; all when absent. */
  knownPaths?(): Promise<ReadonlySet<string>>;
  send(operation: string, input: unknown): Promise<Fields>;
  stop(): Promise<void>;
};

export interface RoundTripOptions {
  readonly protocol: RestProtocol | QueryProtocol;
  /** `(options) => new S3Client(options)`, or a driver of another client. */
  readonly client: ((options: ClientOptions) => Client) | { readonly driver: Driver };
  /** Random cases for each operation. */
  readonly runs?: number;
  /** Operations that the client cannot drive, with the reason. */
  readonly skip?: Readonly<Record<string, string>>;
  /**
   * Members that the client minds itself (an algorithm by which it makes a checksum) and may add
   * unasked, with the reason; paths as `*.input.ChecksumAlgorithm`, with `*` and `**` as in a drift report.
   */
  readonly leaveOut?: Readonly<Record<string, string>>;
  /** Told each operation and member that was left out because the client has none such. */
  readonly onUnknown?: (path: string) => void;
}

/**
 * Drives every declared operation through the SDK's own client against a server that decodes and
 * encodes by the declarations, with random values both ways. Rejects with the first operation that
 * came out otherwise than it went in, and says how many operations were driven.
 */
export async function roundTrip(
  declarations: Declarations,
  sdk: SdkModule,
  options: RoundTripOptions,
): Promise<number> {
  const operations = sdkOperations(sdk);
  const server = await startServer(options.protocol);
  const makeDriver =
    'driver' in options.client ? options.client.driver : sdkDriver(sdk, options.client);
  const driver = makeDriver(clientOptions(server.endpoint));
  let count = 0;
  try {
    const known = await driver.knownPaths?.();
    const unknown = new Set<string>();
    const isKnown = (path: string): boolean => {
      if (known === undefined || known.has(path)) return true;
      unknown.add(path);
      return false;
    };
    for (const [key, operation] of Object.entries(declarations)) {
      if (!isOperation(operation)) continue;
      const name = operation.protocol === 'query' ? operation.action : key;
      if (options.skip?.[name] !== undefined) continue;
      const theirs = operations.get(name);
      assert.ok(theirs !== undefined, `The SDK has no operation ${name}`);
      if (!isKnown(name)) continue;
      await driveOperation({ name, operation, theirs, driver, server, options, isKnown });
      count += 1;
    }
    for (const path of unknown) options.onUnknown?.(path);
  } finally {
    await driver.stop();
    await server.stop();
  }
  return count;
}

function sdkDriver(sdk: SdkModule, makeClient: (options: ClientOptions) => Client): Driver {
  return (options) => {
    const client = makeClient(options);
    return {
      parsesPolicies: false,
      async send(operation, input) {
        const command = sdk[`${operation}Command`] as new (input: unknown) => unknown;
        return (await client.send(new command(input) as never)) as Fields;
      },
      async stop() {
        client.destroy();
      },
    };
  };
}

function isOperation(value: unknown): value is Operation {
  const { protocol } = (value ?? {}) as Partial<Operation>;
  return protocol === 'rest' || protocol === 'query';
}

function clientOptions(endpoint: string): ClientOptions {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

interface Drive {
  readonly name: string;
  readonly operation: Operation;
  readonly theirs: SdkOperation;
  readonly driver: ReturnType<Driver>;
  readonly server: TestServer;
  readonly options: RoundTripOptions;
  readonly isKnown: (path: string) => boolean;
}

const RUNS = 20;

async function driveOperation(drive: Drive): Promise<void> {
  const { name, operation, theirs, driver, server, options, isKnown } = drive;
  const rules = Object.keys(options.leaveOut ?? {});
  const isLeftOut = (path: string): boolean =>
    rules.some((rule) => matchesPath(rule, path)) || !isKnown(path);
  const { protocol } = operation;
  const { parsesPolicies } = driver;
  const inward: Drawing = { isLeftOut, parsesPolicies, direction: 'input', protocol };
  const outward: Drawing = { isLeftOut, parsesPolicies, direction: 'output', protocol };
  const inputs = structValues(operation.input, theirs.input, `${name}.input`, inward);
  const outputs = structValues(operation.output, theirs.output, `${name}.output`, outward);
  const property = fc.asyncProperty(inputs, outputs, async (input, drawn) => {
    const output = withTrueLength(operation, drawn);
    server.expect({ name, operation, output: withSources(operation, output) });
    const answer = await driver.send(name, toClient(operation.input, input, inward));
    const served = server.served();
    assert.equal(served.name, name, 'another operation was routed to');
    compareInput(operation, served.input, input, (member) => isLeftOut(`${name}.input.${member}`));
    await compareAnswer(operation, answer, toClient(operation.output, output, outward) as Fields);
  });
  try {
    await fc.assert(property, { numRuns: options.runs ?? RUNS });
  } catch (error) {
    throw new Error(`${name} does not survive a round trip`, { cause: error });
  }
}

/** What a body's length header says is the length of the body. */
function withTrueLength(operation: Operation, output: Fields): Fields {
  const changed = { ...output };
  const body = Object.values(output).find((value) => value instanceof Uint8Array);
  for (const [member, declared] of Object.entries(operation.output.members)) {
    const { at, wire } = bindingOf(declared);
    if (at !== 'header' || wire !== 'content-length') continue;
    if (body instanceof Uint8Array) changed[member] = body.byteLength;
    else if (member in changed) changed[member] = Math.abs(Number(changed[member]));
  }
  return changed;
}

function withSources(operation: Operation, output: Fields): Fields {
  const changed = { ...output };
  for (const [member, declared] of Object.entries(operation.output.members)) {
    if (bindingOf(declared).shape.kind !== 'stream') continue;
    changed[member] = sourceOf(output[member] as Uint8Array);
  }
  return changed;
}

/** Clients add header fields of their own; everything else must be what was given. */
function compareInput(
  operation: Operation,
  decoded: Fields,
  given: Fields,
  isLeftOut: (member: string) => boolean,
): void {
  const kept = Object.entries(decoded).filter(([member]) => {
    const declared = operation.input.members[member];
    const isHeader = declared !== undefined && bindingOf(declared).at === 'header';
    return member in given || !(isHeader || isLeftOut(member));
  });
  assert.deepEqual(plain(Object.fromEntries(kept)), plain(given), 'the input came out otherwise');
}

async function compareAnswer(operation: Operation, answer: Fields, given: Fields): Promise<void> {
  const received: Fields = {};
  for (const [member, declared] of Object.entries(operation.output.members)) {
    const value = answer[member];
    const { at, shape } = bindingOf(declared);
    // Headers that a server sends anyway, such as Content-Type, show up unasked.
    if ((at === 'header' || at === 'prefix') && !(member in given)) continue;
    const isStream = shape.kind === 'stream' && value !== undefined;
    received[member] = isStream ? await bytesOf(value) : value;
    // The client takes the empty text of a root element for nothing at all.
    if (at === 'payload' && given[member] === '') received[member] ??= '';
  }
  assert.deepEqual(plain(received), plain(given), 'the answer came out otherwise');
}

async function bytesOf(value: unknown): Promise<Uint8Array> {
  return value instanceof Uint8Array ? value : (value as SdkStream).transformToByteArray();
}

interface SdkStream {
  transformToByteArray(): Promise<Uint8Array>;
}

interface Expected {
  readonly name: string;
  readonly operation: Operation;
  readonly output: Fields;
}

interface TestServer {
  readonly endpoint: string;
  expect(expected: Expected): void;
  /** What the last request was routed to and decoded as. */
  served(): { readonly name: string; readonly input: Fields };
  stop(): Promise<void>;
}

async function startServer(protocol: RestProtocol | QueryProtocol): Promise<TestServer> {
  let expected: Expected | undefined;
  let served: { name: string; input: Fields } | undefined;
  let failure: unknown;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      assert.ok(expected !== undefined);
      const call = requestOf(request);
      served = await ('decode' in protocol && 'encodeError' in protocol
        ? serveQuery(protocol, call)
        : serveRest(protocol, call));
      assert.equal(served.name, expected.name, 'another operation was routed to');
      await send(response, encode(protocol, expected));
    } catch (error) {
      failure = error;
      response.writeHead(418).end();
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    expect(next) {
      expected = next;
      served = undefined;
      failure = undefined;
    },
    served() {
      if (failure !== undefined) throw failure as Error;
      assert.ok(served !== undefined, 'the request did not arrive');
      return served;
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

function requestOf(message: IncomingMessage): HttpRequest {
  return {
    method: message.method ?? '',
    target: message.url ?? '',
    headers: new Headers(message.rawHeaders),
    body: Object.assign(message, { length: undefined }) as unknown as RequestBody,
    remoteAddress: '127.0.0.1',
    secure: false,
  };
}

async function serveRest(protocol: RestProtocol, request: HttpRequest) {
  const [path = '', words = ''] = request.target.split('?', 2);
  const [, bucket = '', ...keyParts] = path.split('/');
  const address = {
    bucket: bucket === '' ? undefined : decodeURIComponent(bucket),
    key: keyParts.length === 0 ? undefined : decodeURIComponent(keyParts.join('/')),
    query: parseParameters(words) ?? new Map<string, string>(),
    headers: request.headers,
  };
  const route = protocol.route({ method: request.method, ...address });
  assert.ok(route.kind === 'matched', `${request.method} ${request.target} is ${route.kind}`);
  const input: Fields = {
    ...(await protocol.decode(route.operation, { ...address, body: request.body })),
  };
  for (const [member, value] of Object.entries(input)) {
    if (value === request.body) input[member] = await collectBody(request.body, Infinity);
  }
  return { name: route.name, input };
}

async function serveQuery(protocol: QueryProtocol, request: HttpRequest) {
  const form = formOf(request.target, await collectBody(request.body, Infinity));
  const route = protocol.route(form);
  assert.ok(route.kind === 'matched', `${form.get('Action')} is ${route.kind}`);
  return { name: route.name, input: { ...protocol.decode(route.operation, form) } as Fields };
}

function encode(protocol: RestProtocol | QueryProtocol, expected: Expected): HttpResponse {
  const { operation, output } = expected;
  return operation.protocol === 'query'
    ? (protocol as QueryProtocol).encode(operation, output, 'request-id')
    : (protocol as RestProtocol).encode(operation, output);
}

async function send(response: ServerResponse, answer: HttpResponse): Promise<void> {
  if (answer.body === undefined || answer.body instanceof Uint8Array) {
    response.writeHead(answer.status, answer.headers).end(answer.body);
    return;
  }
  const { length } = answer.body;
  response.writeHead(answer.status, [...answer.headers, 'Content-Length', String(length)]);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < bytes.length;) at += await answer.body.read(bytes.subarray(at));
  answer.body.close();
  response.end(bytes);
}
