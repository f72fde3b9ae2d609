import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { collectBody, type HttpRequest } from '../../base/http.ts';
import { silentLog } from '../../base/log.ts';
import { listen, type Listener } from '../listener.ts';
import { RawClient } from '../testing/raw-client.suite.ts';
import { listenLean } from './listen-lean.ts';

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly length: number | undefined;
  readonly body: string;
}

/** What each front has handed up in the run at hand. */
const seen: { node: Seen[]; lean: Seen[] } = { node: [], lean: [] };
let fronts: { readonly node: Listener; readonly lean: Listener };

before(async () => {
  const options = (name: 'node' | 'lean') => ({
    host: '127.0.0.1',
    port: 0,
    reusePort: false,
    log: silentLog,
    async handle({ method, target, headers, body }: HttpRequest) {
      // node:http hands up pipelined requests before the earlier ones are answered.
      const index = seen[name].length;
      const one = { method, target, fields: headers.raw, length: body.length, body: '' };
      seen[name].push(one);
      const bytes = Buffer.from(await collectBody(body, Number.POSITIVE_INFINITY));
      seen[name][index] = { ...one, body: bytes.toString('latin1') };
      return { status: 200, headers: [], body: Buffer.from(String(bytes.length)) };
    },
  });
  fronts = { node: await listen(options('node')), lean: await listenLean(options('lean')) };
});

after(async () => {
  await Promise.all([fronts.node.close(0), fronts.lean.close(0)]);
});

const characters = (pattern: RegExp) =>
  Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    pattern.test(one),
  );
const textOf = (pattern: RegExp, minLength: number, maxLength: number) =>
  fc
    .array(fc.constantFrom(...characters(pattern)), { minLength, maxLength })
    .map((all) => all.join(''));
const blank = fc.constantFrom('', ' ', '\t', '  ', ' \t ');
const field = fc
  .tuple(
    textOf(/[-!#$%&'*+.^_`|~0-9A-Za-z]/, 1, 12).map((name) => `x-${name}`),
    blank,
    textOf(/[\t\x20-\x7e\x80-\xff]/, 0, 30),
    blank,
  )
  .map(([name, before_, value, after_]) => `${name}:${before_}${value}${after_}\r\n`);
const body = fc.oneof(
  fc.constant(''),
  fc
    .string({ unit: 'binary-ascii', maxLength: 60 })
    .map((text) => `content-length: ${text.length}\r\n\r\n${text}`),
  fc
    .array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), { maxLength: 4 })
    .map((chunks) => {
      const coded = chunks.map((text) => `${text.length.toString(16)};a=b\r\n${text}\r\n`);
      return `Transfer-Encoding: chunked\r\n\r\n${coded.join('')}0\r\nx-trailer: a\r\n\r\n`;
    }),
);
const message = fc
  .record({
    method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'OPTIONS'),
    target: textOf(/[\x21-\x7e]/, 0, 40).map((text) => `/${text}`),
    fields: fc.array(field, { maxLength: 6 }),
    body,
  })
  .map(
    ({ method, target, fields, body: rest }) =>
      `${method} ${target} HTTP/1.1\r\nHost: h\r\n${fields.join('')}${rest === '' ? '\r\n' : rest}`,
  );

/** Sends the pipelined messages cut at `cuts`, each piece in a turn of its own; the answers' bodies. */
async function converse(port: number, messages: readonly string[], cuts: readonly number[]) {
  const client = await RawClient.open(port);
  client.socket.setNoDelay(true);
  const bytes = Buffer.from(messages.join(''), 'latin1');
  let start = 0;
  for (const end of [...cuts.filter((cut) => cut < bytes.length), bytes.length]) {
    client.send(bytes.subarray(start, end));
    await new Promise((done) => setImmediate(done));
    start = end;
  }
  const bodies: string[] = [];
  for (const _ of messages) bodies.push((await client.answer()).body.toString());
  client.close();
  return bodies;
}

test('listenLean hands up what node:http does, wherever packets and requests are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(600), { maxLength: 12 }).map((cuts) => cuts.sort((a, b) => a - b)),
      async (messages, cuts) => {
        seen.node = [];
        seen.lean = [];
        const [node, lean] = await Promise.all([
          converse(fronts.node.port, messages, cuts),
          converse(fronts.lean.port, messages, cuts),
        ]);
        assert.deepEqual(lean, node);
        assert.equal(seen.lean.length, messages.length);
        assert.deepEqual(seen.lean, seen.node);
      },
    ),
    { numRuns: 300 },
  );
});

test('listenLean hands up the same request cut at every single byte', async () => {
  const text =
    'PUT /a?b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nX:  y \r\n\r\n3;e\r\nabc\r\n0\r\nt: u\r\n\r\n';
  seen.lean = [];
  const cuts = Array.from({ length: text.length }, (_, index) => index);
  for (const cut of cuts) await converse(fronts.lean.port, [text, text], [cut]);
  await converse(fronts.lean.port, [text, text], cuts);
  const expected: Seen = {
    method: 'PUT',
    target: '/a?b',
    fields: ['Host', 'h', 'Transfer-Encoding', 'chunked', 'X', 'y'],
    length: undefined,
    body: 'abc',
  };
  assert.equal(seen.lean.length, 2 * (cuts.length + 1));
  for (const one of seen.lean) assert.deepEqual(one, expected);
});
