import assert from 'node:assert/strict';
import { allow, deny, md5, policyText } from './cast.ts';
import type { Row } from './row.ts';

const BATCH =
  '<Delete><Object><Key>secret</Key></Object><Object><Key>public/a</Key></Object></Delete>';

export const SEAWEEDFS: readonly Row[] = [
  {
    id: 'CVE-2026-55874',
    peer: 'SeaweedFS',
    family: 'F3 the source of a copy',
    what: 'dots in a source are part of a key of the bucket that it names',
    requests: async (cast) =>
      [
        'elsewhere/../vault/secret',
        '/elsewhere/%2e%2e/vault/secret',
        'elsewhere/..%2Fvault/secret',
      ].map((source) =>
        cast.s3(cast.other, 'PUT /elsewhere/copy', { headers: { 'x-amz-copy-source': source } }),
      ),
    expected: [404, 'NoSuchKey'],
  },
  {
    id: 'CVE-2026-54917',
    peer: 'SeaweedFS',
    family: 'F4 a path that leaves its place',
    what: 'dots in a path, raw, encoded and encoded twice, are part of a key',
    requests: async (cast) =>
      ['..', '%2e%2e', '%2E.', '%252e%252e', '.', './..', '%2e%2e%2f..'].map((dots) =>
        cast.s3(cast.other, `GET /elsewhere/${dots}/vault/secret`),
      ),
    expected: [404, 'NoSuchKey'],
  },
  {
    id: 'CVE-2026-73080',
    peer: 'SeaweedFS',
    family: 'F14 what an answer says',
    what: 'a source that is an address is a bucket that does not exist',
    requests: async (cast) =>
      ['http://127.0.0.1/vault/secret', 'file:///etc/passwd', 'arn:aws:s3:::vault/secret'].map(
        (source) =>
          cast.s3(cast.main, 'PUT /site/copy', { headers: { 'x-amz-copy-source': source } }),
      ),
    expected: [404, 'NoSuchBucket'],
  },
  {
    id: 'CVE-2026-77611',
    peer: 'SeaweedFS',
    family: 'F11 an answer before the right to it',
    what: 'an ACL is that of its own key alone',
    requests: async (cast) => {
      for (const key of ['n', 'n/a', 'n/a/b', 'n/ab']) {
        await cast.s3(cast.main, `PUT /site/${key}`, { body: key });
      }
      const headers = { 'x-amz-acl': 'public-read' };
      assert.equal((await cast.s3(cast.main, 'PUT /site/n/a?acl', { headers })).status, 200);
      assert.equal((await cast.s3(undefined, 'GET /site/n/a')).status, 200);
      return ['n', 'n/a/b', 'n/ab', ''].map((key) => cast.s3(undefined, `GET /site/${key}`));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2026-77317 CVE-2026-72921',
    peer: 'SeaweedFS',
    family: 'F10 a condition that is misread',
    what: 'the right to one bucket is none to another whose name goes on',
    requests: async (cast) => {
      const user = await cast.user(
        allow('s3:*', ['arn:aws:s3:::vault1', 'arn:aws:s3:::vault1/*', 'arn:aws:s3:::vault/pub']),
      );
      return ['GET /vault10', 'PUT /vault10/x', 'GET /vault', 'GET /vault/public/a'].map((line) =>
        cast.s3(user, line),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2026-77368',
    peer: 'SeaweedFS',
    family: 'F11 an answer before the right to it',
    what: 'an upload of somebody else’s is filled, ended and seen by nobody',
    requests: async (cast) => {
      const { body } = await cast.s3(cast.main, 'POST /vault/parts?uploads');
      const id = /<UploadId>([^<]+)</.exec(body.toString())![1]!;
      const lines = [
        `PUT /vault/parts?partNumber=1&uploadId=${id}`,
        `GET /vault/parts?uploadId=${id}`,
        `DELETE /vault/parts?uploadId=${id}`,
        'GET /vault?uploads',
      ];
      return [cast.other, cast.powerless, undefined].flatMap((who) =>
        lines.map((line) => cast.s3(who, line)),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2026-77368',
    peer: 'SeaweedFS',
    family: 'F11 an answer before the right to it',
    what: 'an upload’s id is one of its bucket and key',
    requests: async (cast) => {
      const { body } = await cast.s3(cast.main, 'POST /vault/parts?uploads');
      const id = /<UploadId>([^<]+)</.exec(body.toString())![1]!;
      return [
        cast.s3(cast.main, `PUT /vault/parts2?partNumber=1&uploadId=${id}`),
        cast.s3(cast.main, `DELETE /site/parts?uploadId=${id}`),
        cast.s3(cast.other, `PUT /elsewhere/parts?partNumber=1&uploadId=${id}`),
        cast.s3(cast.other, `GET /elsewhere/parts?uploadId=${id}`),
      ];
    },
    expected: [404, 'NoSuchUpload'],
  },
  {
    id: 'GHSA-jw56',
    peer: 'SeaweedFS',
    family: 'F8 a route that nobody guards',
    what: 'IAM and STS by nobody',
    requests: async (cast) => [
      cast.send('POST', '/?Action=ListUsers&Version=2010-05-08', { host: cast.host }),
      cast.send('GET', '/?Action=CreateAccessKey', { host: 'iam.amazonaws.com' }),
      cast.send('GET', '/?Action=GetCallerIdentity', { host: 'sts.localhost' }),
    ],
    expected: [403, 'MissingAuthenticationToken'],
  },
  {
    id: 'SeaweedFS to 4.45',
    peer: 'SeaweedFS',
    family: 'F5 a form and its policy',
    what: 'a bucket’s denial holds for forms',
    requests: async (cast) => {
      const policy = policyText([
        { ...deny('s3:PutObject', 'arn:aws:s3:::site/denied/*'), Principal: '*' },
      ]);
      assert.equal((await cast.s3(cast.main, 'PUT /site?policy', { body: policy })).status, 204);
      const key = 'denied/k';
      return [
        cast.form(cast.main, 'site', [{ bucket: 'site' }, { key }], { key }),
        cast.s3(cast.main, `PUT /site/${key}`),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2024-40120',
    peer: 'SeaweedFS',
    family: 'F4 a path that leaves its place',
    what: 'keys with quotes, percent signs, zero bytes and line ends come back as they were put',
    requests: async (cast) =>
      [
        '%27%20OR%201%3D1--',
        '%25%2527',
        'a%00b',
        'a%0D%0Ab',
        '%22',
        '__proto__',
        '%F0%9F%98%80',
      ].map(async (key) => {
        await cast.s3(cast.main, `PUT /vault10/${key}`, { body: key });
        const answer = await cast.s3(cast.main, `GET /vault10/${key}`);
        assert.equal(answer.body.toString(), key);
        return answer;
      }),
    expected: [200],
  },
  {
    id: 'SeaweedFS #9121',
    peer: 'SeaweedFS',
    family: 'F2 a header that is not signed',
    what: 'headers added to a signed request',
    requests: async (cast) =>
      [
        { 'x-amz-acl': 'public-read' },
        { 'x-amz-meta-a': 'b' },
        { 'x-amz-copy-source': '/vault/secret' },
        { 'x-amz-storage-class': 'GLACIER' },
        { 'x-amz-website-redirect-location': 'http://example.com' },
      ].map((unsigned) =>
        cast.s3(cast.main, 'PUT /vault/added', {
          unsigned: unsigned as Readonly<Record<string, string>>,
        }),
      ),
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SeaweedFS #9120 #9317',
    peer: 'SeaweedFS',
    family: 'F6 a header meant for insiders',
    what: 'a user without policies may do nothing, whoever he says he is',
    requests: async (cast) =>
      [
        {},
        { 'x-amz-principal': 'arn:aws:iam::aws:root' },
        { 'x-amz-account-id': cast.account, 'x-seaweedfs-principal': 'admin' },
      ].flatMap((headers) => [
        cast.s3(cast.powerless, 'GET /vault', { headers }),
        cast.s3(cast.powerless, 'GET /', { headers }),
        cast.s3(cast.powerless, 'PUT /a-new-bucket', { headers }),
      ]),
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SeaweedFS #9793',
    peer: 'SeaweedFS',
    family: 'F11 an answer before the right to it',
    what: 'of several deletions each needs its right',
    requests: async (cast) => {
      const headers = { 'content-md5': md5(BATCH) };
      const user = await cast.user(allow('s3:DeleteObject', 'arn:aws:s3:::vault/other/*'));
      return [user, cast.other, undefined].map((who) =>
        cast.s3(who, 'POST /vault?delete', { headers, body: BATCH }),
      );
    },
    expected: [200],
    afterwards: async (answers, cast) => {
      for (const { body } of answers) {
        assert.doesNotMatch(body.toString(), /<Deleted>/);
        assert.equal(body.toString().match(/<Code>AccessDenied<\/Code>/g)?.length, 2);
      }
      assert.equal((await cast.s3(cast.main, 'GET /vault/secret')).status, 200);
    },
  },
  {
    id: 'SeaweedFS #7912',
    peer: 'SeaweedFS',
    family: 'F1 a signature that is not checked',
    what: 'a header of authorization that nobody understands is no anonymous request',
    requests: async (cast) =>
      ['Bearer x', 'Basic YTpi', 'AWS4-HMAC-SHA256', 'AWS x', 'AWS4-ECDSA-P256-SHA256 x'].map(
        (authorization) => cast.s3(undefined, 'GET /vault/secret', { headers: { authorization } }),
      ),
    expected: [400],
  },
];
