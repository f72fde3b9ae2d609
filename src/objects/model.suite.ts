import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { ManualClock } from '../base/clock.ts';
import { bodyOf } from '../base/http.ts';
import type { BlobStore } from '../blob/blob-store.ts';
import { StoreFailedError, StoreFullError } from '../kv/errors.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { ObjectsError } from './error.ts';
import { openObjectStore } from './open-object-store.ts';
import type { Bucket } from './model.ts';
import type { ObjectStore } from './store.ts';
import { faultyBlobs, faultyStore, InjectedError, type Fault } from './testing/faulty.ts';
import {
  NEW_OBJECT,
  NEW_UPLOAD,
  newBucket,
  NO_INTEGRITY,
  OWNER,
  pattern,
  putRequest,
  readAll,
  START_MS,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

/** Two engines that may be opened again and again, as after restarts. */
export interface Engines extends AsyncDisposable {
  open(): Promise<{ readonly kv: KeyValueStore; readonly blobs: BlobStore }>;
}

const KEYS = ['a', 'b', 'c/1', 'c/2'];
const key = fc.constantFrom(...KEYS);
/** In the record, beside it, and large enough for a blob. */
const size = fc.constantFrom(0, 10, 5_000, 20_000);

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly size: number }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'copy'; readonly from: string; readonly key: string }
  | { readonly kind: 'upload'; readonly key: string; readonly end: 'complete' | 'abort' | 'leave' }
  | { readonly kind: 'tag'; readonly key: string }
  | { readonly kind: 'collect' }
  | { readonly kind: 'reopen' };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), key, size }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('copy' as const), from: key, key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('upload' as const),
      key,
      end: fc.constantFrom(
        'complete' as const,
        'complete' as const,
        'abort' as const,
        'leave' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tag' as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('collect' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const) }) },
);

const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 9, arbitrary: fc.constant('none' as const) },
  { weight: 1, arbitrary: fc.constantFrom('full' as const, 'lost' as const, 'unheard' as const) },
);

/** Each key's possible contents: two after a write of which nobody knows whether it took place. */
type Truth = Map<string, ReadonlySet<string>>;
const ABSENT = 'absent';

class Run {
  readonly truth: Truth = new Map(KEYS.map((name) => [name, new Set([ABSENT])]));
  readonly #engines: Engines;
  readonly #clock = new ManualClock(START_MS);
  #faults: Fault[];
  #kv!: KeyValueStore;
  #blobs!: BlobStore;
  #bucket!: Bucket;
  store!: ObjectStore;
  #seed = 0;

  constructor(engines: Engines, faults: readonly Fault[]) {
    this.#engines = engines;
    this.#faults = [...faults];
  }

  async open(): Promise<void> {
    const next = (): Fault => this.#faults.shift() ?? 'none';
    const { kv, blobs } = await this.#engines.open();
    this.#kv = kv;
    this.#blobs = blobs;
    this.store = await openObjectStore({
      kv: faultyStore(kv, next),
      blobs: faultyBlobs(blobs, next),
      clock: this.#clock,
    });
    const bucket = await this.store.findBucket('photos');
    if (bucket !== undefined) this.#bucket = bucket;
  }

