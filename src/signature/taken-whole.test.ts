import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { bodyOf, Headers, type RequestBody } from '../base/http.ts';
import type { AnonymousClaim } from './claim.ts';
import { verifiedBody } from './verified-body.ts';

const CONTENT = 'hello';
const hex = createHash('sha256').update(CONTENT).digest('hex');
const claim: AnonymousClaim = { kind: 'anonymous', payload: { kind: 'sha256', hex } };

function taken(content: string): Uint8Array | undefined {
  const bytes = Buffer.from(content);
  const body: RequestBody = {
    ...bodyOf(bytes),
    length: CONTENT.length,
    takeWhole: () => bytes,
  };
  return verifiedBody(body, claim, Headers.of({})).body.takeWhole?.();
}

test('takeWhole: a body taken whole is held to its hash', () => {
  assert.equal(Buffer.from(taken(CONTENT) ?? []).toString(), CONTENT);
  for (const content of ['hellO', 'hell', 'hello!', '']) {
    assert.throws(() => taken(content), { kind: 'XAmzContentSHA256Mismatch' }, content);
  }
});

test('takeWhole: gives nothing of a body in signed chunks, which are not its content', () => {
  const chunks: AnonymousClaim = {
    kind: 'anonymous',
    payload: { kind: 'streaming', signed: false, trailer: true },
  };
  const headers = Headers.of({ 'x-amz-decoded-content-length': '5' });
  const body: RequestBody = {
    ...bodyOf(Buffer.from('5\r\nhello')),
    takeWhole: () => assert.fail(),
  };
  assert.equal(verifiedBody(body, chunks, headers).body.takeWhole?.(), undefined);
});
