import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { newIssuerKey } from '../testing/issuer.suite.ts';
import { readKeySet } from './key-set.ts';

function rsa(bits: number, exponent: Uint8Array = Buffer.of(1, 0, 1)) {
  const modulus = randomBytes(bits / 8);
  modulus[0] = (modulus[0] ?? 0) | 0x80;
  modulus[modulus.length - 1] = (modulus.at(-1) ?? 0) | 1;
  const e = Buffer.from(exponent).toString('base64url');
  return { kty: 'RSA', n: modulus.toString('base64url'), e };
}

const rows: readonly (readonly [name: string, key: object, isTaken: boolean])[] = [
  ['an elliptic key', newIssuerKey('es').jwk, true],
  ['RSA of 2048 bits', rsa(2048), true],
  ['RSA of 8192 bits', rsa(8192), true],
  ['RSA of 1024 bits', rsa(1024), false],
  ['RSA that takes long by its modulus', rsa(16_384), false],
  ['RSA that takes long by its exponent', rsa(3072, randomBytes(383)), false],
  ['a secret', { kty: 'oct', k: 'AAAA' }, false],
  ['a key for encryption', { ...newIssuerKey('es').jwk, use: 'enc' }, false],
  ['a key that is none', { kty: 'RSA', n: '', e: '' }, false],
];

for (const [name, key, isTaken] of rows) {
  test(`${name} is ${isTaken ? 'taken' : 'passed over'}`, () => {
    assert.equal(readKeySet({ keys: [key] }).length, isTaken ? 1 : 0);
  });
}

test('of more keys than any issuer has the first are taken', () => {
  const { jwk } = newIssuerKey('es');
  assert.equal(readKeySet({ keys: Array.from({ length: 1000 }, () => jwk) }).length, 64);
});
