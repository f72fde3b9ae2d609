import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import * as s3Declarations from '../../src/s3/api/index.ts';
import { Cast, md5 } from './cast.ts';

/**
 * Requests that are signed as they should be and make no sense: whatever they ask, the server
 * answers in time, says that the fault is the client's, and goes on.
 */
const RUNS = 1500;
const ANSWER_TIME_MS_MAX = 15_000;
/** Bounds for the whole process, not a measure of it: one runaway buffer passes them. */
const MEMORY_GROWTH_MAX = 600 * 1024 * 1024;

const operations = Object.values(s3Declarations).filter((declared) => 'literals' in declared);
const members = operations.flatMap(({ input }) =>
  Object.values(input.members).flatMap((member) =>
    'kind' in member && member.kind === 'binding' && member.wire !== undefined
      ? [{ at: member.at, wire: member.wire }]
      : [],
  ),
);
const namesAt = (at: string): string[] => [
  ...new Set(members.filter((member) => member.at === at).map(({ wire }) => wire)),
];
const words = [
  ...new Set(operations.flatMap(({ literals }) => literals.map(([word]) => word))),
  ...namesAt('query'),
];
const headerNames = [
  ...namesAt('header').filter((name) => !/^content-length$/.test(name)),
  'x-amz-meta-__proto__',
  'x-amz-trailer',
  'x-amz-decoded-content-length',
  'origin',
  'access-control-request-method',
];

const value = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1',
    '10001',
    '99999999999999999999',
    '1e9',
    'null',
    'url',
    'true',
    'a=b',
    '*',
    'bytes=5-2',
    'CRC32',
    'COPY',
    'private',
    '/site/k',
    'site/k',
    'AAAA',
    'x'.repeat(1100),
    'id="x"',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    '2020-01-01T00:00:00Z',
    '__proto__',
    'aws-chunked',
  ),
  fc.string({ maxLength: 20 }),
);
const encoded = fc.oneof(
  value.map((text) => encodeURIComponent(text)),
  fc.constantFrom('%00', '%ED%A0%80', '%0D%0A', '%', '%F0%9F%98%80', '+', '%2F..%2F'),
);
const element = fc.constantFrom(
  ...`Delete Object Key VersionId Part PartNumber ETag Tagging TagSet Tag Value Status CORSRule
  AllowedOrigin AllowedMethod MaxAgeSeconds Rule ID Filter Prefix And Expiration Days Date Transition
  StorageClass Owner AccessControlList Grant Permission CORSConfiguration LifecycleConfiguration`.split(
    /\s+/,
  ),
);
const { xml } = fc.letrec<{ xml: string }>((tie) => ({
  xml: fc.oneof(
    { depthSize: 'small' },
    value.map((text) => text.replaceAll(/[<&]/g, '')),
    fc
      .tuple(element, fc.array(tie('xml'), { maxLength: 3 }))
      .map(([name, inner]) => `<${name}>${inner.join('')}</${name}>`),
  ),
}));
const body = fc.oneof(
  xml,
  fc.string({ maxLength: 50 }),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom('', '<a>'.repeat(20_000), '['.repeat(10_000), '\ufeff<x/>', '&#xD800;', '\0'),
);

const request = fc.record({
  method: fc.constantFrom('GET', 'GET', 'PUT', 'PUT', 'POST', 'POST', 'DELETE', 'HEAD', 'OPTIONS'),
  path: fc.oneof(
    fc.constantFrom('/', '/site', '/site', '/site/', '/site/k', '/site/k', '/site//', '//site/k'),
    encoded.map((text) => `/site/${text}`),
    encoded.map((text) => `/${text}`),
  ),
  query: fc.array(fc.tuple(fc.constantFrom(...words), fc.option(encoded)), { maxLength: 4 }),
  headers: fc.dictionary(fc.constantFrom(...headerNames), value, { maxKeys: 4 }),
  body,
  hasMd5: fc.boolean(),
});

describe('random requests, each signed', () => {
  let cast: Cast;

  before(async () => {
    cast = await Cast.open();
  });
  after(() => cast[Symbol.asyncDispose]());

  test('none is answered by a fault of the server, none hangs, and memory stays', async () => {
    const memoryBefore = cast.memory();
    await fc.assert(
      fc.asyncProperty(request, async (asked) => {
        const { method, path, query, hasMd5 } = asked;
        const text = query.map(([word, given]) => (given === null ? word : `${word}=${given}`));
        const target = `${path}${text.length === 0 ? '' : `?${text.join('&')}`}`;
        // A percent sign without digits cannot be signed; sent unsigned it must be refused as well.
        const who = /%(?![0-9A-F]{2})/.test(target) ? undefined : cast.main;
        const headers = Object.fromEntries(
          Object.entries({
            ...asked.headers,
            ...(hasMd5 ? { 'content-md5': md5(asked.body) } : {}),
          }).map(([name, given]) => [name, given.replaceAll(/[^\x20-\x7e]/g, '')]),
        );
        const startedAtMs = performance.now();
        const { status } = await cast.s3(who, `${method} ${target}`, { headers, body: asked.body });
        assert.ok(status < 500 || status === 501, `${status}`);
        assert.ok(performance.now() - startedAtMs < ANSWER_TIME_MS_MAX, 'in time');
      }),
      { numRuns: RUNS },
    );
    assert.equal((await cast.s3(cast.main, 'GET /vault/secret')).status, 200);
    assert.ok(cast.memory() - memoryBefore < MEMORY_GROWTH_MAX);
    assert.doesNotMatch(cast.written(), /"level":"error"/);
  });
});
