import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANONYMOUS, signedRegion, type Proof } from './caller.ts';

const signed = (region: string | undefined): Proof => ({
  kind: 'signature',
  version: 'v4',
  at: 'header',
  signedAtMs: 0,
  region,
});

/** The region of a scope is noted of every use, and anybody may write anything into his own scope. */
const rows: readonly (readonly [name: string, proof: Proof, region: string | undefined])[] = [
  ['a region', signed('eu-central-1'), 'eu-central-1'],
  ['a region of one’s own', signed('garage'), 'garage'],
  ['a long text', signed('x'.repeat(8000)), undefined],
  ['markup', signed('<b>'), undefined],
  ['a field of a table', signed('a,"b'), undefined],
  ['none', signed(undefined), undefined],
  ['no signature', ANONYMOUS.proof, undefined],
];

for (const [name, proof, region] of rows) {
  test(`signedRegion: ${name}`, () => assert.equal(signedRegion({ proof }), region));
}
