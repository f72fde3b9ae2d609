import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CHECKSUM_ALGORITHMS, type Algorithm } from '../src/objects/digest/algorithms.ts';
import { crcEngine } from '../src/base/crc/crc-engine.ts';
import { digestBody, type DigestResources } from '../src/objects/digest/digest-body.ts';
import { digestOf } from '../src/objects/digest/digest.ts';
import { RingPool } from '../src/objects/digest/ring.ts';
import { WorkerPool } from '../src/objects/digest/worker-pool.ts';

const MiB = 1_048_576;
const ALGORITHMS: readonly Algorithm[] = [...CHECKSUM_ALGORITHMS, 'MD5'];

/** Chunks as a socket gives them. */
const CHUNK_SIZE = 65_536;

/** Rounds are interleaved, and the median of each contender is reported. */
const ROUNDS = 7;

export interface DigestRate {
  readonly name: string;
  /** Bytes a nanosecond. */
  readonly gigabytesPerSecond: number;
  /** Against the MD5 of one core in the same run. */
  readonly ratioToMd5: number;
}

export interface BodyTime {
  readonly size: number;
  /** `discard` only reads the chunks; `file` writes and syncs them. */
  readonly sink: 'discard' | 'file';
  readonly algorithms: readonly Algorithm[];
  readonly bodiesAtOnce: number;
  readonly inlineMs: number;
  readonly offLoopMs: number;
  /** Above 1 when workers win. */
  readonly speedUp: number;
  /** Share of the time in which the event loop was busy. */
  readonly loopBusyInline: number;
  readonly loopBusyOffLoop: number;
}

export interface DigestBench {
  readonly rates: readonly DigestRate[];
  readonly bodies: readonly BodyTime[];
}

/** How fast digests are, and when hashing off the event loop pays. */
export async function benchDigest(): Promise<DigestBench> {
  return { rates: measureRates(), bodies: await measureBodies() };
}

function measureRates(): DigestRate[] {
  const bytes = patterned(MiB);
  const contenders: [string, (part: Uint8Array) => unknown][] = ALGORITHMS.map((name) => [
    name,
    (part) => digestOf(name, part),
  ]);
  contenders.push([
    'CRC32 (engine)',
    (part) => crcEngine('CRC32').update({ high: 0, low: 0 }, part),
  ]);
  contenders.push(['CRC32 (zlib)', (part) => crc32(part)]);
  const times = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [name, run] of contenders) {
      for (const size of [MiB, CHUNK_SIZE, 4096]) {
        const part = bytes.subarray(0, size);
        const count = (16 * MiB) / size / (size === 4096 ? 4 : 1);
        const start = process.hrtime.bigint();
        for (let turn = 0; turn < count; turn += 1) run(part);
        const perByte = Number(process.hrtime.bigint() - start) / (count * size);
        // The first round warms up.
        const label = `${name}, ${size / 1024} KiB`;
        if (round > 0) times.set(label, [...(times.get(label) ?? []), perByte]);
      }
    }
  }
  const md5 = median(times.get('MD5, 1024 KiB') ?? []);
  return [...times].map(([name, values]) => ({
    name,
    gigabytesPerSecond: 1 / median(values),
    ratioToMd5: md5 / median(values),
  }));
}

