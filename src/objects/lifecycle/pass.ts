import { fromUtf8, utf8 } from '../../base/bytes.ts';
import { encodeKey } from '../../kv/key.ts';
import { SPACE } from '../../kv/spaces.ts';
import { decodeBucket } from '../bucket-record.ts';
import type { Core } from '../core.ts';
import { after, bucketKey, keysUnder, lastText } from '../keys.ts';
import { ROWS_PER_READ } from '../limits.ts';
import { listVersions } from '../list-versions.ts';
import type { Bucket } from '../model.ts';
import type { ListedVersion } from '../store.ts';
import { abortUpload, listUploads } from '../uploads.ts';
import { actOn, type Candidate } from './act.ts';
import type { Lifecycle } from './configuration.ts';
import { abortsUpload, actionOn, prefixesOf, withoutTags, type LifecycleTime } from './rules.ts';

/** Rows looked at in a step: bounds memory, and how long a step keeps the thread. */
const ROWS_PER_STEP = 500;
/** Changes under way at once, which share a sync of the disk. */
const CHANGES_AT_ONCE = 16;

/** Where a pass is; kept in the store after each step, so that a restart goes on there. */
interface Position {
  /** The day since 1970 on which the pass began. */
  readonly day: number;
  /** Buckets before this one are done; undefined when all are. */
  readonly bucket?: string;
  /** Where in the bucket, unless it is done too. */
  readonly place?: Place;
}

type Place = VersionsPlace | UploadsPlace;

interface VersionsPlace {
  readonly stage: 'versions';
  readonly prefix: string;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  /** The version before, because a version is noncurrent since the one before it was made. */
  readonly before?: Before;
}

interface UploadsPlace {
  readonly stage: 'uploads';
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
}

interface Before {
  readonly key: string;
  readonly createdAtMs: number;
  /** How many noncurrent versions of the key there are up to it. */
  readonly noncurrentCount: number;
}

const POSITION_KEY = encodeKey(SPACE.plan, 'lifecycle');
const UPLOADS_START: UploadsPlace = { stage: 'uploads', keyMarker: '', uploadIdMarker: '' };

/**
 * Carries out the lifecycle rules of all buckets, one pass a day, a bounded amount of work a step.
 * What a step finds due is decided again within each change, so that a step can be repeated.
 */
export class LifecyclePass {
  readonly #core: Core;
  readonly #dayMs: number;
  #position: Position | undefined;

  constructor(core: Core, dayMs: number) {
    this.#core = core;
    this.#dayMs = dayMs;
  }

