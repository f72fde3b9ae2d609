import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { bodyOf, Headers, sourceOf, type HttpResponse } from '../base/http.ts';
import { boolean, compileRest, DecodeError, encodeRestError, flat, header } from './index.ts';
import { attribute, httpDate, integer, isoDate, label, lenient, list, long } from './index.ts';
import { oneOf, operation, payload, prefix, query, rawText, required, status } from './index.ts';
import { failingWith, stream, string, struct, text } from './index.ts';

const bucket = { Bucket: label(string) };
const object = { ...bucket, Key: label(text({ min: 1, max: 8 })) };
const XMLNS = 'http://s3.amazonaws.com/doc/2006-03-01/';

const PutThing = operation('PUT /{Bucket}/{Key+}', {
  allows: 'x',
  input: {
    ...object,
    Body: payload(stream),
    ACL: header('x-amz-acl', failingWith('InvalidArgument', oneOf('private', 'public-read'))),
    Metadata: prefix('x-amz-meta-'),
    Wanted: header('x-amz-wanted', list(oneOf('A', 'B'))),
    Since: header('if-modified-since', lenient(httpDate)),
    Max: query('max', integer({ min: 0, max: 5 })),
    Size: required(header('x-amz-size', long)),
  },
  output: {
    ETag: header('etag', string),
    Metadata: prefix('x-amz-meta-'),
    Parts: header('x-amz-parts', list(integer)),
  },
});

const GetThing = operation('GET /{Bucket}/{Key+}', {
  allows: 'x',
  input: object,
  output: {
    Body: payload(stream),
    ContentLength: header('content-length', long),
    ContentType: header('content-type', string),
    Status: status(integer),
    LastModified: header('last-modified', httpDate),
  },
});

const HeadThing = operation('HEAD /{Bucket}/{Key+}', {
  allows: 'x',
  input: object,
  output: { ContentLength: header('content-length', long) },
});

const PutTags = operation('PUT /{Bucket}?tags', {
  allows: 'x',
  status: 204,
  bodySizeMax: 200,
  input: {
    ...bucket,
    Tags: required(payload(struct({ Tag: flat(list(string, { max: 2 })) }), 'Tagging')),
  },
  output: {},
});

const ListThings = operation('GET /{Bucket}', {
  allows: 'x',
  root: 'ListResult',
  input: bucket,
  output: {
    Name: string,
    IsTruncated: boolean,
    Contents: flat(list(struct({ Key: string, At: isoDate, Size: long }))),
    Owner: struct({ Type: attribute('xsi:type', string), ID: string }),
    Charged: header('x-amz-request-charged', string),
  },
});

const GetLocation = operation('GET /{Bucket}?location', {
  allows: 'x',
  input: bucket,
  output: { LocationConstraint: payload(string) },
});

const GetPolicy = operation('GET /{Bucket}?policy', {
  allows: 'x',
  contentType: 'application/json',
  input: bucket,
  output: { Policy: payload(rawText) },
});

const PutPolicy = operation('PUT /{Bucket}?policy', {
  allows: 'x',
  input: { ...bucket, Policy: required(payload(rawText)) },
  output: {},
});

const rest = compileRest(
  { PutThing, GetThing, HeadThing, PutTags, ListThings, GetLocation, GetPolicy, PutPolicy },
  { xmlns: XMLNS },
);

function request(
  headers: Record<string, string>,
  more: { key?: string; query?: Record<string, string>; body?: string | Uint8Array } = {},
) {
  const body = more.body ?? '';
  return {
    bucket: 'b',
    key: more.key,
    query: new Map(Object.entries(more.query ?? {})),
    headers: Headers.of(headers),
    body: bodyOf(typeof body === 'string' ? utf8(body) : body),
  };
}

function textOf(response: HttpResponse): string {
  assert.ok(response.body instanceof Uint8Array);
  return fromUtf8(response.body);
}

