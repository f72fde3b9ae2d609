import type { Authenticated } from '../access/index.ts';
import type { Awaitable } from '../base/awaitable.ts';
import { base64 } from '../base/bytes.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import { secureBytes } from '../base/random.ts';
import {
  compileRest,
  encodeRestError,
  restOperations,
  type RestOperation,
  type Route,
} from '../wire/index.ts';
import { addressOf, type Address } from './address.ts';
import * as declarations from './api/index.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { checkedBody } from './checked-body.ts';
import type { S3Context, S3Parts } from './context.ts';
import { corsHeaders, preflight } from './cors.ts';
import { S3Error } from './errors.ts';
import { acceptForm, isFormUpload } from './form-upload.ts';
import { withHoistedHeaders } from './hoisted-headers.ts';
import { handlers } from './operations/index.ts';
import { toS3Error } from './to-s3-error.ts';
import { authorizeOperation, contextOf, type Way } from './way.ts';

const XMLNS = 'http://s3.amazonaws.com/doc/2006-03-01/';

const protocol = compileRest(declarations, { xmlns: XMLNS, notServed: NOT_SERVED });

/** Operations whose body is an object's, or whose checksum headers are of the object. */
const UNCHECKED: ReadonlySet<RestOperation> = new Set(
  restOperations(declarations)
    .map(([, operation]) => operation)
    .filter(({ input: { members } }) => isStream(members) || 'ChecksumCRC32' in members),
);

function isStream(members: RestOperation['input']['members']): boolean {
  return Object.values(members).some(
    (member) => member.kind === 'binding' && member.shape.kind === 'stream',
  );
}

export type S3Service = (request: HttpRequest, requestId: string) => Promise<HttpResponse>;

/** A request's way: address, operation, caller, bucket, input, permission, handler, answer. */
export function createS3Service(parts: S3Parts): S3Service {
  return async (request, requestId) => {
    const way: Way = { parts, request, requestId, bucket: undefined };
    try {
      const response = finish(way, await answer(way));
      return isRead(response)
        ? { ...response, instead: (error) => finish(way, errorAnswer(way, error)) }
        : response;
    } catch (error) {
      return finish(way, errorAnswer(way, error));
    }
  };
}

/** Whether the body is yet to be read, which may fail. */
function isRead({ body }: HttpResponse): boolean {
  return body !== undefined && !(body instanceof Uint8Array) && body.bytes === undefined;
}

async function answer(way: Way): Promise<HttpResponse> {
  const { parts, request: sent } = way;
  const address = addressOf(sent, parts.domains);
  const headers = withHoistedHeaders(sent.headers, address.query);
  const request = headers === sent.headers ? sent : { ...sent, headers };
  if (address.bucket !== undefined) {
    const found = parts.objects.findBucket(address.bucket);
    way.bucket = found instanceof Promise ? await found : found;
  }
  if (request.method === 'OPTIONS') {
    return { status: 200, headers: [...preflight(way.bucket, request)] };
  }
  if (isFormUpload(request, address)) return acceptForm(way, address);
  const { name, operation } = matched(
    protocol.route({
      method: request.method,
      bucket: address.bucket,
      key: address.key,
      query: address.query,
      headers,
    }),
    request.method,
  );
  // The signature is over what was sent, so that is what it is held against.
  const authenticated = await parts.authenticator.authenticate(sent, {
    service: 's3',
    virtualHostBucket: address.virtualHostBucket,
  });
  const context = contextOf(request === sent ? way : { ...way, request }, address, authenticated);
  if (address.bucket !== undefined && way.bucket === undefined && name !== 'CreateBucket') {
    throw new S3Error('NoSuchBucket', { BucketName: address.bucket });
  }
  const decoded = decode(operation, address, context, authenticated);
  const input = decoded instanceof Promise ? await decoded : decoded;
  await authorizeOperation(name, operation, input, context);
  const handler = handlers[name as keyof typeof handlers] as AnyHandler;
  const output = handler(input, context);
  return protocol.encode(operation, output instanceof Promise ? await output : output);
}

/** Operation and handler were declared as a pair; the table cannot say so to the compiler. */
type AnyHandler = (input: unknown, context: S3Context) => Awaitable<Record<string, unknown>>;

function matched(route: Route, method: string): Extract<Route, { kind: 'matched' }> {
  switch (route.kind) {
    case 'matched':
      return route;
    case 'notServed':
      throw new S3Error('NotImplemented', { Header: route.word });
    case 'conflict':
      throw new S3Error(
        'InvalidArgument',
        { ArgumentName: 'ResourceType', ArgumentValue: route.words[0] ?? '' },
        `Conflicting query string parameters: ${route.words.join(', ')}`,
      );
    case 'incomplete':
      throw new S3Error(
        'InvalidArgument',
        { ArgumentName: route.parameter },
        'This operation does not accept a query-string.',
      );
    case 'unmatched':
      throw new S3Error('MethodNotAllowed', {
        Method: method,
        ResourceType: route.word === undefined ? 'SERVICE' : route.word.toUpperCase(),
      });
  }
}

function decode(
  operation: RestOperation,
  address: Address,
  context: S3Context,
  { body, trailers }: Authenticated,
): Awaitable<unknown> {
  const { headers } = context.request;
  const checked = UNCHECKED.has(operation)
    ? body
    : checkedBody(body, headers, trailers, operation.checksum === 'required');
  const { bucket, key, query } = address;
  return protocol.decode(operation, { bucket, key, query, headers, body: checked });
}

function finish({ bucket, request, requestId }: Way, response: HttpResponse): HttpResponse {
  const { status, headers } = response;
  headers.push('x-amz-request-id', requestId, 'x-amz-id-2', requestId2(requestId));
  headers.push('Server', 'Coffer');
  const cors = request.method === 'OPTIONS' ? [] : corsHeaders(bucket, request);
  if (cors.length > 0) headers.push(...cors);
  return request.method === 'HEAD' ? { status, headers } : response;
}

function errorAnswer(way: Way, thrown: unknown): HttpResponse {
  const { parts, request, requestId } = way;
  const error = toS3Error(thrown) ?? new S3Error('InternalError');
  if (error.code === 'InternalError' || error.code === 'InsufficientCapacity') {
    parts.log.write('error', 'A request failed', {
      requestId,
      method: request.method,
      error: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
    });
  }
  if (error.status === 304) return { status: 304, headers: [...error.headers] };
  const path = request.target.split('?', 1)[0] ?? '';
  return encodeRestError({
    status: error.status,
    code: error.code,
    message: error.message,
    members: [
      ...Object.entries(error.fields),
      ['Resource', path],
      ['RequestId', requestId],
      ['HostId', requestId2(requestId)],
    ],
    headers: error.headers,
  });
}

/** S3's second id: a constant of this process and the request's id, as one opaque text. */
const HOST_ID = base64(secureBytes(24));

function requestId2(requestId: string): string {
  return `${HOST_ID}${requestId}`;
}
