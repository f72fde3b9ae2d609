import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { decodeCounter, encodeCounter } from './counter.ts';
import { encodeKey } from './key.ts';
import type { StorePlace } from './key-value-store.suite.ts';
import type { Entry, KeyValueStore, Write } from './key-value-store.ts';

const SPACE = 200;

type Step =
  | { kind: 'commit'; checks: { at: number; hold: boolean }[]; writes: [number, string, number][] }
  | { kind: 'range'; from: number; to: number; limit: number; reverse: boolean }
  | { kind: 'reopen' };

const MODEL_KEYS = 12;

const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      checks: fc.array(fc.record({ at: fc.nat(MODEL_KEYS - 1), hold: fc.boolean() }), {
        maxLength: 2,
      }),
      writes: fc.array(
        fc.tuple(fc.nat(MODEL_KEYS - 1), fc.constantFrom('set', 'delete', 'add'), fc.nat(300)),
        { maxLength: 4 },
      ),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('range' as const),
      from: fc.nat(MODEL_KEYS),
      to: fc.nat(MODEL_KEYS),
      limit: fc.nat(MODEL_KEYS),
      reverse: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
);

/** Random steps, each also taken by a map; every read must agree. */
export function modelCase(newPlace: () => Promise<StorePlace>): void {
  it('commit, get, range: as a naive model does it, for any steps', async () => {
    const place = await newPlace();
    const session: Session = { place, store: await place.open(), model: new Map() };
    await fc.assert(
      fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 40 }), async (steps) => {
        const keys = Array.from({ length: MODEL_KEYS }, (_, at) => modelKey(at));
        await session.store.commit({ writes: keys.map((key) => ({ kind: 'delete', key })) });
        session.model.clear();
        for (const step of steps) await runStep(session, step);
      }),
      { numRuns: 40 },
    );
    await session.store[Symbol.asyncDispose]();
  });
}

interface Modelled {
  readonly value: Uint8Array;
  readonly version: number;
}

interface Session {
  readonly place: StorePlace;
  store: KeyValueStore;
  readonly model: Map<number, Modelled>;
}

/** The model's keys mix lengths, so that order by bytes is not order by length. */
const modelKey = (at: number) => encodeKey(SPACE, 'k'.repeat(at % 3), at);

async function runStep(session: Session, step: Step): Promise<void> {
  if (step.kind === 'commit') return runCommit(session, step);
  if (step.kind === 'range') return runRange(session, step);
  if (!session.place.isDurable) return;
  await session.store[Symbol.asyncDispose]();
  session.store = await session.place.open();
}

async function runCommit(
  { store, model }: Session,
  step: Step & { kind: 'commit' },
): Promise<void> {
  const checks = step.checks.map(({ at, hold }) => {
    const version = model.get(at)?.version;
    return { key: modelKey(at), version: hold ? version : (version ?? 0) + 1_000_000 };
  });
  const writes = step.writes.map(([at, kind, size]): Write => {
    if (kind === 'add') return { kind: 'add', key: modelKey(at), delta: size - 100 };
    if (kind === 'delete') return { kind: 'delete', key: modelKey(at) };
    return { kind: 'set', key: modelKey(at), value: encodeCounter(size) };
  });
  const result = await store.commit({ checks, writes });
  const failed = step.checks.findIndex(({ hold }) => !hold);
  if (failed !== -1) {
    assert.deepEqual(result, { committed: false, failedCheck: failed });
    return;
  }
  assert.ok(result.committed);
  for (const [at, kind, size] of step.writes) {
    const before = model.get(at);
    const sum = (before === undefined ? 0 : decodeCounter(before.value)) + size - 100;
    if (kind === 'delete') model.delete(at);
    else {
      const value = encodeCounter(kind === 'add' ? sum : size);
      model.set(at, { value, version: result.version });
    }
  }
  for (let at = 0; at < MODEL_KEYS; at += 1) {
    const found = await store.get(modelKey(at));
    assert.deepEqual(found && plain(found), modelled(model, at));
  }
}

async function runRange({ store, model }: Session, step: Step & { kind: 'range' }): Promise<void> {
  const [from, to] = [modelKey(step.from), modelKey(step.to)];
  const inside = [...model.keys()]
    .filter((at) => Buffer.compare(modelKey(at), from) >= 0 && Buffer.compare(modelKey(at), to) < 0)
    .toSorted((x, y) => Buffer.compare(modelKey(x), modelKey(y)));
  if (step.reverse) inside.reverse();
  const expected = inside.slice(0, step.limit).map((at) => modelled(model, at));
  const found = await store.range({ from, to, limit: step.limit, reverse: step.reverse });
  assert.deepEqual(found.map(plain), expected);
}

function modelled(model: Map<number, Modelled>, at: number): unknown {
  const entry = model.get(at);
  return entry && plain({ key: modelKey(at), ...entry });
}

function plain({ key: at, value, version }: Entry): unknown {
  return { key: [...at], value: [...value], version };
}
