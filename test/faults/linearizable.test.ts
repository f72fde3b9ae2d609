import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isLinearizable, type Event, type Operation } from './linearizable.ts';

const write = (value: string): Operation => ({ kind: 'write', value });
const read = (value: string | undefined): Operation => ({ kind: 'read', value });
const create = (value: string, outcome: 'done' | 'refused'): Operation => ({
  kind: 'create',
  value,
  outcome,
});

const cases: readonly { name: string; events: [Operation, number, number][]; holds: boolean }[] = [
  { name: 'nothing at all', events: [], holds: true },
  {
    name: 'a read of the last write',
    events: [
      [write('a'), 0, 1],
      [read('a'), 2, 3],
    ],
    holds: true,
  },
  {
    name: 'a stale read',
    events: [
      [write('a'), 0, 1],
      [write('b'), 2, 3],
      [read('a'), 4, 5],
    ],
    holds: false,
  },
  {
    name: 'a read of either of two overlapping writes',
    events: [
      [write('a'), 0, 9],
      [write('b'), 0, 9],
      [read('a'), 10, 11],
    ],
    holds: true,
  },
  {
    name: 'two reads that see two writes in two orders',
    events: [
      [write('a'), 0, 9],
      [write('b'), 0, 9],
      [read('a'), 10, 11],
      [read('b'), 12, 13],
    ],
    holds: false,
  },
  {
    name: 'a write seen while it is under way, then unseen',
    events: [
      [write('a'), 0, 9],
      [read('a'), 1, 2],
      [read(undefined), 3, 4],
    ],
    holds: false,
  },
  {
    name: 'one of two creates wins',
    events: [
      [create('a', 'done'), 0, 9],
      [create('b', 'refused'), 0, 9],
    ],
    holds: true,
  },
  {
    name: 'two creates win',
    events: [
      [create('a', 'done'), 0, 9],
      [create('b', 'done'), 0, 9],
    ],
    holds: false,
  },
  {
    name: 'two creates win with a delete between',
    events: [
      [create('a', 'done'), 0, 9],
      [{ kind: 'delete' }, 0, 9],
      [create('b', 'done'), 0, 9],
    ],
    holds: true,
  },
  {
    name: 'a lost update',
    events: [
      [write('a'), 0, 1],
      [{ kind: 'replace', expected: 'a', value: 'b', outcome: 'done' }, 2, 9],
      [{ kind: 'replace', expected: 'a', value: 'c', outcome: 'done' }, 2, 9],
    ],
    holds: false,
  },
  {
    name: 'a create refused where nothing was',
    events: [[create('a', 'refused'), 0, 1]],
    holds: false,
  },
];

describe('isLinearizable', () => {
  for (const { name, events, holds } of cases) {
    test(`${name}: ${holds}`, () => {
      const history = events.map(([operation, startedAt, endedAt]): Event => {
        return { operation, startedAt, endedAt };
      });
      assert.equal(isLinearizable(history), holds);
      assert.equal(isLinearizable(history.toReversed()), holds);
    });
  }
});
