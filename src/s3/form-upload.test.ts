import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { PostConditionInput } from '../signature/index.ts';
import {
  BOUNDARY,
  CONDITIONS,
  encodeForm,
  FIELDS,
  openForms,
  post,
  signed,
} from './testing/form.suite.ts';
import type { Form, Signing } from './testing/form.suite.ts';
import { element } from './testing/house.suite.ts';
import type { Answer } from './testing/house.suite.ts';

/** The statuses are those of ceph/s3-tests, which took them from AWS. */
const cases: readonly {
  readonly name: string;
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly signing?: Signing;
  readonly form?: Partial<Form>;
  readonly target?: string;
  readonly answer: readonly [status: number, code?: string];
  /** Under which key the file then is; by default `foo.txt` when the answer is good. */
  readonly key?: string;
}[] = [
  { name: 'a policy that is obeyed', answer: [204] },
  {
    name: 'no Content-Type',
    signing: { conditions: CONDITIONS.filter((one) => !JSON.stringify(one).includes('Type')) },
    fields: { 'Content-Type': undefined },
    answer: [204],
  },
  {
    name: 'a key with the name of the file',
    fields: { key: '${filename}' },
    answer: [204],
  },
  {
    name: 'a key with the last segment of a path',
    fields: { key: 'foo/${filename}/x' },
    form: { fileName: 'C:\\dir/sub\\$& a.jpg' },
    key: 'foo/$& a.jpg/x',
    answer: [204],
  },
  {
    name: 'a key of any Unicode',
    fields: { key: 'foo ключ+%2F' },
    key: 'foo ключ+%2F',
    answer: [204],
  },
  { name: 'fields to be ignored', fields: { 'x-ignore-foo': 'bar' }, answer: [204] },
  {
    name: 'names in any case',
    signing: {
      conditions: [...CONDITIONS.slice(0, 2), { aCl: 'private' }, ...CONDITIONS.slice(3)],
    },
    fields: { key: undefined, kEy: 'foo.txt', acl: undefined, ACL: 'private' },
    answer: [204],
  },
  {
    name: 'metadata',
    signing: { conditions: [...CONDITIONS, ['starts-with', '$x-amz-meta-foo', 'bar']] },
    fields: { 'x-amz-meta-foo': 'barclamp' },
    answer: [204],
  },
  {
    name: 'a file of exactly the largest size',
    form: { file: 'x'.repeat(1024) },
    answer: [204],
  },
  { name: 'a bucket in the host name', target: '/', answer: [204] },
  {
    name: 'an unknown access key',
    fields: { AWSAccessKeyId: 'foo' },
    answer: [403, 'InvalidAccessKeyId'],
  },
  { name: 'a wrong signature', fields: { signature: 'x' }, answer: [403, 'SignatureDoesNotMatch'] },
  { name: 'no signature', fields: { signature: undefined }, answer: [400, 'InvalidArgument'] },
  { name: 'no policy', fields: { policy: undefined }, answer: [400, 'InvalidArgument'] },
  {
    name: 'a policy that is no base64',
    fields: { policy: '!' },
    answer: [403, 'SignatureDoesNotMatch'],
  },
  { name: 'no key', fields: { key: undefined }, answer: [400, 'InvalidArgument'] },
  { name: 'an empty key', fields: { key: '' }, answer: [400, 'InvalidArgument'] },
  {
    name: 'a key that becomes empty',
    fields: { key: '${filename}' },
    form: { fileName: '' },
    answer: [400, 'InvalidArgument'],
  },
  {
    name: 'too long a key',
    fields: { key: `foo${'x'.repeat(1022)}` },
    answer: [400, 'KeyTooLongError'],
  },
  { name: 'an expired policy', signing: { expiresInMs: -1 }, answer: [403, 'AccessDenied'] },
  {
    name: 'a key that the policy does not allow',
    fields: { key: 'bar' },
    answer: [403, 'AccessDenied'],
  },
  {
    name: 'a key that only the file name moves away',
    fields: { key: '${filename}' },
    form: { fileName: 'bar' },
    answer: [403, 'AccessDenied'],
  },
  {
    name: 'a field that the policy does not name',
    fields: { 'x-amz-meta-x': '1' },
    answer: [403, 'AccessDenied'],
  },
  {
    name: 'a policy without the bucket',
    signing: { conditions: CONDITIONS.slice(1) },
    answer: [403, 'AccessDenied'],
  },
  {
    name: 'a policy for another bucket',
    signing: { conditions: [{ bucket: 'other-bucket' }, ...CONDITIONS.slice(1)] },
    fields: { bucket: 'other-bucket' },
    answer: [403, 'AccessDenied'],
  },
  {
    name: 'a policy that asks for a field that is not there',
    signing: { conditions: [...CONDITIONS, ['starts-with', '$x-amz-meta-foo', '']] },
    answer: [403, 'AccessDenied'],
  },
  { name: 'too large a file', form: { file: 'x'.repeat(1025) }, answer: [400, 'EntityTooLarge'] },
  {
    name: 'too small a file',
    signing: { conditions: [...CONDITIONS, ['content-length-range', 4, 1024]] },
    answer: [400, 'EntityTooSmall'],
  },
  { name: 'a bucket that is not there', target: '/nothing', answer: [404, 'NoSuchBucket'] },
  {
    name: 'a wrong storage class',
    signing: { conditions: [...CONDITIONS, ['starts-with', '$x-amz-storage-class', '']] },
    fields: { 'x-amz-storage-class': 'COSY' },
    answer: [400, 'InvalidStorageClass'],
  },
  {
    name: 'tags that are no XML',
    signing: { conditions: [...CONDITIONS, ['starts-with', '$tagging', '']] },
    fields: { tagging: 'a=b' },
    answer: [400, 'MalformedXML'],
  },
  {
    name: 'a canned ACL that there is not',
    signing: {
      conditions: [...CONDITIONS.slice(0, 2), ['starts-with', '$acl', ''], ...CONDITIONS.slice(3)],
    },
    fields: { acl: 'open' },
    answer: [400, 'InvalidArgument'],
  },
];