test('decode reads labels, headers, prefixes and query, and passes a stream on', async () => {
  const sent = request(
    {
      'X-Amz-Acl': 'private',
      'x-amz-meta-__proto__': 'p',
      'x-amz-meta-a': 'é',
      'x-amz-meta-': 'nameless',
      'x-amz-wanted': 'A, B,,A',
      'if-modified-since': 'not a date',
      'x-amz-size': '7',
      'x-unknown': '1',
    },
    { key: 'k', query: { max: '', unknown: '1' }, body: 'bytes' },
  );
  const input = await rest.decode(PutThing, sent);
  assert.equal(input.Body, sent.body);
  assert.deepEqual(Object.entries(input.Metadata ?? {}), [
    ['__proto__', 'p'],
    ['a', 'é'],
  ]);
  assert.deepEqual(
    [input.Bucket, input.Key, input.ACL, input.Wanted, input.Since, input.Max, input.Size],
    ['b', 'k', 'private', ['A', 'B', 'A'], undefined, undefined, 7],
  );
});

test('decode answers at once when there is no body to read', () => {
  assert.deepEqual(rest.decode(GetThing, request({}, { key: 'k' })), { Bucket: 'b', Key: 'k' });
});

const VIOLATIONS: [
  name: string,
  headers: Record<string, string>,
  query: Record<string, string>,
  key: string,
  expected: string[],
][] = [
  ['a missing header', {}, {}, 'k', ['x-amz-size header Member must not be null']],
  [
    'an empty number that is required',
    { 'x-amz-size': '' },
    {},
    'k',
    ['x-amz-size header Member must not be null'],
  ],
  [
    'a number that is none',
    { 'x-amz-size': 'a' },
    {},
    'k',
    ['x-amz-size header Member must be a valid long'],
  ],
  [
    'a number beyond its bound',
    { 'x-amz-size': '1' },
    { max: '6' },
    'k',
    ['max query Member must have value less than or equal to 5'],
  ],
  [
    'an unknown value',
    { 'x-amz-size': '1', 'x-amz-acl': 'x' },
    {},
    'k',
    ['x-amz-acl header Member must satisfy enum value set: [private, public-read] InvalidArgument'],
  ],
  [
    'an unknown value in a list',
    { 'x-amz-size': '1', 'x-amz-wanted': 'A,C' },
    {},
    'k',
    ['x-amz-wanted header Member must satisfy enum value set: [A, B]'],
  ],
  [
    'a label that is too long',
    { 'x-amz-size': '1' },
    {},
    'k'.repeat(9),
    ['Key label Member must have length less than or equal to 8'],
  ],
  [
    'two at once',
    { 'x-amz-size': 'a' },
    { max: '-1' },
    'k',
    [
      'x-amz-size header Member must be a valid long',
      'max query Member must have value greater than or equal to 0',
    ],
  ],
];

test('decode reports violations by wire name and place', async (t) => {
  for (const [name, headers, parameters, key, expected] of VIOLATIONS) {
    await t.test(name, () => {
      assert.throws(
        () => rest.decode(PutThing, request(headers, { key, query: parameters })),
        (error) => {
          assert(error instanceof DecodeError);
          const found = error.violations.map(({ wire, at, constraint, error: code }) =>
            [wire, at, constraint, code ?? ''].join(' ').trim(),
          );
          assert.deepEqual(found, expected);
          return true;
        },
      );
    });
  }
});

const BODIES: [name: string, body: string | Uint8Array, expected: unknown][] = [
  ['a document of the declared root', '<Tagging><Tag>a</Tag></Tagging>', { Tag: ['a'] }],
  ['a document of another root', '<X><Tag>a</Tag><Tag>b</Tag></X>', { Tag: ['a', 'b'] }],
  ['an empty body', '', 'constraint'],
  ['too many items', '<X><Tag/><Tag/><Tag/></X>', 'constraint'],
  ['a malformed document', '<X>', 'malformedXml'],
  ['a body that is too large', `<X>${' '.repeat(200)}</X>`, 'bodyTooLarge'],
];

test('decode reads a document within its bound', async (t) => {
  for (const [name, body, expected] of BODIES) {
    for (const isChunked of [false, true]) {
      await t.test(`${name}, ${isChunked ? 'of unknown length' : 'of known length'}`, async () => {
        const sent = request({}, { body });
        const lengthless = { ...sent, body: { ...sent.body, length: undefined } };
        const decoded = (async () => rest.decode(PutTags, isChunked ? lengthless : sent))();
        if (typeof expected !== 'string') assert.deepEqual((await decoded).Tags, expected);
        else {
          await assert.rejects(decoded, (error) => {
            return error instanceof DecodeError && error.kind === expected;
          });
        }
      });
    }
  }
});

