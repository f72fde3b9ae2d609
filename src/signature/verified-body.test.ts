import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Headers, bodyOf } from '../base/http.ts';
import type { RequestBody } from '../base/http.ts';
import { encodeChunks } from './chunk-encoder.ts';
import type { AnonymousClaim } from './claim.ts';
import { SignatureError } from './errors.ts';
import type { SignatureErrorKind } from './errors.ts';
import {
  BODY_END_SIZE_MAX,
  CHUNK_HEADER_SIZE_MAX,
  CHUNK_SIZE_MIN,
  TRAILER_LINE_SIZE_MAX,
} from './limits.ts';
import { parseClaim } from './parse-claim.ts';
import { signRequestV4 } from './sign-v4.ts';
import { verifiedBody } from './verified-body.ts';
import { verifyClaim } from './verify-claim.ts';
import type { ChunkSeed, VerifiedClaim } from './verify-claim.ts';

const nowMs = Date.UTC(2026, 0, 2);
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
const trailers = new Map([['x-amz-checksum-crc32', 'AAAAAA==']]);

type Kind = 'signed' | 'signed-trailer' | 'unsigned-trailer';
const payloadHashes: Readonly<Record<Kind, string>> = {
  signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'signed-trailer': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'unsigned-trailer': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
};
const kinds: readonly Kind[] = ['signed', 'signed-trailer', 'unsigned-trailer'];

interface Upload {
  readonly encoded: Uint8Array;
  readonly verified: VerifiedClaim;
  readonly headers: Headers;
}

function upload(kind: Kind, chunks: readonly Uint8Array[], edit = edits.none): Upload {
  const decodedSize = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { headers, seed } = signRequestV4({
    method: 'PUT',
    target: '/bucket/key',
    headers: {
      host: 'localhost:9000',
      'x-amz-decoded-content-length': String(decodedSize + edit.decodedSizeError),
      ...(kind === 'signed' ? {} : { 'x-amz-trailer': [...trailers.keys()].join(',') }),
    },
    credentials,
    region: 'us-east-1',
    service: 's3',
    nowMs,
    payloadHash: payloadHashes[kind],
  });
  const message = { method: 'PUT', target: '/bucket/key', headers: Headers.of(headers) };
  const claim = parseClaim(message);
  assert(claim.kind === 'signed');
  const verified = verifyClaim(claim, message, { secretAccessKey, nowMs, services: ['s3'] });
  const encoded = encodeChunks(chunks, {
    ...(kind === 'unsigned-trailer' ? {} : { seed: edit.seed(seed) }),
    ...(kind === 'signed' ? {} : { trailers }),
  });
  return { encoded, verified, headers: message.headers };
}

const edits = {
  none: { decodedSizeError: 0, seed: (seed: ChunkSeed): ChunkSeed => seed },
};

/** A body that comes in pieces of the given sizes, the rest as the last. */
function pieces(bytes: Uint8Array, sizes: readonly number[], length?: number): RequestBody {
  return {
    length,
    async *[Symbol.asyncIterator]() {
      let position = 0;
      for (const size of sizes) {
        yield bytes.subarray(position, position + size);
        position += size;
      }
      if (position < bytes.byteLength) yield bytes.subarray(position);
    },
  };
}

async function collect(body: RequestBody): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

async function decode({ encoded, verified, headers }: Upload): Promise<Buffer> {
  return collect(verifiedBody(bodyOf(encoded), verified, headers).body);
}

function refused(kind: SignatureErrorKind): (error: unknown) => boolean {
  return (error) => {
    assert(error instanceof SignatureError, String(error));
    assert.equal(error.kind, kind);
    return true;
  };
}

const splits = fc.array(fc.oneof(fc.constant(1), fc.nat(40), fc.nat(20_000)), { maxLength: 30 });

