import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { hex } from '../../base/bytes.ts';
import { AssertionError } from '../../base/assert.ts';
import { StoreCorruptError } from '../errors.ts';
import type { Commit, Write } from '../key-value-store.ts';
import { CommitMessage, decodeOutcome, encodeOutcome, readCommits } from './message.ts';
import type { Outcome } from './message.ts';

const key = fc.uint8Array({ minLength: 1, maxLength: 40 });
const value = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(40_000).map((size) => new Uint8Array(size).fill(size)),
);
const write: fc.Arbitrary<Write> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key, value }),
  fc.record({ kind: fc.constant('delete' as const), key }),
  fc.record({ kind: fc.constant('add' as const), key, delta: fc.maxSafeInteger() }),
);
const check = fc.record({
  key,
  version: fc.option(fc.integer({ min: 1, max: 2 ** 53 - 1 }), { nil: undefined }),
});
const commit: fc.Arbitrary<Commit> = fc.record({
  checks: fc.array(check, { maxLength: 4 }),
  writes: fc.array(write, { maxLength: 4 }),
});

/** Without the difference between a Buffer and other arrays of bytes. */
function plain(commits: readonly Commit[]): unknown {
  return JSON.parse(
    JSON.stringify(commits, (_, member: unknown) =>
      member instanceof Uint8Array ? hex(member) : member,
    ).replaceAll(/\{"type":"Buffer","data":\[([\d,]*)\]\}/g, (_, bytes: string) =>
      JSON.stringify(hex(Uint8Array.from(bytes === '' ? [] : bytes.split(',').map(Number)))),
    ),
  );
}

describe('CommitMessage, readCommits', () => {
  it('carry any commits unchanged', () => {
    fc.assert(
      fc.property(fc.array(commit, { maxLength: 6 }), (commits) => {
        const message = new CommitMessage();
        for (const each of commits) message.append(each);
        assert.equal(message.count, commits.length);
        assert.deepEqual(plain(readCommits(message.finish())), plain(commits));
      }),
    );
  });

  it('throw on a message that is cut off anywhere', () => {
    const message = new CommitMessage();
    message.append({
      checks: [{ key: Uint8Array.of(1), version: 5 }],
      writes: [
        { kind: 'set', key: Uint8Array.of(1, 2), value: Uint8Array.of(3) },
        { kind: 'add', key: Uint8Array.of(4), delta: -1 },
      ],
    });
    const { commits, size } = message.finish();
    for (let cut = 1; cut < size; cut += 1) {
      assert.throws(() => readCommits({ commits: commits.slice(0, cut), size: cut }));
    }
  });
});

describe('encodeOutcome, decodeOutcome', () => {
  const results: Outcome[] = [
    { committed: true, version: 1 },
    { committed: true, version: 2 ** 53 - 1 },
    { committed: false, failedCheck: 0 },
    { committed: false, failedCheck: 7 },
    new AssertionError('Only a counter can be added to.'),
    new StoreCorruptError('The counter is not what was written.'),
  ];
  for (const result of results) {
    it(`carry ${result instanceof Error ? result.name : JSON.stringify(result)}`, () => {
      assert.deepEqual(decodeOutcome(encodeOutcome(result)), result);
    });
  }
});
