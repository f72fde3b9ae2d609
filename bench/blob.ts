import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { secureBytes } from '../src/base/random.ts';
import type { BlobStore } from '../src/blob/blob-store.ts';
import type { Limits } from '../src/blob/files/limits.ts';
import { openFileBlobStore } from '../src/blob/files/store.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const LARGE_SIZE = 64 * MIB;
/** Each figure is the best of interleaved rounds, which is what the machine's other users leave. */
const ROUNDS = 3;
const SMALL_ROUND_MS = 400;

export interface BlobResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Share of the bare limit that was measured in the same run. */
  readonly ratio?: number;
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

function seconds(): number {
  return performance.now() / 1000;
}

/** Operations a second of `writers` loops of `work`. */
async function rateOf(writers: number, work: () => Promise<void>): Promise<number> {
  const start = seconds();
  const end = start + SMALL_ROUND_MS / 1000;
  let count = 0;
  const loop = async (): Promise<void> => {
    while (seconds() < end) {
      await work();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, loop));
  return count / (seconds() - start);
}

/** What the disk gives a loop that does nothing but append one group at once and sync it. */
function bareGroups(folder: string, size: number, writers: number): () => Promise<number> {
  return async () => {
    const path = join(folder, 'bare');
    const file = await open(path, 'w');
    const group = secureBytes(size * writers);
    const start = seconds();
    let count = 0;
    while (seconds() - start < SMALL_ROUND_MS / 1000) {
      const position = count * size;
      await new Promise((resolve) => {
        fs.write(file.fd, group, 0, group.byteLength, position, resolve);
      });
      await new Promise((resolve) => fs.fdatasync(file.fd, resolve));
      count += writers;
    }
    const rate = count / (seconds() - start);
    await file.close();
    await rm(path);
    return rate;
  };
}

async function bestOf(...measures: (() => Promise<number>)[]): Promise<number[]> {
  const best = measures.map(() => 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, measure] of measures.entries()) {
      best[index] = Math.max(best[index] ?? 0, await measure());
    }
  }
  return best;
}

async function smallWrites(store: BlobStore, folder: string): Promise<BlobResult[]> {
  const results: BlobResult[] = [];
  for (const size of [4 * KIB, 32 * KIB, 128 * KIB]) {
    const bytes = secureBytes(size);
    for (const writers of [1, 16, 64]) {
      const write = async (): Promise<void> => {
        await store.write(inChunks(bytes, 64 * KIB), size);
      };
      const measures = [() => rateOf(writers, write), bareGroups(folder, size, writers)];
      const [value = 0, bare = 1] = await bestOf(...measures);
      const name = `durable writes of ${size / KIB} KiB, ${writers} at once`;
      results.push({ name, value, unit: '/s', ratio: value / bare });
    }
  }
  return results;
}

async function smallReads(store: BlobStore): Promise<BlobResult[]> {
  const results: BlobResult[] = [];
  const into = Buffer.allocUnsafeSlow(MIB);
  for (const size of [4 * KIB, 32 * KIB, 128 * KIB, 512 * KIB]) {
    const { id } = await store.write(inChunks(secureBytes(size), 64 * KIB), size);
    const read = async (): Promise<void> => {
      const source = await store.read(id, 0, size);
      for (let left = size; left > 0;) left -= await source.read(into);
      source.close();
    };
    const [value = 0] = await bestOf(() => rateOf(1, read));
    results.push({ name: `reads of ${size / KIB} KiB, one after the other`, value, unit: '/s' });
  }
  return results;
}

async function bareWrite(folder: string, bytes: Uint8Array, chunkSize: number): Promise<number> {
  const path = join(folder, 'bare');
  const start = seconds();
  const file = await open(path, 'w');
  for (let at = 0; at < bytes.byteLength; at += chunkSize) {
    const chunk = bytes.subarray(at, at + chunkSize);
    await new Promise((resolve) => fs.write(file.fd, chunk, 0, chunk.byteLength, at, resolve));
  }
  await new Promise((resolve) => fs.fdatasync(file.fd, resolve));
  const rate = bytes.byteLength / (seconds() - start) / 1e9;
  await file.close();
  await rm(path);
  return rate;
}

