import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LruMap } from './lru.ts';

const ENTRIES_MAX = 3;

/** What an LruMap must do, as plainly as it can be said: a list of pairs, the newest last. */
class Model {
  entries: [key: number, value: number][] = [];

  get(key: number): number | undefined {
    const entry = this.entries.find(([known]) => known === key);
    if (entry !== undefined) this.entries = [...this.without(key), entry];
    return entry?.[1];
  }

  set(key: number, value: number): void {
    this.entries = [...this.without(key), [key, value] as [number, number]].slice(-ENTRIES_MAX);
  }

  without(key: number): [number, number][] {
    return this.entries.filter(([known]) => known !== key);
  }
}

test('LruMap: forgets exactly what was used longest ago', () => {
  const step = fc.record({
    kind: fc.constantFrom('get', 'get', 'set', 'delete', 'clear'),
    key: fc.nat({ max: 5 }),
    value: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = new LruMap<number, number>(ENTRIES_MAX);
      const model = new Model();
      for (const { kind, key, value } of steps) {
        if (kind === 'get') assert.equal(map.get(key), model.get(key));
        if (kind === 'set') {
          map.set(key, value);
          model.set(key, value);
        }
        if (kind === 'delete') {
          map.delete(key);
          model.entries = model.without(key);
        }
        if (kind === 'clear') {
          map.clear();
          model.entries = [];
        }
        assert.equal(map.size, model.entries.length);
      }
    }),
  );
});
