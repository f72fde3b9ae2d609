import assert from 'node:assert/strict';
import { it } from 'node:test';
import { encodeKey, keysUnder } from './key.ts';
import { keyValueStoreSuite } from './key-value-store.suite.ts';
import type { Write } from './key-value-store.ts';
import { openMemoryStore } from './memory.ts';

keyValueStoreSuite('openMemoryStore', async () => ({
  open: async () => openMemoryStore(),
  isDurable: false,
  remove: async () => {},
}));

it('openMemoryStore: 100,000 keys in any order come out in order, and go again', async () => {
  await using store = openMemoryStore();
  const count = 100_000;
  const at = (index: number) => encodeKey(1, (index * 7_919) % count);
  const writeAll = async (write: (key: Uint8Array) => Write) => {
    for (let start = 0; start < count; start += 100) {
      const keys = Array.from({ length: 100 }, (_, index) => at(start + index));
      await store.commit({ writes: keys.map(write) });
    }
  };
  await writeAll((key) => ({ kind: 'set', key, value: new Uint8Array(1) }));
  const found = await store.range({ ...keysUnder(1), limit: count + 1 });
  assert.equal(found.length, count);
  for (let index = 1; index < count; index += 1) {
    assert.ok(Buffer.compare(found[index - 1]!.key, found[index]!.key) < 0);
  }
  await writeAll((key) => ({ kind: 'delete', key }));
  assert.equal((await store.range({ ...keysUnder(1), limit: 1 })).length, 0);
});
