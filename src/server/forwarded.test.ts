import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, Headers, type HttpRequest } from '../base/http.ts';
import { parseAddressRange, type AddressRange } from '../policy/index.ts';
import { throughProxies } from './forwarded.ts';

const PROXIES = ['10.0.0.0/8', '2001:db8::1'].map(
  (text) => parseAddressRange(text) as AddressRange,
);

interface Row {
  readonly name: string;
  readonly peer: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly secure?: boolean;
  readonly expected: readonly [address: string, secure: boolean];
}

const rows: readonly Row[] = [
  {
    name: 'nobody may say where he comes from',
    peer: '192.0.2.1',
    headers: { 'X-Forwarded-For': '10.1.1.1', 'X-Forwarded-Proto': 'https' },
    expected: ['192.0.2.1', false],
  },
  {
    name: 'a trusted proxy may',
    peer: '10.0.0.1',
    headers: { 'X-Forwarded-For': '192.0.2.9', 'X-Forwarded-Proto': 'https' },
    expected: ['192.0.2.9', true],
  },
  {
    name: 'a peer of a dual-stack socket is its IPv4 address',
    peer: '::ffff:10.0.0.1',
    headers: { 'X-Forwarded-For': '192.0.2.9' },
    expected: ['192.0.2.9', false],
  },
  {
    name: 'IPv6 proxies and senders count alike',
    peer: '2001:db8::1',
    headers: { 'X-Forwarded-For': '2001:db8::7' },
    expected: ['2001:db8::7', false],
  },
  {
    name: 'what the sender put first is not believed',
    peer: '10.0.0.1',
    headers: { 'X-Forwarded-For': '10.9.9.9, 192.0.2.9' },
    expected: ['192.0.2.9', false],
  },
  {
    name: 'a chain of trusted proxies is followed to its beginning',
    peer: '10.0.0.1',
    headers: { 'X-Forwarded-For': '203.0.113.5, 10.0.0.3, 10.0.0.2' },
    expected: ['203.0.113.5', false],
  },
  {
    name: 'what is no address ends the chain',
    peer: '10.0.0.1',
    headers: { 'X-Forwarded-For': '203.0.113.5, unknown, 10.0.0.2' },
    expected: ['10.0.0.2', false],
  },
  {
    name: 'without the header the proxy itself asks',
    peer: '10.0.0.1',
    expected: ['10.0.0.1', false],
  },
  {
    name: 'a proxy that took a plain request over TLS of its own says so',
    peer: '10.0.0.1',
    secure: true,
    headers: { 'X-Forwarded-For': '192.0.2.9', 'X-Forwarded-Proto': 'http' },
    expected: ['192.0.2.9', false],
  },
];

for (const { name, peer, headers = {}, secure = false, expected } of rows) {
  test(`throughProxies: ${name}`, () => {
    const request: HttpRequest = {
      method: 'GET',
      target: '/',
      headers: Headers.of(headers),
      body: bodyOf(Buffer.of()),
      remoteAddress: peer,
      secure,
    };
    const seen = throughProxies(request, PROXIES);
    assert.deepEqual([seen.remoteAddress, seen.secure], expected);
  });
}

test('throughProxies: without trusted proxies a request is the very same', () => {
  const headers = Headers.of({ 'X-Forwarded-For': '192.0.2.9' });
  const request = { method: 'GET', target: '/', headers, body: bodyOf(Buffer.of()) };
  const whole: HttpRequest = { ...request, remoteAddress: '10.0.0.1', secure: false };
  assert.equal(throughProxies(whole, []), whole);
});
