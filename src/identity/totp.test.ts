import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { codeOf, findStep, stepAt } from './totp.ts';

const SEED = utf8('12345678901234567890');

test('the codes of RFC 4226, appendix D', () => {
  const codes = [
    '755224',
    '287082',
    '359152',
    '969429',
    '338314',
    '254676',
    '287922',
    '162583',
    '399871',
    '520489',
  ];
  assert.deepEqual(
    codes.map((_, counter) => codeOf(SEED, counter)),
    codes,
  );
});

test('the times of RFC 6238, appendix B, to six digits', () => {
  const vectors: [second: number, code: string][] = [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ];
  for (const [second, code] of vectors) assert.equal(codeOf(SEED, stepAt(second * 1000)), code);
});

test('findStep finds a run of codes within its bounds and nowhere else', () => {
  const run = [codeOf(SEED, 5), codeOf(SEED, 6)];
  assert.equal(findStep(SEED, run, { from: 0, to: 9 }), 5);
  assert.equal(findStep(SEED, run, { from: 5, to: 5 }), 5);
  assert.equal(findStep(SEED, run, { from: 6, to: 9 }), undefined);
  assert.equal(findStep(SEED, run.toReversed(), { from: 0, to: 9 }), undefined);
  assert.equal(findStep(SEED, ['7552'], { from: 0, to: 9 }), undefined);
  assert.equal(findStep(SEED, [`${codeOf(SEED, 1)}0`], { from: 0, to: 9 }), undefined);
});
