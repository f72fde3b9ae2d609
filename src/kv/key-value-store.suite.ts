import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { asBuffer, EMPTY_BYTES, fromUtf8, utf8 } from '../base/bytes.ts';
import { decodeCounter, encodeCounter } from './counter.ts';
import { encodeKey, keysUnder } from './key.ts';
import { modelCase } from './model.suite.ts';
import { VALUE_SIZE_MAX } from './key-value-store.ts';
import type { Commit, CommitResult, Entry, KeyValueStore, Write } from './key-value-store.ts';

/** One place in which a store can live; tests open it, and durable ones open it again. */
export interface StorePlace {
  open(): Promise<KeyValueStore>;
  /** Whether what was committed is there after the store was closed and opened again. */
  readonly isDurable: boolean;
  remove(): Promise<void>;
}

const SPACE = 200;
const OTHER_SPACE = 201;

const key = (...parts: (string | number)[]) => encodeKey(SPACE, ...parts);
const all = (limit = 10_000, reverse = false) => ({ ...keysUnder(SPACE), limit, reverse });
const set = (at: Uint8Array, value: string | Uint8Array): Write => ({
  kind: 'set',
  key: at,
  value: typeof value === 'string' ? utf8(value) : value,
});
const remove = (at: Uint8Array): Write => ({ kind: 'delete', key: at });
const add = (at: Uint8Array, delta: number): Write => ({ kind: 'add', key: at, delta });
const texts = (entries: readonly Entry[]) => entries.map((entry) => fromUtf8(entry.value));

async function commitOk(store: KeyValueStore, ...writes: Write[]): Promise<number> {
  const result = await store.commit({ writes });
  assert.equal(result.committed, true);
  return result.committed ? result.version : 0;
}

/** What every engine of the seam promises. `place` makes a new, empty place for each test. */
export function keyValueStoreSuite(name: string, place: () => Promise<StorePlace>): void {
  const places: StorePlace[] = [];
  const newPlace = async () => {
    const made = await place();
    places.push(made);
    return made;
  };
  const newStore = async () => (await newPlace()).open();

  describe(name, () => {
    after(async () => {
      for (const made of places) await made.remove();
    });
    readCases(newStore);
    longRangeCases(newStore);
    checkCases(newStore);
    writeCases(newStore);
    concurrencyCases(newStore);
    revisionCases(newStore);
    reopenCases(newPlace);
    modelCase(newPlace);
  });
}

type NewStore = () => Promise<KeyValueStore>;

function readCases(newStore: NewStore): void {
  it('get: absent, present, empty and the largest value', async () => {
    await using store = await newStore();
    assert.equal(await store.get(key('a')), undefined);
    const largest = new Uint8Array(VALUE_SIZE_MAX).map((_, index) => index * 31);
    const version = await commitOk(store, set(key('a'), EMPTY_BYTES), set(key('b'), largest));
    const empty = await store.get(key('a'));
    assert.equal(empty?.value.byteLength, 0);
    assert.equal(empty?.version, version);
    assert.deepEqual(asBuffer(empty.key), asBuffer(key('a')));
    const large = await store.get(key('b'));
    assert.equal(Buffer.compare(large!.value, largest), 0);
  });

  it('range: order, both directions, limits and bounds', async () => {
    await using store = await newStore();
    assert.deepEqual(await store.range(all()), []);
    for (const text of ['d', 'b', 'e', 'a', 'c']) await commitOk(store, set(key(text), text));
    await commitOk(store, set(encodeKey(SPACE - 1, 'x'), 'x'), set(encodeKey(SPACE + 1), 'y'));
    const cases = [
      { from: 'a', to: 'z', limit: 10, reverse: false, expected: 'a b c d e' },
      { from: 'a', to: 'z', limit: 10, reverse: true, expected: 'e d c b a' },
      { from: 'b', to: 'd', limit: 10, reverse: false, expected: 'b c' },
      { from: 'b', to: 'd', limit: 10, reverse: true, expected: 'c b' },
      { from: 'aa', to: 'dd', limit: 10, reverse: false, expected: 'b c d' },
      { from: 'aa', to: 'dd', limit: 2, reverse: false, expected: 'b c' },
      { from: 'aa', to: 'dd', limit: 2, reverse: true, expected: 'd c' },
      { from: 'aa', to: 'dd', limit: 1, reverse: false, expected: 'b' },
      { from: 'aa', to: 'dd', limit: 1, reverse: true, expected: 'd' },
      { from: 'b', to: 'd', limit: 1, reverse: true, expected: 'c' },
      { from: 'f', to: 'z', limit: 1, reverse: false, expected: '' },
      { from: 'a', to: 'z', limit: 0, reverse: false, expected: '' },
      { from: 'c', to: 'c', limit: 10, reverse: false, expected: '' },
      { from: 'd', to: 'b', limit: 10, reverse: false, expected: '' },
      { from: 'd', to: 'b', limit: 10, reverse: true, expected: '' },
      { from: 'f', to: 'z', limit: 10, reverse: true, expected: '' },
    ];
    for (const { from, to, limit, reverse, expected } of cases) {
      const found = await store.range({ from: key(from), to: key(to), limit, reverse });
      assert.equal(texts(found).join(' '), expected, JSON.stringify({ from, to, limit, reverse }));
      for (const entry of found) assert.deepEqual(entry, await store.get(entry.key));
    }
    assert.equal(texts(await store.range(all())).join(' '), 'a b c d e');
    assert.equal(texts(await store.range(all(2, true))).join(' '), 'e d');
  });

  it('range: bytes are compared unsigned, a key before its extensions', async () => {
    await using store = await newStore();
    const keys = [[1], [1, 0], [1, 0, 0], [1, 0x7f], [1, 0x80], [1, 0xff], [1, 0xff, 0xff], [2]];
    for (const bytes of keys.toReversed()) {
      await commitOk(store, set(Uint8Array.from(bytes), 'x'));
    }
    const range = { from: Uint8Array.of(1), to: Uint8Array.of(3), limit: 100 };
    assert.deepEqual(
      (await store.range(range)).map((entry) => [...entry.key]),
      keys,
    );
  });
}

