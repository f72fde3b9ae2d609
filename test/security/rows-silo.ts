import assert from 'node:assert/strict';
import { allow, policyText } from './cast.ts';
import type { Row } from './row.ts';

const OBJECTS = 'arn:aws:s3:::vault/*';

export const SILO: readonly Row[] = [
  {
    id: 'SN-2026-003',
    peer: 'Silo',
    family: 'F10 a condition that is misread',
    what: 'parameters and headers named after condition keys',
    requests: async (cast) => {
      const user = await cast.user({
        ...allow('s3:*', '*'),
        Condition: { StringEquals: { 'aws:username': 'admin' } },
      });
      return [
        cast.s3(user, 'GET /vault?aws%3Ausername=admin&username=admin'),
        cast.s3(user, 'GET /vault', { headers: { username: 'admin', 'x-amz-username': 'admin' } }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-004 SN-2026-005',
    peer: 'Silo',
    family: 'F10 a condition that is misread',
    what: 'everything on the objects is nothing on the bucket',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:*', OBJECTS));
      return ['GET /vault', 'GET /vault?policy', 'DELETE /vault?policy', 'DELETE /vault']
        .map((line) => cast.s3(user, line))
        .concat(cast.s3(user, 'PUT /vault?policy', { body: policyText([]) }));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-005',
    peer: 'Silo',
    family: 'F10 a condition that is misread',
    what: 'everything on the bucket is nothing on its objects',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:*', 'arn:aws:s3:::vault'));
      return [cast.s3(user, 'GET /vault/secret'), cast.s3(user, 'PUT /vault/x')];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-006 SN-2026-007',
    peer: 'Silo',
    family: 'F12 encryption by the client’s key',
    what: 'a key of the client’s is refused, where going on would store in the clear',
    requests: async (cast) => {
      const headers = {
        'x-amz-server-side-encryption-customer-algorithm': 'AES256',
        'x-amz-server-side-encryption-customer-key': Buffer.alloc(32, 'k').toString('base64'),
        'x-amz-server-side-encryption-customer-key-md5': 'x',
      };
      return [
        cast.s3(cast.main, 'PUT /vault/sse', { headers }),
        cast.s3(cast.main, 'GET /vault/secret', { headers }),
        cast.s3(cast.main, 'GET /vault/secret?attributes', {
          headers: { ...headers, 'x-amz-object-attributes': 'ETag' },
        }),
      ];
    },
    expected: [501, 'NotImplemented'],
  },
  {
    id: 'SN-2026-009',
    peer: 'Silo',
    family: 'F10 a condition that is misread',
    what: 'the right to one action is none to its opposite',
    requests: async (cast) => {
      const user = await cast.user(
        allow(['iam:DeleteUser', 'iam:AttachUserPolicy', 'iam:TagUser', 'iam:ListUsers'], '*'),
      );
      const UserName = user.name;
      return [
        cast.iam(user, { Action: 'CreateUser', UserName: 'swapped' }),
        cast.iam(user, { Action: 'UntagUser', UserName, 'TagKeys.member.1': 'a' }),
        cast.iam(user, { Action: 'GetUser', UserName }),
        cast.iam(user, {
          Action: 'DetachUserPolicy',
          UserName,
          PolicyArn: 'arn:aws:iam::aws:policy/x',
        }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-010',
    peer: 'Silo',
    family: 'F11 an answer before the right to it',
    what: 'a version is deleted by its own right',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:DeleteObject', '*'));
      return [cast.s3(user, 'DELETE /vault/secret?versionId=null')];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-011',
    peer: 'Silo',
    family: 'F2 a header that is not signed',
    what: 'a source added to a presigned PUT',
    requests: async (cast) => [
      cast.send('PUT', cast.presign(cast.main, 'PUT /site/x'), {
        host: cast.host,
        'x-amz-copy-source': '/vault/secret',
      }),
    ],
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SN-2026-012',
    peer: 'Silo',
    family: 'F1 a signature that is not checked',
    what: 'a hash beside a presigned URL is held against the body',
    requests: async (cast) => [
      cast.send(
        'PUT',
        cast.presign(cast.main, 'PUT /vault/hashed'),
        { host: cast.host, 'x-amz-content-sha256': 'a'.repeat(64) },
        'x',
      ),
    ],
    expected: [400, 'XAmzContentSHA256Mismatch'],
  },
  {
    id: 'SN-2026-013',
    peer: 'Silo',
    family: 'F9 a token that proves nothing',
    what: 'a key that was deleted, or switched off, is none for the very next request',
    requests: async (cast) => {
      const gone = await cast.user(allow('s3:*', '*'));
      const off = await cast.user(allow('s3:*', '*'));
      for (const user of [gone, off]) {
        assert.equal((await cast.s3(user, 'GET /vault')).status, 200);
      }
      const of = (user: typeof off) => ({ UserName: user.name, AccessKeyId: user.accessKeyId });
      await cast.iam(cast.main, { Action: 'DeleteAccessKey', ...of(gone) });
      await cast.iam(cast.main, { Action: 'UpdateAccessKey', ...of(off), Status: 'Inactive' });
      return [cast.s3(gone, 'GET /vault'), cast.s3(off, 'GET /vault')];
    },
    expected: [403, 'InvalidAccessKeyId'],
  },
  {
    id: 'Silo forwarded-for',
    peer: 'Silo',
    family: 'F10 a condition that is misread',
    what: 'address and scheme are the connection’s',
    requests: async (cast) => {
      const near = await cast.user({
        ...allow('s3:*', '*'),
        Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } },
      });
      const secure = await cast.user({
        ...allow('s3:*', '*'),
        Condition: { Bool: { 'aws:SecureTransport': 'true' } },
      });
      const from = {
        'x-forwarded-for': '10.1.1.1',
        'x-real-ip': '10.1.1.1',
        forwarded: 'for=10.1.1.1',
      };
      return [
        cast.s3(near, 'GET /vault', { headers: from }),
        cast.s3(secure, 'GET /vault', { headers: { 'x-forwarded-proto': 'https' } }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
];
