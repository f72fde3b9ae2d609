import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { ALL, must, openCast } from './testing/cast.suite.ts';
import type { Cast } from './testing/cast.suite.ts';
import { element, HOST, MAIN, OTHER } from './testing/house.suite.ts';
import type { Answer, Call } from './testing/house.suite.ts';

const ETAG = createHash('md5').update('hello').digest('hex');
const PAST = 'Sat, 01 Jan 2000 00:00:00 GMT';
const FUTURE = 'Fri, 01 Jan 2100 00:00:00 GMT';

interface Row {
  readonly name: string;
  readonly as?: Exclude<keyof Cast, 'house'>;
  readonly method?: string;
  /** HEAD does not exist here. */
  readonly onlyGet?: true;
  readonly target?: string;
  readonly call?: Call;
  readonly status: number;
  readonly code?: string;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

const lastModified = 'Mon, 01 Jun 2026 12:00:00 GMT';

const reads: readonly Row[] = [
  { name: 'a key that is there', as: 'reader', status: 200, text: 'hello' },
  {
    name: 'a missing key, for who may list',
    as: 'lister',
    target: '/photos/no',
    status: 404,
    code: 'NoSuchKey',
  },
  {
    name: 'a missing key, for who may not list',
    as: 'reader',
    target: '/photos/no',
    status: 403,
    code: 'AccessDenied',
  },
  { name: 'a missing key, for nobody', target: '/photos/no', status: 403, code: 'AccessDenied' },
  {
    name: 'a missing key, for another account',
    as: 'stranger',
    target: '/photos/no',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'a missing version',
    as: 'lister',
    target: '/photos/a.txt?versionId=abc',
    status: 404,
    code: 'NoSuchVersion',
  },
  {
    name: 'a missing version, for who may not list',
    as: 'reader',
    target: '/photos/a.txt?versionId=abc',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'a missing bucket',
    as: 'reader',
    target: '/nothing/a.txt',
    status: 404,
    code: 'NoSuchBucket',
  },
  {
    name: 'a missing bucket, for nobody',
    target: '/nothing/a.txt',
    status: 404,
    code: 'NoSuchBucket',
  },
  {
    name: 'a name that no bucket has',
    as: 'reader',
    target: '/N_o/a.txt',
    status: 404,
    code: 'NoSuchBucket',
  },
  {
    name: 'the bucket in the host name',
    as: 'reader',
    target: '/a.txt',
    call: { host: `photos.${HOST}` },
    status: 200,
    text: 'hello',
  },
  { name: 'a bad escape', target: '/photos/%zz', status: 400, code: 'InvalidURI' },
  {
    name: 'a range',
    as: 'reader',
    call: { headers: { range: 'bytes=1-3' } },
    status: 206,
    text: 'ell',
    headers: { 'content-range': 'bytes 1-3/5' },
  },
  {
    name: 'a range behind the end',
    as: 'reader',
    call: { headers: { range: 'bytes=5-' } },
    status: 416,
    code: 'InvalidRange',
    headers: { 'content-range': 'bytes */5' },
  },
  {
    name: 'part 1 of an object without parts',
    as: 'reader',
    target: '/photos/a.txt?partNumber=1',
    status: 206,
    text: 'hello',
    headers: { 'x-amz-mp-parts-count': undefined },
  },
  {
    name: 'part 2 of an object without parts',
    as: 'reader',
    target: '/photos/a.txt?partNumber=2',
    status: 416,
    code: 'InvalidPartNumber',
  },
  {
    name: 'part 0',
    as: 'reader',
    target: '/photos/a.txt?partNumber=0',
    status: 400,
    code: 'InvalidArgument',
  },
  {
    name: 'If-None-Match of this version',
    as: 'reader',
    call: { headers: { 'if-none-match': `"${ETAG}"` } },
    status: 304,
    text: '',
    headers: { etag: `"${ETAG}"`, 'last-modified': lastModified },
  },
  {
    name: 'If-None-Match of another version',
    as: 'reader',
    call: { headers: { 'if-none-match': '"x"' } },
    status: 200,
  },
  {
    name: 'If-Match of another version',
    as: 'reader',
    call: { headers: { 'if-match': '"x"' } },
    status: 412,
    code: 'PreconditionFailed',
  },
  {
    name: 'If-Match before If-Unmodified-Since',
    as: 'reader',
    call: { headers: { 'if-match': ETAG, 'if-unmodified-since': PAST } },
    status: 200,
  },
  {
    name: 'If-None-Match before If-Modified-Since',
    as: 'reader',
    call: { headers: { 'if-none-match': '"x"', 'if-modified-since': FUTURE } },
    status: 200,
  },
  {
    name: 'If-Modified-Since',
    as: 'reader',
    call: { headers: { 'if-modified-since': lastModified } },
    status: 304,
  },
  {
    name: 'If-Unmodified-Since',
    as: 'reader',
    call: { headers: { 'if-unmodified-since': PAST } },
    status: 412,
    code: 'PreconditionFailed',
  },
  {
    name: 'If-Modified-Since that is no date',
    as: 'reader',
    call: { headers: { 'if-modified-since': 'yesterday' } },
    status: 200,
  },
  {
    name: 'nobody, with If-None-Match of this version',
    call: { headers: { 'if-none-match': ETAG } },
    status: 403,
    code: 'AccessDenied',
    headers: { etag: undefined, 'last-modified': undefined },
  },
  {
    name: 'nobody, with If-Match of another version',
    call: { headers: { 'if-match': 'x' } },
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'nobody, with a range behind the end',
    call: { headers: { range: 'bytes=9-' } },
    status: 403,
    code: 'AccessDenied',
    headers: { 'content-range': undefined },
  },
  {
    name: 'nobody, with a version',
    target: '/photos/a.txt?versionId=null',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'nobody, with a sub-resource',
    onlyGet: true,
    target: '/photos/a.txt?attributes',
    call: { headers: { 'x-amz-object-attributes': 'ETag' } },
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'the expected owner',
    as: 'reader',
    call: { headers: { 'x-amz-expected-bucket-owner': MAIN } },
    status: 200,
  },
  {
    name: 'another expected owner',
    as: 'reader',
    call: { headers: { 'x-amz-expected-bucket-owner': OTHER } },
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'overrides',
    as: 'reader',
    target:
      '/photos/a.txt?response-content-type=text%2Fx&response-cache-control=no-cache&response-expires=later',
    status: 200,
    headers: { 'content-type': 'text/x', 'cache-control': 'no-cache', expires: 'later' },
  },
  {
    name: 'overrides with a line break',
    as: 'reader',
    target: '/photos/a.txt?response-content-type=a%0D%0AX-Evil:%201',
    status: 400,
    code: 'InvalidArgument',
    headers: { 'x-evil': undefined },
  },
  {
    name: 'overrides with a NUL',
    as: 'reader',
    target: '/photos/a.txt?response-content-disposition=a%00b',
    status: 400,
    code: 'InvalidArgument',
  },
  {
    name: 'keys of the client',
    as: 'reader',
    call: { headers: { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' } },
    status: 501,
    code: 'NotImplemented',
  },
  { name: 'another method', as: 'reader', method: 'PATCH', status: 405, code: 'MethodNotAllowed' },
  {
    name: 'half a multipart address',
    as: 'root',
    method: 'PUT',
    target: '/photos/a.txt?partNumber=1',
    call: { body: 'x' },
    status: 400,
    code: 'InvalidArgument',
  },
  {
    name: 'two sub-resources',
    as: 'root',
    target: '/photos?acl&cors',
    status: 400,
    code: 'InvalidArgument',
  },
  {
    name: 'a wrong secret',
    as: 'reader',
    call: { unsigned: { authorization: 'AWS4-HMAC-SHA256 x' } },
    status: 400,
    code: 'AuthorizationHeaderMalformed',
  },
  {
    name: 'the ACL, without permission',
    onlyGet: true,
    as: 'writer',
    target: '/photos/a.txt?acl',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'the list, without permission',
    as: 'reader',
    target: '/photos',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'the list, for nobody',
    onlyGet: true,
    target: '/photos?list-type=2',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'the buckets, for nobody',
    onlyGet: true,
    target: '/',
    status: 403,
    code: 'AccessDenied',
  },
  {
    name: 'preflight without rules',
    method: 'OPTIONS',
    call: { headers: { origin: 'http://a', 'access-control-request-method': 'GET' } },
    status: 403,
    code: 'AccessDenied',
  },
];

let cast: Cast;
before(async () => {
  cast = await openCast();
});

function ask({ house, ...people }: Cast, row: Row): Promise<Answer> {
  const as = row.as === undefined ? {} : { as: people[row.as] };
  return house.call(row.method ?? 'GET', row.target ?? '/photos/a.txt', { ...as, ...row.call });
}

function check(answer: Answer, { status, code, text, headers = {} }: Row): void {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  if (text !== undefined) assert.equal(answer.text, text);
  for (const [name, value] of Object.entries(headers)) {
    assert.equal(answer.headers.get(name), value, name);
  }
  assert.ok(answer.headers.has('x-amz-request-id') && answer.headers.has('x-amz-id-2'));
}

for (const row of reads) {
  test(`GET: ${row.name} is answered ${row.status}`, async () => {
    check(await ask(cast, row), row);
    if (row.method !== undefined || row.onlyGet) return;
    const head = await ask(cast, { ...row, method: 'HEAD' });
    assert.deepEqual([head.status, head.bytes.byteLength], [row.status, 0], 'HEAD says the same');
  });
}

test('HEAD tells what GET would, without a byte of it', async () => {
  const { house, reader } = cast;
  const head = await house.call('HEAD', '/photos/a.txt', { as: reader });
  const get = await house.call('GET', '/photos/a.txt', { as: reader });
  const but = new Set(['x-amz-request-id', 'x-amz-id-2', 'content-length']);
  const rest = ({ headers }: Answer) => [...headers].filter(([name]) => !but.has(name)).sort();
  assert.deepEqual(rest(head), rest(get));
  assert.equal(head.headers.get('content-length'), '5');
  const range = await house.call('HEAD', '/photos/a.txt', {
    as: reader,
    headers: { range: 'bytes=-2' },
  });
  assert.deepEqual([range.status, range.headers.get('content-length')], [206, '2']);
});

test('an error says code, message, resource and both ids, and escapes what it repeats', async () => {
  const answer = await cast.house.call('GET', '/photos/%3Ca%26b%3E', { as: cast.lister });
  assert.equal(answer.headers.get('content-type'), 'application/xml');
  assert.match(answer.text, /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>NoSuchKey</);
  const id = answer.headers.get('x-amz-request-id');
  assert.equal(element(answer.text, 'Message'), 'The specified key does not exist.');
  assert.equal(element(answer.text, 'Key'), '&lt;a&amp;b&gt;');
  assert.equal(element(answer.text, 'Resource'), '/photos/%3Ca%26b%3E');
  assert.equal(element(answer.text, 'RequestId'), id);
  assert.equal(element(answer.text, 'HostId'), answer.headers.get('x-amz-id-2'));
});

test('a key that is too long is answered with its size, and with what is allowed', async () => {
  const { house, root } = cast;
  const answer = await house.call('GET', `/photos/${encodeURIComponent('ü'.repeat(513))}`, {
    as: root,
  });
  assert.deepEqual([answer.status, answer.code], [400, 'KeyTooLongError']);
  assert.equal(element(answer.text, 'Size'), '1026');
  assert.equal(element(answer.text, 'MaxSizeAllowed'), '1024');
});

test('anonymous requests may not say how an answer is shown', async () => {
  const { house, root } = await openCast();
  const headers = { 'x-amz-acl': 'public-read' };
  await must(house.call('PUT', '/photos/open', { as: root, headers, body: 'x' }));
  assert.equal((await house.call('GET', '/photos/open')).status, 200);
  const answer = await house.call('GET', '/photos/open?response-content-type=text%2Fhtml');
  assert.deepEqual([answer.status, answer.code], [400, 'InvalidRequest']);
});

test('where ACLs count, who may list learns that a key is missing, unless denied outright', async () => {
  const { house, root } = await openCast();
  const open = { 'x-amz-acl': 'public-read' };
  await must(house.call('PUT', '/photos?acl', { as: root, headers: open }));
  check(await house.call('GET', '/photos/no'), { name: '', status: 404, code: 'NoSuchKey' });
  check(await house.call('GET', '/photos/a.txt'), { name: '', status: 403, code: 'AccessDenied' });
  const deny = { Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource: ALL };
  const body = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
  await must(house.call('PUT', '/photos?policy', { as: root, body }));
  check(await house.call('GET', '/photos/no'), { name: '', status: 403, code: 'AccessDenied' });
});
