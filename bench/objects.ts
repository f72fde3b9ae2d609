/** Measures the object store on the embedded engines, without HTTP above it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/base/clock.ts';
import { bodyOf } from '../src/base/http.ts';
import { secureBytes } from '../src/base/random.ts';
import { openFileBlobStore } from '../src/blob/files/store.ts';
import { openEmbeddedStore } from '../src/kv/embedded/embedded-store.ts';
import type { KeyValueStore } from '../src/kv/key-value-store.ts';
import { objectKey } from '../src/objects/keys.ts';
import type { Bucket } from '../src/objects/model.ts';
import { openObjectStore } from '../src/objects/open-object-store.ts';
import { encodeVersion, inlineBody } from '../src/objects/records.ts';
import type { ListObjects, NewObject, ObjectStore } from '../src/objects/store.ts';

/** One measured line. */
export interface ObjectsMeasure {
  readonly what: string;
  readonly perSecond: number;
  /** Milliseconds of CPU of the whole process, for each. */
  readonly cpuMs: number;
}

export interface ObjectsBenchOptions {
  /** Where the stores are made; the disk that it measures. */
  readonly folder?: string;
  /** Keys of the small bucket and of the large one. */
  readonly keyCounts?: readonly number[];
  /** Milliseconds of each measure. */
  readonly durationMs?: number;
}

const OWNER = '111122223333';
const FOLDERS = 100;
const PAGE = 1000;
const SMALL_SIZE = 4096;
const LOAD_BATCH = 5000;
const WRITERS = [1, 64] as const;

const NEW_OBJECT: NewObject = {
  owner: OWNER,
  storageClass: 'STANDARD',
  metadata: {
    contentType: 'application/octet-stream',
    cacheControl: undefined,
    contentDisposition: undefined,
    contentEncoding: undefined,
    contentLanguage: undefined,
    expires: undefined,
    websiteRedirectLocation: undefined,
    user: { mtime: '1767225600.123' },
  },
  acl: undefined,
  tags: undefined,
};

