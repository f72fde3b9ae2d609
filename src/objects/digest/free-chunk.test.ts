import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeChunk } from './free-chunk.ts';

test('freeChunk frees a chunk that fills its buffer, and leaves memory that others see', () => {
  const whole = new Uint8Array(65_536).fill(1);
  freeChunk(whole);
  assert.equal(whole.byteLength, 0);
  assert.equal(whole.buffer.byteLength, 0);

  const shared = new Uint8Array(65_536).fill(1);
  freeChunk(shared.subarray(0, 60_000));
  freeChunk(shared.subarray(1));
  const pooled = Buffer.from('bytes of a pool that others use');
  freeChunk(pooled);
  const crossThread = new Uint8Array(new SharedArrayBuffer(65_536)).fill(1);
  freeChunk(crossThread);
  for (const bytes of [shared, pooled, crossThread]) assert.notEqual(bytes.at(-1), undefined);
});