for (const { name, signing, fields, form, target, answer, key } of cases) {
  for (const version of ['v2', 'v4'] as const) {
    test(`POST form, ${version}: ${name}`, async () => {
      const { house, root, read } = await openForms();
      const all: Record<string, string | undefined> = { ...FIELDS, ...fields };
      const signature = signed(house, root, { ...signing, version });
      if (fields !== undefined && 'signature' in fields && version === 'v4') {
        all['x-amz-signature'] = fields['signature'];
        delete all['signature'];
      }
      if (fields !== undefined && 'AWSAccessKeyId' in fields && version === 'v4') {
        all['x-amz-credential'] = signature['x-amz-credential']?.replace(/^\w+/, 'foo');
        delete all['AWSAccessKeyId'];
      }
      const sent = Object.entries({ ...signature, ...all }).filter(
        ([, value]) => value !== undefined,
      );
      const given = { fields: Object.fromEntries(sent) as Record<string, string>, ...form };
      const host = target === '/' ? { host: 'photos.s3.localhost' } : {};
      const reply = await post(house, given, { target: target ?? '/photos', ...host });
      assert.deepEqual([reply.status, reply.code], [answer[0], answer[1]], reply.text);
      if (answer[0] !== 204) {
        assert.match((await house.call('GET', '/photos', { as: root })).text, /<IsTruncated>false/);
        assert.doesNotMatch((await house.call('GET', '/photos', { as: root })).text, /<Key>/);
        return;
      }
      assert.equal(reply.text, '');
      const stored = await read(encodeURIComponent(key ?? 'foo.txt'));
      assert.equal(stored.text, given.file ?? 'bar');
      const type =
        fields !== undefined && 'Content-Type' in fields ? 'binary/octet-stream' : 'text/plain';
      assert.equal(stored.headers.get('content-type'), type);
    });
  }
}