  /** Whether there was anything to do: step again until there is not. */
  async step(): Promise<boolean> {
    const time = { nowMs: this.#core.clock.nowMs(), dayMs: this.#dayMs };
    const day = Math.floor(time.nowMs / time.dayMs);
    this.#position ??= await this.#load();
    const isOver = this.#position?.bucket === undefined;
    if (isOver && this.#position?.day === day) return false;
    const position = this.#position === undefined || isOver ? { day, bucket: '' } : this.#position;
    const next = await advance(this.#core, position, time);
    const value = utf8(JSON.stringify(next));
    await this.#core.kv.commit({ writes: [{ kind: 'set', key: POSITION_KEY, value }] });
    this.#position = next;
    return true;
  }

  async #load(): Promise<Position | undefined> {
    const entry = await this.#core.kv.get(POSITION_KEY);
    return entry && (JSON.parse(fromUtf8(entry.value)) as Position);
  }
}

async function advance(core: Core, position: Position, time: LifecycleTime): Promise<Position> {
  const { day, bucket: name = '', place } = position;
  if (place === undefined) {
    const next = await nextBucket(core, name);
    if (next === undefined) return { day };
    const { bucket, lifecycle } = next;
    const first = firstPlace(lifecycle, undefined);
    return { day, bucket: bucket.name, place: first };
  }
  const bucket = (await core.buckets.find(name))?.bucket;
  const done: Position = { day, bucket: name };
  if (bucket?.lifecycle === undefined) return done;
  const next =
    place.stage === 'versions'
      ? await walkVersions(core, bucket, bucket.lifecycle, place, time)
      : await walkUploads(core, bucket, bucket.lifecycle, place, time);
  return next === undefined ? done : { ...done, place: next };
}

/** The next bucket by name that has rules. */
async function nextBucket(
  { kv }: Core,
  name: string,
): Promise<{ readonly bucket: Bucket; readonly lifecycle: Lifecycle } | undefined> {
  const { to } = keysUnder(SPACE.bucket);
  let from = after(bucketKey(name));
  for (;;) {
    const entries = await kv.range({ from, to, limit: ROWS_PER_READ });
    for (const { key, value } of entries) {
      const bucket = decodeBucket(lastText(key, 1), value);
      if (bucket.lifecycle !== undefined) return { bucket, lifecycle: bucket.lifecycle };
    }
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    from = after(last.key);
  }
}

/** Where versions are looked at next, after those under `passed`; uploads come last. */
function firstPlace(lifecycle: Lifecycle, passed: string | undefined): Place {
  const prefixes = prefixesOf(lifecycle);
  const prefix = prefixes.find(
    (one) => passed === undefined || Buffer.compare(utf8(one), utf8(passed)) > 0,
  );
  if (prefix === undefined) return UPLOADS_START;
  return { stage: 'versions', prefix, keyMarker: '', versionIdMarker: '' };
}

async function walkVersions(
  core: Core,
  bucket: Bucket,
  lifecycle: Lifecycle,
  place: VersionsPlace,
  time: LifecycleTime,
): Promise<Place> {
  const { prefix, keyMarker, versionIdMarker } = place;
  const request = { prefix, delimiter: '', keyMarker, versionIdMarker, limit: ROWS_PER_STEP };
  const page = await listVersions(core, bucket, request);
  const coarse = withoutTags(lifecycle);
  const candidates: Candidate[] = [];
  let { before } = place;
  for (const version of page.versions) {
    const candidate = candidateOf(version, before);
    before = {
      key: version.key,
      createdAtMs: version.lastModifiedMs,
      noncurrentCount: version.isLatest ? 0 : (candidate.noncurrent?.newerCount ?? 0) + 1,
    };
    if (actionOn(coarse, coarseFacts(version, candidate), time) !== undefined) {
      candidates.push(candidate);
    }
  }
  await forEach(core, bucket, candidates, async (candidate) => {
    await actOn(core, bucket, candidate, time.dayMs);
  });
  const { nextKeyMarker = '', nextVersionIdMarker = '' } = page;
  if (!page.truncated) return firstPlace(lifecycle, prefix);
  const markers = { keyMarker: nextKeyMarker, versionIdMarker: nextVersionIdMarker };
  return { stage: 'versions', prefix, ...markers, ...(before && { before }) };
}

function candidateOf(version: ListedVersion, before: Before | undefined): Candidate {
  const { key, versionId, lastModifiedMs: createdAtMs, isLatest } = version;
  if (isLatest) return { key, versionId, createdAtMs, noncurrent: undefined };
  // Without the one before it, which another writer just removed, it counts as noncurrent only now.
  const noncurrent =
    before?.key === key
      ? { sinceMs: before.createdAtMs, newerCount: before.noncurrentCount }
      : { sinceMs: Number.POSITIVE_INFINITY, newerCount: 0 };
  return { key, versionId, createdAtMs, noncurrent };
}

/** What a listing tells, and of a marker what makes most of it. */
function coarseFacts(version: ListedVersion, { key, createdAtMs, noncurrent }: Candidate) {
  const common = { key, createdAtMs, noncurrent };
  if (version.kind === 'deleteMarker') {
    return { kind: 'deleteMarker', ...common, isAlone: true } as const;
  }
  const { size, storageClass } = version;
  return { kind: 'object', ...common, size, storageClass, tags: [] } as const;
}

async function walkUploads(
  core: Core,
  bucket: Bucket,
  lifecycle: Lifecycle,
  { keyMarker, uploadIdMarker }: UploadsPlace,
  time: LifecycleTime,
): Promise<Place | undefined> {
  if (lifecycle.rules.every(({ abortUploadsDays: days }) => days === undefined)) return undefined;
  const request = { prefix: '', delimiter: '', keyMarker, uploadIdMarker, limit: ROWS_PER_STEP };
  const page = await listUploads(core, bucket, request);
  const due = page.uploads.filter((upload) => abortsUpload(lifecycle, upload, time));
  await forEach(core, bucket, due, (upload) => abortUpload(core, upload));
  const { truncated, nextKeyMarker, nextUploadIdMarker = '' } = page;
  if (!truncated || nextKeyMarker === undefined) return undefined;
  return { stage: 'uploads', keyMarker: nextKeyMarker, uploadIdMarker: nextUploadIdMarker };
}

/** One that fails is logged and left for the next pass, so that it does not stop all others. */
async function forEach<T extends { readonly key: string }>(
  { log }: Core,
  { name }: Bucket,
  items: readonly T[],
  act: (item: T) => Promise<void>,
): Promise<void> {
  const attempt = async (item: T) => {
    try {
      await act(item);
    } catch (error) {
      const details = { bucket: name, key: item.key, error: String(error) };
      log.write('warning', 'A lifecycle rule was not carried out', details);
    }
  };
  for (let start = 0; start < items.length; start += CHANGES_AT_ONCE) {
    await Promise.all(items.slice(start, start + CHANGES_AT_ONCE).map(attempt));
  }
  if (items.length > 0) {
    log.write('info', 'Lifecycle rules were carried out', { bucket: name, count: items.length });
  }
}
