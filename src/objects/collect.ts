import type { Entry } from '../kv/key-value-store.ts';
import { Change } from './change.ts';
import { moveBlobs } from './compact.ts';
import type { Core } from './core.ts';
import {
  decodeGarbage,
  decodePartKey,
  dropUploadsPlans,
  garbageUntil,
  lastText,
  partChangesKey,
  partsAfter,
  referencesTo,
  textsAfter,
  uploadsOfBucket,
  type Garbage,
} from './keys.ts';
import { ROWS_PER_READ } from './limits.ts';
import { OrphanSearch } from './orphans.ts';
import { decodePart } from './records.ts';

/**
 * Reclaims bytes, a bounded amount of work a call. Nothing guards it against writers: a reference
 * can only be added by copying a record that refers already, so bytes without any reference never
 * get one again. Every step can be repeated; whatever queues the next step commits with the last.
 */
export class Collector {
  readonly #core: Core;
  readonly #orphans: OrphanSearch;

  constructor(core: Core) {
    this.#core = core;
    this.#orphans = new OrphanSearch(core);
  }

  /** How many records it dealt with: call again until that is none. */
  async collect(): Promise<number> {
    return (
      (await dropUploads(this.#core)) +
      (await this.#orphans.search()) +
      (await collectGarbage(this.#core)) +
      (await moveBlobs(this.#core))
    );
  }
}

/** Resumes the plans that drop the uploads of deleted buckets. */
async function dropUploads({ kv, clock }: Core): Promise<number> {
  const plans = await kv.range({ ...dropUploadsPlans(), limit: 1 });
  const plan = plans[0];
  if (plan === undefined) return 0;
  const bucketId = lastText(plan.key, 2);
  const range = uploadsOfBucket(bucketId);
  const entries = await kv.range({ ...range, limit: ROWS_PER_READ });
  const change = new Change(bucketId, clock.nowMs());
  for (const { key, version } of entries) {
    change.check(key, version);
    change.delete(key);
    change.addGarbage('group', textsAfter(key, range.from.byteLength, 1)[1] ?? '');
  }
  if (entries.length < ROWS_PER_READ) change.delete(plan.key);
  const { committed } = await change.commit(kv);
  return committed ? entries.length + 1 : 0;
}

async function collectGarbage(core: Core): Promise<number> {
  const { kv, clock, garbageGraceMs } = core;
  const range = garbageUntil(clock.nowMs() - garbageGraceMs);
  const entries = await kv.range({ ...range, limit: ROWS_PER_READ });
  const done: Entry[] = [];
  for (const entry of entries) {
    const garbage = decodeGarbage(entry.key);
    const references = await kv.range({ ...referencesTo(garbage.kind, garbage.id), limit: 1 });
    if (references.length === 0) await reclaim(core, garbage);
    done.push(entry);
  }
  if (done.length === 0) return 0;
  // The same bytes may have lost another reference within the same millisecond: that row stays.
  const { committed } = await kv.commit({
    checks: done.map(({ key, version }) => ({ key, version })),
    writes: done.map(({ key }) => ({ kind: 'delete', key })),
  });
  return committed ? done.length : 0;
}

async function reclaim(core: Core, garbage: Garbage): Promise<void> {
  if (garbage.kind === 'blob') await core.blobs.delete(garbage.id);
  else await reclaimGroup(core, garbage);
}

/** Part rows go together with their references; their blobs are garbage as old as the group. */
async function reclaimGroup({ kv }: Core, { id, atMs }: Garbage): Promise<void> {
  for (;;) {
    const entries = await kv.range({ ...partsAfter(id, 0), limit: ROWS_PER_READ });
    const change = new Change('', atMs);
    for (const entry of entries) {
      change.delete(entry.key);
      change.dropPart(id, decodePartKey(entry.key).partNumber, decodePart(entry.value));
    }
    change.delete(partChangesKey(id));
    await change.commit(kv);
    if (entries.length < ROWS_PER_READ) return;
  }
}