for (const kind of kinds) {
  test(`verifiedBody, ${kind}: decodes to the same bytes and trailers under every split`, async () => {
    const content = fc.record({ chunks: fc.nat(3), last: fc.nat(9000), splits });
    await fc.assert(
      fc.asyncProperty(content, async ({ chunks, last, splits: sizes }) => {
        const parts = Array.from({ length: chunks }, (_, index) =>
          Buffer.alloc(CHUNK_SIZE_MIN + index * 100, `chunk ${index}`),
        );
        parts.push(Buffer.alloc(last, '\r\n0;'));
        const { encoded, verified, headers } = upload(kind, parts);
        const result = verifiedBody(pieces(encoded, sizes), verified, headers);
        const expected = Buffer.concat(parts);
        assert.equal(result.body.length, expected.byteLength);
        assert(expected.equals(await collect(result.body)));
        assert.deepEqual(result.trailers(), kind === 'signed' ? new Map() : trailers);
      }),
      { numRuns: 60 },
    );
  });

  test(`verifiedBody, ${kind}: decodes when it comes byte by byte, and hands on no copies`, async () => {
    const { encoded, verified, headers } = upload(kind, [Buffer.from('hello'), Buffer.alloc(0)]);
    const singles = Array.from(encoded, () => 1);
    const { body } = verifiedBody(pieces(encoded, singles), verified, headers);
    assert.equal((await collect(body)).toString(), 'hello');
    for await (const part of verifiedBody(pieces(encoded, [encoded.byteLength]), verified, headers)
      .body) {
      assert.equal(part.buffer, encoded.buffer);
    }
  });

  test(`verifiedBody, ${kind}: every proper prefix of it is refused`, async () => {
    const made = upload(kind, [Buffer.from('hello')]);
    // What may be missing is no more than the line end after everything else.
    const optional = kind === 'unsigned-trailer' ? 0 : 2;
    for (let size = 0; size < made.encoded.byteLength; size += 1) {
      const cut = decode({ ...made, encoded: made.encoded.subarray(0, size) });
      if (size >= made.encoded.byteLength - optional) await cut;
      else await assert.rejects(cut, refused('IncompleteBody'), `${size} bytes`);
    }
  });

  test(`verifiedBody, ${kind}: changing any byte of it is refused, but for plain content`, async () => {
    const made = upload(kind, [Buffer.from('hello')]);
    for (const index of made.encoded.keys()) {
      const encoded = Buffer.from(made.encoded);
      encoded[index]! ^= 0x40;
      const changed = decode({ ...made, encoded });
      const outcome = await changed.catch((error: unknown) => error);
      if (outcome instanceof SignatureError) continue;
      assert.equal(kind, 'unsigned-trailer', `byte ${index}`);
    }
  });
}

test('verifiedBody: shows no trailers before the end, nor after a failure', async () => {
  const { encoded, verified, headers } = upload('signed-trailer', [Buffer.from('hello')]);
  const good = verifiedBody(bodyOf(encoded), verified, headers);
  for await (const _ of good.body) assert.equal(good.trailers().size, 0);
  assert.equal(good.trailers().size, 1);
  const text = Buffer.from(encoded).toString('latin1').replace('AAAAAA==', 'AAAAAB==');
  const bad = verifiedBody(bodyOf(Buffer.from(text, 'latin1')), verified, headers);
  await assert.rejects(collect(bad.body), refused('SignatureDoesNotMatch'));
  assert.equal(bad.trailers().size, 0);
});

