import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PostConditionInput } from '../signature/index.ts';
import { FIELDS, openForms, post, signed } from './testing/form.suite.ts';
import { allow, MAIN, OTHER } from './testing/house.suite.ts';
import type { Call } from './testing/house.suite.ts';

const PUT_FOO = allow('s3:PutObject', 'arn:aws:s3:::photos/foo*');

const permissions: readonly {
  readonly name: string;
  readonly statements: readonly object[];
  readonly fields?: Readonly<Record<string, string>>;
  readonly policy?: object;
  readonly call?: Call;
  readonly status: number;
}[] = [
  { name: 'a user without permission', statements: [], status: 403 },
  { name: 'a user with permission', statements: [PUT_FOO], status: 204 },
  {
    name: 'a user with permission for another key',
    statements: [allow('s3:PutObject', 'arn:aws:s3:::photos/bar')],
    status: 403,
  },
  {
    name: 'an ACL without its own permission',
    statements: [PUT_FOO],
    fields: { acl: 'public-read' },
    status: 403,
  },
  {
    name: 'an ACL with its own permission',
    statements: [PUT_FOO, allow('s3:PutObjectAcl', '*')],
    fields: { acl: 'public-read' },
    status: 204,
  },
  {
    name: 'tags without their own permission',
    statements: [PUT_FOO],
    fields: {
      tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
    },
    status: 403,
  },
  {
    name: 'tags that a condition asks for',
    statements: [
      {
        ...allow(['s3:PutObject', 's3:PutObjectTagging'], '*'),
        Condition: { StringEquals: { 's3:RequestObjectTag/a': 'b' } },
      },
    ],
    fields: {
      tagging: '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>',
    },
    status: 204,
  },
  {
    name: 'a bucket policy that denies puts without a header',
    statements: [PUT_FOO],
    policy: {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    },
    status: 403,
  },
  {
    name: 'a bucket policy that denies puts without a header, which is a field',
    statements: [PUT_FOO],
    fields: { 'x-amz-server-side-encryption': 'AES256' },
    policy: {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } },
    },
    status: 204,
  },
  {
    name: 'a bucket policy that denies forms',
    statements: [PUT_FOO],
    policy: {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { StringEquals: { 's3:authType': 'POST' } },
    },
    status: 403,
  },
  {
    name: 'a bucket policy that allows only one referer, forged as a field',
    statements: [],
    fields: { Referer: 'http://good/' },
    policy: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { StringEquals: { 'aws:Referer': 'http://good/' } },
    },
    status: 403,
  },
  {
    name: 'a bucket policy that allows only one referer',
    statements: [],
    policy: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:*',
      Resource: 'arn:aws:s3:::photos/*',
      Condition: { StringEquals: { 'aws:Referer': 'http://good/' } },
    },
    call: { headers: { referer: 'http://good/' } },
    status: 204,
  },
];

for (const { name, statements, fields = {}, policy, call, status } of permissions) {
  test(`POST form is authorized as a put: ${name}`, async () => {
    const { house, root } = await openForms();
    const user = await house.user(MAIN, 'uploader', ...statements);
    if (policy !== undefined) {
      const body = JSON.stringify({ Version: '2012-10-17', Statement: [policy] });
      assert.equal((await house.call('PUT', '/photos?policy', { as: root, body })).status, 204);
    }
    const conditions: PostConditionInput[] = [
      { bucket: 'photos' },
      ['starts-with', '$key', ''],
      ...Object.keys(fields).map((field): PostConditionInput => ['starts-with', `$${field}`, '']),
    ];
    const all = { key: 'foo.txt', ...fields, ...signed(house, user, { conditions }) };
    const reply = await post(house, { fields: all }, call);
    assert.equal(reply.status, status, reply.text);
    assert.deepEqual(house.logged, []);
  });
}

test('POST form: without a policy the bucket must let everyone write', async () => {
  const { house, root, read } = await openForms();
  const form = { fields: { key: 'foo.txt', 'Content-Type': 'text/plain' } };
  const refused = await post(house, form);
  assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
  const headers = { 'x-amz-acl': 'public-read-write' };
  assert.equal((await house.call('PUT', '/photos?acl', { as: root, headers })).status, 200);
  assert.equal((await post(house, form)).status, 204);
  assert.equal((await read('foo.txt')).text, 'bar');
});

test('POST form: another account needs the bucket as well', async () => {
  const { house } = await openForms();
  const stranger = await house.root(OTHER);
  const reply = await post(house, { fields: { ...FIELDS, ...signed(house, stranger) } });
  assert.deepEqual([reply.status, reply.code], [403, 'AccessDenied']);
});
