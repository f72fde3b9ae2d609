import { assert } from '../base/assert.ts';
import { asBuffer } from '../base/bytes.ts';
import { COUNTER_SIZE, decodeCounter, encodeCounter } from './counter.ts';
import { KEY_SIZE_MAX, VALUE_SIZE_MAX } from './key-value-store.ts';
import type { Commit, Version } from './key-value-store.ts';

/** What the entries are before a commit. */
export interface State {
  version(key: Uint8Array): Version | undefined;
  value(key: Uint8Array): Uint8Array | undefined;
}

/** What a key holds after a commit: undefined when the key is absent. */
export interface Change {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** By `keyText`, in the order in which the keys were first written. */
export type Changes = ReadonlyMap<string, Change>;

/** A key as a text, one character a byte, so that it can be the key of a map. */
export function keyText(key: Uint8Array): string {
  return asBuffer(key).toString('latin1');
}

/** The index of the first check that does not hold, or undefined when all do. */
export function findFailedCheck(commit: Commit, state: State): number | undefined {
  const checks = commit.checks;
  if (checks === undefined) return undefined;
  for (let index = 0; index < checks.length; index += 1) {
    const check = checks[index];
    if (check !== undefined && state.version(check.key) !== check.version) return index;
  }
  return undefined;
}

/** What a commit's writes, applied in their order, leave in each key. Changes nothing itself. */
export function resolveWrites(commit: Commit, state: State): Changes {
  const changes = new Map<string, Change>();
  for (const write of commit.writes) {
    const text = keyText(write.key);
    if (write.kind === 'set') {
      changes.set(text, { key: write.key, value: write.value });
    } else if (write.kind === 'delete') {
      changes.set(text, { key: write.key, value: undefined });
    } else {
      const earlier = changes.get(text);
      const before = earlier === undefined ? state.value(write.key) : earlier.value;
      changes.set(text, { key: write.key, value: addToCounter(before, write.delta) });
    }
  }
  return changes;
}

/** States what every engine asks of a commit, so that none takes what another would refuse. */
export function assertCommit(commit: Commit): void {
  for (const { key } of commit.checks ?? []) assertKey(key);
  for (const write of commit.writes) {
    assertKey(write.key);
    if (write.kind === 'set') {
      assert(write.value.byteLength <= VALUE_SIZE_MAX, 'A value is larger than VALUE_SIZE_MAX.');
    } else if (write.kind === 'add') {
      assert(Number.isSafeInteger(write.delta), 'A counter is added to in whole numbers.');
    }
  }
}

function assertKey(key: Uint8Array): void {
  assert(
    key.byteLength > 0 && key.byteLength <= KEY_SIZE_MAX,
    'A key has 1 to KEY_SIZE_MAX bytes.',
  );
}

function addToCounter(before: Uint8Array | undefined, delta: number): Uint8Array {
  if (before === undefined) return encodeCounter(delta);
  assert(before.byteLength === COUNTER_SIZE, 'Only a counter can be added to.');
  return encodeCounter(decodeCounter(before) + delta);
}
