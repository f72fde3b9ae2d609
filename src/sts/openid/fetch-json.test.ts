import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Authority } from '../../certificates/authority.ts';
import { startIssuer } from '../testing/issuer.suite.ts';
import { fetchJson, issuerAddress } from './fetch-json.ts';

const NAMES = { dns: [], addresses: ['127.0.0.1'] };
const now = Date.now();
const authority = Authority.create(NAMES, 'a test', now);

function thumbprint(pem: string): string {
  return new X509Certificate(pem).fingerprint.replaceAll(':', '');
}

/** An issuer that shows its authority's certificate with its own, or not. */
async function startTls(from: Authority, shown: 'chain' | 'leaf', names = NAMES) {
  const leaf = from.issue(names, now);
  const chain = leaf.certificate + (shown === 'chain' ? from.pem.certificate : '');
  return { issuer: await startIssuer('', { certificate: chain, key: leaf.key }), leaf };
}

const document = (url: string) => new URL(`${url}/.well-known/openid-configuration`);

test('a server that no known authority speaks for is believed by thumbprint alone', async () => {
  const { issuer, leaf } = await startTls(authority, 'chain');
  await using _ = issuer;
  const at = document(issuer.url);
  const ofAuthority = thumbprint(authority.pem.certificate);
  await assert.rejects(fetchJson(at), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  await assert.rejects(fetchJson(at, ['0'.repeat(40)]), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
  for (const known of [ofAuthority, ofAuthority.toLowerCase(), thumbprint(leaf.certificate)]) {
    const found = (await fetchJson(at, ['0'.repeat(40), known])) as { issuer: string };
    assert.equal(found.issuer, issuer.url);
  }
});

test('nobody gets by with an authority that has not signed his certificate', async () => {
  const impostor = Authority.create(NAMES, 'an impostor', now);
  const leaf = impostor.issue(NAMES, now);
  const chain = leaf.certificate + authority.pem.certificate;
  await using issuer = await startIssuer('', { certificate: chain, key: leaf.key });
  await assert.rejects(fetchJson(document(issuer.url), [thumbprint(authority.pem.certificate)]));
  assert.deepEqual(issuer.asked, [], 'nothing was asked of him');
});

test('a thumbprint is no excuse for another name', async () => {
  const elsewhere = { dns: [], addresses: ['127.0.0.2'] };
  const both = { dns: [], addresses: ['127.0.0.1', '127.0.0.2'] };
  const broad = Authority.create(both, 'a broad one', now);
  const { issuer } = await startTls(broad, 'chain', elsewhere);
  await using _ = issuer;
  await assert.rejects(fetchJson(document(issuer.url), [thumbprint(broad.pem.certificate)]), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
  assert.deepEqual(issuer.asked, []);
});

test('a server that says nothing is not waited for', async () => {
  const silent = createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  try {
    for (const scheme of ['http', 'https']) {
      const url = new URL(`${scheme}://127.0.0.1:${port}/`);
      await assert.rejects(fetchJson(url, ['0'.repeat(40)], 50), { name: 'AbortError' });
    }
  } finally {
    silent.close();
  }
});

test('addresses that are asked, and those that are not', () => {
  const rows = [
    ['https://example.com', true],
    ['https://example.com:8443/realms/main', true],
    ['http://127.0.0.1:8080/x', true],
    ['http://localhost', true],
    ['http://[::1]:80/', true],
    ['http://example.com', false],
    ['http://127.0.0.1.example.com/', false],
    ['http://localhost.example.com/', false],
    ['http://169.254.169.254/', false],
    ['http://0.0.0.0/', false],
    ['https://user@example.com/', false],
    ['https://user:secret@example.com/', false],
    ['https://example.com/#x', false],
    ['file:///etc/passwd', false],
    ['data:application/json,{}', false],
    ['ftp://example.com', false],
    ['example.com', false],
    ['', false],
  ] as const;
  for (const [text, isAsked] of rows) {
    assert.equal(issuerAddress(text) !== undefined, isAsked, text);
  }
});