  async begin(): Promise<void> {
    const { kv, blobs } = await this.#engines.open();
    const plain = await openObjectStore({ kv, blobs, clock: this.#clock });
    this.#bucket = await plain.createBucket(newBucket('photos'));
    await this.open();
  }

  async step(step: Step): Promise<void> {
    this.#clock.advance(60_000);
    try {
      await this.#do(step);
    } catch (error) {
      const isExpected =
        error instanceof InjectedError ||
        error instanceof StoreFullError ||
        error instanceof StoreFailedError ||
        error instanceof ObjectsError;
      if (!isExpected) throw error;
    }
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'put':
        return this.#put(step.key, step.size);
      case 'delete':
        return this.#write(step.key, ABSENT, () =>
          this.store.delete(this.#bucket, step.key, { owner: OWNER, conditions: {} }),
        );
      case 'copy':
        return this.#copy(step.from, step.key);
      case 'upload':
        return this.#upload(step.key, step.end);
      case 'tag': {
        const found = await this.store.find(this.#bucket, step.key);
        if (found?.kind !== 'object') return;
        await this.store.updateVersion(found, { tags: [{ key: 'a', value: 'b' }] });
        return;
      }
      case 'collect':
        this.#clock.advance(600_000);
        await this.store.collect();
        return;
      case 'reopen':
        return this.open();
    }
  }

  async #put(name: string, bytes: number): Promise<void> {
    const content = this.#content(bytes);
    await this.#write(name, text(content), () =>
      this.store.put(this.#bucket, name, bodyOf(content), putRequest()),
    );
  }

  async #copy(from: string, to: string): Promise<void> {
    const source = await this.store.find(this.#bucket, from);
    if (source?.kind !== 'object') return;
    const content = text(await readAll(await this.store.open(source, 0, source.size)));
    const request = { ...NEW_OBJECT, conditions: {}, checksumAlgorithm: undefined };
    await this.#write(to, content, () => this.store.copy(source, this.#bucket, to, request));
  }

  async #upload(name: string, end: 'complete' | 'abort' | 'leave'): Promise<void> {
    const upload = await this.store.createUpload(this.#bucket, name, NEW_UPLOAD);
    const content = this.#content(30_000);
    await this.store.putPart(upload, 2, bodyOf(this.#content(20_000)), NO_INTEGRITY);
    await this.store.putPart(upload, 1, bodyOf(this.#content(25_000)), NO_INTEGRITY);
    const { etag } = await this.store.putPart(upload, 1, bodyOf(content), NO_INTEGRITY);
    if (end === 'abort') await this.store.abortUpload(upload);
    if (end !== 'complete') return;
    await this.#write(name, text(content), () =>
      this.store.completeUpload(upload, {
        parts: [{ partNumber: 1, etag, checksum: undefined }],
        conditions: {},
        checksum: undefined,
        checksumType: undefined,
        size: undefined,
      }),
    );
  }

  async #write(name: string, content: string, run: () => Promise<unknown>): Promise<void> {
    const before = this.truth.get(name) ?? new Set();
    try {
      await run();
    } catch (error) {
      // Only a failed store leaves open whether the write took place.
      if (error instanceof StoreFailedError) this.truth.set(name, new Set([...before, content]));
      throw error;
    }
    this.truth.set(name, new Set([content]));
  }

  #content(bytes: number): Buffer {
    this.#seed += 1;
    return pattern(bytes, this.#seed);
  }

  /** Every key holds one of its possible contents; from now on, exactly that. */
  async check(): Promise<void> {
    for (const [name, possible] of this.truth) {
      const found = await this.store.find(this.#bucket, name);
      const content =
        found?.kind === 'object'
          ? text(await readAll(await this.store.open(found, 0, found.size)))
          : ABSENT;
      assert.ok(possible.has(content), `${name} holds what nobody wrote`);
      this.truth.set(name, new Set([content]));
    }
  }

  /** Without faults, after a restart, the collector leaves a sound store and no byte too many. */
  async settle(): Promise<void> {
    this.#faults = [];
    await this.open();
    for (let round = 0; round < 3; round += 1) {
      while ((await this.store.collect()) > 0);
      this.#clock.advance(600_000);
    }
    assert.deepEqual(await verifyStore(this.#kv, this.#blobs), []);
    await this.check();
    for (const name of KEYS) {
      await this.store.delete(this.#bucket, name, { owner: OWNER, conditions: {} });
    }
    await this.store.deleteBucket('photos');
    for (let round = 0; round < 3; round += 1) {
      while ((await this.store.collect()) > 0);
      this.#clock.advance(600_000);
    }
    await this.open();
    assert.deepEqual(await this.#blobs.list(undefined, 10), []);
  }
}

function text(content: Buffer): string {
  return content.toString('latin1');
}

/** Holds a store on these engines against an in-memory truth; `make` gives empty ones. */
export function modelSuite(name: string, make: () => Promise<Engines>, numRuns: number): void {
  it(`${name}: any steps, faults and restarts: nothing lost, nothing leaked, all counted`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { maxLength: 40 }),
        fc.array(anyFault, { maxLength: 120 }),
        async (steps, faults) => {
          await using engines = await make();
          const run = new Run(engines, faults);
          await run.begin();
          for (const step of steps) {
            await run.step(step);
            await run.check();
          }
          await run.settle();
        },
      ),
      { numRuns },
    );
  });
}
