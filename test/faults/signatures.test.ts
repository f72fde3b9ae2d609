import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  encodeChunks,
  presignV2,
  presignV4,
  signPostPolicy,
  signPostPolicyV2,
  signRequestV4,
  signV2,
  STREAMING_SIGNED,
  STREAMING_SIGNED_TRAILER,
  STREAMING_UNSIGNED_TRAILER,
  UNSIGNED_PAYLOAD,
  type ChunkSeed,
} from '../../src/signature/index.ts';
import {
  sendPlain,
  signedClient,
  type Answer,
  type SignedClient,
} from '../harness/signed-client.ts';
import { startServer, type Credentials, type TestServer } from '../harness/server.ts';

/**
 * The cross product of every way to sign an upload and every way to cheat it. A path on which one
 * check is skipped is the commonest hole of S3 servers.
 */
interface Upload {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Buffer;
}

interface Signing {
  readonly port: number;
  readonly target: string;
  readonly credentials: Credentials;
  readonly nowMs: number;
}

/** Undefined where a way to sign has nothing of the kind that could be changed. */
type Cheat = (upload: Upload) => Upload | undefined;

interface Way {
  readonly name: string;
  sign(signing: Signing): Upload;
  /** False where nothing signs the body, as AWS has it. */
  readonly bodyIsSigned: boolean;
  readonly hasTrailer: boolean;
}

const CONTENT = Buffer.from(`${'a'.repeat(9_000)}THE CONTENT${'z'.repeat(9_000)}`);
const CHUNKS = [CONTENT.subarray(0, 8_192), CONTENT.subarray(8_192)];
/** More than the 15 minutes that clocks may differ, and than the presigned URLs here are valid. */
const LONG_AGO_MS = 16 * 60_000;
const EXPIRES_SECONDS = 60;

const sha256 = createHash('sha256').update(CONTENT).digest('hex');
const crc = Buffer.alloc(4);
crc.writeUInt32BE(crc32(CONTENT));
const TRAILERS = new Map([['x-amz-checksum-crc32', crc.toString('base64')]]);

const hostOf = (port: number): Record<string, string> => ({ host: `127.0.0.1:${port}` });
const v4 = { method: 'PUT', region: 'us-east-1', service: 's3' } as const;

function chunkHeaders(hasTrailer: boolean): Record<string, string> {
  return {
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(CONTENT.byteLength),
    ...(hasTrailer ? { 'x-amz-trailer': 'x-amz-checksum-crc32' } : {}),
  };
}

function chunked(seed: ChunkSeed | undefined, hasTrailer: boolean): Buffer {
  return Buffer.from(
    encodeChunks(CHUNKS, {
      ...(seed === undefined ? {} : { seed }),
      ...(hasTrailer ? { trailers: TRAILERS } : {}),
    }),
  );
}

function headerWay(name: string, payloadHash: string, bodyIsSigned: boolean): Way {
  const hasTrailer = payloadHash.endsWith('-TRAILER');
  const isChunked = payloadHash.startsWith('STREAMING-');
  return {
    name,
    bodyIsSigned: bodyIsSigned || hasTrailer,
    hasTrailer,
    sign: ({ port, ...signing }) => {
      const extra = isChunked ? chunkHeaders(hasTrailer) : {};
      const signed = signRequestV4({
        ...v4,
        ...signing,
        payloadHash,
        headers: { ...hostOf(port), ...extra },
      });
      const seed = payloadHash === STREAMING_UNSIGNED_TRAILER ? undefined : signed.seed;
      const body = isChunked ? chunked(seed, hasTrailer) : CONTENT;
      return { method: 'PUT', target: signing.target, headers: signed.headers, body };
    },
  };
}

