import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { pageMemory, sharedPageMemory } from '../page-memory.ts';
import { crc32 } from './crc32.ts';

test('crc32 leaves the bytes as they are, and equals zlib, in memory that modules see', () => {
  for (const memory of [pageMemory(300_000), sharedPageMemory(300_000)]) {
    const bytes = memory.map((_, index) => (index * 2_654_435_761) >>> 11);
    memory.set(bytes);
    fc.assert(
      fc.property(
        fc.nat(9999),
        fc.oneof(fc.nat(300), fc.integer({ min: 900, max: 20_000 }), fc.nat(290_000)),
        fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
        (start, size, value) => {
          const piece = memory.subarray(start, start + size);
          const expected = zlibCrc32(bytes.subarray(start, start + size), value);
          assert.equal(crc32(piece, value), expected);
        },
      ),
    );
    assert.ok(Buffer.compare(memory, bytes) === 0);
  }
});

test('crc32 equals zlib for every size, start and alignment', () => {
  const bytes = new Uint8Array(300_000).map((_, index) => (index * 2_654_435_761) >>> 13);
  fc.assert(
    fc.property(
      fc.nat(8),
      fc.oneof(fc.nat(300), fc.integer({ min: 16_000, max: 17_000 }), fc.nat(290_000)),
      fc.integer({ min: 0, max: 0xff_ff_ff_ff }),
      (start, size, value) => {
        const piece = bytes.subarray(start, start + size);
        assert.equal(crc32(piece, value), zlibCrc32(piece, value));
      },
    ),
  );
});
