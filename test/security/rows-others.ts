import assert from 'node:assert/strict';
import { allow } from './cast.ts';
import type { Row } from './row.ts';

/** Headers that change what a PUT does, of which any could be added on the way. */
const SENSITIVE: Readonly<Record<string, string>> = {
  'x-amz-acl': 'public-read',
  'x-amz-grant-full-control': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
  'x-amz-copy-source': '/vault/secret',
  'x-amz-tagging': 'a=b',
  'x-amz-storage-class': 'GLACIER',
  'x-amz-meta-a': 'b',
  'x-amz-object-lock-mode': 'COMPLIANCE',
  'x-amz-server-side-encryption': 'AES256',
  'x-amz-website-redirect-location': 'http://example.com/',
  'x-amz-date': '20200101T000000Z',
};

const LONG_AGO_MS = 16 * 60_000;

export const CEPH: readonly Row[] = [
  {
    id: 'CVE-2024-48916',
    peer: 'Ceph RGW',
    family: 'F9 a token that proves nothing',
    what: 'a token without signature, from nobody',
    requests: async (cast) => [
      cast.query('sts', undefined, {
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: `arn:aws:iam::${cast.account}:role/admin`,
        RoleSessionName: 'session',
        WebIdentityToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.',
      }),
    ],
    expected: [400, 'InvalidIdentityToken'],
  },
  {
    id: 'CVE-2023-43040',
    peer: 'Ceph RGW',
    family: 'F5 a form and its policy',
    what: 'a form for one bucket sent to another',
    requests: async (cast) => [
      cast.form(cast.main, 'vault', [{ bucket: 'site' }, { key: 'k' }], { key: 'k' }),
      cast.form(cast.main, 'vault', [{ bucket: 'site' }, { key: 'k' }], {
        key: 'k',
        bucket: 'site',
      }),
    ],
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2024-47866',
    peer: 'Ceph RGW',
    family: 'F3 the source of a copy',
    what: 'a source that names nothing',
    requests: async (cast) =>
      ['', '/', '//', 'vault', '/vault/', '//vault/secret', 'vault/%', '?versionId=1'].map(
        (source) =>
          cast.s3(cast.main, 'PUT /site/copy', { headers: { 'x-amz-copy-source': source } }),
      ),
    expected: [400, 'InvalidArgument'],
  },
  {
    id: 'CVE-2026-54330',
    peer: 'Ceph RGW',
    family: 'F2 a header that is not signed',
    what: 'headers added to a presigned PUT',
    requests: async (cast) => {
      const target = cast.presign(cast.main, 'PUT /vault/presigned');
      return Object.entries(SENSITIVE).map(([name, value]) =>
        cast.send('PUT', target, { host: cast.host, [name]: value }, 'x'),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2026-54330',
    peer: 'Ceph RGW',
    family: 'F2 a header that is not signed',
    what: 'parameters added to a presigned PUT, V4 and V2, in small letters',
    requests: async (cast) =>
      (['v4', 'v2'] as const).flatMap((version) =>
        ['x-amz-acl=public-read', 'x-amz-tagging=a%3Db', 'content-type=a', 'acl', '%61cl'].map(
          (parameter) =>
            cast.send(
              'PUT',
              `${cast.presign(cast.main, 'PUT /vault/presigned', version)}&${parameter}`,
              { host: cast.host },
            ),
        ),
      ),
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'CVE-2026-54330',
    peer: 'Ceph RGW',
    family: 'F2 a header that is not signed',
    what: 'parameters that V2 does not sign mean nothing',
    requests: async (cast) => {
      const target = cast.presign(cast.main, 'PUT /vault/spelled', 'v2');
      return ['X-Amz-Acl=public-read', 'X-AMZ-ACL=public-read', 'ACL', 'X-Amz-Tagging=a%3Db'].map(
        (parameter) => cast.send('PUT', `${target}&${parameter}`, { host: cast.host }, 'x'),
      );
    },
    expected: [200],
    afterwards: async (_, cast) => {
      assert.equal((await cast.s3(undefined, 'GET /vault/spelled')).code, 'AccessDenied');
      const tags = await cast.s3(cast.main, 'GET /vault/spelled?tagging');
      assert.doesNotMatch(tags.body.toString(), /<Tag>/);
    },
  },
  {
    id: 'CVE-2026-39944 CVE-2025-30156',
    peer: 'Ceph RGW',
    family: 'F9 a token that proves nothing',
    what: 'no token is taken apart before it is refused',
    requests: async (cast) =>
      Array.from({ length: 8 }, (_, bit) => {
        const token = Buffer.alloc(64, 1 << bit).toString('base64');
        return cast.s3(cast.main, 'GET /', { headers: { 'x-amz-security-token': token } });
      }),
    expected: [400, 'InvalidToken'],
  },
  {
    id: 'CVE-2022-3854 CVE-2021-3531 CVE-2019-10222',
    peer: 'Ceph RGW',
    family: 'F13 denial of service',
    what: 'targets that do not decode',
    requests: async (cast) =>
      ['/%', '/vault/%zz', '/vault/%ff%fe', '/vault?%', '/vault/k?versionId=%C3%28', '/%C0%AF'].map(
        (target) => cast.send('GET', target, { host: cast.host }),
      ),
    expected: [400, 'InvalidURI'],
  },
  {
    id: 'CVE-2020-10753 CVE-2021-3524',
    peer: 'Ceph RGW',
    family: 'F14 what an answer says',
    what: 'a line break in ExposeHeader',
    requests: async (cast) =>
      ['a&#13;&#10;Evil: 1', 'a\nEvil', 'a b', 'a:b', 'a&#0;'].map((header) => {
        const rule =
          '<AllowedOrigin>https://a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>' +
          `<ExposeHeader>${header}</ExposeHeader>`;
        return cast.s3(cast.main, 'PUT /vault?cors', {
          body: `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`,
        });
      }),
    expected: [400],
  },
  {
    id: 'CVE-2020-1760',
    peer: 'Ceph RGW',
    family: 'F14 what an answer says',
    what: 'a line break in an override of an answer’s header',
    requests: async (cast) =>
      ['content-type', 'content-disposition', 'cache-control', 'expires'].map((name) =>
        cast.s3(cast.main, `GET /vault/secret?response-${name}=a%0D%0AEvil:%201`),
      ),
    expected: [400, 'InvalidArgument'],
  },
  {
    id: 'CVE-2020-1760',
    peer: 'Ceph RGW',
    family: 'F14 what an answer says',
    what: 'an override by nobody, of an object that is public',
    requests: async (cast) => {
      const headers = { 'x-amz-acl': 'public-read' };
      await cast.s3(cast.main, 'PUT /site/open', { headers, body: '<script>' });
      return [cast.s3(undefined, 'GET /site/open?response-content-type=text/html')];
    },
    expected: [400, 'InvalidRequest'],
  },
  {
    id: 'CVE-2020-12059',
    peer: 'Ceph RGW',
    family: 'F13 denial of service',
    what: 'tags in documents that are none',
    requests: async (cast) =>
      [
        '<Tagging>',
        '<Tagging><TagSet><Tag></Tag></TagSet></Tagging>',
        '<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>',
        '<Tagging/>',
        '<a>'.repeat(100_000),
        '\0',
      ].map((body) => cast.s3(cast.main, 'PUT /vault/secret?tagging', { body })),
    expected: [400, 'MalformedXML'],
  },
  {
    id: 'CVE-2018-16846',
    peer: 'Ceph RGW',
    family: 'F13 denial of service',
    what: 'a page is never longer than a thousand',
    requests: async (cast) =>
      ['?max-keys=2147483647', '?list-type=2&max-keys=999999', '?versions&max-keys=1000000'].map(
        (query) => cast.s3(cast.main, `GET /vault${query}`),
      ),
    expected: [200],
    afterwards: async (answers) => {
      for (const { body } of answers) assert.match(body.toString(), /<MaxKeys>1000<\/MaxKeys>/);
    },
  },
  {
    id: 'CVE-2018-16889',
    peer: 'Ceph RGW',
    family: 'F12 encryption by the client’s key',
    what: 'a key of the client’s is refused, and goes into no log',
    requests: async (cast) => [
      cast.s3(cast.main, 'PUT /vault/sse', {
        headers: { 'x-amz-server-side-encryption-customer-key': 'a-key-for-no-log' },
      }),
    ],
    expected: [501, 'NotImplemented'],
    afterwards: async (_, cast) => assert.doesNotMatch(cast.server.output(), /a-key-for-no-log/),
  },
  {
    id: 'CVE-2016-7031',
    peer: 'Ceph RGW',
    family: 'F11 an answer before the right to it',
    what: 'nobody lists what only the objects’ ACLs open',
    requests: async (cast) => [
      cast.s3(undefined, 'GET /site'),
      cast.s3(undefined, 'GET /site?list-type=2'),
      cast.s3(undefined, 'GET /'),
    ],
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2016-9579 CVE-2016-8626',
    peer: 'Ceph RGW',
    family: 'F13 denial of service',
    what: 'a POST with an origin, and forms that are none',
    requests: async (cast) => [
      cast.send('POST', '/site', { host: cast.host, origin: 'https://a' }),
      cast.send('POST', '/site', { host: cast.host, 'content-type': 'text/plain' }, 'x'),
    ],
    expected: [412, 'PreconditionFailed'],
  },
  {
    id: 'CVE-2016-8626',
    peer: 'Ceph RGW',
    family: 'F5 a form and its policy',
    what: 'a policy without conditions',
    requests: async (cast) => [cast.form(cast.main, 'site', [], { key: 'k' })],
    expected: [403, 'AccessDenied'],
  },
];

export const OTHERS: readonly Row[] = [
  {
    id: 'CVE-2022-47950',
    peer: 'Swift s3api',
    family: 'F13 denial of service',
    what: 'entities, of files and of each other',
    requests: async (cast) =>
      [
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Tagging>&a;</Tagging>',
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><Tagging>&b;</Tagging>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><Tagging/>',
        '<Tagging>&a;</Tagging>',
      ].map((body) => cast.s3(cast.main, 'PUT /vault/secret?tagging', { body })),
    expected: [400, 'MalformedXML'],
  },
  {
    id: 'bug 1561199',
    peer: 'Swift s3api',
    family: 'F1 a signature that is not checked',
    what: 'a signature sent again with another method',
    requests: async (cast) => [
      cast.s3(cast.main, 'GET /vault/secret', { sentMethod: 'PUT' }),
      cast.s3(cast.main, 'GET /vault/secret', { sentMethod: 'DELETE' }),
      cast.send('DELETE', cast.presign(cast.main, 'GET /vault/secret'), { host: cast.host }),
      cast.send('DELETE', cast.presign(cast.main, 'GET /vault/secret', 'v2'), { host: cast.host }),
    ],
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'CVE-2025-65073',
    peer: 'Keystone',
    family: 'F9 a token that proves nothing',
    what: 'a signature for an object, in the old way, is none for IAM and STS',
    requests: async (cast) => {
      const target = cast.presign(cast.main, 'GET /vault/secret', 'v2');
      const root = cast.presign(cast.main, 'GET /', 'v2');
      return [
        cast.send('GET', `${target}&Action=CreateAccessKey`, { host: 'iam.localhost' }),
        cast.send('GET', `${target}&Action=ListUsers`, { host: 'iam.amazonaws.com' }),
        cast.send('GET', `${target}&Action=GetCallerIdentity`, { host: 'sts.localhost' }),
        cast.send('GET', `${root}&Action=ListUsers`, { host: cast.host }),
      ];
    },
    expected: [403, 'MissingAuthenticationToken'],
  },
  {
    id: 'CVE-2025-65073',
    peer: 'Keystone',
    family: 'F9 a token that proves nothing',
    what: 'a signature for S3 is none for IAM',
    requests: async (cast) => [
      cast.query(
        'iam',
        cast.main,
        { Action: 'ListUsers' },
        {
          service: 's3',
          headers: { host: 'iam.localhost' },
        },
      ),
      cast.s3(cast.main, 'GET /?Action=ListUsers', { headers: { host: 'iam.amazonaws.com' } }),
    ],
    expected: [403, 'SignatureDoesNotMatch'],
  },
  {
    id: 'hardening 2026-07 GHSA-v2ch',
    peer: 'Swift s3api, versitygw',
    family: 'F13 denial of service',
    what: 'chunks that do not say how long they are in all',
    requests: async (cast) => [
      cast.s3(cast.main, 'PUT /vault/chunks', {
        headers: { 'content-encoding': 'aws-chunked' },
        payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        body: '0\r\n\r\n',
      }),
    ],
    expected: [411, 'MissingContentLength'],
  },
  {
    id: 'versitygw 67aaa80d 9ac52cd5',
    peer: 'versitygw',
    family: 'F3 the source of a copy',
    what: 'a source is decoded once, and asked about as it is read',
    requests: async (cast) => {
      const user = await cast.user(
        allow(
          ['s3:PutObject', 's3:GetObject'],
          ['arn:aws:s3:::site/*', 'arn:aws:s3:::vault/public/*'],
        ),
      );
      return [
        'vault/secret',
        'vault/public/../secret',
        'vault/public%2F..%2Fsecret',
        'vault/%73ecret',
        'vault%2Fsecret',
        'vault/secret?versionId=null',
        'vault/secret%3FversionId=null',
      ].map((source) =>
        cast.s3(user, 'PUT /site/copy', { headers: { 'x-amz-copy-source': source } }),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2025-24961',
    peer: 's3proxy',
    family: 'F4 a path that leaves its place',
    what: 'a key like a path of the machine is a key',
    requests: async (cast) =>
      ['..%2F..%2F..%2Fetc%2Fpasswd', '%2Fetc%2Fpasswd', '..%2F..%2Fmaster.key', '.', '..'].map(
        async (key) => {
          await cast.s3(cast.main, `PUT /vault/${key}`, { body: 'mine' });
          const answer = await cast.s3(cast.main, `GET /vault/${key}`);
          assert.equal(answer.body.toString(), 'mine');
          return answer;
        },
      ),
    expected: [200],
  },
  {
    id: 'CVE-2025-68671',
    peer: 'lakeFS',
    family: 'F1 a signature that is not checked',
    what: 'a signature of sixteen minutes ago, and one of in sixteen minutes',
    requests: async (cast) =>
      [-LONG_AGO_MS, LONG_AGO_MS].map((byMs) =>
        cast.s3(cast.main, 'GET /vault/secret', { nowMs: Date.now() + byMs }),
      ),
    expected: [403, 'RequestTimeTooSkewed'],
  },
  {
    id: 'CVE-2026-42882',
    peer: 's3-proxy (oxyno)',
    family: 'F4 a path that leaves its place',
    what: 'slashes that are encoded are the same for who decides and for who reads',
    requests: async (cast) => {
      const user = await cast.user(allow('s3:GetObject', 'arn:aws:s3:::vault/public/*'));
      assert.equal((await cast.s3(user, 'GET /vault/public%2Fa')).status, 200);
      return [
        'public%2F..%2Fsecret',
        'public/../secret',
        'public%252Fa',
        '%2Fsecret',
        'secret',
      ].map((key) => cast.s3(user, `GET /vault/${key}`));
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2023-46738',
    peer: 'CubeFS',
    family: 'F13 denial of service',
    what: 'long lists of mistakes, by nobody',
    requests: async (cast) => [
      cast.s3(undefined, 'POST /vault/k?uploadId=x', {
        body: `<CompleteMultipartUpload>${'<Part/>'.repeat(500_000)}`,
      }),
    ],
    expected: [400, 'MalformedXML'],
  },
];