function longRangeCases(newStore: NewStore): void {
  it('range: thousands of entries, in both directions and up to any limit', async () => {
    await using store = await newStore();
    const count = 2_750;
    const writes = Array.from({ length: count }, (_, index) => set(key(index), `${index}`));
    await commitOk(store, ...writes);
    const expected = Array.from({ length: count }, (_, index) => `${index}`);
    for (const limit of [899, 900, 901, 1_000, 1_800, count - 1, count, count + 1, 100_000]) {
      assert.deepEqual(texts(await store.range(all(limit))), expected.slice(0, limit));
      const descending = texts(await store.range(all(limit, true)));
      assert.deepEqual(descending, expected.toReversed().slice(0, limit));
    }
  });
}

function checkCases(newStore: NewStore): void {
  it('commit: a check holds for absent, for the version, and for nothing else', async () => {
    await using store = await newStore();
    const first = await commitOk(store, set(key('a'), '1'));
    const cases: { checks: [string, number | undefined][]; failedCheck: number | undefined }[] = [
      { checks: [['a', undefined]], failedCheck: 0 },
      { checks: [['a', first + 1]], failedCheck: 0 },
      { checks: [['a', 0]], failedCheck: 0 },
      { checks: [['b', first]], failedCheck: 0 },
      {
        checks: [
          ['a', first],
          ['b', first],
        ],
        failedCheck: 1,
      },
      {
        checks: [
          ['b', undefined],
          ['a', undefined],
          ['b', 1],
        ],
        failedCheck: 1,
      },
      {
        checks: [
          ['a', first],
          ['b', undefined],
        ],
        failedCheck: undefined,
      },
    ];
    for (const { checks, failedCheck } of cases) {
      const result = await store.commit({
        checks: checks.map(([text, version]) => ({ key: key(text), version })),
        writes: [set(key('written'), 'x')],
      });
      const written = await store.get(key('written'));
      if (failedCheck === undefined) {
        assert.equal(result.committed, true);
        assert.notEqual(written, undefined);
      } else {
        assert.deepEqual(result, { committed: false, failedCheck });
        assert.equal(written, undefined);
      }
    }
  });

  it('commit: checks alone commit or fail and write nothing', async () => {
    await using store = await newStore();
    const absent: Commit = { checks: [{ key: key('a'), version: undefined }], writes: [] };
    assert.equal((await store.commit(absent)).committed, true);
    await commitOk(store, set(key('a'), '1'));
    assert.deepEqual(await store.commit(absent), { committed: false, failedCheck: 0 });
    assert.equal((await store.range(all())).length, 1);
  });

  it('commit: versions grow and are not reused after a deletion', async () => {
    await using store = await newStore();
    const seen = [await commitOk(store, set(key('a'), '1'))];
    seen.push(await commitOk(store, set(key('a'), '1')));
    await commitOk(store, remove(key('a')));
    seen.push(await commitOk(store, set(key('a'), '1')));
    assert.equal((await store.get(key('a')))?.version, seen[2]);
    assert.deepEqual(
      seen,
      [...new Set(seen)].toSorted((x, y) => x - y),
    );
    for (const version of seen.slice(0, 2)) {
      const checks = [{ key: key('a'), version }];
      assert.equal((await store.commit({ checks, writes: [] })).committed, false);
    }
  });
}

