import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { decodeCounter, encodeCounter } from '../counter.ts';
import { decodeKey, encodeKey, keysUnder } from '../key.ts';
import type { KeyValueStore, Write } from '../key-value-store.ts';
import { openEmbeddedStore } from './embedded-store.ts';

/**
 * This file is both the test and, started with `commit` and a folder, the process that the test
 * kills: it commits for ever and says each acknowledgement on its standard output.
 */
const ROUNDS = 8;
const WRITERS = 16;
const ACCOUNTS = 8;
const ACCOUNT_START = 1_000;

/** Each writer keeps this many of its latest records and deletes the one before. */
const KEPT = 10;

/** Few, so that most kills come while a checkpoint runs. */
const CHECKPOINT_PAGES = 50;

const SPACE = 200;
const sumKey = encodeKey(SPACE, 'sum');
const lastKey = (writer: number) => encodeKey(SPACE, 'last', writer);
const recordKey = (writer: number, count: number) => encodeKey(SPACE, 'record', writer, count);
const accountKey = (account: number) => encodeKey(SPACE, 'account', account);

/** Bytes that name their record, of sizes from none to several pages. */
function recordValue(writer: number, count: number): Uint8Array {
  return new Uint8Array(((writer + 1) * count * 977) % 9_000).fill(writer * 31 + count);
}

async function readCount(store: KeyValueStore, key: Uint8Array): Promise<number> {
  const entry = await store.get(key);
  return entry === undefined ? 0 : decodeCounter(entry.value);
}

async function commitForEver(folder: string): Promise<void> {
  const store = await openEmbeddedStore(folder, { checkpointPages: CHECKPOINT_PAGES });
  const write = async (writer: number): Promise<void> => {
    for (let count = 1 + (await readCount(store, lastKey(writer))); ; count += 1) {
      const writes: Write[] = [
        { kind: 'set', key: recordKey(writer, count), value: recordValue(writer, count) },
        { kind: 'set', key: lastKey(writer), value: encodeCounter(count) },
        { kind: 'add', key: sumKey, delta: 1 },
      ];
      if (count > KEPT) writes.push({ kind: 'delete', key: recordKey(writer, count - KEPT) });
      await store.commit({ writes });
      writeSync(1, `${writer} ${count}\n`);
      await moveMoney(store, (writer * count) % ACCOUNTS, (writer + count) % ACCOUNTS);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
}

/** A guarded transfer, which may lose its race. */
async function moveMoney(store: KeyValueStore, from: number, to: number): Promise<void> {
  if (from === to) return;
  const source = await store.get(accountKey(from));
  const target = await store.get(accountKey(to));
  const balance = (entry: typeof source) =>
    entry === undefined ? ACCOUNT_START : decodeCounter(entry.value);
  await store.commit({
    checks: [
      { key: accountKey(from), version: source?.version },
      { key: accountKey(to), version: target?.version },
    ],
    writes: [
      { kind: 'set', key: accountKey(from), value: encodeCounter(balance(source) - 1) },
      { kind: 'set', key: accountKey(to), value: encodeCounter(balance(target) + 1) },
    ],
  });
}

/** Runs the committing process and kills it; what it has acknowledged, by writer. */
async function commitUntilKilled(folder: string, afterMs: number): Promise<Map<number, number>> {
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [file, 'commit', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  assert.equal(signal, 'SIGKILL');
  const acknowledged = new Map<number, number>();
  for (const line of output.split('\n').slice(0, -1)) {
    const [writer = Number.NaN, count = Number.NaN] = line.split(' ').map(Number);
    acknowledged.set(writer, count);
  }
  return acknowledged;
}

async function checkInvariants(
  store: KeyValueStore,
  acknowledged: ReadonlyMap<number, number>,
): Promise<void> {
  let sum = 0;
  for (let writer = 0; writer < WRITERS; writer += 1) {
    const last = await readCount(store, lastKey(writer));
    const told = acknowledged.get(writer) ?? 0;
    assert.ok(last >= told, `Writer ${writer} was told of ${told}, and ${last} is there.`);
    sum += last;
    const records = await store.range({ ...keysUnder(SPACE, 'record', writer), limit: 1_000 });
    const counts = records.map(({ key }) => decodeKey(key, ['text', 'number', 'number'])[2]);
    const first = Math.max(1, last - KEPT + 1);
    assert.deepEqual(
      counts,
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    for (const [index, { value }] of records.entries()) {
      assert.equal(Buffer.compare(value, recordValue(writer, first + index)), 0);
    }
  }
  assert.equal(await readCount(store, sumKey), sum);
  const accounts = await store.range({ ...keysUnder(SPACE, 'account'), limit: ACCOUNTS });
  const money = accounts.reduce((total, { value }) => total + decodeCounter(value), 0);
  assert.equal(money, accounts.length * ACCOUNT_START);
}

async function testKills(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-kv-'));
  try {
    const acknowledged = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const afterMs = Math.round(Math.random() * 250);
      for (const [writer, count] of await commitUntilKilled(folder, afterMs)) {
        acknowledged.set(writer, count);
      }
      await using store = await openEmbeddedStore(folder);
      await checkInvariants(store, acknowledged);
    }
    const total = [...acknowledged.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(total > ROUNDS * WRITERS, `${total} acknowledged commits prove little.`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a loss of power leaves of a log whose end was not synced yet. */
async function testTornLog(): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'coffer-kv-'));
  const folder = join(base, 'whole');
  try {
    await using store = await openEmbeddedStore(folder);
    const count = 60;
    for (let index = 1; index <= count; index += 1) {
      const value = new Uint8Array((index * 977) % 9_000).fill(index);
      await store.commit({
        writes: [
          { kind: 'set', key: recordKey(0, index), value },
          { kind: 'add', key: sumKey, delta: 1 },
        ],
      });
    }
    const { size } = await stat(join(folder, 'entries.db-wal'));
    let found = count;
    for (let cut = 0; cut < 12; cut += 1) {
      const torn = join(base, `torn-${cut}`);
      await mkdir(torn);
      for (const name of ['entries.db', 'entries.db-wal']) {
        await copyFile(join(folder, name), join(torn, name));
      }
      await truncate(join(torn, 'entries.db-wal'), Math.floor((size * (12 - cut)) / 12) - cut * 7);
      await using recovered = await openEmbeddedStore(torn);
      const records = await recovered.range({ ...keysUnder(SPACE, 'record'), limit: 1_000 });
      assert.equal(await readCount(recovered, sumKey), records.length);
      assert.ok(records.length <= found, 'A shorter log holds more.');
      assert.ok(cut > 0 || records.length === count, 'The whole log holds everything.');
      found = records.length;
      for (const [index, { value }] of records.entries()) {
        const expected = new Uint8Array(((index + 1) * 977) % 9_000).fill(index + 1);
        assert.equal(Buffer.compare(value, expected), 0);
      }
    }
    assert.ok(found < count / 4, 'No cut cost anything.');
  } finally {
    await rm(base, { recursive: true });
  }
}

const [, , mode, folder] = process.argv;
if (mode === 'commit' && folder !== undefined) {
  await commitForEver(folder);
} else {
  it('openEmbeddedStore: a process killed at any moment loses nothing acknowledged', testKills);
  it('openEmbeddedStore: a log cut anywhere holds whole commits up to there', testTornLog);
}