const full = Buffer.alloc(CHUNK_SIZE_MIN, 'x');
const bend = (from: string | RegExp, to: string) => (text: string) => text.replace(from, to);
const refusals: readonly {
  name: string;
  kind: Kind;
  chunks: readonly Uint8Array[];
  change: (text: string) => string;
  expected: SignatureErrorKind;
}[] = [
  {
    name: 'chunks in another order',
    kind: 'signed',
    chunks: [Buffer.alloc(CHUNK_SIZE_MIN, 'a'), Buffer.alloc(CHUNK_SIZE_MIN, 'b')],
    change: (text) => {
      const size = text.indexOf('\r\n') + 2 + CHUNK_SIZE_MIN + 2;
      return text.slice(size, 2 * size) + text.slice(0, size) + text.slice(2 * size);
    },
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'a dropped chunk',
    kind: 'signed',
    chunks: [full, full],
    change: (text) => text.slice(text.indexOf('\r\n') + 2 + CHUNK_SIZE_MIN + 2),
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'a chunk without signature',
    kind: 'signed',
    chunks: [full],
    change: bend(/;chunk-signature=[0-9a-f]{64}/, ''),
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'a last chunk without signature',
    kind: 'signed',
    chunks: [full],
    change: bend(/\r\n0;chunk-signature=[0-9a-f]{64}/, '\r\n0'),
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'a trailer without signature',
    kind: 'signed-trailer',
    chunks: [full],
    change: bend(/x-amz-trailer-signature.*\r\n/, ''),
    expected: 'IncompleteBody',
  },
  {
    name: 'an empty trailer signature',
    kind: 'signed-trailer',
    chunks: [full],
    change: bend(/(x-amz-trailer-signature:).*\r\n/, '$1\r\n'),
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'a signed trailer that was dropped',
    kind: 'signed-trailer',
    chunks: [full],
    change: bend('x-amz-checksum-crc32:AAAAAA==\r\n', ''),
    expected: 'SignatureDoesNotMatch',
  },
  {
    name: 'an announced trailer that is missing',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('x-amz-checksum-crc32:AAAAAA==\r\n', ''),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'a trailer that was not announced',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('x-amz-checksum-crc32:', 'x-amz-meta-evil: 1\r\nx-amz-checksum-crc32:'),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'a trailer given twice',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend(/(x-amz-checksum-crc32:.*\r\n)/, '$1$1'),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'a trailer without colon',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('crc32:', 'crc32 '),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'a trailer without end',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('AAAAAA==', 'A'.repeat(TRAILER_LINE_SIZE_MAX)),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'empty lines without end before a trailer signature',
    kind: 'signed-trailer',
    chunks: [full],
    change: bend('x-amz-trailer-signature', `${'\r\n'.repeat(100)}x-amz-trailer-signature`),
    expected: 'MalformedTrailerError',
  },
  {
    name: 'a chunk header without end',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: (text) => `2000;${'e'.repeat(CHUNK_HEADER_SIZE_MAX)}${text.slice(4)}`,
    expected: 'IncompleteBody',
  },
  {
    name: 'a chunk size that is no number',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('2000', '-2000'),
    expected: 'IncompleteBody',
  },
  {
    name: 'a chunk size beyond all integers',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('2000', 'ffffffffffffffff'),
    expected: 'IncompleteBody',
  },
  {
    name: 'a chunk header ended by a bare line feed',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('2000\r\n', '2000\n'),
    expected: 'IncompleteBody',
  },
  {
    name: 'more content than a chunk says',
    kind: 'unsigned-trailer',
    chunks: [full],
    change: bend('2000\r\nx', '2000\r\nxx'),
    expected: 'IncompleteBody',
  },
  {
    name: 'fewer bytes than declared',
    kind: 'unsigned-trailer',
    chunks: [full, full],
    change: (text) => text.slice(6 + CHUNK_SIZE_MIN + 2),
    expected: 'IncompleteBody',
  },
  {
    name: 'a small chunk that is not the last',
    kind: 'signed',
    chunks: [Buffer.from('small'), full],
    change: (text) => text,
    expected: 'InvalidChunkSizeError',
  },
  {
    name: 'something after the end',
    kind: 'signed',
    chunks: [full],
    change: (text) => `${text}GET / HTTP/1.1\r\n`,
    expected: 'IncompleteBody',
  },
  {
    name: 'line ends without end after the end',
    kind: 'signed',
    chunks: [full],
    change: (text) => text + '\n'.repeat(BODY_END_SIZE_MAX),
    expected: 'IncompleteBody',
  },
];

for (const { name, kind, chunks, change, expected } of refusals) {
  test(`verifiedBody, ${kind}: refuses ${name}`, async () => {
    const made = upload(kind, chunks);
    const before = Buffer.from(made.encoded).toString('latin1');
    const encoded = Buffer.from(change(before), 'latin1');
    await assert.rejects(decode({ ...made, encoded }), refused(expected));
    const singles = Array.from(encoded, () => 1);
    const slowly = verifiedBody(pieces(encoded, singles), made.verified, made.headers);
    await assert.rejects(collect(slowly.body), refused(expected));
  });
}

test('verifiedBody, signed-trailer: takes an empty line before the trailer signature', async () => {
  const made = upload('signed-trailer', [full]);
  const text = Buffer.from(made.encoded).toString('latin1');
  const spaced = text.replace('AAAAAA==\r\n', 'AAAAAA==\n\r\n');
  assert.notEqual(spaced, text);
  assert(full.equals(await decode({ ...made, encoded: Buffer.from(spaced, 'latin1') })));
});

test('verifiedBody: chunks signed with another key, time or scope are refused', async () => {
  const other = signRequestV4({
    method: 'PUT',
    target: '/bucket/key',
    headers: { host: 'h' },
    credentials: { ...credentials, secretAccessKey: 'another' },
    region: 'us-east-1',
    service: 's3',
    nowMs,
    payloadHash: payloadHashes.signed,
  }).seed;
  const seeds: ((seed: ChunkSeed) => ChunkSeed)[] = [
    (seed) => ({ ...seed, key: other.key }),
    (seed) => ({ ...seed, signature: other.signature }),
    (seed) => ({ ...seed, timestamp: '20260102T000001Z' }),
    (seed) => ({ ...seed, scope: seed.scope.replace('us-east-1', 'eu-west-1') }),
  ];
  for (const seed of seeds) {
    for (const kind of ['signed', 'signed-trailer'] as const) {
      const made = upload(kind, [full], { ...edits.none, seed });
      await assert.rejects(decode(made), refused('SignatureDoesNotMatch'));
    }
  }
});