test('decode takes raw text as it stands and refuses what is not UTF-8', async () => {
  const policy = '\t{"Version": "2012-10-17"}\r\n';
  assert.equal((await rest.decode(PutPolicy, request({}, { body: policy }))).Policy, policy);
  const bad = request({}, { body: new Uint8Array([0xff]) });
  await assert.rejects(async () => rest.decode(PutPolicy, bad), DecodeError);
});

test('encode writes headers as AWS spells them, and no header can break out of its line', () => {
  const { status, headers, body } = rest.encode(PutThing, {
    ETag: '"a"\r\nSet-Cookie: x',
    Metadata: { a: 'é', b: '雪', 'no: token\r\n': 'x' },
    Parts: [1, 2],
  });
  assert.deepEqual([status, body], [200, undefined]);
  assert.deepEqual(headers, [
    'ETag',
    '"a"  Set-Cookie: x',
    'x-amz-meta-a',
    'é',
    'x-amz-meta-b',
    Buffer.from('雪').toString('latin1'),
    'x-amz-parts',
    '1, 2',
  ]);
});

test('encode passes a stream on, with the status that the handler chose', () => {
  const source = sourceOf(utf8('hello'));
  const answer = rest.encode(GetThing, {
    Body: source,
    ContentLength: 5,
    ContentType: 'text/plain',
    Status: 206,
    LastModified: new Date(0),
  });
  assert.equal(answer.body, source);
  assert.equal(answer.status, 206);
  assert.deepEqual(answer.headers, [
    'Content-Type',
    'text/plain',
    'Last-Modified',
    'Thu, 01 Jan 1970 00:00:00 GMT',
  ]);
});

test('encode states the length of an answer without body', () => {
  assert.deepEqual(rest.encode(HeadThing, { ContentLength: 5 }).headers, ['Content-Length', '5']);
});

test('encode writes documents in the order of declaration', () => {
  const answer = rest.encode(ListThings, {
    Contents: [{ Size: 1, Key: 'a&<>"\u0001\r', At: new Date(5) }, { Key: '' }],
    IsTruncated: false,
    Name: 'b',
    Owner: { ID: 'i', Type: 'Canonical"User' },
    Charged: 'requester',
  });
  assert.deepEqual(answer.headers, [
    'Content-Type',
    'application/xml',
    'x-amz-request-charged',
    'requester',
  ]);
  assert.equal(
    textOf(answer),
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<ListResult xmlns="${XMLNS}"><Name>b</Name><IsTruncated>false</IsTruncated>` +
      '<Contents><Key>a&amp;&lt;&gt;"&#x1;&#xD;</Key><At>1970-01-01T00:00:00.005Z</At>' +
      '<Size>1</Size></Contents><Contents><Key></Key></Contents>' +
      '<Owner xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
      ' xsi:type="Canonical&quot;User"><ID>i</ID></Owner></ListResult>',
  );
});

test('encode writes a scalar payload as the root element, and raw text without any', () => {
  assert.equal(
    textOf(rest.encode(GetLocation, { LocationConstraint: 'eu-west-1' })),
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<LocationConstraint xmlns="${XMLNS}">eu-west-1</LocationConstraint>`,
  );
  const policy = rest.encode(GetPolicy, { Policy: '{"a":"<é>"}' });
  assert.deepEqual(policy.headers, ['Content-Type', 'application/json']);
  assert.equal(textOf(policy), '{"a":"<é>"}');
});

test('encode gives no body where there is nothing to say', () => {
  assert.deepEqual(rest.encode(PutTags, {}), { status: 204, headers: [] });
});

test('encodeRestError writes its members in their order', () => {
  const answer = encodeRestError({
    status: 404,
    code: 'NoSuchKey',
    message: 'The specified key does not exist.',
    members: [
      ['Key', 'a<b'],
      ['RequestId', 'R'],
    ],
    headers: ['x-amz-request-id', 'R'],
  });
  assert.equal(answer.status, 404);
  assert.deepEqual(answer.headers.slice(2), ['x-amz-request-id', 'R']);
  assert.equal(
    textOf(answer),
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
      '<Message>The specified key does not exist.</Message><Key>a&lt;b</Key>' +
      '<RequestId>R</RequestId></Error>',
  );
});
