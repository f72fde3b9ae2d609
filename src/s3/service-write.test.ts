import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { must, openCast } from './testing/cast.suite.ts';
import { allow, element, elements, MAIN, OTHER } from './testing/house.suite.ts';
import type { Call, House, Key } from './testing/house.suite.ts';

const HELLO = createHash('md5').update('hello').digest('hex');

const puts: readonly {
  readonly name: string;
  readonly key?: string;
  readonly call: Call;
  readonly answer: readonly [status: number, code?: string];
}[] = [
  {
    name: 'If-None-Match * on a new key',
    key: 'new',
    call: { headers: { 'if-none-match': '*' } },
    answer: [200],
  },
  {
    name: 'If-None-Match * on an old key',
    call: { headers: { 'if-none-match': '*' } },
    answer: [412, 'PreconditionFailed'],
  },
  {
    name: 'If-None-Match of a tag',
    call: { headers: { 'if-none-match': '"x"' } },
    answer: [501, 'NotImplemented'],
  },
  {
    name: 'If-Match of what is there',
    call: { headers: { 'if-match': `"${HELLO}"` } },
    answer: [200],
  },
  {
    name: 'If-Match of something else',
    call: { headers: { 'if-match': '"x"' } },
    answer: [412, 'PreconditionFailed'],
  },
  {
    name: 'If-Match on a new key',
    key: 'new',
    call: { headers: { 'if-match': '"x"' } },
    answer: [404, 'NoSuchKey'],
  },
  {
    name: 'a right MD5',
    call: { headers: { 'content-md5': createHash('md5').update('x').digest('base64') } },
    answer: [200],
  },
  {
    name: 'a wrong MD5',
    call: { headers: { 'content-md5': createHash('md5').update('y').digest('base64') } },
    answer: [400, 'BadDigest'],
  },
  {
    name: 'an MD5 that is none',
    call: { headers: { 'content-md5': 'abc' } },
    answer: [400, 'InvalidDigest'],
  },
  {
    name: 'a right checksum',
    call: {
      headers: { 'x-amz-checksum-sha256': createHash('sha256').update('x').digest('base64') },
    },
    answer: [200],
  },
  {
    name: 'a wrong checksum',
    call: {
      headers: { 'x-amz-checksum-sha256': createHash('sha256').update('y').digest('base64') },
    },
    answer: [400, 'BadDigest'],
  },
  {
    name: 'two checksums',
    call: { headers: { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' } },
    answer: [400, 'InvalidRequest'],
  },
  {
    name: 'a checksum that is not served',
    call: { headers: { 'x-amz-checksum-sha512': 'AAAA' } },
    answer: [501, 'NotImplemented'],
  },
  {
    name: 'an offset',
    call: { headers: { 'x-amz-write-offset-bytes': '5' } },
    answer: [501, 'NotImplemented'],
  },
  {
    name: 'a lock',
    call: { headers: { 'x-amz-object-lock-legal-hold': 'ON' } },
    answer: [501, 'NotImplemented'],
  },
  {
    name: 'a key of the client',
    call: { headers: { 'x-amz-server-side-encryption-customer-key': 'x' } },
    answer: [501, 'NotImplemented'],
  },
  {
    name: 'a storage class that there is not',
    call: { headers: { 'x-amz-storage-class': 'COSY' } },
    answer: [400, 'InvalidStorageClass'],
  },
  { name: 'too long a key', key: 'k'.repeat(1025), call: {}, answer: [400, 'KeyTooLongError'] },
  { name: 'the longest key', key: 'k'.repeat(1024), call: {}, answer: [200] },
  {
    name: 'eleven tags',
    call: { headers: { 'x-amz-tagging': 'a b c d e f g h i j k'.replaceAll(' ', '&') } },
    answer: [400, 'BadRequest'],
  },
  {
    name: 'a tag twice',
    call: { headers: { 'x-amz-tagging': 'a=1&a=2' } },
    answer: [400, 'InvalidTag'],
  },
  {
    name: 'too much metadata',
    call: { headers: { 'x-amz-meta-a': 'x'.repeat(2048) } },
    answer: [400, 'MetadataTooLarge'],
  },
  {
    name: 'canned ACL and grant',
    call: { headers: { 'x-amz-acl': 'private', 'x-amz-grant-read': `id=${MAIN}` } },
    answer: [400, 'InvalidRequest'],
  },
  {
    name: 'an ACL that there is not',
    call: { headers: { 'x-amz-acl': 'open' } },
    answer: [400, 'InvalidArgument'],
  },
  {
    name: 'another expected owner',
    call: { headers: { 'x-amz-expected-bucket-owner': OTHER } },
    answer: [403, 'AccessDenied'],
  },
];

for (const { name, key = 'a.txt', call, answer } of puts) {
  test(`PUT with ${name} is answered ${answer.join(' ')}, and ${answer[0] === 200 ? 'stored' : 'changes nothing'}`, async () => {
    const { house, root } = await openCast();
    const target = `/photos/${key}`;
    const before = await house.call('GET', target, { as: root });
    const put = await house.call('PUT', target, { as: root, body: 'x', ...call });
    assert.deepEqual([put.status, put.code], [answer[0], answer[1]], put.text);
    const after = await house.call('GET', target, { as: root });
    if (answer[0] === 200) assert.equal(after.text, 'x');
    else
      assert.deepEqual(
        [after.status, after.headers.get('etag')],
        [before.status, before.headers.get('etag')],
      );
  });
}

async function withSource(house: House, root: Key): Promise<void> {
  await must(house.call('PUT', '/secret', { as: root }));
  const headers = { 'x-amz-tagging': 'level=low', 'x-amz-meta-a': 'b', 'content-type': 'text/x' };
  for (const key of ['k', 'd/k', '../k', 'a%20b', '+', 'ü', 'a//k', '?versionId=1']) {
    const target = `/secret/${key.split('/').map(encodeURIComponent).join('/')}`;
    await must(house.call('PUT', target, { as: root, headers, body: `secret ${key}` }));
  }
}

/** Spellings of a source; which key of the bucket is meant, or why none is. */
const sources: readonly (readonly [source: string, meant: string | readonly [number, string]])[] = [
  ['secret/k', 'k'],
  ['/secret/k', 'k'],
  ['secret/k?versionId=null', 'k'],
  ['secret%2Fk', 'k'],
  ['%2Fsecret%2Fk', 'k'],
  ['secret/d/k', 'd/k'],
  ['secret/d%2Fk', 'd/k'],
  ['secret/%64/k', 'd/k'],
  ['secret/../k', '../k'],
  ['secret/%2e%2e/k', '../k'],
  ['secret/%2E%2E%2Fk', '../k'],
  ['secret/a%2520b', 'a%20b'],
  ['secret/+', '+'],
  ['secret/%2B', '+'],
  ['secret/%C3%BC', 'ü'],
  [Buffer.from('secret/ü').toString('latin1'), 'ü'],
  ['secret/a//k', 'a//k'],
  ['secret/%3FversionId=1', '?versionId=1'],
  ['secret/./k', [404, 'NoSuchKey']],
  ['photos/../secret/k', [404, 'NoSuchKey']],
  ['photos/%2e%2e/secret/k', [404, 'NoSuchKey']],
  ['secret//k', [404, 'NoSuchKey']],
  ['nothing/k', [404, 'NoSuchBucket']],
  ['../secret/k', [404, 'NoSuchBucket']],
  ['secret/k?versionId=x', [404, 'NoSuchVersion']],
  ['secret/k?versionId=', [400, 'InvalidArgument']],
  ['secret/', [400, 'InvalidArgument']],
  ['secret', [400, 'InvalidArgument']],
  ['/', [400, 'InvalidArgument']],
  ['//k', [400, 'InvalidArgument']],
  ['//secret/k', [400, 'InvalidArgument']],
  ['secret/%zz', [400, 'InvalidArgument']],
  ['secret/%FF', [400, 'InvalidArgument']],
];

test('CopyObject reads what the source means, for who may read it and nobody else', async () => {
  const { house, root, writer } = await openCast();
  await withSource(house, root);
  for (const [source, meant] of sources) {
    const headers = { 'x-amz-copy-source': source };
    const copy = await house.call('PUT', '/photos/copy', { as: root, headers });
    if (typeof meant === 'string') {
      assert.equal(copy.status, 200, `${source}: ${copy.text}`);
      const read = await house.call('GET', '/photos/copy', { as: root });
      assert.equal(read.text, `secret ${meant}`, source);
    } else {
      assert.deepEqual([copy.status, copy.code], meant, `${source}: ${copy.text}`);
    }
    await must(house.call('DELETE', '/photos/copy', { as: root }));
    const refused = await house.call('PUT', '/photos/copy', { as: writer, headers });
    const codes = ['AccessDenied', 'InvalidArgument', 'NoSuchBucket'];
    assert.ok(
      refused.status >= 400 && codes.includes(refused.code ?? ''),
      `${source}: ${refused.text}`,
    );
    if (typeof meant === 'string') assert.equal(refused.code, 'AccessDenied', source);
    assert.equal((await house.call('GET', '/photos/copy', { as: root })).status, 404, source);
  }
});

test('UploadPartCopy reads no source that its caller may not', async () => {
  const { house, root, writer } = await openCast();
  await withSource(house, root);
  const begun = await must(house.call('POST', '/photos/big?uploads', { as: writer }));
  const target = `/photos/big?partNumber=1&uploadId=${element(begun.text, 'UploadId')}`;
  for (const [source, meant] of sources) {
    const headers = { 'x-amz-copy-source': source };
    const refused = await house.call('PUT', target, { as: writer, headers });
    assert.ok(refused.status >= 400, source);
    const copied = await house.call('PUT', target, { as: root, headers });
    assert.equal(
      copied.status,
      typeof meant === 'string' ? 200 : meant[0],
      `${source}: ${copied.text}`,
    );
    if (typeof meant !== 'string') continue;
    const etag = createHash('md5').update(`secret ${meant}`).digest('hex');
    assert.equal(element(copied.text, 'ETag'), `"${etag}"`);
  }
});

const SECRET = 'arn:aws:s3:::secret/*';
const READ = allow('s3:GetObject', SECRET);
const READ_TAGS = allow('s3:GetObjectTagging', SECRET);
const WRITE = allow('s3:PutObject', 'arn:aws:s3:::photos/*');
const WRITE_TAGS = allow('s3:PutObjectTagging', 'arn:aws:s3:::photos/*');
const WRITE_ACL = allow('s3:PutObjectAcl', 'arn:aws:s3:::photos/*');

const rights: readonly (readonly [
  name: string,
  statements: readonly object[],
  headers: Readonly<Record<string, string>>,
  status: number,
])[] = [
  ['every right', [READ, READ_TAGS, WRITE, WRITE_TAGS], {}, 200],
  ['no right to write', [READ, READ_TAGS, WRITE_TAGS], {}, 403],
  ['no right to read', [READ_TAGS, WRITE, WRITE_TAGS], {}, 403],
  ['no right to read tags', [READ, WRITE, WRITE_TAGS], {}, 403],
  ['no right to write tags', [READ, READ_TAGS, WRITE], {}, 403],
  [
    'tags left behind',
    [READ, WRITE, WRITE_TAGS],
    { 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'a=b' },
    200,
  ],
  ['no right to an ACL', [READ, READ_TAGS, WRITE, WRITE_TAGS], { 'x-amz-acl': 'public-read' }, 403],
  [
    'the right to an ACL',
    [READ, READ_TAGS, WRITE, WRITE_TAGS, WRITE_ACL],
    { 'x-amz-acl': 'public-read' },
    200,
  ],
  [
    'a condition on source tags that fails',
    [
      { ...READ, Condition: { StringEquals: { 's3:ExistingObjectTag/level': 'high' } } },
      READ_TAGS,
      WRITE,
      WRITE_TAGS,
    ],
    {},
    403,
  ],
  [
    'a condition on source tags that holds',
    [
      { ...READ, Condition: { StringEquals: { 's3:ExistingObjectTag/level': 'low' } } },
      READ_TAGS,
      WRITE,
      WRITE_TAGS,
    ],
    {},
    200,
  ],
  [
    'a condition on the source that fails',
    [
      READ,
      READ_TAGS,
      WRITE_TAGS,
      { ...WRITE, Condition: { StringLike: { 's3:x-amz-copy-source': 'other/*' } } },
    ],
    {},
    403,
  ],
  [
    'a condition on the source that holds',
    [
      READ,
      READ_TAGS,
      WRITE_TAGS,
      { ...WRITE, Condition: { StringLike: { 's3:x-amz-copy-source': 'secret/*' } } },
    ],
    {},
    200,
  ],
  [
    'a condition of the source that fails',
    [READ, READ_TAGS, WRITE, WRITE_TAGS],
    { 'x-amz-copy-source-if-match': 'x' },
    412,
  ],
  [
    'an unchanged source',
    [READ, READ_TAGS, WRITE, WRITE_TAGS],
    { 'x-amz-copy-source-if-none-match': createHash('md5').update('secret k').digest('hex') },
    412,
  ],
  [
    'another owner of the source expected',
    [READ, READ_TAGS, WRITE, WRITE_TAGS],
    { 'x-amz-source-expected-bucket-owner': OTHER },
    403,
  ],
];

for (const [name, statements, headers, status] of rights) {
  test(`CopyObject with ${name} is answered ${status}`, async () => {
    const { house, root } = await openCast();
    await withSource(house, root);
    const user = await house.user(MAIN, 'copier', ...statements);
    const copy = await house.call('PUT', '/photos/copy', {
      as: user,
      headers: { 'x-amz-copy-source': 'secret/k', ...headers },
    });
    assert.equal(copy.status, status, copy.text);
    const read = await house.call('GET', '/photos/copy', { as: root });
    assert.equal(read.status, status === 200 ? 200 : 404);
    if (status !== 200) return;
    assert.equal(read.headers.get('x-amz-meta-a'), 'b');
    assert.equal(read.headers.get('content-type'), 'text/x');
    const tags = await house.call('GET', '/photos/copy?tagging', { as: root });
    const replaced = headers['x-amz-tagging'] !== undefined;
    assert.deepEqual(elements(tags.text, 'Value'), [replaced ? 'b' : 'low']);
  });
}

test('CopyObject onto itself must change something', async () => {
  const { house, root } = await openCast();
  const source = { 'x-amz-copy-source': 'photos/a.txt' };
  const same = await house.call('PUT', '/photos/a.txt', { as: root, headers: source });
  assert.deepEqual([same.status, same.code], [400, 'InvalidRequest']);
  const headers = { ...source, 'x-amz-metadata-directive': 'REPLACE', 'x-amz-meta-n': '1' };
  await must(house.call('PUT', '/photos/a.txt', { as: root, headers }));
  const read = await house.call('GET', '/photos/a.txt', { as: root });
  assert.deepEqual([read.text, read.headers.get('x-amz-meta-n')], ['hello', '1']);
});

function deletion(keys: readonly string[], quiet = false) {
  const objects = keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('');
  const body = `<Delete>${quiet ? '<Quiet>true</Quiet>' : ''}${objects}</Delete>`;
  return { body, headers: { 'content-md5': createHash('md5').update(body).digest('base64') } };
}

test('DeleteObjects asks for each key on its own, and refuses each on its own', async () => {
  const { house, root } = await openCast();
  const user = await house.user(
    MAIN,
    'deleter',
    allow('s3:DeleteObject', 'arn:aws:s3:::photos/mine/*'),
  );
  for (const key of ['mine/1', 'mine/2', 'other']) {
    await must(house.call('PUT', `/photos/${key}`, { as: root, body: 'x' }));
  }
  const keys = ['mine/1', 'other', 'mine/missing', 'a.txt'];
  const answer = await must(house.call('POST', '/photos?delete', { as: user, ...deletion(keys) }));
  const [deleted = '', failed = ''] = answer.text.split('<Error>', 2);
  assert.deepEqual(elements(deleted, 'Key'), ['mine/1', 'mine/missing']);
  assert.equal(element(failed, 'Key'), 'other');
  assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied', 'AccessDenied']);
  const left = await must(house.call('GET', '/photos', { as: root }));
  assert.deepEqual(elements(left.text, 'Key'), ['a.txt', 'mine/2', 'other']);
  const quiet = await must(
    house.call('POST', '/photos?delete', { as: user, ...deletion(['mine/2', 'other'], true) }),
  );
  assert.deepEqual(elements(quiet.text, 'Key'), ['other']);
});

test('DeleteObjects refuses a body that is unchecked, damaged, empty or too long', async () => {
  const { house, root } = await openCast();
  const { body, headers } = deletion(['a.txt']);
  const many = deletion(Array.from({ length: 1001 }, (_, at) => `k${at}`));
  const refusals: readonly (readonly [Call, string])[] = [
    [{ body }, 'InvalidRequest'],
    [
      { body, headers: { 'content-md5': createHash('md5').update('x').digest('base64') } },
      'BadDigest',
    ],
    [{ body: `${body} `, headers }, 'BadDigest'],
    [deletion([]), 'MalformedXML'],
    [many, 'MalformedXML'],
  ];
  for (const [call, code] of refusals) {
    const answer = await house.call('POST', '/photos?delete', { as: root, ...call });
    assert.deepEqual([answer.status, answer.code], [400, code]);
  }
  assert.equal((await house.call('GET', '/photos/a.txt', { as: root })).text, 'hello');
});

test('an upload in parts belongs to who may write the key, and to no other key', async () => {
  const { house, root, reader, writer } = await openCast();
  const begun = await must(house.call('POST', '/photos/big?uploads', { as: writer }));
  const query = `uploadId=${element(begun.text, 'UploadId')}`;
  const part = { body: 'part' };
  assert.equal(
    (await house.call('PUT', `/photos/big?partNumber=1&${query}`, { as: reader, ...part })).status,
    403,
  );
  assert.equal((await house.call('PUT', `/photos/big?partNumber=1&${query}`, part)).status, 403);
  const elsewhere = await house.call('PUT', `/photos/other?partNumber=1&${query}`, {
    as: writer,
    ...part,
  });
  assert.deepEqual([elsewhere.status, elsewhere.code], [404, 'NoSuchUpload']);
  for (const number of ['0', '10001', 'x']) {
    const wrong = await house.call('PUT', `/photos/big?partNumber=${number}&${query}`, {
      as: writer,
      ...part,
    });
    assert.deepEqual([wrong.status, wrong.code], [400, 'InvalidArgument'], number);
  }
  const sent = await must(
    house.call('PUT', `/photos/big?partNumber=1&${query}`, { as: writer, ...part }),
  );
  const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${sent.headers.get('etag')}</ETag></Part></CompleteMultipartUpload>`;
  const done = await must(house.call('POST', `/photos/big?${query}`, { as: writer, body: list }));
  assert.match(element(done.text, 'ETag') ?? '', /^"[0-9a-f]{32}-1"$/);
  assert.equal((await house.call('GET', '/photos/big', { as: root })).text, 'part');
});

test('an object is its writer’s, or the bucket owner’s, as the bucket’s ownership says', async () => {
  for (const [ownership, acl, mayOwnerRead] of [
    ['ObjectWriter', undefined, false],
    ['ObjectWriter', 'bucket-owner-full-control', true],
    ['BucketOwnerPreferred', undefined, false],
    ['BucketOwnerPreferred', 'bucket-owner-full-control', true],
    ['BucketOwnerEnforced', undefined, true],
    ['BucketOwnerEnforced', 'bucket-owner-full-control', true],
  ] as const) {
    const { house, root, stranger } = await openCast();
    const statement = {
      Effect: 'Allow',
      Principal: { AWS: OTHER },
      Action: ['s3:PutObject', 's3:PutObjectAcl'],
      Resource: 'arn:aws:s3:::photos/*',
    };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await must(house.call('PUT', '/photos?policy', { as: root, body: policy }));
    const rule = `<OwnershipControls><Rule><ObjectOwnership>${ownership}</ObjectOwnership></Rule></OwnershipControls>`;
    const headers = { 'content-md5': createHash('md5').update(rule).digest('base64') };
    await must(house.call('PUT', '/photos?ownershipControls', { as: root, body: rule, headers }));
    const put: Call = {
      as: stranger,
      body: 'theirs',
      headers: acl === undefined ? {} : { 'x-amz-acl': acl },
    };
    await must(house.call('PUT', '/photos/theirs', put));
    const read = await house.call('GET', '/photos/theirs', { as: root });
    const where = `${ownership} ${acl}`;
    assert.equal(read.status, mayOwnerRead ? 200 : 403, where);
    // Whoever owns the bucket may always delete what is in it.
    await must(house.call('DELETE', '/photos/theirs', { as: root }));
  }
});
