import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  presignV2,
  presignV4,
  signPostPolicy,
  signRequestV4,
  UNSIGNED_PAYLOAD,
} from '../../src/signature/index.ts';
import { startServer, type Credentials, type TestServer } from '../harness/server.ts';
import { sendPlain, type Answer } from '../harness/signed-client.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
const REGION = 'us-east-1';
/** Of Linux, whose `/proc` is read. */
const PAGE_SIZE = 4096;
const VALID_SECONDS = 60;
const DEBUG = ['--log-level', 'debug'];
const BOUNDARY = 'the-boundary-of-forms';

/** A person of the play: signs with the key, or, without one, not at all. */
export type Person = Credentials | undefined;

export interface Ask {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly service?: 's3' | 'iam' | 'sts';
  /** Added after signing. */
  readonly unsigned?: Readonly<Record<string, string>>;
  readonly nowMs?: number;
  /** Replaces the hash of the body in what is signed. */
  readonly payloadHash?: string;
  /** Sent by this method, though another one was signed. */
  readonly sentMethod?: string;
}

/**
 * A server with two accounts. `main` owns the buckets `vault` (private; holds `secret` and
 * `public/a`), `vault10` and `site`; `other` owns `elsewhere`. Rows make the users that they need.
 */
export class Cast implements AsyncDisposable {
  server: TestServer;
  #written = '';
  readonly main: Credentials;
  readonly other: Credentials;
  /** May do nothing. */
  powerless: Credentials = { accessKeyId: '', secretAccessKey: '' };
  account = '';
  /** Closed with the play: what a row has opened beside the server. */
  readonly kept = new AsyncDisposableStack();
  #users = 0;

  private constructor(server: TestServer, other: Credentials) {
    this.server = server;
    this.main = server.root;
    this.other = other;
  }

  static async open(): Promise<Cast> {
    const data = mkdtempSync(join(tmpdir(), 'coffer-test-security-'));
    const printed = execFileSync(
      join(checkout, 'node_modules/node/bin/node'),
      [
        join(checkout, 'src/cli/main.ts'),
        'account',
        'add',
        'other',
        '--email',
        'o@example.com',
        '--data',
        data,
      ],
      { encoding: 'utf8' },
    );
    const server = await startServer({ data, flags: DEBUG });
    const cast = new Cast(server, JSON.parse(printed) as Credentials);
    for (const bucket of ['vault', 'site', 'vault10']) await cast.s3(cast.main, `PUT /${bucket}`);
    await cast.s3(cast.other, 'PUT /elsewhere');
    for (const key of ['secret', 'public/a']) {
      await cast.s3(cast.main, `PUT /vault/${key}`, { body: 'top secret' });
    }
    const { body } = await cast.query('sts', cast.main, { Action: 'GetCallerIdentity' });
    cast.account = /<Account>(\d+)</.exec(body.toString())![1]!;
    cast.powerless = await cast.user();
    return cast;
  }

