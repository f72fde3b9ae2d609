import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KeyValueStore, Write } from './key-value-store.ts';
import { encodeKey } from './key.ts';
import { openMemoryStore } from './memory.ts';
import { overlay } from './overlay.ts';

const key = fc.integer({ min: 0, max: 20 }).map((number) => encodeKey(1, number));
const set = fc
  .tuple(key, fc.nat(255))
  .map(([key, byte]): Write => ({ kind: 'set', key, value: Uint8Array.of(byte) }));
const remove = key.map((key): Write => ({ kind: 'delete', key }));

const told = (entries: Awaited<ReturnType<KeyValueStore['range']>>) =>
  entries.map(({ key, value }) => `${Buffer.from(key).toString('hex')}=${value[0]}`);

test('overlay: reads as the store reads once the writes are committed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(set, { selector: ({ key }) => key.join(), maxLength: 12 }),
      fc.uniqueArray(fc.oneof(set, remove), { selector: ({ key }) => key.join(), maxLength: 8 }),
      fc.array(fc.tuple(key, key, fc.integer({ min: 1, max: 8 }), fc.boolean()), { maxLength: 6 }),
      async (before, writes, ranges) => {
        await using kv = openMemoryStore();
        await kv.commit({ writes: before });
        const seen = overlay(kv, writes);
        const read = async (store: Pick<KeyValueStore, 'get' | 'range'>) => ({
          ranges: await Promise.all(
            ranges.map(async ([from, to, limit, reverse]) =>
              told(await store.range({ from, to, limit, reverse })),
            ),
          ),
          values: await Promise.all(ranges.map(async ([key]) => (await store.get(key))?.value[0])),
        });
        const expected = await read(seen);
        await kv.commit({ writes });
        assert.deepEqual(await read(kv), expected);
      },
    ),
    { numRuns: 500 },
  );
});
