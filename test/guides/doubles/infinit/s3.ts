import { createHash, createHmac } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';

export interface Credentials {
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

export interface Storage {
  readonly account: string;
  readonly region: string;
  readonly bucket: string;
  readonly folder: string;
  readonly storage_class?: string;
  readonly endpoint?: string;
}

interface Asked {
  readonly method: string;
  readonly key?: string;
  readonly query?: readonly (readonly [string, string])[];
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** S3 as the program speaks to it, by hand: no library that is used elsewhere takes part. */
export class S3 {
  readonly #storage: Storage;
  readonly #credentials: Credentials;
  readonly #agent: http.Agent;
  readonly #is2016: boolean;

  constructor(storage: Storage, credentials: Credentials) {
    this.#storage = storage;
    this.#credentials = credentials;
    this.#is2016 = storage.endpoint === undefined;
    const options = { keepAlive: true, maxSockets: 8 };
    const isPlain = storage.endpoint?.startsWith('http:') === true;
    this.#agent = isPlain ? new http.Agent(options) : new https.Agent(options);
  }

  async ask({
    method,
    key = '',
    query = [],
    body = Buffer.alloc(0),
    headers = {},
  }: Asked): Promise<Answer> {
    const { endpoint, bucket, region } = this.#storage;
    const url = new URL(endpoint ?? `https://${bucket}.${hostOf(region)}`);
    const path = endpoint === undefined ? `/${key}` : `/${bucket}/${key}`;
    const date = amzDate();
    const hash = createHash('sha256').update(body).digest('hex');
    const type = method === 'PUT' ? 'binary/octet-stream' : 'application/json';
    const sent: Record<string, string> = {
      'Content-Type': headers['Content-Type'] ?? type,
      Host: url.host,
      'x-amz-content-sha256': hash,
      'x-amz-date': date,
      ...headers,
    };
    const text = query
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&');
    sent['Authorization'] = this.#authorization({ method, path, text, sent, hash, date });
    return send(url, this.#agent, {
      method,
      path: text === '' ? path : `${path}?${text}`,
      headers: sent,
      body,
    });
  }

  /** The body, held against the ETag as each dialect does. */
  async getBlock(name: string): Promise<Buffer | undefined> {
    const { status, rawHeaders, body } = await this.ask({ method: 'GET', key: this.#key(name) });
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`${status} ${errorCode(body)}`);
    // The programs looked the name up in a map that minds upper and lower case.
    const at = rawHeaders.indexOf('ETag');
    if (at < 0 && this.#is2016) throw new Error('no ETag: the block is corrupt');
    const md5 = createHash('md5').update(body).digest('hex');
    if (rawHeaders[at + 1] !== `"${md5}"`) throw new Error('the block is corrupt');
    return body;
  }

  async putBlock(name: string, body: Buffer): Promise<void> {
    const { storage_class: given } = this.#storage;
    const headers = given === undefined ? {} : { 'x-amz-storage-class': given };
    const { status, body: answer } = await this.ask({
      method: 'PUT',
      key: this.#key(name),
      body,
      headers,
    });
    if (status !== 200) throw new Error(`${status} ${errorCode(answer)}`);
  }

  async eraseBlock(name: string): Promise<void> {
    const { status, body } = await this.ask({ method: 'DELETE', key: this.#key(name) });
    if (status !== 200 && status !== 204) throw new Error(`${status} ${errorCode(body)}`);
  }

  /** Asks on from the last key until a page is empty. The pages, each a list of names. */
  async list(): Promise<string[][]> {
    const prefix = `${this.#storage.folder}/`;
    const pages: string[][] = [];
    for (let marker: string | undefined; ;) {
      const query: [string, string][] = [
        ['delimiter', '/'],
        ['prefix', prefix],
        ...(marker === undefined ? [] : [['marker', marker] satisfies [string, string]]),
      ];
      const { status, body } = await this.ask({ method: 'GET', query });
      if (status !== 200) throw new Error(`${status} ${errorCode(body)}`);
      const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
      if (keys.length === 0) return pages;
      pages.push(keys.map((key) => key.slice(prefix.length)));
      marker = keys.at(-1);
    }
  }

  #key(name: string): string {
    return `${this.#storage.folder}/${name}`;
  }

  #authorization(parts: {
    readonly method: string;
    readonly path: string;
    readonly text: string;
    readonly sent: Readonly<Record<string, string>>;
    readonly hash: string;
    readonly date: string;
  }): string {
    const { method, path, text, sent, hash, date } = parts;
    const names = Object.keys(sent).toSorted((a, b) =>
      a.toLowerCase() < b.toLowerCase() ? -1 : 1,
    );
    const listed = names.map((name) => name.toLowerCase()).join(';');
    const canonical = [
      method,
      path,
      text,
      ...names.map((name) => `${name.toLowerCase()}:${sent[name]}`),
      '',
      listed,
      hash,
    ].join('\n');
    const scope = `${date.slice(0, 8)}/${this.#storage.region}/s3/aws4_request`;
    const digest = createHash('sha256').update(canonical).digest('hex');
    const key = scope
      .split('/')
      .reduce<Buffer>(
        (made, part) => createHmac('sha256', made).update(part).digest(),
        Buffer.from(`AWS4${this.#credentials.secret_access_key}`),
      );
    const signature = createHmac('sha256', key)
      .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`)
      .digest('hex');
    const credential = `Credential=${this.#credentials.access_key_id}/${scope}`;
    return this.#is2016
      ? `AWS4-HMAC-SHA256 ${credential}, Signature=${signature}, SignedHeaders=${names.join(';')}`
      : `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${listed}, Signature=${signature}`;
  }
}

function hostOf(region: string): string {
  return region === 'us-east-1' ? 's3.amazonaws.com' : `s3-${region}.amazonaws.com`;
}

/** For tests of clocks that are wrong. */
const SKEW_MS = Number(process.env['INFINIT_CLOCK_SKEW_MS'] ?? 0);

function amzDate(): string {
  return `${new Date(Date.now() + SKEW_MS).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
}

function errorCode(body: Buffer): string {
  return /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1] ?? 'no error document';
}

function send(
  url: URL,
  agent: http.Agent,
  asked: {
    readonly method: string;
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: Buffer;
  },
): Promise<Answer> {
  const { method, path, body } = asked;
  // Peer verification was off, and the host's name was held against the certificate all the same.
  const options = { method, path, agent, rejectUnauthorized: true };
  const headers = { ...asked.headers, 'Content-Length': String(body.byteLength) };
  return new Promise((resolve, reject) => {
    const module = url.protocol === 'https:' ? https : http;
    const request = module.request(url, { ...options, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode: status = 0, rawHeaders } = response;
        resolve({ status, rawHeaders, body: Buffer.concat(chunks) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