async function measureBodies(): Promise<BodyTime[]> {
  const workers = new WorkerPool();
  const offLoop: DigestResources = { rings: new RingPool(), workers };
  const inline: DigestResources = { rings: new RingPool(0), workers };
  const folder = await mkdtemp(join(tmpdir(), 'coffer-bench-'));
  const rows: BodyTime[] = [];
  const s3Default: readonly Algorithm[] = ['MD5', 'CRC64NVME'];
  try {
    for (const [size, sink, algorithms, bodiesAtOnce] of [
      [MiB + 1, 'discard', s3Default, 1],
      [2 * MiB, 'discard', s3Default, 1],
      [4 * MiB, 'discard', s3Default, 1],
      [2 * MiB, 'file', s3Default, 1],
      [4 * MiB, 'file', s3Default, 1],
      [8 * MiB, 'file', s3Default, 1],
      [64 * MiB, 'discard', ['MD5'], 1],
      [64 * MiB, 'file', ['MD5'], 1],
      [64 * MiB, 'file', s3Default, 1],
      [64 * MiB, 'file', ['MD5', 'SHA256'], 1],
      [64 * MiB, 'discard', s3Default, 4],
      [64 * MiB, 'file', s3Default, 4],
    ] as const) {
      const runs: { inline: Timing[]; offLoop: Timing[] } = { inline: [], offLoop: [] };
      const rounds = size * bodiesAtOnce > 64 * MiB ? 3 : ROUNDS;
      for (let round = 0; round <= rounds; round += 1) {
        for (const way of ['inline', 'offLoop'] as const) {
          const resources = way === 'inline' ? inline : offLoop;
          const plan = { size, sink, algorithms, bodiesAtOnce, folder, resources };
          const timing = await timeBodies(plan);
          if (round > 0) runs[way].push(timing);
        }
      }
      const inlineMs = median(runs.inline.map((run) => run.ms));
      const offLoopMs = median(runs.offLoop.map((run) => run.ms));
      rows.push({
        size,
        sink,
        algorithms,
        bodiesAtOnce,
        inlineMs,
        offLoopMs,
        speedUp: inlineMs / offLoopMs,
        loopBusyInline: median(runs.inline.map((run) => run.loopBusy)),
        loopBusyOffLoop: median(runs.offLoop.map((run) => run.loopBusy)),
      });
    }
  } finally {
    await workers.close();
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

interface Timing {
  readonly ms: number;
  readonly loopBusy: number;
}

interface Plan {
  readonly size: number;
  readonly sink: 'discard' | 'file';
  readonly algorithms: readonly Algorithm[];
  readonly bodiesAtOnce: number;
  readonly folder: string;
  readonly resources: DigestResources;
}

async function timeBodies(plan: Plan): Promise<Timing> {
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  const bodies = Array.from({ length: plan.bodiesAtOnce }, async (_, index) => {
    const { algorithms, size, resources } = plan;
    const body = digestBody(socketLike(size), algorithms, size, resources);
    if (plan.sink === 'discard') {
      for await (const _ of body.chunks);
    } else {
      await writeFile(join(plan.folder, `${index}`), body.chunks);
    }
    await body.results();
  });
  await Promise.all(bodies);
  const ms = performance.now() - start;
  return { ms, loopBusy: performance.eventLoopUtilization(before).utilization };
}

/** Gathers chunks to 1 MiB before it writes, as a store does, then syncs. */
async function writeFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  const gathered = new Uint8Array(MiB);
  let used = 0;
  for await (const chunk of chunks) {
    if (chunk.byteLength === MiB) {
      await file.write(chunk);
      continue;
    }
    if (used + chunk.byteLength > MiB) {
      await file.write(gathered, 0, used);
      used = 0;
    }
    gathered.set(chunk, used);
    used += chunk.byteLength;
  }
  if (used > 0) await file.write(gathered, 0, used);
  await file.datasync();
  await file.close();
}

const chunkPool = patterned(16 * CHUNK_SIZE);

/** A body in socket-sized chunks, a turn of the event loop apart as they are from a socket. */
async function* socketLike(size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < size; at += CHUNK_SIZE) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const start = at % chunkPool.byteLength;
    yield chunkPool.subarray(start, start + Math.min(CHUNK_SIZE, size - at));
  }
}

function patterned(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * index * 31 + index) >> 3);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (process.argv[1] === import.meta.filename) {
  const { rates, bodies } = await benchDigest();
  const round = (value: number): number => Number(value.toPrecision(3));
  console.table(
    rates.map(({ name, gigabytesPerSecond, ratioToMd5 }) => ({
      digest: name,
      'GB/s': round(gigabytesPerSecond),
      'against MD5': round(ratioToMd5),
    })),
  );
  console.table(
    bodies.map((row) => ({
      body: `${row.bodiesAtOnce} x ${round(row.size / MiB)} MiB`,
      sink: row.sink,
      algorithms: row.algorithms.join(' '),
      'inline ms': round(row.inlineMs),
      'off loop ms': round(row.offLoopMs),
      'speed-up': round(row.speedUp),
      'loop busy inline': round(row.loopBusyInline),
      'loop busy off loop': round(row.loopBusyOffLoop),
    })),
  );
}
