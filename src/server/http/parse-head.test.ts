import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FIELDS_MAX } from './limits.ts';
import {
  findHeadEnd,
  HEAD_INCOMPLETE,
  HEAD_MALFORMED,
  parseHead,
  type Head,
} from './parse-head.ts';
import { get, lines, REFUSED_HEADS } from './smuggling.suite.ts';

const accepted: readonly { name: string; text: string; head: Partial<Head> }[] = [
  {
    name: 'values without the white space around them, byte for byte inside',
    text: get('X-A: \t a  b\t c \t', 'x-a:\xe9\x80', 'Empty:', 'Blank: \t '),
    head: {
      fields: ['Host', 'h', 'X-A', 'a  b\t c', 'x-a', '\xe9\x80', 'Empty', '', 'Blank', ''],
      length: 0,
      keepsAlive: true,
    },
  },
  {
    name: 'a target with characters that only a strict client encodes',
    text: lines('PUT //a%2f/../"<b>|?x={y}&#z HTTP/1.1', 'Host: h'),
    head: { method: 'PUT', target: '//a%2f/../"<b>|?x={y}&#z' },
  },
  { name: 'one empty line before it', text: `\r\n${get()}`, head: { method: 'GET' } },
  { name: 'OPTIONS *', text: lines('OPTIONS * HTTP/1.1', 'Host: h'), head: { target: '*' } },
  {
    name: 'an absolute target of the same authority',
    text: lines('GET http://H:9000/a?b HTTP/1.1', 'Host: h:9000'),
    head: { target: 'http://H:9000/a?b' },
  },
  { name: 'a length', text: get('content-LENGTH: 007'), head: { length: 7 } },
  { name: 'chunks', text: get('Transfer-Encoding: Chunked'), head: { length: undefined } },
  { name: 'close', text: get('Connection: x, Close'), head: { keepsAlive: false } },
  {
    name: 'close beside keep-alive',
    text: get('Connection: close', 'Connection: keep-alive'),
    head: { keepsAlive: false },
  },
  { name: 'HTTP/1.0', text: lines('GET / HTTP/1.0'), head: { minor: 0, keepsAlive: false } },
  {
    name: 'HTTP/1.0 that wants to stay',
    text: lines('GET / HTTP/1.0', 'Connection: Keep-Alive'),
    head: { keepsAlive: true },
  },
  {
    name: 'an expectation',
    text: get('Content-Length: 1', 'Expect: 100-Continue'),
    head: { expectsContinue: true },
  },
  {
    name: 'no expectation of HTTP/1.0',
    text: lines('PUT / HTTP/1.0', 'Content-Length: 1', 'Expect: 100-continue'),
    head: { expectsContinue: false },
  },
  { name: 'an upgrade, ignored', text: get('Connection: upgrade', 'Upgrade: h2c'), head: {} },
];

for (const { name, text, head } of accepted) {
  test(`parseHead accepts ${name}`, () => {
    const parsed = parseHead(text);
    assert.ok(typeof parsed !== 'string', parsed as string);
    assert.deepEqual({ ...parsed, ...head }, parsed);
  });
}

for (const [name, text] of REFUSED_HEADS) {
  test(`parseHead refuses ${name}`, () => assert.equal(parseHead(text), 'malformed'));
}

for (const version of ['HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/9.9']) {
  test(`parseHead refuses ${version} for its version`, () => {
    assert.equal(parseHead(lines(`GET / ${version}`, 'Host: h')), 'version');
  });
}

test('parseHead bounds the number of fields', () => {
  const many = (count: number) => get(...Array.from({ length: count }, () => 'a:'));
  assert.notEqual(typeof parseHead(many(FIELDS_MAX - 1)), 'string');
  assert.equal(parseHead(many(FIELDS_MAX)), 'headTooLarge');
});

test('findHeadEnd finds the end wherever the bytes are cut', () => {
  const text = Buffer.from(get('A: b'));
  const bytes = Buffer.concat([Buffer.from('xyz'), text, Buffer.from('body\r\n\r\n')]);
  for (let cut = 3; cut < 3 + text.length; cut += 1) {
    assert.equal(findHeadEnd(bytes, 3, 3, cut), HEAD_INCOMPLETE);
    assert.equal(findHeadEnd(bytes, 3, cut, bytes.length), 3 + text.length);
  }
});

for (const text of ['\n', 'GET / HTTP/1.1\n', 'GET / HTTP/1.1\r\nHost: h\n\n', '\r\n\n']) {
  test(`findHeadEnd refuses the bare line feed of ${JSON.stringify(text)}`, () => {
    assert.equal(findHeadEnd(Buffer.from(text), 0, 0, text.length), HEAD_MALFORMED);
  });
}

test('parseHead answers every text, and accepts none with a control character', () => {
  const piece = fc.constantFrom(
    'GET ',
    '/',
    ' HTTP/1.1',
    '\r\n',
    'Host: h',
    'a',
    ':',
    ' ',
    '\t',
    '\r',
    '\n',
    '\0',
    '\xff',
    'Content-Length: 1',
    'Transfer-Encoding: chunked',
    ',',
    '5',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const parsed = parseHead(pieces.join(''));
      if (typeof parsed === 'string') return;
      for (const field of parsed.fields) assert.match(field, /^[^\r\n\0]*$/);
      assert.match(parsed.target, /^[^\r\n\0 ]+$/);
    }),
    { numRuns: 2000 },
  );
});