test('verifiedBody: a wrong decoded length is refused', async () => {
  for (const decodedSizeError of [-1, 1]) {
    const made = upload('signed', [full], { ...edits.none, decodedSizeError });
    await assert.rejects(decode(made), refused('IncompleteBody'));
  }
});

function anonymous(fields: Readonly<Record<string, string>>): [AnonymousClaim, Headers] {
  const headers = Headers.of(fields);
  const claim = parseClaim({ method: 'PUT', target: '/b/k', headers });
  assert(claim.kind === 'anonymous');
  return [claim, headers];
}

test('verifiedBody, anonymous: decodes chunks announced by either header', async () => {
  const encoded = encodeChunks([Buffer.from('hello')], { trailers: new Map() });
  for (const fields of [
    { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
    { 'content-encoding': 'gzip, aws-chunked' },
    { 'content-encoding': 'aws-chunked', 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
  ]) {
    const [claim, headers] = anonymous({ ...fields, 'x-amz-decoded-content-length': '5' });
    const { body } = verifiedBody(bodyOf(encoded), claim, headers);
    assert.equal((await collect(body)).toString(), 'hello');
  }
});

test('verifiedBody: chunks without a decoded length, or with a bad one, are refused', () => {
  const fields = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
  for (const [length, expected] of [
    [undefined, 'MissingContentLength'],
    ['', 'MissingContentLength'],
    ['-1', 'InvalidArgument'],
    ['1e3', 'InvalidArgument'],
    ['9'.repeat(16), 'InvalidArgument'],
  ] as const) {
    const size = length === undefined ? {} : { 'x-amz-decoded-content-length': length };
    const [claim, headers] = anonymous({ ...fields, ...size });
    assert.throws(() => verifiedBody(bodyOf(full), claim, headers), refused(expected));
  }
});

function hashed(content: string): [AnonymousClaim, Headers] {
  const sha256 = createHash('sha256').update(content).digest('hex');
  return anonymous({ 'x-amz-content-sha256': sha256 });
}

test('verifiedBody, sha256: hands on exactly the hashed bytes under every split', async () => {
  const [claim, headers] = hashed('hello world');
  const bytes = Buffer.from('hello world');
  await fc.assert(
    fc.asyncProperty(splits, fc.boolean(), async (sizes, hasLength) => {
      const body = pieces(bytes, sizes, hasLength ? bytes.byteLength : undefined);
      const result = verifiedBody(body, claim, headers);
      assert(bytes.equals(await collect(result.body)));
      assert.equal(result.payloadSha256Hex?.(), headers.get('x-amz-content-sha256'));
    }),
  );
});

test('verifiedBody, sha256: changed, longer and shorter bodies are refused', async () => {
  const [claim, headers] = hashed('hello');
  const cases: readonly [string, readonly number[], number | undefined, SignatureErrorKind][] = [
    ['hellO', [], 5, 'XAmzContentSHA256Mismatch'],
    ['hellO', [2], undefined, 'XAmzContentSHA256Mismatch'],
    ['hell', [], 5, 'XAmzContentSHA256Mismatch'],
    ['hello!', [2], 5, 'XAmzContentSHA256Mismatch'],
    ['hello!', [5], 5, 'IncompleteBody'],
    ['', [], undefined, 'XAmzContentSHA256Mismatch'],
  ];
  for (const [content, sizes, length, expected] of cases) {
    const body = pieces(Buffer.from(content), sizes, length);
    await assert.rejects(collect(verifiedBody(body, claim, headers).body), refused(expected));
  }
  const nothing = bodyOf(Buffer.alloc(0));
  assert.throws(() => verifiedBody(nothing, claim, headers), refused('XAmzContentSHA256Mismatch'));
});

test('verifiedBody: leaving early or failing closes the source, once and for all', async () => {
  for (const content of ['hello world', 'another text']) {
    const [claim, headers] = hashed('hello world');
    let closed = 0;
    const body: RequestBody = {
      length: undefined,
      async *[Symbol.asyncIterator]() {
        try {
          yield Buffer.from(content);
          yield Buffer.alloc(0);
        } finally {
          closed += 1;
        }
      },
    };
    const iterator = verifiedBody(body, claim, headers).body[Symbol.asyncIterator]();
    await iterator.next();
    if (content === 'hello world') await iterator.return?.();
    else await assert.rejects(iterator.next(), refused('XAmzContentSHA256Mismatch'));
    assert.equal(closed, 1);
    assert.equal((await iterator.next()).done, true);
  }
});