function writeCases(newStore: NewStore): void {
  it('commit: writes are applied in order, the last one of a key stays', async () => {
    await using store = await newStore();
    const [a, b, c, n, m, o] = ['a', 'b', 'c', 'n', 'm', 'o'].map((text) => key(text));
    const writes = [
      [set(a!, '1'), remove(a!), set(b!, '1'), set(b!, '2'), remove(c!), set(c!, '3')],
      [add(n!, 5), add(n!, -7), set(m!, encodeCounter(10)), add(m!, 1)],
      [add(o!, 4), remove(o!), add(o!, 1)],
    ];
    await commitOk(store, ...writes.flat());
    assert.equal(await store.get(key('a')), undefined);
    assert.deepEqual(texts(await store.range({ from: key('b'), to: key('d'), limit: 9 })), [
      '2',
      '3',
    ]);
    for (const [text, expected] of [
      ['n', -2],
      ['m', 11],
      ['o', 1],
    ] as const) {
      assert.equal(decodeCounter((await store.get(key(text)))!.value), expected, text);
    }
  });

  it('commit: adds of many concurrent commits are all counted, in the exact range', async () => {
    await using store = await newStore();
    const deltas = Array.from({ length: 200 }, (_, index) => index - 50);
    await Promise.all(deltas.map((delta) => store.commit({ writes: [add(key('n'), delta)] })));
    const expected = deltas.reduce((sum, delta) => sum + delta, 0);
    assert.equal(decodeCounter((await store.get(key('n')))!.value), expected);
    await commitOk(store, add(key('big'), Number.MAX_SAFE_INTEGER));
    await commitOk(store, add(key('big'), -1));
    assert.equal(decodeCounter((await store.get(key('big')))!.value), Number.MAX_SAFE_INTEGER - 1);
  });

  it('commit: an add to what is no counter rejects, changes nothing and harms no other', async () => {
    await using store = await newStore();
    await commitOk(store, set(key('text'), 'abc'));
    const results = await Promise.allSettled([
      store.commit({ writes: [set(key('a'), '1')] }),
      store.commit({ writes: [set(key('b'), '1'), add(key('text'), 1)] }),
      store.commit({ writes: [set(key('c'), '1')] }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.equal(await store.get(key('b')), undefined);
    assert.equal(texts(await store.range(all())).join(' '), '1 1 abc');
  });

  it('commit: refuses keys, values and deltas that are out of bounds', async () => {
    await using store = await newStore();
    const writes: Write[] = [
      set(EMPTY_BYTES, 'x'),
      set(new Uint8Array(2_601), 'x'),
      set(key('a'), new Uint8Array(VALUE_SIZE_MAX + 1)),
      add(key('a'), 0.5),
      add(key('a'), Number.MAX_SAFE_INTEGER + 1),
    ];
    for (const write of writes) {
      await assert.rejects(async () => store.commit({ writes: [write] }), {
        name: 'AssertionError',
      });
    }
    await commitOk(store, set(new Uint8Array(2_600).fill(SPACE), 'longest key'));
  });

  it('commit: the bytes are free for reuse once it has returned', async () => {
    await using store = await newStore();
    const reused = { key: key('a'), value: utf8('before') };
    const pending = store.commit({ writes: [{ kind: 'set', ...reused }] });
    reused.key.fill(SPACE);
    reused.value.fill(0);
    await pending;
    assert.equal(fromUtf8((await store.get(key('a')))!.value), 'before');
  });
}

function concurrencyCases(newStore: NewStore): void {
  it('commit: of many concurrent guarded writers exactly one wins', async () => {
    await using store = await newStore();
    for (let round = 0; round < 20; round += 1) {
      const version = (await store.get(key('contended')))?.version;
      const attempts = Array.from({ length: 32 }, (_, index) =>
        store.commit({
          checks: [{ key: key('contended'), version }],
          writes: [set(key('contended'), `${round}-${index}`), add(key('won'), 1)],
        }),
      );
      const results = await Promise.all(attempts);
      const winners = results.flatMap((result, index) => (result.committed ? [index] : []));
      assert.equal(winners.length, 1);
      const stored = await store.get(key('contended'));
      assert.equal(fromUtf8(stored!.value), `${round}-${winners[0]}`);
    }
    assert.equal(decodeCounter((await store.get(key('won')))!.value), 20);
  });

  it('commit: money moved by concurrent retrying commits is neither made nor lost', async () => {
    await using store = await newStore();
    const accounts = Array.from({ length: 8 }, (_, index) => key('account', index));
    await commitOk(store, ...accounts.map((at) => set(at, encodeCounter(100))));
    const move = async (from: Uint8Array, to: Uint8Array): Promise<void> => {
      let result: CommitResult;
      do {
        const [source, target] = [await store.get(from), await store.get(to)];
        result = await store.commit({
          checks: [
            { key: from, version: source!.version },
            { key: to, version: target!.version },
          ],
          writes: [
            set(from, encodeCounter(decodeCounter(source!.value) - 1)),
            set(to, encodeCounter(decodeCounter(target!.value) + 1)),
          ],
        });
      } while (!result.committed);
    };
    await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        move(accounts[index % 8]!, accounts[(index * 3 + 1) % 8]!),
      ).filter((_, index) => index % 8 !== (index * 3 + 1) % 8),
    );
    const values = (await store.range(all())).map(({ value }) => decodeCounter(value));
    assert.equal(
      values.reduce((sum, value) => sum + value, 0),
      800,
    );
  });

  it('commit: the pieces of a commit appear together', async () => {
    await using store = await newStore();
    const progress = { isDone: false };
    const writing = (async () => {
      for (let round = 0; round < 100; round += 1) {
        await commitOk(store, set(key('a'), `${round}`), set(key('z'), `${round}`));
      }
      progress.isDone = true;
    })();
    while (!progress.isDone) {
      const found = texts(await store.range(all()));
      assert.equal(found[0], found[1]);
      await new Promise(setImmediate);
    }
    await writing;
  });
}

function revisionCases(newStore: NewStore): void {
  it('revision: changes with its space, stays with others, and is never behind a commit', async () => {
    await using store = await newStore();
    const revisions = async () => [await store.revision(SPACE), await store.revision(OTHER_SPACE)];
    const before = await revisions();
    const writes: Write[] = [set(key('a'), '1'), add(key('n'), 1), remove(key('a'))];
    let last = before;
    for (const write of writes) {
      await commitOk(store, write);
      const now = await revisions();
      assert.notEqual(now[0], last[0], write.kind);
      assert.equal(now[1], before[1]);
      last = now;
    }
    await store.commit({ checks: [{ key: key('a'), version: 1 }], writes: [set(key('a'), '1')] });
    await store.get(key('a'));
    assert.deepEqual(await revisions(), last);
    await commitOk(store, set(encodeKey(OTHER_SPACE, 'a'), '1'));
    assert.equal((await revisions())[0], last[0]);
    assert.notEqual((await revisions())[1], last[1]);
  });
}

function reopenCases(newPlace: () => Promise<StorePlace>): void {
  it('close: a durable store keeps everything, versions go on', async (t) => {
    const place = await newPlace();
    if (!place.isDurable) return t.skip('not durable by design');
    const lengths = [0, 1, 400, 4096, 70_000];
    let last = 0;
    {
      await using store = await place.open();
      for (const length of lengths) {
        last = await commitOk(store, set(key(length), new Uint8Array(length).fill(length)));
      }
      await commitOk(store, set(key('gone'), 'x'));
      last = await commitOk(store, remove(key('gone')));
    }
    for (let round = 0; round < 3; round += 1) {
      await using store = await place.open();
      const found = await store.range(all());
      assert.deepEqual(
        found.map(({ value }) => value.byteLength),
        [...lengths, ...Array<number>(round).fill(7)],
      );
      const version = await commitOk(store, set(key(100_000 + round), new Uint8Array(7)));
      assert.ok(version > last);
      last = version;
    }
  });

  it('close: commits under way finish, later calls are refused', async () => {
    const place = await newPlace();
    const store = await place.open();
    const pending = Array.from({ length: 10 }, (_, index) =>
      store.commit({ writes: [set(key(index), 'x')] }),
    );
    await store[Symbol.asyncDispose]();
    assert.equal((await Promise.all(pending)).filter(({ committed }) => committed).length, 10);
    await assert.rejects(async () => store.get(key('a')), { name: 'StoreClosedError' });
    await assert.rejects(async () => store.range(all()), { name: 'StoreClosedError' });
    const late = async () => store.commit({ writes: [set(key('a'), 'x')] });
    await assert.rejects(late, { name: 'StoreClosedError' });
    await store[Symbol.asyncDispose]();
    if (!place.isDurable) return;
    await using again = await place.open();
    assert.equal((await again.range(all())).length, 10);
  });
}