const WAYS: readonly Way[] = [
  headerWay('V4 header, signed body', sha256, true),
  headerWay('V4 header, unsigned body', UNSIGNED_PAYLOAD, false),
  headerWay('V4 header, signed chunks', STREAMING_SIGNED, true),
  headerWay('V4 header, signed chunks and trailer', STREAMING_SIGNED_TRAILER, true),
  headerWay('V4 header, unsigned chunks with trailer', STREAMING_UNSIGNED_TRAILER, true),
  {
    name: 'V4 query',
    bodyIsSigned: false,
    hasTrailer: false,
    sign: ({ port, ...signing }) => ({
      method: 'PUT',
      target: presignV4({
        ...v4,
        ...signing,
        headers: hostOf(port),
        expiresInSeconds: EXPIRES_SECONDS,
      }),
      headers: hostOf(port),
      body: CONTENT,
    }),
  },
  {
    name: 'V4 query, unsigned chunks with trailer',
    bodyIsSigned: true,
    hasTrailer: true,
    sign: ({ port, ...signing }) => {
      const headers = {
        ...hostOf(port),
        ...chunkHeaders(true),
        'x-amz-content-sha256': STREAMING_UNSIGNED_TRAILER,
      };
      const target = presignV4({
        ...v4,
        ...signing,
        headers,
        expiresInSeconds: EXPIRES_SECONDS,
        payloadHash: STREAMING_UNSIGNED_TRAILER,
      });
      return { method: 'PUT', target, headers, body: chunked(undefined, true) };
    },
  },
  {
    name: 'V2 header',
    bodyIsSigned: true,
    hasTrailer: false,
    sign: ({ port, ...signing }) => {
      const md5 = createHash('md5').update(CONTENT).digest('base64');
      const headers = { ...hostOf(port), 'content-md5': md5 };
      return {
        method: 'PUT',
        target: signing.target,
        headers: signV2({ ...signing, method: 'PUT', headers }),
        body: CONTENT,
      };
    },
  },
  {
    name: 'V2 query',
    bodyIsSigned: false,
    hasTrailer: false,
    sign: ({ port, nowMs, ...signing }) => ({
      method: 'PUT',
      target: presignV2({
        ...signing,
        method: 'PUT',
        headers: hostOf(port),
        expiresAtMs: nowMs + EXPIRES_SECONDS * 1000,
      }),
      headers: hostOf(port),
      body: CONTENT,
    }),
  },
  { name: 'V4 form', bodyIsSigned: false, hasTrailer: false, sign: (one) => form(one, 4) },
  { name: 'V2 form', bodyIsSigned: false, hasTrailer: false, sign: (one) => form(one, 2) },
];

const BOUNDARY = 'a-boundary-of-forms';

