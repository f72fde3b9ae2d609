import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSeal } from './seal.ts';

const seal = createSeal(new Uint8Array(32).fill(1));

test('seal opens what it sealed, and seals nothing twice the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, owner) => {
      const text = secret.toWellFormed();
      const sealed = seal.seal(text, owner);
      assert.equal(seal.open(sealed, owner), text);
      assert.notEqual(seal.seal(text, owner), sealed);
    }),
  );
});

test('open refuses what was altered, moved, cut, or sealed under another master key', () => {
  const sealed = seal.seal('hush', 'AKIA1');
  const other = createSeal(new Uint8Array(32).fill(2));
  const bytes = Buffer.from(sealed.slice(2), 'base64');
  const cases: [name: string, open: () => string][] = [
    ['moved', () => seal.open(sealed, 'AKIA2')],
    ['another key', () => other.open(sealed, 'AKIA1')],
    ['empty', () => seal.open('', 'AKIA1')],
    ['another form', () => seal.open(`2.${sealed.slice(2)}`, 'AKIA1')],
    ['not base64', () => seal.open('1.!', 'AKIA1')],
    ['cut', () => seal.open(`1.${bytes.subarray(0, 27).toString('base64')}`, 'AKIA1')],
  ];
  for (let index = 0; index < bytes.byteLength; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index]! ^= 1;
    cases.push([`bit ${index}`, () => seal.open(`1.${altered.toString('base64')}`, 'AKIA1')]);
  }
  for (const [name, open] of cases) {
    assert.throws(open, (error: Error) => {
      assert.equal(error.name, 'SealError', name);
      assert.ok(!error.message.includes('hush'), name);
      return true;
    });
  }
});

test('createSeal takes a master key of 32 bytes only', () => {
  assert.throws(() => createSeal(new Uint8Array(16)), /32 bytes/);
});
