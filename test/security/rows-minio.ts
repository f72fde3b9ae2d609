import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import {
  encodeChunks,
  presignV4,
  signRequestV4,
  STREAMING_SIGNED,
  STREAMING_UNSIGNED_TRAILER,
} from '../../src/signature/index.ts';
import type { Answer } from '../harness/signed-client.ts';
import { allow, deny, keyOf, policyText, type Cast } from './cast.ts';
import type { Row } from './row.ts';

const WRONG = 'w'.repeat(40);
const CONTENT = Buffer.alloc(9_000, 'a');
const OBJECTS = 'arn:aws:s3:::vault/*';

/** An upload in chunks that is signed by the wrong secret, in the header or in the query. */
function trailerUpload(
  cast: Cast,
  at: 'header' | 'query',
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(CONTENT));
  const trailers = new Map([['x-amz-checksum-crc32', crc.toString('base64')]]);
  const headers = {
    host: cast.host,
    'content-encoding': 'aws-chunked',
    'x-amz-decoded-content-length': String(CONTENT.byteLength),
    'x-amz-trailer': 'x-amz-checksum-crc32',
    ...more,
  };
  const common = {
    method: 'PUT',
    target: '/vault/trailer',
    credentials: { ...cast.main, secretAccessKey: WRONG },
    region: 'us-east-1',
    service: 's3',
    nowMs: Date.now(),
    payloadHash: STREAMING_UNSIGNED_TRAILER,
  } as const;
  const body = encodeChunks([CONTENT], { trailers });
  if (at === 'header') {
    const signed = signRequestV4({ ...common, headers });
    return cast.send('PUT', common.target, signed.headers, body);
  }
  const sent = { ...headers, 'x-amz-content-sha256': STREAMING_UNSIGNED_TRAILER };
  return cast.send(
    'PUT',
    presignV4({ ...common, headers: sent, expiresInSeconds: 60 }),
    sent,
    body,
  );
}

/** An upload in signed chunks, changed on its way. */
function chunkUpload(cast: Cast, change: (body: Buffer) => Uint8Array): Promise<Answer> {
  const chunks = [Buffer.alloc(8_192, 'a'), Buffer.alloc(8_192, 'b'), Buffer.alloc(100, 'c')];
  const { headers, seed } = signRequestV4({
    method: 'PUT',
    target: '/vault/chunks',
    headers: {
      host: cast.host,
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': '16484',
    },
    credentials: cast.main,
    region: 'us-east-1',
    service: 's3',
    nowMs: Date.now(),
    payloadHash: STREAMING_SIGNED,
  });
  return cast.send(
    'PUT',
    '/vault/chunks',
    headers,
    change(Buffer.from(encodeChunks(chunks, { seed }))),
  );
}

/** The first two chunks change places; each is as long as the other. */
function swapped(body: Buffer): Buffer {
  const second = body.indexOf('2000;', 5);
  return Buffer.concat([
    body.subarray(second, 2 * second),
    body.subarray(0, second),
    body.subarray(2 * second),
  ]);
}

