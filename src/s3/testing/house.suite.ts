import { hash } from 'node:crypto';
import { createAuthenticator, SILENT_OBSERVER } from '../../access/index.ts';
import { ManualClock } from '../../base/clock.ts';
import { bodyOf, Headers, type HttpResponse, type RequestBody } from '../../base/http.ts';
import type { LogFields } from '../../base/log.ts';
import { openMemoryBlobStore } from '../../blob/memory.ts';
import { openIdentityStore } from '../../identity/index.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import type { Bucket } from '../../objects/model.ts';
import { openObjectStore } from '../../objects/open-object-store.ts';
import { presignV2, presignV4, signRequestV4, signV2 } from '../../signature/index.ts';
import { createS3Service } from '../service.ts';

/** The whole S3 service over memory, asked without a socket. */

export const REGION = 'us-east-1';
export const HOST = 's3.localhost';
const START_MS = Date.UTC(2026, 5, 1, 12);
/** Two accounts, so that what holds between them can be seen. */
export const MAIN = '111111111111';
export const OTHER = '222222222222';

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Call {
  readonly as?: Key | undefined;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent, but not signed. */
  readonly unsigned?: Readonly<Record<string, string>>;
  /** Put behind the target once it is signed. */
  readonly append?: string;
  readonly body?: string | Uint8Array | RequestBody;
  readonly sign?: 'header' | 'query' | 'v2' | 'v2-query';
  readonly secure?: boolean;
  readonly from?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The code of an error document. */
  readonly code: string | undefined;
}

export type House = Awaited<ReturnType<typeof openHouse>>;

/** The text of the first element of that name; enough for answers that hold it once. */
export function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}

export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text]) => text!);
}

export async function openHouse(options: { readonly ownership?: Bucket['ownership'] } = {}) {
  const clock = new ManualClock(START_MS);
  const kv = openMemoryStore();
  const identity = await openIdentityStore({ kv, clock, masterKey: new Uint8Array(32).fill(1) });
  const objects = await openObjectStore({ kv, blobs: openMemoryBlobStore(), clock });
  const authenticator = createAuthenticator({
    identity,
    clock,
    region: REGION,
    strictRegion: false,
  });
  const logged: { message: string; fields: LogFields | undefined }[] = [];
  const service = createS3Service({
    objects,
    identity,
    authenticator,
    observer: SILENT_OBSERVER,
    clock,
    log: { write: (_, message, fields) => logged.push({ message, fields }) },
    region: REGION,
    domains: [HOST],
    defaultOwnership: options.ownership ?? 'ObjectWriter',
  });
  await identity.createAccount({ name: 'Main', id: MAIN });
  await identity.createAccount({ name: 'Other', id: OTHER });
  let count = 0;

  async function call(method: string, target: string, given: Call = {}): Promise<Answer> {
    const body = bodyOfCall(given.body);
    const headers: Record<string, string> = { host: given.host ?? HOST, ...given.headers };
    if (body.length !== undefined && body.length > 0)
      headers['content-length'] ??= String(body.length);
    const signed = signedCall(method, target, { ...given, headers }, body.bytes, clock.nowMs());
    count += 1;
    const response = await service(
      {
        method,
        target: `${signed.target}${given.append ?? ''}`,
        headers: Headers.of({ ...signed.headers, ...given.unsigned }),
        body: body.stream,
        remoteAddress: given.from ?? '192.0.2.7',
        secure: given.secure ?? false,
      },
      `REQUEST${count}`,
    );
    return answerOf(response);
  }

  return {
    clock,
    identity,
    objects,
    logged,
    call,
    async root(account: string): Promise<Key> {
      const key = await identity.createRootKey(account);
      return { accessKeyId: key.id, secretAccessKey: key.secretAccessKey };
    },
    /** A user who may do what the statements say. */
    async user(account: string, name: string, ...statements: readonly object[]): Promise<Key> {
      await identity.createUser(account, { name });
      if (statements.length > 0) {
        const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
        await identity.putUserPolicy(account, name, { name: 'inline', text });
      }
      const key = await identity.createAccessKey(account, { kind: 'user', name });
      return { accessKeyId: key.id, secretAccessKey: key.secretAccessKey };
    },
  };
}

/** A statement that allows. */
export function allow(action: string | readonly string[], resource: string | readonly string[]) {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

function bodyOfCall(body: Call['body']): {
  bytes: Uint8Array | undefined;
  stream: RequestBody;
  length: number | undefined;
} {
  if (typeof body === 'object' && !(body instanceof Uint8Array)) {
    return { bytes: undefined, stream: body, length: body.length };
  }
  const bytes = Buffer.from(body ?? '');
  return { bytes, stream: bodyOf(bytes), length: bytes.byteLength };
}

function signedCall(
  method: string,
  target: string,
  { as, headers = {}, sign = 'header' }: Call,
  bytes: Uint8Array | undefined,
  nowMs: number,
): { target: string; headers: Readonly<Record<string, string>> } {
  if (as === undefined) return { target, headers };
  const options = { method, target, headers, credentials: as, region: REGION, nowMs };
  switch (sign) {
    case 'header': {
      const payloadHash = bytes === undefined ? 'UNSIGNED-PAYLOAD' : hash('sha256', bytes, 'hex');
      return { target, headers: signRequestV4({ ...options, service: 's3', payloadHash }).headers };
    }
    case 'query':
      return { target: presignV4({ ...options, service: 's3', expiresInSeconds: 60 }), headers };
    case 'v2':
      return { target, headers: signV2(options) };
    case 'v2-query':
      return { target: presignV2({ ...options, expiresAtMs: nowMs + 60_000 }), headers };
  }
}

async function answerOf({ status, headers, body }: HttpResponse): Promise<Answer> {
  const bytes = body === undefined ? Buffer.of() : await bytesOf(body);
  const text = bytes.toString('utf8');
  return {
    status,
    headers: new Headers(headers).byName,
    bytes,
    text,
    code: element(text, 'Code'),
  };
}

async function bytesOf(body: NonNullable<HttpResponse['body']>): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const bytes = Buffer.alloc(body.length);
  try {
    for (let size = 0; size < bytes.byteLength;) {
      const count = await body.read(bytes.subarray(size));
      if (count === 0) throw new Error('The source ended before its length');
      size += count;
    }
  } finally {
    body.close();
  }
  return bytes;
}