export async function benchObjects(options: ObjectsBenchOptions = {}): Promise<ObjectsMeasure[]> {
  const { keyCounts = [10_000, 1_000_000], durationMs = 2_000 } = options;
  const folder = mkdtempSync(join(options.folder ?? tmpdir(), 'coffer-bench-objects-'));
  const measures: ObjectsMeasure[] = [];
  try {
    mkdirSync(join(folder, 'kv'));
    await using kv = await openEmbeddedStore(join(folder, 'kv'));
    await using blobs = await openFileBlobStore(join(folder, 'blobs'), { writer: 'bench-0' });
    const store = await openObjectStore({ kv, blobs, clock: systemClock });
    for (const keyCount of keyCounts) {
      const bucket = await makeBucket(store, `keys-${keyCount}`);
      await fill(kv, bucket, keyCount, 0);
      measures.push(...(await benchListings(store, bucket, keyCount, durationMs)));
    }
    const inline = await makeBucket(store, 'inline');
    await fill(kv, inline, 10_000, SMALL_SIZE);
    const what = `list of ${PAGE} of 10000 keys with ${SMALL_SIZE} bytes each`;
    measures.push(await benchPages(store, inline, what, durationMs));
    measures.push(...(await benchSmall(store, await makeBucket(store, 'small'), durationMs)));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return measures;
}

function makeBucket(store: ObjectStore, name: string): Promise<Bucket> {
  return store.createBucket({
    name,
    owner: OWNER,
    region: 'us-east-1',
    acl: { owner: OWNER, grants: [] },
    ownership: 'BucketOwnerEnforced',
    objectLock: false,
  });
}

const keyOf = (index: number, keyCount: number) =>
  `folder-${String(Math.floor((index * FOLDERS) / keyCount)).padStart(3, '0')}/` +
  `photo-${String(index).padStart(9, '0')}.jpg`;

/** Writes records as the store does, many in a commit, since a million puts would take minutes. */
async function fill(kv: KeyValueStore, bucket: Bucket, keyCount: number, size: number) {
  const bytes = secureBytes(size);
  const record = encodeVersion({
    kind: 'object',
    ...NEW_OBJECT,
    id: undefined,
    stamp: Date.UTC(2026, 0, 1) * 1024,
    size,
    etag: 'd41d8cd98f00b204e9800998ecf8427e',
    checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT', value: 'AAAAAAAAAAA=' },
    body: inlineBody(bytes),
  });
  const batch = Math.max(1, Math.floor(LOAD_BATCH / (1 + size / 200)));
  for (let start = 0; start < keyCount; start += batch) {
    const count = Math.min(batch, keyCount - start);
    const writes = Array.from({ length: count }, (_, offset) => ({
      kind: 'set' as const,
      key: objectKey(bucket.id, keyOf(start + offset, keyCount)),
      value: record,
    }));
    await kv.commit({ writes });
  }
}

async function benchListings(
  store: ObjectStore,
  bucket: Bucket,
  keyCount: number,
  durationMs: number,
): Promise<ObjectsMeasure[]> {
  const request: ListObjects = { prefix: '', delimiter: '/', after: '', limit: PAGE };
  const folders = async () => {
    const { commonPrefixes } = await store.list(bucket, request);
    if (commonPrefixes.length !== FOLDERS) throw new Error('The listing lacks folders');
  };
  const what = `list of ${FOLDERS} folders over ${keyCount} keys`;
  return [
    await benchPages(store, bucket, `list of ${PAGE} of ${keyCount} keys`, durationMs),
    await measure(what, durationMs, 1, folders),
  ];
}

function benchPages(store: ObjectStore, bucket: Bucket, what: string, durationMs: number) {
  let after = '';
  return measure(what, durationMs, 1, async () => {
    const page = await store.list(bucket, { prefix: '', delimiter: '', after, limit: PAGE });
    after = page.truncated ? (page.last ?? '') : '';
  });
}

async function benchSmall(
  store: ObjectStore,
  bucket: Bucket,
  durationMs: number,
): Promise<ObjectsMeasure[]> {
  const bytes = secureBytes(SMALL_SIZE);
  const integrity = { checksumAlgorithm: undefined, expected: () => new Map(), size: SMALL_SIZE };
  const put = (key: string) =>
    store.put(bucket, key, bodyOf(bytes), { ...NEW_OBJECT, integrity, conditions: {} });
  const measures: ObjectsMeasure[] = [];
  let next = 0;
  for (const writers of WRITERS) {
    const what = `put of ${SMALL_SIZE} bytes, ${writers} at once`;
    measures.push(
      await measure(what, durationMs, writers, async () => {
        await put(`key-${(next += 1)}`);
      }),
    );
  }
  const into = new Uint8Array(SMALL_SIZE);
  measures.push(
    await measure(`get of ${SMALL_SIZE} bytes`, durationMs, 1, async () => {
      const found = await store.find(bucket, `key-${1 + Math.floor(Math.random() * next)}`);
      if (found?.kind !== 'object') throw new Error('The object is missing');
      const source = await store.open(found, 0, found.size);
      await source.read(into);
      source.close();
    }),
  );
  return measures;
}

async function measure(
  what: string,
  durationMs: number,
  parallel: number,
  run: () => Promise<void>,
): Promise<ObjectsMeasure> {
  for (let warm = 0; warm < 20; warm += 1) await run();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let count = 0;
  const loop = async () => {
    while (performance.now() - start < durationMs) {
      await run();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: parallel }, loop));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { what, perSecond: count / seconds, cpuMs: (user + system) / 1000 / count };
}

if (import.meta.main) {
  for (const { what, perSecond, cpuMs } of await benchObjects()) {
    const rate = perSecond.toFixed(0).padStart(8);
    process.stdout.write(`${what.padEnd(52)} ${rate}/s ${cpuMs.toFixed(3).padStart(8)} ms CPU\n`);
  }
}
