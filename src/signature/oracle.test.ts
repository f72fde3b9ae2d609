import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { SignatureV4 } from '@smithy/signature-v4';
import * as fc from 'fast-check';
import { Headers } from '../base/http.ts';
import type { SignedMessage } from './claim.ts';
import { uriEncode } from './encoding.ts';
import { hmac, hmacBytes, hmacKey, sha256Hex } from './hmac.ts';
import { parseClaim } from './parse-claim.ts';
import { verifyClaim } from './verify-claim.ts';

// The official signers of the JavaScript SDK, held against ours with random requests.
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const nowMs = Date.UTC(2026, 5, 1, 12);

class Sha256 {
  readonly #secret: unknown;
  #parts: Uint8Array[] = [];

  constructor(secret?: unknown) {
    this.#secret = secret;
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#parts.push(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    const data = Buffer.concat(this.#parts);
    const secret = this.#secret;
    if (secret === undefined) return Promise.resolve(createHash('sha256').update(data).digest());
    return Promise.resolve(createHmac('sha256', bytesOf(secret)).update(data).digest());
  }

  reset(): void {
    this.#parts = [];
  }
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (ArrayBuffer.isView(data))
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  assert(data instanceof ArrayBuffer);
  return new Uint8Array(data);
}

function check(message: SignedMessage, services: readonly string[], bodySha256Hex?: string): void {
  const claim = parseClaim(message);
  assert(claim.kind === 'signed');
  verifyClaim(claim, message, {
    secretAccessKey,
    nowMs,
    services,
    ...(bodySha256Hex === undefined ? {} : { bodySha256Hex }),
  });
}

const token = fc.option(
  fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom(...'aZ9/+=') }),
  { nil: undefined },
);
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const query = fc.dictionary(
  text.filter((name) => name !== '' && name !== '__proto__'),
  text,
  { maxKeys: 5 },
);
const headerName = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(...'abcxyz-') });
const headerValue = fc.string({ maxLength: 20, unit: fc.constantFrom(...'aB9 ,;="/:') });
const metadata = fc.dictionary(
  headerName.map((name) => `x-amz-meta-m${name}`),
  headerValue,
  { maxKeys: 4 },
);
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  key: fc.string({ unit: 'grapheme', maxLength: 30 }).map((key) => key.replace(/^\/+/, '')),
  query,
  metadata,
  sessionToken: token,
  region: fc.constantFrom('us-east-1', 'eu-west-1', 'US'),
});

interface Signed {
  readonly query?: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
}

function sentAs(
  method: string,
  path: string,
  { query: parameters = {}, headers }: Signed,
): SignedMessage {
  const parts = Object.entries(parameters).flatMap(([name, value]) =>
    [value ?? ''].flat().map((item) => `${encodeURIComponent(name)}=${encodeURIComponent(item)}`),
  );
  const target = parts.length === 0 ? path : `${path}?${parts.join('&')}`;
  return { method, target, headers: Headers.of(headers) };
}

for (const service of ['s3', 'iam'] as const) {
  const isS3 = service === 's3';
  for (const way of ['header', 'query'] as const) {
    test(`the SDK's signer, ${service}, ${way}: what it signs verifies`, async () => {
      await fc.assert(
        fc.asyncProperty(request, async ({ sessionToken, region, ...given }) => {
          const signer = new SignatureV4({
            service,
            region,
            sha256: Sha256,
            uriEscapePath: !isS3,
            credentials: {
              accessKeyId: 'AKIA',
              secretAccessKey,
              ...(sessionToken === undefined ? {} : { sessionToken }),
            },
          });
          const path = isS3 ? `/bucket/${uriEncode(given.key, true)}` : '/';
          const unsigned = {
            method: given.method,
            protocol: 'http:',
            hostname: 'localhost',
            path,
            query: given.query,
            headers: { host: 'localhost:9000', ...given.metadata },
            body: 'Action=X',
          };
          const signingDate = new Date(nowMs);
          const signed =
            way === 'header'
              ? await signer.sign(unsigned, { signingDate })
              : await signer.presign(
                  isS3
                    ? {
                        ...unsigned,
                        headers: {
                          ...unsigned.headers,
                          'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
                        },
                      }
                    : unsigned,
                  { signingDate, expiresIn: 60 },
                );
          const message = sentAs(given.method, path, signed as Signed);
          check(message, [service], isS3 ? undefined : sha256Hex('Action=X'));
        }),
        { numRuns: 150 },
      );
    });
  }
}

test('getSignedUrl of the SDK: what it signs verifies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc
        .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
        .filter((key) => !/^\.{0,2}\/|(^|\/)\.{1,2}(\/|$)/.test(key)),
      token,
      fc.constantFrom('GET', 'PUT', 'LIST'),
      fc.boolean(),
      async (key, sessionToken, kind, forcePathStyle) => {
        const client = new S3Client({
          region: 'us-east-1',
          endpoint: 'http://localhost:9000',
          forcePathStyle,
          credentials: {
            accessKeyId: 'AKIA',
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        });
        const options = { signingDate: new Date(nowMs), expiresIn: 60 };
        const Bucket = 'bucket';
        const url = await (kind === 'GET'
          ? getSignedUrl(
              client,
              new GetObjectCommand({ Bucket, Key: key, ResponseContentType: 'text/plain; a=b' }),
              options,
            )
          : kind === 'PUT'
            ? getSignedUrl(
                client,
                new PutObjectCommand({
                  Bucket,
                  Key: key,
                  ACL: 'public-read',
                  Metadata: { a: 'b c' },
                }),
                options,
              )
            : getSignedUrl(
                client,
                new ListObjectsV2Command({ Bucket, Prefix: key, Delimiter: '/' }),
                options,
              ));
        const origin = /^http:\/\/([^/?]+)(.*)$/.exec(url)!;
        check(
          {
            method: kind === 'PUT' ? 'PUT' : 'GET',
            target: origin[2]!,
            headers: Headers.of({ host: origin[1]! }),
          },
          ['s3'],
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('hmac: agrees with crypto.createHmac for every key and text', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.oneof(fc.string({ maxLength: 3000, unit: 'binary-ascii' }), fc.string({ unit: 'binary' })),
      (key, message) => {
        const isWide = /[\u0100-\uffff]/.test(message);
        const bytes = Buffer.from(message, isWide ? 'utf8' : 'latin1');
        for (const algorithm of ['sha1', 'sha256'] as const) {
          const expected = createHmac(algorithm, key).update(bytes).digest();
          const prepared = hmacKey(algorithm, key);
          assert.equal(hmac(prepared, message, 'hex'), expected.toString('hex'));
          assert.equal(hmac(prepared, message, 'base64'), expected.toString('base64'));
          assert.deepEqual(Buffer.from(hmacBytes(prepared, message)), expected);
        }
      },
    ),
  );
});
