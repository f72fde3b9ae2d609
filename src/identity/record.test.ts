import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { compareBytes } from '../base/bytes.ts';
import { recordKind } from './record.ts';
import * as records from './records.ts';

interface Pet {
  readonly name: string;
  readonly legs: number;
}

const pets = recordKind<Pet, [string, string]>('pet', {
  upgrades: [
    ({ title, ...rest }) => ({ ...rest, name: title }),
    (second) => ({ ...second, legs: 4 }),
  ],
});

test('recordKind writes the newest version and reads every older one', () => {
  const rex: Pet = { name: 'Rex', legs: 4 };
  assert.equal(Buffer.from(pets.encode(rex)).toString(), '{"v":3,"name":"Rex","legs":4}');
  const stored = ['{"v":1,"title":"Rex"}', '{"v":2,"name":"Rex"}', '{"v":3,"name":"Rex","legs":4}'];
  for (const text of stored) assert.deepEqual(pets.decode(utf8(text)), rex, text);
});

test('recordKind refuses to read what a newer version wrote', () => {
  assert.throws(() => pets.decode(utf8('{"v":4}')), /A pet record of version 4 was written by/);
});

test('recordKind keeps the kinds and the accounts apart', () => {
  const { from, to } = pets.under('1');
  const inside = [pets.key('1', 'a'), pets.key('1', '')];
  const outside = [pets.key('11', 'a'), pets.key('0', 'z'), records.users.key('1', 'a')];
  const isInside = (key: Uint8Array) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0;
  assert.deepEqual(inside.map(isInside), [true, true]);
  assert.deepEqual(outside.map(isInside), [false, false, false]);
});

test('no two kinds of record share a name', () => {
  const names = Object.values(records).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});
