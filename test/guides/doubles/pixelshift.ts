/**
 * A double of the image service that guide 002 sets AWS up for: token, batch and status over HTTP as
 * its documentation has them, and behind them the AWS SDK and a real resize. The service itself is
 * closed; this one asks S3 what it must ask.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export interface StorageKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One image and what becomes of it. */
export interface Transform {
  readonly source:
    | {
        readonly kind: 'StorageSource_S3';
        readonly sourceBucket: string;
        readonly sourceKey: string;
      }
    | { readonly kind: 'HttpSource'; readonly url: string };
  readonly resize: { readonly width: number; readonly height: number };
  readonly sinks: readonly Sink[];
}

export type Sink =
  | {
      readonly kind: 'StorageSink_S3';
      readonly destinationBucket: string;
      readonly destinationKey: string;
      readonly allowOverwrite?: boolean;
    }
  | { readonly kind: 'HttpSink'; readonly url: string };

export interface OperationStatus {
  readonly status: 'pending' | 'success' | 'failed';
  readonly error?: string;
}

export interface BatchStatus {
  readonly status: 'pending' | 'success' | 'failed';
  readonly operations: readonly OperationStatus[];
}

/** What the vendor's dashboard offers under "permissions". */
export type AccessType = 'read' | 'write' | 'read-write';

/** The text that the dashboard gives to paste; all buckets when none is named. */
export function dashboardPolicy(access: AccessType, buckets?: readonly string[]): string {
  const names = buckets ?? ['*'];
  const objects = names.map((name) => `arn:aws:s3:::${name}/*`);
  const statement = (Sid: string, Action: readonly string[], Resource: readonly string[]) => {
    return { Sid, Effect: 'Allow', Action, Resource };
  };
  const statements = [
    statement(
      'Find',
      ['s3:GetBucketLocation', 's3:ListBucket'],
      names.map((name) => `arn:aws:s3:::${name}`),
    ),
    ...(access === 'write' ? [] : [statement('Read', ['s3:GetObject'], objects)]),
    ...(access === 'read' ? [] : [statement('Write', ['s3:PutObject'], objects)]),
  ];
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2);
}

const SETTLE = { success: true, failed: true } as const;

export class PixelshiftService implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    void this.#respond(request, response);
  });
  readonly #client: { readonly id: string; readonly secret: string };
  readonly #endpoint: string;
  readonly #batches = new Map<string, { operations: OperationStatus[]; done: Promise<unknown> }>();
  #keys: StorageKeys | undefined;

  constructor(options: {
    readonly endpoint: string;
    readonly id: string;
    readonly secret: string;
  }) {
    this.#endpoint = options.endpoint;
    this.#client = options;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** "Copy and paste these new IAM keys in to your dashboard". */
  pasteKeys(keys: StorageKeys): void {
    this.#keys = keys;
  }

  /** Resolves when nothing of the batch is pending any more. */
  async settled(batch: string): Promise<void> {
    await this.#batches.get(batch)?.done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [status, body] = await this.#answer(request);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    } catch (error) {
      response.writeHead(500);
      response.end(String(error));
    }
  }

  async #answer(request: IncomingMessage): Promise<[status: number, body: unknown]> {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    if (request.method === 'POST' && path === '/connect/token') {
      const basic = Buffer.from(`${this.#client.id}:${this.#client.secret}`).toString('base64');
      return request.headers.authorization === `Basic ${basic}`
        ? [200, { access_token: this.#token(), token_type: 'Bearer', expires_in: 3600 }]
        : [400, { error: 'invalid_client' }];
    }
    if (request.headers.authorization !== `Bearer ${this.#token()}`) return [401, {}];
    if (request.method === 'PUT' && path === '/api/v1/batch/images') {
      const { items } = JSON.parse(body.toString()) as { items: readonly Transform[] };
      const id = `batch-${this.#batches.size + 1}`;
      const operations = items.map((): OperationStatus => ({ status: 'pending' }));
      const done = Promise.all(
        items.map(async (item, index) => {
          operations[index] = await this.#outcome(item);
        }),
      );
      this.#batches.set(id, { operations, done });
      return [202, { id }];
    }
    const batch = /^\/api\/v1\/status\/batch\/(.+)$/.exec(path)?.[1];
    const found = this.#batches.get(batch ?? '');
    return found === undefined ? [404, {}] : [200, batchStatus(found.operations)];
  }

  #token(): string {
    return `token-of-${this.#client.id}`;
  }

  async #outcome(item: Transform): Promise<OperationStatus> {
    try {
      const image = await this.#read(item.source);
      const resized = await resize(image, item.resize);
      for (const sink of item.sinks) await this.#write(sink, resized);
      return { status: 'success' };
    } catch (error) {
      return { status: 'failed', error: `${(error as Error).name}: ${(error as Error).message}` };
    }
  }

  /** Nobody ever asks for a region: the SDK follows where S3 points. */
  #s3(): S3Client {
    if (this.#keys === undefined) throw new Error('No keys are stored');
    return new S3Client({
      endpoint: this.#endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      followRegionRedirects: true,
      maxAttempts: 1,
      credentials: this.#keys,
    });
  }

  async #read(source: Transform['source']): Promise<Uint8Array> {
    if (source.kind === 'HttpSource') {
      const answer = await fetch(source.url);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return new Uint8Array(await answer.arrayBuffer());
    }
    const { sourceBucket: Bucket, sourceKey: Key } = source;
    const { Body } = await this.#s3().send(new GetObjectCommand({ Bucket, Key }));
    return Body!.transformToByteArray();
  }

  async #write(sink: Sink, image: Uint8Array): Promise<void> {
    if (sink.kind === 'HttpSink') {
      const answer = await fetch(sink.url, { method: 'PUT', body: Buffer.from(image) });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return;
    }
    const { destinationBucket: Bucket, destinationKey: Key, allowOverwrite = false } = sink;
    // Whoever may only write cannot look first; the condition decides without a race, too.
    const IfNoneMatch = allowOverwrite ? undefined : '*';
    const ContentType = 'image/jpeg';
    const s3 = this.#s3();
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: image, ContentType, IfNoneMatch }));
  }
}

function batchStatus(operations: readonly OperationStatus[]): BatchStatus {
  const isSettled = operations.every(({ status }) => status in SETTLE);
  const isGood = operations.every(({ status }) => status === 'success');
  return { status: isSettled ? (isGood ? 'success' : 'failed') : 'pending', operations };
}

const RESIZE = `
import sys, io
from PIL import Image
image = Image.open(io.BytesIO(sys.stdin.buffer.read()))
image.thumbnail((int(sys.argv[1]), int(sys.argv[2])))
image.save(sys.stdout.buffer, 'JPEG', quality=80, progressive=True)
`;

/** "Image_ResizeMax" and "ImageFormat_Jpeg", by Debian's imaging library. */
async function resize(
  image: Uint8Array,
  { width, height }: Transform['resize'],
): Promise<Uint8Array> {
  const child = spawn('/usr/bin/python3', ['-c', RESIZE, String(width), String(height)]);
  child.stdin.end(image);
  const [out, exit] = await Promise.all([bodyOf(child.stdout), once(child, 'exit')]);
  if (exit[0] !== 0) throw new Error('The image cannot be read');
  return out;
}

async function bodyOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
