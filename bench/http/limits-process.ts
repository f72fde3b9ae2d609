import { createHash } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { secureBytes } from '../../src/base/random.ts';
import { encodeKey } from '../../src/kv/key.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../../src/kv/embedded/embedded-store.ts';

/** What the machine and the store give without a server, measured in a process of its own. */
export type LimitOrder =
  | { readonly kind: 'commits'; readonly writers: number; readonly size: number; ms: number }
  | { readonly kind: 'appends'; readonly group: number; readonly size: number; ms: number }
  | { readonly kind: 'files'; readonly size: number; ms: number }
  | { readonly kind: 'md5'; ms: number };

export interface LimitReport {
  /** Commits, appended pieces or bytes. */
  readonly perSecond: number;
}

const SPACE = 5;
const PIECE_SIZE = 1024 * 1024;
const folder = process.argv[2] ?? '.';
let store: EmbeddedStore | undefined;
let commits = 0;

/** Durable commits of one new value each, by writers that wait for theirs. */
async function measureCommits(writers: number, size: number, ms: number): Promise<number> {
  const kv = (store ??= await openEmbeddedStore(join(folder, 'limit-store')));
  const value = secureBytes(size);
  const startedAt = performance.now();
  let count = 0;
  const write = async () => {
    while (performance.now() - startedAt < ms) {
      commits += 1;
      const key = encodeKey(SPACE, 'bucket', `o/${String(commits).padStart(7, '0')}`);
      await kv.commit({ writes: [{ kind: 'set', key, value }] });
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: writers }, write));
  return (count / (performance.now() - startedAt)) * 1000;
}

/** Pieces appended to a file by one writer that syncs after each group. */
function measureAppends(group: number, size: number, ms: number): number {
  const descriptor = openSync(join(folder, 'appends'), 'w');
  const bytes = secureBytes(size * group);
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < ms) {
    writeSync(descriptor, bytes);
    fdatasyncSync(descriptor);
    count += group;
  }
  closeSync(descriptor);
  return (count / (performance.now() - startedAt)) * 1000;
}

/** Bytes of files that are written and synced one after the other. */
function measureFiles(size: number, ms: number): number {
  const piece = secureBytes(PIECE_SIZE);
  const startedAt = performance.now();
  let bytes = 0;
  while (performance.now() - startedAt < ms) {
    const path = join(folder, 'limit-file');
    const descriptor = openSync(path, 'w');
    for (let at = 0; at < size; at += piece.byteLength) bytes += writeSync(descriptor, piece);
    fdatasyncSync(descriptor);
    closeSync(descriptor);
    unlinkSync(path);
  }
  return (bytes / (performance.now() - startedAt)) * 1000;
}

function measureMd5(ms: number): number {
  const piece = secureBytes(PIECE_SIZE);
  const hash = createHash('md5');
  const startedAt = performance.now();
  let bytes = 0;
  while (performance.now() - startedAt < ms) {
    hash.update(piece);
    bytes += piece.byteLength;
  }
  return (bytes / (performance.now() - startedAt)) * 1000;
}

async function measure(order: LimitOrder): Promise<number> {
  switch (order.kind) {
    case 'commits':
      return measureCommits(order.writers, order.size, order.ms);
    case 'appends':
      return measureAppends(order.group, order.size, order.ms);
    case 'files':
      return measureFiles(order.size, order.ms);
    case 'md5':
      return measureMd5(order.ms);
  }
}

process.on('message', (order: LimitOrder) => {
  void measure(order).then((perSecond) => process.send?.({ perSecond } satisfies LimitReport));
});
