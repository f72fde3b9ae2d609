import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secureBytes } from '../src/base/random.ts';
import { encodeKey, keysUnder } from '../src/kv/key.ts';
import type { KeyValueStore } from '../src/kv/key-value-store.ts';
import { openEmbeddedStore } from '../src/kv/embedded/embedded-store.ts';

/** One measured line: what was done, and how often in a second. */
export interface KvMeasure {
  readonly what: string;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface KvBenchOptions {
  /** Where the store is made; the disk that it measures. */
  readonly folder?: string;
  /** Entries of 400 bytes that are there before. */
  readonly entryCount?: number;
  /** Milliseconds of each measure. */
  readonly durationMs?: number;
}

const VALUE_SIZES = [400, 4096] as const;
const WRITER_COUNTS = [1, 16, 64] as const;
const SPACE = 5;
const LOAD_BATCH = 1_000;

/** Measures the embedded store, and beside it what its disk does bare, in one run. */
export async function benchKv(options: KvBenchOptions = {}): Promise<KvMeasure[]> {
  const { entryCount = 100_000, durationMs = 2_000 } = options;
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'coffer-bench-kv-'));
  const measures: KvMeasure[] = [];
  try {
    await using store = await openEmbeddedStore(join(folder, 'kv'));
    await load(store, entryCount);
    for (const size of VALUE_SIZES) {
      measures.push(await benchAppend(join(folder, 'append'), size, durationMs));
      for (const writers of WRITER_COUNTS) {
        measures.push(await benchCommits(store, { writers, size, entryCount, durationMs }));
      }
    }
    measures.push(await benchGets(store, entryCount, durationMs));
    measures.push(await benchRanges(store, entryCount, durationMs));
    measures.push(...(await benchMixed(store, entryCount, durationMs)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return measures;
}

const entryKey = (index: number) => encodeKey(SPACE, 'bucket', `photos/2026/${scatter(index)}.jpg`);

/** Another order than insertion's, as names have. */
function scatter(index: number): string {
  return ((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0');
}

async function load(store: KeyValueStore, entryCount: number): Promise<void> {
  const value = secureBytes(400);
  for (let start = 0; start < entryCount; start += LOAD_BATCH) {
    const count = Math.min(LOAD_BATCH, entryCount - start);
    const writes = Array.from({ length: count }, (_, index) => ({
      kind: 'set' as const,
      key: entryKey(start + index),
      value,
    }));
    await store.commit({ writes });
  }
}

interface CommitLoad {
  readonly writers: number;
  readonly size: number;
  readonly entryCount: number;
  readonly durationMs: number;
}

/** Guarded puts: half of them replace an entry, half make a new one, each adds to a counter. */
async function benchCommits(store: KeyValueStore, load: CommitLoad): Promise<KvMeasure> {
  const { writers, size, entryCount, durationMs } = load;
  const value = secureBytes(size);
  const usage = encodeKey(SPACE - 1, 'bucket');
  const timer = new Timer(durationMs);
  let next = 0;
  const write = async (writer: number): Promise<void> => {
    while (timer.isRunning) {
      next += 1;
      const isNew = next % 2 === 0;
      const key = isNew
        ? encodeKey(SPACE, 'new', size, writers, writer, scatter(next))
        : entryKey((next * 7_919) % entryCount);
      const version = isNew ? undefined : (await store.get(key))?.version;
      const started = performance.now();
      await store.commit({
        checks: [{ key, version }],
        writes: [
          { kind: 'set', key, value },
          { kind: 'add', key: usage, delta: 1 },
        ],
      });
      timer.record(started);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  return timer.measure(`durable commits of ${size} B, ${writers} at once`);
}

async function benchGets(store: KeyValueStore, entryCount: number, durationMs: number) {
  const timer = new Timer(durationMs);
  for (let index = 0; timer.isRunning; index += 1) {
    const started = performance.now();
    await store.get(entryKey((index * 7_919) % entryCount));
    timer.record(started);
  }
  return timer.measure(`point gets, ${entryCount} entries`);
}

async function benchRanges(store: KeyValueStore, entryCount: number, durationMs: number) {
  const timer = new Timer(durationMs);
  const { to } = keysUnder(SPACE, 'bucket');
  const last = entryCount - 1_000;
  for (let index = 0; timer.isRunning; index += 1) {
    const started = performance.now();
    await store.range({ from: entryKey((index * 7_919) % last), to, limit: 1_000 });
    timer.record(started);
  }
  return timer.measure('ranges of 1,000');
}

/** Gets in bursts while 16 writers commit: every commit makes the readers look again. */
async function benchMixed(store: KeyValueStore, entryCount: number, durationMs: number) {
  const timer = new Timer(durationMs);
  const commits = benchCommits(store, { writers: 16, size: 400, entryCount, durationMs });
  for (let index = 0; timer.isRunning;) {
    for (let burst = 0; burst < 16 && timer.isRunning; burst += 1, index += 1) {
      const started = performance.now();
      await store.get(entryKey((index * 7_919) % entryCount));
      timer.record(started);
    }
    await new Promise(setImmediate);
  }
  const committed = await commits;
  return [
    timer.measure('point gets, while 16 writers commit'),
    { ...committed, what: 'those 16 writers, 400 B' },
  ];
}

/** The disk's own limit: one writer who appends and syncs. */
async function benchAppend(path: string, size: number, durationMs: number): Promise<KvMeasure> {
  const descriptor = openSync(path, 'w');
  const bytes = secureBytes(size);
  const timer = new Timer(durationMs / 2);
  while (timer.isRunning) {
    const started = performance.now();
    writeSync(descriptor, bytes);
    fdatasyncSync(descriptor);
    timer.record(started);
  }
  closeSync(descriptor);
  return timer.measure(`bare appends of ${size} B with fdatasync`);
}

/** Counts and times what is done until a moment. */
class Timer {
  readonly #started = performance.now();
  readonly #end: number;
  readonly #times: number[] = [];

  constructor(durationMs: number) {
    this.#end = this.#started + durationMs;
  }

  get isRunning(): boolean {
    return performance.now() < this.#end;
  }

  record(started: number): void {
    this.#times.push(performance.now() - started);
  }

  measure(what: string): KvMeasure {
    const seconds = (performance.now() - this.#started) / 1000;
    const sorted = Float64Array.from(this.#times).sort();
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;
    return { what, perSecond: sorted.length / seconds, p50: at(0.5), p99: at(0.99) };
  }
}

/** The measures as lines of text. */
export function formatKvMeasures(measures: readonly KvMeasure[]): string {
  const lines = measures.map(({ what, perSecond, p50, p99 }) => {
    const rate = Math.round(perSecond).toLocaleString('en').padStart(11);
    return `${what.padEnd(44)}${rate}/s   p50 ${p50.toFixed(3)} ms   p99 ${p99.toFixed(3)} ms`;
  });
  return lines.join('\n');
}

if (import.meta.main) {
  const [entryCount = '100000', durationMs = '2000'] = process.argv.slice(2);
  const options = { entryCount: Number(entryCount), durationMs: Number(durationMs) };
  console.log(formatKvMeasures(await benchKv(options)));
}
