import { createHash } from 'node:crypto';
import { systemClock } from '../../base/clock.ts';
import {
  EMPTY_SHA256_HEX,
  signRequestV4,
  UNSIGNED_PAYLOAD,
  uriEncode,
} from '../../signature/index.ts';
import { Element, parseElement } from './element.ts';
import { ServiceError } from './errors.ts';
import { formOf, type FormValue } from './form.ts';
import {
  readProfile,
  type Environment,
  type Profile,
  type ProfileChoice,
  type ServiceName,
} from './profile.ts';
import { openTransport, type Answer, type Body, type Transport } from './transport.ts';

/** A request of S3; its address is written in path style, which every server answers. */
export interface S3Request {
  readonly method: string;
  readonly bucket?: string | undefined;
  /** Not encoded. */
  readonly key?: string | undefined;
  /** Not encoded; a parameter whose value is undefined is left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent unsigned, since its hash would have to go before it. */
  readonly body?: Body;
}

/** A request of a service that speaks JSON. */
export interface JsonRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** The service of the signature's scope, whose endpoint is also the one that is asked. */
  readonly service: ServiceName;
  readonly body?: unknown;
}

/** Speaks to the services of a profile, signed. Whatever a service refuses is a ServiceError. */
export interface Client extends Disposable {
  readonly profile: Profile;
  /**
   * An action of IAM or STS, or one of the server's own. Gives the `…Result` element, empty for actions that answer nothing:
   * `(await client.query('iam', 'GetUser', { UserName })).textOf('User/Arn')`.
   */
  query(
    service: 'iam' | 'sts' | 'coffer',
    action: string,
    parameters?: Readonly<Record<string, FormValue>>,
  ): Promise<Element>;
  /** The results of every page of a listing of IAM. */
  pages(
    action: string,
    parameters?: Readonly<Record<string, FormValue>>,
  ): AsyncIterableIterator<Element>;
  /** A request of S3, whose answer's body is yet to be read. */
  request(request: S3Request): Promise<Answer>;
  json(request: JsonRequest): Promise<unknown>;
}

const QUERY_VERSION = { iam: '2010-05-08', sts: '2011-06-15', coffer: '2026-11-28' } as const;
const FORM_TYPE = 'application/x-www-form-urlencoded; charset=utf-8';

/** The client of what a person said, else of environment and AWS's files. */
export function openClient(choice: ProfileChoice, environment: Environment): Client {
  const profile = readProfile(choice, environment);
  return clientOf(profile);
}

export function clientOf(profile: Profile): Client {
  const transport = openTransport(profile.caBundle);
  const client: Client = {
    profile,
    async query(service, action, parameters = {}) {
      const answer = await send(transport, profile, {
        service,
        method: 'POST',
        target: '/',
        headers: { 'content-type': FORM_TYPE },
        body: formOf({ Action: action, Version: QUERY_VERSION[service], ...parameters }),
      });
      const document = parseElement(await answer.bytes());
      return document.find(`${action}Result`) ?? new Element(`${action}Result`);
    },
    async *pages(action, parameters = {}) {
      for (let marker: string | undefined; ;) {
        const page = await client.query('iam', action, { ...parameters, Marker: marker });
        yield page;
        marker = page.textOf('Marker');
        if (page.textOf('IsTruncated') !== 'true' || marker === undefined) return;
      }
    },
    request: ({ method, bucket, key, query = {}, headers = {}, body }) =>
      send(transport, profile, {
        service: 's3',
        method,
        target: targetOf(bucket, key, query),
        headers,
        body,
      }),
    async json({ body, ...request }) {
      const answer = await send(transport, profile, {
        ...request,
        headers: body === undefined ? {} : { 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const bytes = await answer.bytes();
      return bytes.byteLength === 0 ? undefined : JSON.parse(Buffer.from(bytes).toString());
    },
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
  return client;
}

function targetOf(
  bucket: string | undefined,
  key: string | undefined,
  query: NonNullable<S3Request['query']>,
): string {
  const path = [bucket, key]
    .filter((part) => part !== undefined)
    .map((part) => uriEncode(part, true));
  const parameters = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value = '']) => `${uriEncode(name)}${value === '' ? '' : `=${uriEncode(value)}`}`);
  return `/${path.join('/')}${parameters.length === 0 ? '' : `?${parameters.join('&')}`}`;
}

async function send(
  transport: Transport,
  profile: Profile,
  request: {
    readonly service: ServiceName;
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Body | undefined;
  },
): Promise<Answer> {
  const { service, method, body } = request;
  const url = new URL(profile.endpointOf(service));
  const target = `${url.pathname.replace(/\/$/, '')}${request.target}`;
  const { headers } = signRequestV4({
    method,
    target,
    headers: { host: url.host, ...request.headers },
    credentials: profile.credentials(),
    region: service === 'iam' ? 'us-east-1' : profile.region,
    service,
    nowMs: systemClock.nowMs(),
    payloadHash: payloadHashOf(body),
  });
  headers['content-length'] = String(lengthOf(body));
  const answer = await transport.send({ method, url, target, headers, body });
  if (answer.status < 300 || answer.status === 304) return answer;
  throw refusalOf(answer, await answer.bytes());
}

function payloadHashOf(body: Body | undefined): string {
  if (body === undefined) return EMPTY_SHA256_HEX;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return UNSIGNED_PAYLOAD;
  return createHash('sha256').update(body).digest('hex');
}

function lengthOf(body: Body | undefined): number {
  if (body === undefined) return 0;
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}

/** The error of an answer: XML as the services of AWS write it, JSON, or its status alone. */
function refusalOf(answer: Answer, bytes: Uint8Array): ServiceError {
  const { status } = answer;
  const requestId = answer.header('x-amz-request-id') ?? answer.header('x-amzn-requestid');
  try {
    if (answer.header('content-type')?.includes('json') === true) {
      const { code, message } = JSON.parse(Buffer.from(bytes).toString()) as Record<
        string,
        unknown
      >;
      return new ServiceError({ status, code: String(code), sentence: String(message), requestId });
    }
    const document = parseElement(bytes);
    const error = document.name === 'Error' ? document : document.find('Error');
    const code = error?.textOf('Code');
    if (code !== undefined) {
      const sentence = error?.textOf('Message') ?? '';
      const said = document.textOf('RequestId');
      return new ServiceError({ status, code, sentence, requestId: said ?? requestId });
    }
  } catch {
    // The answer of a HEAD has no body, and one that stands between may answer anything.
  }
  return new ServiceError({ status, code: `HTTP ${status}`, sentence: '', requestId });
}
