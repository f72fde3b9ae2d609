import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { IAMClient, type IAMServiceException } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { createAuthenticator } from '../../access/index.ts';
import { fromUtf8 } from '../../base/bytes.ts';
import { systemClock } from '../../base/clock.ts';
import { bodyOf, Headers, type HttpRequest } from '../../base/http.ts';
import { jsonLog } from '../../base/log.ts';
import { openTestLog } from '../../decisions/testing/log.suite.ts';
import { openIdentityStore, type Quotas } from '../../identity/index.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { keysUnder } from '../../kv/key.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { SPACE } from '../../kv/spaces.ts';
import { signRequestV4 } from '../../signature/index.ts';
import { createQueryService, type QueryService } from '../../server/query-service.ts';
import { createStsService } from '../../sts/index.ts';
import { createIamService } from '../index.ts';

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export const ACCOUNT = '123456789012';
const REQUEST_ID = '01234567-89ab-cdef-0123-456789abcdef';

/** AWS's own clients in front of the services, over a store in memory and without a network. */
export async function openClients(quotas: Partial<Quotas> = {}) {
  const kv = openMemoryStore();
  const clock = systemClock;
  const masterKey = new Uint8Array(32).fill(7);
  const identity = await openIdentityStore({ kv, clock, masterKey, quotas });
  await identity.createAccount({ name: 'Main', id: ACCOUNT });
  const region = 'us-east-1';
  const authenticator = createAuthenticator({ identity, clock, region, strictRegion: false });
  const logged: string[] = [];
  const log = jsonLog((line) => void logged.push(line), 'error');
  const decisions = openTestLog(clock);
  const parts = { identity, authenticator, decisions, observer: decisions, clock, log, region };
  const iamService = createQueryService(createIamService(parts), parts);
  const stsService = createQueryService(createStsService(parts), parts);
  const { id, secretAccessKey } = await identity.createRootKey(ACCOUNT);
  const rootKey: Key = { accessKeyId: id, secretAccessKey };
  const keyOf = async (userName: string): Promise<Key> => {
    const key = await identity.createAccessKey(ACCOUNT, { kind: 'user', name: userName });
    return { accessKeyId: key.id, secretAccessKey: key.secretAccessKey };
  };
  return {
    identity,
    kv,
    /** Errors that the services logged: faults of ours. */
    logged,
    rootKey,
    keyOf,
    iam: (credentials: Key = rootKey) => new IAMClient(config(iamService, credentials)),
    sts: (credentials: Key = rootKey) => new STSClient(config(stsService, credentials)),
    iamService,
    /** An action of IAM as a form, which AWS's clients would not send if it were in disorder. */
    async act(action: string, parameters: Readonly<Record<string, string>>, key: Key = rootKey) {
      const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
      const response = await iamService(signedForm(form.toString(), key), REQUEST_ID);
      const text = fromUtf8(response.body as Uint8Array);
      return { status: response.status, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], text };
    },
  };
}

function signedForm(form: string, credentials: Key): HttpRequest {
  const unsigned = formRequest(form);
  const { headers } = signRequestV4({
    method: unsigned.method,
    target: unsigned.target,
    headers: { 'content-type': FORM_TYPE, host: 'x' },
    payloadHash: hash('sha256', form, 'hex'),
    credentials,
    region: 'us-east-1',
    service: 'iam',
    nowMs: systemClock.nowMs(),
  });
  return { ...unsigned, headers: Headers.of(headers) };
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The request of a form that nobody signed. */
export function formRequest(form: string): HttpRequest {
  return {
    method: 'POST',
    target: '/',
    headers: Headers.of({ 'content-type': FORM_TYPE, host: 'x' }),
    body: bodyOf(Buffer.from(form)),
    remoteAddress: '127.0.0.1',
    secure: false,
  };
}

/** What the client says of an error: code, status and, when given, message. */
export function failure(code: string, status: number, message?: string) {
  return (error: IAMServiceException) => {
    const name = error.name.replace(/Exception$/, '');
    assert.equal(name, code, error.message);
    assert.equal(error.$metadata.httpStatusCode, status);
    if (message !== undefined) assert.equal(error.message, message);
    return true;
  };
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

function config(service: QueryService, credentials: Key) {
  const handle = async (sent: SentRequest) => {
    const query = new URLSearchParams(sent.query).toString();
    const response = await service(
      {
        method: sent.method,
        target: query === '' ? sent.path : `${sent.path}?${query}`,
        headers: Headers.of(sent.headers),
        body: bodyOf(Buffer.from(sent.body ?? '')),
        remoteAddress: '127.0.0.1',
        secure: false,
      },
      REQUEST_ID,
    );
    const headers: Record<string, string> = {};
    for (let index = 0; index < response.headers.length; index += 2) {
      const [name = '', value = ''] = response.headers.slice(index, index + 2);
      headers[name.toLowerCase()] = value;
    }
    const body = Readable.from([Buffer.from(response.body as Uint8Array)]);
    return { response: { statusCode: response.status, headers, body } };
  };
  return {
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1:9000',
    credentials,
    maxAttempts: 1,
    requestHandler: { handle, updateHttpClientConfig() {}, httpHandlerConfigs: () => ({}) },
  };
}

/** Every key and version of the records, of which a refusal leaves all as they were. */
export async function fingerprint(kv: KeyValueStore): Promise<string> {
  const entries = await kv.range({ ...keysUnder(SPACE.identity), limit: 10_000 });
  return entries
    .map(({ key, version }) => `${Buffer.from(key).toString('hex')} ${String(version)}`)
    .join('\n');
}