async function bareRead(path: string): Promise<number> {
  const buffers = [Buffer.allocUnsafeSlow(MIB), Buffer.allocUnsafeSlow(MIB)];
  const file = await open(path, 'r');
  const start = seconds();
  for (let at = 0; at < LARGE_SIZE; at += MIB) {
    const into = buffers[(at / MIB) % 2]!;
    await new Promise((resolve) => fs.read(file.fd, into, 0, MIB, at, resolve));
  }
  const rate = LARGE_SIZE / (seconds() - start) / 1e9;
  await file.close();
  return rate;
}

async function largeWrites(store: BlobStore, folder: string): Promise<BlobResult[]> {
  const bytes = secureBytes(LARGE_SIZE);
  const results: BlobResult[] = [];
  for (const chunkSize of [64 * KIB, MIB]) {
    const write = async (): Promise<number> => {
      const start = seconds();
      const { id } = await store.write(inChunks(bytes, chunkSize), bytes.byteLength);
      const rate = bytes.byteLength / (seconds() - start) / 1e9;
      await store.delete(id);
      return rate;
    };
    const [value = 0, bare = 1] = await bestOf(write, () => bareWrite(folder, bytes, chunkSize));
    const name = `durable write of 64 MiB in chunks of ${chunkSize / KIB} KiB`;
    results.push({ name, value, unit: 'GB/s', ratio: value / bare });
  }
  return results;
}

async function largeReads(store: BlobStore, folder: string): Promise<BlobResult[]> {
  const bytes = secureBytes(LARGE_SIZE);
  const { id } = await store.write(inChunks(bytes, MIB), bytes.byteLength);
  const path = join(folder, 'bare');
  fs.writeFileSync(path, bytes);
  const buffers = [Buffer.allocUnsafeSlow(MIB), Buffer.allocUnsafeSlow(MIB)];
  const read = async (): Promise<number> => {
    const start = seconds();
    const source = await store.read(id, 0, LARGE_SIZE);
    for (let left = LARGE_SIZE, turn = 0; left > 0; turn += 1) {
      left -= await source.read(buffers[turn % 2]!);
    }
    source.close();
    return LARGE_SIZE / (seconds() - start) / 1e9;
  };
  const [value = 0, bare = 1] = await bestOf(read, () => bareRead(path));
  await rm(path);
  await store.delete(id);
  const name = 'read of 64 MiB, verified, against unverified';
  return [{ name, value, unit: 'GB/s', ratio: value / bare }];
}

/** Measures the file engine for blobs against bare loops over the same disk. Under a minute. */
export async function benchBlob(limits: Partial<Limits> = {}): Promise<readonly BlobResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-blob-'));
  const boot = createHash('sha1').update(folder).digest('hex').slice(0, 8);
  const store = await openFileBlobStore(join(folder, 'blobs'), { writer: `${boot}-0`, limits });
  try {
    return [
      ...(await largeWrites(store, folder)),
      ...(await largeReads(store, folder)),
      ...(await smallReads(store)),
      ...(await smallWrites(store, folder)),
    ];
  } finally {
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

/** The results as lines of text. */
export function formatBlobResults(results: readonly BlobResult[]): string {
  const lines = results.map(({ name, value, unit, ratio }) => {
    const figure = value >= 100 ? value.toFixed(0) : value.toFixed(2);
    const share = ratio === undefined ? '' : `${ratio.toFixed(2)} of bare`;
    return `${name.padEnd(52)} ${figure.padStart(8)} ${unit.padEnd(5)} ${share}`.trimEnd();
  });
  return lines.join('\n');
}

if (import.meta.main) console.log(formatBlobResults(await benchBlob()));
