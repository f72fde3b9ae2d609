import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memo } from './memo.ts';

test('Memo: gives back what was kept, however many other texts come', () => {
  const memo = new Memo<number>();
  for (let index = 0; index < 1000; index += 1) {
    assert.equal(memo.get(`text ${index}`), undefined);
    assert.equal(memo.keep(`text ${index}`, index), index);
    assert.equal(memo.get(`text ${index}`), index);
  }
});

test('Memo: forgets, so that strangers cannot make it grow', () => {
  const memo = new Memo<number>();
  for (let index = 0; index < 1000; index += 1) memo.keep(`text ${index}`, index);
  const kept = Array.from({ length: 1000 }, (_, index) => memo.get(`text ${index}`));
  assert.ok(kept.filter((value) => value !== undefined).length <= 128);
});

test('Memo: does not keep what is too long to be honest', () => {
  const memo = new Memo<number>();
  assert.equal(memo.keep('x'.repeat(513), 1), 1);
  assert.equal(memo.get('x'.repeat(513)), undefined);
});