test('POST form: fields become what the headers of a put would have become', async () => {
  const { house, root, read } = await openForms();
  const file = 'x'.repeat(100_000);
  const fields: Record<string, string> = {
    key: 'foo',
    acl: 'public-read',
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Disposition': 'attachment',
    'Content-Encoding': 'gzip',
    'Cache-Control': 'no-store',
    Expires: 'never',
    'x-amz-meta-Name': 'größe\r\nX-Evil: 1',
    'x-amz-storage-class': 'STANDARD_IA',
    'x-amz-website-redirect-location': '/other',
    'x-amz-checksum-sha256': createHash('sha256').update(file).digest('base64'),
    tagging:
      '<Tagging><TagSet><Tag><Key>a &amp; b</Key><Value>ü</Value></Tag></TagSet></Tagging>'.replace(
        ' &amp; ',
        '+',
      ),
  };
  const conditions: PostConditionInput[] = [
    { bucket: 'photos' },
    ...Object.keys(fields).map((name): PostConditionInput => ['starts-with', `$${name}`, '']),
  ];
  const reply = await post(house, {
    fields: { ...signed(house, root, { conditions }), ...fields },
    file,
  });
  assert.equal(reply.status, 204, reply.text);
  assert.equal(reply.headers.get('x-amz-checksum-sha256'), fields['x-amz-checksum-sha256']);
  const stored = await read('foo');
  assert.equal(stored.bytes.byteLength, file.length);
  const told = (name: string) => Buffer.from(stored.headers.get(name) ?? '', 'latin1').toString();
  assert.equal(told('content-type'), 'text/html; charset=utf-8');
  assert.equal(told('content-disposition'), 'attachment');
  assert.equal(told('content-encoding'), 'gzip');
  assert.equal(told('cache-control'), 'no-store');
  assert.equal(told('expires'), 'never');
  assert.equal(told('x-amz-meta-name').replaceAll(/\s+/g, ' '), 'größe X-Evil: 1');
  assert.equal(told('x-amz-storage-class'), 'STANDARD_IA');
  assert.equal(told('x-amz-website-redirect-location'), '/other');
  assert.equal(told('x-amz-tagging-count'), '1');
  const tags = await house.call('GET', '/photos/foo?tagging', { as: root });
  assert.deepEqual([element(tags.text, 'Key'), element(tags.text, 'Value')], ['a+b', 'ü']);
  assert.equal((await house.call('GET', '/photos/foo')).status, 200, 'the ACL lets everyone read');
});

test('POST form: a wrong checksum stores nothing', async () => {
  const { house, root, read } = await openForms();
  for (const [value, code] of [
    ['sailorjerry', 'InvalidRequest'],
    [createHash('sha256').update('other').digest('base64'), 'BadDigest'],
  ] as const) {
    const name = 'x-amz-checksum-sha256';
    const conditions = [...CONDITIONS, ['starts-with', `$${name}`, ''] as const];
    const fields = { ...FIELDS, ...signed(house, root, { conditions }), [name]: value };
    const reply = await post(house, { fields });
    assert.deepEqual([reply.status, reply.code], [400, code]);
    assert.equal((await read('foo.txt')).status, 404);
  }
});

test('POST form: nothing is stored of a form that is broken behind its file', async () => {
  const { house, root, read } = await openForms();
  const fields = { ...FIELDS, ...signed(house, root) };
  const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
  const whole = encodeForm({ fields });
  const second = Buffer.concat([
    whole.subarray(0, -4),
    Buffer.from('\r\n'),
    encodeForm({ fields: {} }).subarray(9),
  ]);
  for (const [body, code] of [
    [whole.subarray(0, -12), 'MalformedPOSTRequest'],
    [
      Buffer.concat([
        whole.subarray(0, -4),
        Buffer.from('\r\n'),
        encodeForm({ fields: {} }).subarray(7 + 2),
      ]),
      'IncorrectNumberOfFilesInPostRequest',
    ],
    [second, 'IncorrectNumberOfFilesInPostRequest'],
  ] as const) {
    const reply = await house.call('POST', '/photos', { headers, body });
    assert.deepEqual([reply.status, reply.code], [400, code]);
    assert.equal((await read('foo.txt')).status, 404);
  }
});