export const MINIO: readonly Row[] = [
  {
    id: 'CVE-2025-31489 CVE-2026-41145 CVE-2026-40344',
    peer: 'MinIO',
    family: 'F1 a signature that is not checked',
    what: 'chunks with an unsigned trailer, by a wrong secret, in header, query and for an archive',
    requests: async (cast) => [
      trailerUpload(cast, 'header'),
      trailerUpload(cast, 'query'),
      trailerUpload(cast, 'header', { 'x-amz-meta-snowball-auto-extract': 'true' }),
    ],
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'CVE-2021-21390',
    peer: 'MinIO',
    family: 'F1 a signature that is not checked',
    what: 'signed chunks, one changed, two exchanged',
    requests: async (cast) => [
      chunkUpload(cast, (body) => Buffer.from(body.toString('latin1').replace('aaaa', 'aaab'))),
      chunkUpload(cast, swapped),
    ],
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'CVE-2021-21390',
    peer: 'MinIO',
    family: 'F1 a signature that is not checked',
    what: 'signed chunks without the last one, and cut short',
    requests: async (cast) => [
      chunkUpload(cast, (body) => body.subarray(0, body.lastIndexOf('0;chunk'))),
      chunkUpload(cast, (body) => body.subarray(0, 9_000)),
    ],
    expected: [400, 'IncompleteBody'],
  },
  {
    id: 'CVE-2025-62506 CVE-2024-24747',
    peer: 'MinIO',
    family: 'F7 a user who raises himself',
    what: 'a key that a narrow user makes for himself is as narrow as he is',
    requests: async (cast) => {
      const user = await cast.user(
        allow('iam:CreateAccessKey', '*'),
        allow('s3:GetObject', OBJECTS),
      );
      const made = await cast.iam(user, { Action: 'CreateAccessKey' });
      const child = keyOf(made.body.toString());
      return [
        cast.s3(child, 'PUT /vault/child'),
        cast.s3(child, 'GET /vault?policy'),
        cast.iam(child, { Action: 'CreateUser', UserName: 'child' }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2026-34204 SN-2026-008',
    peer: 'MinIO, Silo',
    family: 'F6 a header meant for insiders',
    what: 'headers of replication and of sealed keys are no metadata of the server’s',
    requests: async (cast) => [
      cast.s3(cast.main, 'PUT /vault/inside', {
        body: 'x',
        headers: {
          'x-minio-source-replication-request': 'true',
          'x-minio-replication-server-side-encryption-sealed-key': 'a2V5',
          'x-minio-internal-server-side-encryption-iv': 'aXY=',
        },
      }),
    ],
    expected: [200],
    afterwards: async (_, cast) => {
      const { headers } = await cast.s3(cast.main, 'GET /vault/inside');
      assert.deepEqual(
        Object.keys(headers).filter((name) => /minio|encryption|replication/.test(name)),
        [],
      );
    },
  },
  {
    id: 'CVE-2026-39414',
    peer: 'MinIO',
    family: 'F13 denial of service',
    what: 'SELECT is not served',
    requests: async (cast) => [cast.s3(cast.main, 'POST /vault/secret?select&select-type=2')],
    expected: [501, 'NotImplemented'],
  },
  {
    id: 'CVE-2024-55949 CVE-2023-28432 CVE-2023-28434',
    peer: 'MinIO',
    family: 'F8 a route that nobody guards',
    what: 'paths of administration, and reserved buckets, are buckets that do not exist',
    requests: async (cast) => [
      cast.s3(cast.powerless, 'PUT /minio/admin/v3/import-iam', { body: 'x' }),
      cast.s3(undefined, 'POST /minio/bootstrap/v1/verify?uploads'),
      cast.s3(undefined, 'GET /minio/health/live'),
      cast.form(cast.main, '.minio.sys', [{ bucket: '.minio.sys' }, { key: 'config' }], {
        key: 'config',
      }),
    ],
    expected: [404, 'NoSuchBucket'],
  },
  {
    id: 'CVE-2024-36107',
    peer: 'MinIO',
    family: 'F11 an answer before the right to it',
    what: 'conditions, ranges and parts of a private object, and of none, by nobody',
    requests: async (cast) =>
      ['secret', 'missing'].flatMap((key) => [
        cast.s3(undefined, `GET /vault/${key}`, { headers: { 'if-none-match': '*' } }),
        cast.s3(undefined, `GET /vault/${key}`, { headers: { 'if-match': '"x"' } }),
        cast.s3(undefined, `GET /vault/${key}`, { headers: { range: 'bytes=99-' } }),
        cast.s3(undefined, `GET /vault/${key}?partNumber=7`),
        cast.s3(undefined, `PUT /vault/${key}`, { headers: { 'if-none-match': '*' } }),
        cast.s3(undefined, `GET /vault/${key}`, {
          headers: { 'if-modified-since': 'Wed, 01 Jan 2070 00:00:00 GMT' },
        }),
      ]),
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2023-28433',
    peer: 'MinIO',
    family: 'F4 a path that leaves its place',
    what: 'backslashes are part of a key',
    requests: async (cast) => [
      cast.s3(cast.main, 'PUT /site/..%5C..%5Cvault%5Cslashed', { body: 'x' }),
    ],
    expected: [200],
    afterwards: async (_, cast) => {
      const { body } = await cast.s3(cast.main, 'GET /site?prefix=..%5C');
      assert.match(body.toString(), /<Key>\.\.\\\.\.\\vault\\slashed<\/Key>/);
    },
  },
  {
    id: 'CVE-2023-25812 CVE-2021-41137',
    peer: 'MinIO',
    family: 'F10 a condition that is misread',
    what: 'a denial wins, whatever allows, and whatever the request asks to bypass',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:*', '*'), deny('s3:DeleteObject*', '*'));
      const headers = { 'x-amz-bypass-governance-retention': 'true' };
      return [
        cast.s3(user, 'DELETE /vault/secret'),
        cast.s3(user, 'DELETE /vault/secret', { headers }),
        cast.s3(user, 'DELETE /vault/secret?versionId=null', { headers }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2022-24842 CVE-2021-43858',
    peer: 'MinIO',
    family: 'F7 a user who raises himself',
    what: 'a user who may care for his own keys makes none for others, and no policy',
    requests: async (cast) => {
      const user = await cast.user(
        allow('iam:*AccessKey*', `arn:aws:iam::${cast.account}:user/\${aws:username}`),
      );
      const boss = await cast.user(allow('*', '*'));
      const PolicyDocument = policyText([allow('*', '*')]);
      const self = { UserName: user.name };
      return [
        cast.iam(user, { Action: 'CreateAccessKey', UserName: boss.name }),
        cast.iam(user, { Action: 'PutUserPolicy', ...self, PolicyName: 'p', PolicyDocument }),
        cast.iam(user, {
          Action: 'AttachUserPolicy',
          ...self,
          PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
        cast.iam(user, { Action: 'CreateUser', UserName: 'another' }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2022-24842',
    peer: 'MinIO',
    family: 'F7 a user who raises himself',
    what: 'a key of root’s or of another user’s is not found among his own',
    requests: async (cast) => {
      const user = await cast.user(allow('iam:*AccessKey*', '*'));
      const other = await cast.user();
      return [cast.main, other].flatMap(({ accessKeyId: AccessKeyId }) => [
        cast.iam(user, { Action: 'UpdateAccessKey', AccessKeyId, Status: 'Inactive' }),
        cast.iam(user, { Action: 'DeleteAccessKey', AccessKeyId }),
      ]);
    },
    expected: [404, 'NoSuchEntity'],
  },
  {
    id: 'CVE-2021-21362',
    peer: 'MinIO',
    family: 'F5 a form and its policy',
    what: 'who may only read uploads no form either',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:GetObject', OBJECTS));
      return [cast.form(user, 'vault', [{ bucket: 'vault' }, { key: 'form' }], { key: 'form' })];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'MinIO #21656',
    peer: 'MinIO',
    family: 'F5 a form and its policy',
    what: 'a field that the policy does not name',
    requests: async (cast) =>
      ['tagging', 'acl', 'x-amz-storage-class', 'x-amz-meta-a', 'Content-Type'].map((field) =>
        cast.form(cast.main, 'vault', [{ bucket: 'vault' }, { key: 'form' }], {
          key: 'form',
          [field]: 'a',
        }),
      ),
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2020-11012',
    peer: 'MinIO',
    family: 'F1 a signature that is not checked',
    what: 'a key id with a wrong secret, at IAM, STS and S3',
    requests: async (cast) => {
      const thief = { ...cast.main, secretAccessKey: WRONG };
      return [
        cast.iam(thief, { Action: 'ListUsers' }),
        cast.query('sts', thief, { Action: 'GetCallerIdentity' }),
        cast.s3(thief, 'GET /'),
      ];
    },
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'CVE-2018-1000538',
    peer: 'MinIO',
    family: 'F13 denial of service',
    what: 'a document beyond its bound',
    requests: async (cast) => [
      cast.s3(cast.main, 'PUT /vault?tagging', { body: `<Tagging>${' '.repeat(2 ** 20)}` }),
    ],
    expected: [400, 'MaxMessageLengthExceeded'],
  },
];