  get host(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  /** `line` is a method, a blank and a target. */
  s3(who: Person, line: string, ask: Ask = {}): Promise<Answer> {
    const [method = '', target = ''] = line.split(' ');
    const body = Buffer.from(ask.body ?? '');
    const headers = { host: this.host, ...ask.headers };
    const signed =
      who === undefined
        ? headers
        : signRequestV4({
            method,
            target,
            headers,
            credentials: who,
            region: REGION,
            service: ask.service ?? 's3',
            nowMs: ask.nowMs ?? Date.now(),
            payloadHash: ask.payloadHash ?? createHash('sha256').update(body).digest('hex'),
          }).headers;
    return this.send(ask.sentMethod ?? method, target, { ...signed, ...ask.unsigned }, body);
  }

  send(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    content: string | Uint8Array = '',
  ): Promise<Answer> {
    const body = Buffer.from(content);
    const length = { 'content-length': String(body.byteLength) };
    const all = { ...headers, ...length };
    return sendPlain({ port: this.server.port, method, target, headers: all, body });
  }

  /** A call of IAM or STS. */
  query(
    service: 'iam' | 'sts',
    who: Person,
    parameters: Readonly<Record<string, string>>,
    more: Ask = {},
  ): Promise<Answer> {
    const Version = service === 'iam' ? '2010-05-08' : '2011-06-15';
    const body = new URLSearchParams({ Version, ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', ...more.headers };
    return this.s3(who, 'POST /', { service, ...more, headers, body });
  }

  iam(who: Person, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    return this.query('iam', who, parameters);
  }

  presign(who: Credentials, line: string, version: 'v2' | 'v4' = 'v4'): string {
    const [method = '', target = ''] = line.split(' ');
    const common = { method, target, headers: { host: this.host }, credentials: who };
    const nowMs = Date.now();
    return version === 'v2'
      ? presignV2({ ...common, expiresAtMs: nowMs + VALID_SECONDS * 1000 })
      : presignV4({
          ...common,
          region: REGION,
          service: 's3',
          nowMs,
          expiresInSeconds: VALID_SECONDS,
          payloadHash: UNSIGNED_PAYLOAD,
        });
  }

  /** Sends a form to `bucket` that is signed for `conditions`. */
  form(
    who: Credentials,
    bucket: string,
    conditions: Parameters<typeof signPostPolicy>[0]['conditions'],
    fields: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const nowMs = Date.now();
    const signed = signPostPolicy({
      credentials: who,
      conditions,
      expiresAtMs: nowMs + VALID_SECONDS * 1000,
      region: REGION,
      nowMs,
    });
    const parts = Object.entries({ ...fields, ...signed }).map(
      ([name, value]) =>
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`;
    const headers = {
      host: this.host,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    };
    return this.send(
      'POST',
      `/${bucket}`,
      headers,
      `${parts.join('')}${file}content\r\n--${BOUNDARY}--\r\n`,
    );
  }

  /** A new user of `main` who may do what the statements say. */
  async user(...statements: readonly object[]): Promise<Credentials & { readonly name: string }> {
    const name = `user-${(this.#users += 1)}`;
    await this.iam(this.main, { Action: 'CreateUser', UserName: name });
    if (statements.length > 0) {
      await this.iam(this.main, {
        Action: 'PutUserPolicy',
        UserName: name,
        PolicyName: 'inline',
        PolicyDocument: policyText(statements),
      });
    }
    const { body } = await this.iam(this.main, { Action: 'CreateAccessKey', UserName: name });
    return { ...keyOf(body.toString()), name };
  }

  userArn(name: string): string {
    return `arn:aws:iam::${this.account}:user/${name}`;
  }

  /** Stops the server and starts it again on the same data. */
  async restart(): Promise<void> {
    const { data } = this.server;
    await this.server.stop();
    this.#written += this.server.output();
    this.server = await startServer({ data, flags: DEBUG });
  }

  /** All that the server has written. */
  written(): string {
    return this.#written + this.server.output();
  }

  /** Bytes that the server's process holds in memory. */
  memory(): number {
    const pages = readFileSync(`/proc/${this.server.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * PAGE_SIZE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kept.disposeAsync();
    await this.server[Symbol.asyncDispose]();
    rmSync(this.server.data, { recursive: true, force: true });
  }
}

/** The key of an answer to CreateAccessKey. */
export function keyOf(xml: string): Credentials {
  const text = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(xml)![1]!;
  return { accessKeyId: text('AccessKeyId'), secretAccessKey: text('SecretAccessKey') };
}

export function policyText(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

export function allow(action: string | readonly string[], resource: string | readonly string[]) {
  return { Effect: 'Allow', Action: action, Resource: resource };
}

export function deny(action: string | readonly string[], resource: string | readonly string[]) {
  return { Effect: 'Deny', Action: action, Resource: resource };
}

export function md5(body: string): string {
  return createHash('md5').update(body).digest('base64');
}