const successes: readonly {
  readonly fields: Readonly<Record<string, string>>;
  readonly status: number;
  readonly location?: string;
}[] = [
  { fields: {}, status: 204 },
  { fields: { success_action_status: '200' }, status: 200 },
  { fields: { success_action_status: '201' }, status: 201 },
  { fields: { success_action_status: '404' }, status: 204 },
  { fields: { success_action_status: '' }, status: 204 },
  {
    fields: { success_action_redirect: 'http://example.com/done' },
    status: 303,
    location: 'http://example.com/done?bucket=photos&key=foo%2Fa%20b%26&etag=%22ETAG%22',
  },
  {
    fields: { redirect: 'https://example.com/?a=b#c', success_action_status: '201' },
    status: 303,
    location: 'https://example.com/?a=b&bucket=photos&key=foo%2Fa%20b%26&etag=%22ETAG%22#c',
  },
  { fields: { success_action_redirect: 'not a url' }, status: 204 },
  { fields: { success_action_redirect: 'javascript:alert(1)' }, status: 204 },
  {
    fields: { success_action_redirect: 'http://example.com/\r\nX-Evil: 1' },
    status: 303,
    location: 'http://example.com/X-Evil:%201?bucket=photos&key=foo%2Fa%20b%26&etag=%22ETAG%22',
  },
];

for (const { fields, status, location } of successes) {
  test(`POST form: ${JSON.stringify(fields)} is answered ${status}`, async () => {
    const { house, root } = await openForms();
    const conditions = [
      ...CONDITIONS,
      ...Object.keys(fields).map((name): PostConditionInput => ['starts-with', `$${name}`, '']),
    ];
    const reply = await post(house, {
      fields: { ...FIELDS, ...fields, key: 'foo/a b&', ...signed(house, root, { conditions }) },
    });
    assert.equal(reply.status, status, reply.text);
    const etag = createHash('md5').update('bar').digest('hex');
    assert.equal(reply.headers.get('etag'), `"${etag}"`);
    const own = 'http://s3.localhost/photos/foo%2Fa%20b%26';
    assert.equal(reply.headers.get('location'), location?.replace('ETAG', etag) ?? own);
    assert.equal(reply.headers.get('x-evil'), undefined);
    const expected =
      status === 201
        ? '<?xml version="1.0" encoding="UTF-8"?>\n' +
          `<PostResponse><Location>${own}</Location><Bucket>photos</Bucket>` +
          `<Key>foo/a b&amp;</Key><ETag>"${etag}"</ETag></PostResponse>`
        : '';
    assert.equal(reply.text, expected);
  });
}

const notForms: readonly (readonly [
  name: string,
  target: string,
  headers: Readonly<Record<string, string>>,
  answer: readonly [number, string],
])[] = [
  ['another type', '/photos', { 'content-type': 'text/plain' }, [412, 'PreconditionFailed']],
  ['no type', '/photos', {}, [412, 'PreconditionFailed']],
  [
    'no boundary',
    '/photos',
    { 'content-type': 'multipart/form-data' },
    [400, 'MalformedPOSTRequest'],
  ],
  [
    'a sub-resource that is not served',
    '/photos?metadataTable',
    { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    [501, 'NotImplemented'],
  ],
  [
    'the sub-resource of another operation',
    '/photos?delete',
    { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    [400, 'InvalidRequest'],
  ],
  [
    'a key in the path',
    '/photos/foo.txt',
    { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    [400, 'MalformedXML'],
  ],
];

for (const [name, target, headers, answer] of notForms) {
  test(`POST form: ${name} is none`, async () => {
    const { house, root } = await openForms();
    const reply: Answer = await house.call('POST', target, {
      headers,
      body: encodeForm({ fields: { ...FIELDS, ...signed(house, root) } }),
    });
    assert.deepEqual([reply.status, reply.code], answer, reply.text);
  });
}

test('POST form: query parameters mean nothing', async () => {
  const { house, root, read } = await openForms();
  const fields = { ...FIELDS, ...signed(house, root) };
  const target = '/photos?versionId=abc&X-Amz-Signature=x&x-amz-acl=public-read&key=other';
  assert.equal((await post(house, { fields }, { target })).status, 204);
  assert.equal((await read('foo.txt')).text, 'bar');
  assert.equal((await house.call('GET', '/photos/foo.txt')).status, 403);
});