function form({ port, target, credentials, nowMs }: Signing, version: 2 | 4): Upload {
  const [, bucket = '', key = ''] = target.split('/');
  const conditions = [{ bucket }, { key }];
  const expiresAtMs = nowMs + EXPIRES_SECONDS * 1000;
  const fields =
    version === 4
      ? signPostPolicy({ credentials, conditions, expiresAtMs, region: 'us-east-1', nowMs })
      : signPostPolicyV2({ credentials, conditions, expiresAtMs });
  const part = (name: string, value: string): string =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const parts = Object.entries({ key, ...fields }).map(([name, value]) => part(name, value));
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`;
  return {
    method: 'POST',
    target: `/${bucket}`,
    headers: { ...hostOf(port), 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.concat([
      Buffer.from(parts.join('') + file),
      CONTENT,
      Buffer.from(`\r\n--${BOUNDARY}--\r\n`),
    ]),
  };
}

/** Replaces text of the body by text of the same length. */
function changeBody(upload: Upload, from: string | RegExp, to: (found: string) => string): Upload {
  const text = upload.body.toString('latin1');
  const changed = text.replace(from, (found: string) => to(found));
  assert.notEqual(changed, text, 'the cheat found something to change');
  return { ...upload, body: Buffer.from(changed, 'latin1') };
}

function withoutSignature(upload: Upload): Upload {
  const { authorization: _, ...headers } = upload.headers;
  const target = upload.target.replace(/([?&])(X-Amz-Signature|Signature)=[^&]*/, '$1');
  const cut = { ...upload, headers, target };
  if (upload.method !== 'POST') return cut;
  const field = /--a-boundary-of-forms\r\n[^\r]*name="(x-amz-)?signature"\r\n\r\n[^\r]*\r\n/;
  return changeBody(cut, field, () => '');
}

function addedHeader(name: string, value: string): Cheat {
  return (upload) => {
    if (upload.method !== 'POST') {
      return { ...upload, headers: { ...upload.headers, [name]: value } };
    }
    const field = `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n--${BOUNDARY}\r\n`;
    return changeBody(upload, `--${BOUNDARY}\r\n`, (found) => found + field);
  };
}

const flip = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);

const CHEATS: readonly {
  readonly name: string;
  readonly secret?: string;
  readonly ageMs?: number;
  readonly cheat?: (upload: Upload, way: Way) => Upload | undefined;
}[] = [
  { name: 'a wrong secret', secret: 'x'.repeat(40) },
  { name: 'an old signature', ageMs: LONG_AGO_MS },
  { name: 'no signature', cheat: withoutSignature },
  {
    name: 'a changed body',
    cheat: (upload, way) =>
      way.bodyIsSigned ? changeBody(upload, 'THE CONTENT', () => 'MY CONTENTS') : undefined,
  },
  {
    name: 'a body cut short',
    cheat: (upload, way) =>
      way.bodyIsSigned ? { ...upload, body: upload.body.subarray(0, 8_000) } : undefined,
  },
  {
    name: 'a changed trailer',
    cheat: (upload, way) =>
      way.hasTrailer ? changeBody(upload, /(?<=x-amz-checksum-crc32:)[^\r]+/, flip) : undefined,
  },
  {
    name: 'a trailer left out',
    cheat: (upload, way) =>
      way.hasTrailer ? changeBody(upload, /x-amz-checksum-crc32:[^\r]+\r\n/, () => '') : undefined,
  },
  {
    name: 'a changed target',
    cheat: (upload) =>
      upload.method === 'POST'
        ? changeBody(upload, /(?<=name="key"\r\n\r\n)k/, () => 'l')
        : { ...upload, target: upload.target.replace('/k', '/l') },
  },
  { name: 'an unsigned x-amz-acl', cheat: addedHeader('x-amz-acl', 'public-read') },
  { name: 'an unsigned x-amz-meta', cheat: addedHeader('x-amz-meta-x', 'y') },
  { name: 'unsigned tags', cheat: addedHeader('x-amz-tagging', 'a=b') },
  { name: 'an unsigned storage class', cheat: addedHeader('x-amz-storage-class', 'GLACIER') },
  { name: 'an unsigned copy source', cheat: addedHeader('x-amz-copy-source', '/signed/other') },
];

describe('every way to sign against every way to cheat', () => {
  let server: TestServer;
  let owner: SignedClient;
  const bucket = 'signed';
  let uploads = 0;

  before(async () => {
    server = await startServer();
    owner = signedClient(server.port, server.root);
    assert.equal((await owner({ method: 'PUT', target: `/${bucket}` })).status, 200);
    const other = { method: 'PUT', target: `/${bucket}/other`, body: Buffer.from('other') };
    assert.equal((await owner(other)).status, 200);
  });
  after(async () => {
    owner[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const send = (upload: Upload): Promise<Answer> => {
    const length = { 'content-length': String(upload.body.byteLength) };
    return sendPlain({ ...upload, port: server.port, headers: { ...upload.headers, ...length } });
  };
  const keysStored = async (): Promise<string[]> => {
    const { body } = await owner({ method: 'GET', target: `/${bucket}?list-type=2` });
    return [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
  };
  const signing = (secret?: string, ageMs = 0): Signing => ({
    port: server.port,
    target: `/${bucket}/k${(uploads += 1)}`,
    credentials: { ...server.root, ...(secret === undefined ? {} : { secretAccessKey: secret }) },
    nowMs: Date.now() - ageMs,
  });

  for (const way of WAYS) {
    test(`${way.name}: honest uploads are stored, all others refused`, async () => {
      const honest = signing();
      const accepted = await send(way.sign(honest));
      assert.ok([200, 204].includes(accepted.status), `${accepted.status} ${accepted.body}`);
      const stored = await owner({ method: 'GET', target: honest.target });
      assert.ok(stored.body.equals(CONTENT), 'the honest upload reads back');
      await owner({ method: 'DELETE', target: honest.target });

      for (const { name, secret, ageMs, cheat } of CHEATS) {
        const signed = way.sign(signing(secret, ageMs));
        const upload = cheat === undefined ? signed : cheat(signed, way);
        if (upload === undefined) continue;
        const { status, body, code } = await send(upload);
        assert.ok(status === 400 || status === 403, `${name}: ${status} ${body}`);
        assert.ok(code !== undefined, `${name} is refused with a code: ${body}`);
        assert.deepEqual(await keysStored(), ['other'], `${name} stores nothing`);
      }
    });
  }
});
