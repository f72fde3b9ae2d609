import type { ByteSource } from '../base/http.ts';
import type { Entry } from '../kv/key-value-store.ts';
import { Change } from './change.ts';
import type { Core } from './core.ts';
import {
  decodeReference,
  latestMarkerKey,
  objectKey,
  partChangesKey,
  partKey,
  partReferenceKey,
  objectReferenceKey,
  referencesTo,
  versionKey,
  type Reference,
} from './keys.ts';
import { decodePart, decodeVersion, encodePart, encodeVersion } from './records.ts';
import { sortIdOf } from './version-id.ts';

/** Blobs moved in one call: each is read and written once, so a few keep a call short. */
const BLOBS_PER_CALL = 16;
const REFERENCES_PER_READ = 100;
const COPY_BUFFER_SIZE = 256 * 1024;

/**
 * Moves blobs out of segments that are mostly empty: copies the bytes, points every record that
 * refers at the copy, and leaves the old blob as garbage. A record that changes meanwhile keeps the
 * old blob alive until the next call.
 */
export async function moveBlobs(core: Core): Promise<number> {
  let moved = 0;
  for (const blob of await core.blobs.movable(BLOBS_PER_CALL)) {
    if (await moveBlob(core, blob)) moved += 1;
  }
  return moved;
}

async function moveBlob(core: Core, blob: string): Promise<boolean> {
  const { kv, blobs, clock } = core;
  const first = await kv.range({ ...referencesTo('blob', blob), limit: 1 });
  const size = first[0] && (await sizeOfBlob(core, decodeReference(first[0].key)));
  // Without references it is garbage already.
  if (size === undefined) return false;
  const source = await blobs.read(blob, 0, size);
  const copy = await blobs.write(chunksOf(source), size);
  let pointed = 0;
  for (;;) {
    const references = await kv.range({
      ...referencesTo('blob', blob),
      limit: REFERENCES_PER_READ,
    });
    if (references.length === 0) break;
    let isStuck = true;
    for (const { key } of references) {
      if (!(await pointAt(core, decodeReference(key), copy.id))) continue;
      pointed += 1;
      isStuck = false;
    }
    if (isStuck) break;
  }
  if (pointed === 0) {
    await blobs.delete(copy.id);
    return false;
  }
  const change = new Change('', clock.nowMs());
  change.addGarbage('blob', blob);
  await change.commit(kv);
  return true;
}

async function sizeOfBlob(core: Core, reference: Reference): Promise<number | undefined> {
  if (reference.owner === 'part') {
    const entry = await core.kv.get(partKey(reference.group, reference.partNumber));
    return entry && decodePart(entry.value).size;
  }
  const entry = await findOwner(core, reference);
  const record = entry && decodeVersion(entry.value);
  return record?.kind === 'object' ? record.size : undefined;
}

/** Rewrites the record behind a reference; false when it changed meanwhile. */
async function pointAt(core: Core, reference: Reference, blob: string): Promise<boolean> {
  return reference.owner === 'part'
    ? pointPartAt(core, reference, blob)
    : pointObjectAt(core, reference, blob);
}

async function pointObjectAt(
  core: Core,
  reference: Extract<Reference, { owner: 'object' }>,
  blob: string,
): Promise<boolean> {
  const entry = await findOwner(core, reference);
  if (entry === undefined) return false;
  const record = decodeVersion(entry.value);
  if (record.kind !== 'object' || record.body.kind !== 'blob') return false;
  if (record.body.blob !== reference.id) return false;
  const change = new Change(reference.bucketId, core.clock.nowMs());
  change.check(entry.key, entry.version);
  change.set(entry.key, encodeVersion({ ...record, body: { kind: 'blob', blob } }));
  change.delete(objectReferenceKey('blob', reference.id, reference));
  change.set(objectReferenceKey('blob', blob, reference), new Uint8Array(0));
  return (await change.commit(core.kv)).committed;
}

async function pointPartAt(
  { kv, clock }: Core,
  { id, group, partNumber }: Extract<Reference, { owner: 'part' }>,
  blob: string,
): Promise<boolean> {
  const changesAt = partChangesKey(group);
  const changes = await kv.get(changesAt);
  const entry = await kv.get(partKey(group, partNumber));
  if (entry === undefined) return false;
  const record = decodePart(entry.value);
  if (record.body.kind !== 'blob' || record.body.blob !== id) return false;
  const change = new Change('', clock.nowMs());
  change.check(entry.key, entry.version);
  // A completion under way may be about to drop this part; it must see where its bytes went.
  change.check(changesAt, changes?.version);
  if (changes !== undefined) change.writes.push({ kind: 'add', key: changesAt, delta: 1 });
  change.set(entry.key, encodePart({ ...record, body: { kind: 'blob', blob } }));
  change.delete(partReferenceKey(id, group, partNumber));
  change.set(partReferenceKey(blob, group, partNumber), new Uint8Array(0));
  return (await change.commit(kv)).committed;
}

/** The row of the version that owns a reference, wherever it stands now. */
export async function findOwner(
  { kv }: Pick<Core, 'kv'>,
  { bucketId, key, sortId }: Extract<Reference, { owner: 'object' }>,
): Promise<Entry | undefined> {
  for (const at of [
    objectKey(bucketId, key),
    latestMarkerKey(bucketId, key),
    versionKey(bucketId, key, sortId),
  ]) {
    const entry = await kv.get(at);
    if (entry !== undefined && sortIdOf(decodeVersion(entry.value)) === sortId) return entry;
  }
  return undefined;
}

/** The chunks are one buffer, filled anew for each: a writer is done with one before the next. */
async function* chunksOf(source: ByteSource): AsyncGenerator<Uint8Array, void> {
  const buffer = new Uint8Array(Math.max(1, Math.min(COPY_BUFFER_SIZE, source.length)));
  try {
    for (;;) {
      const count = await source.read(buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    source.close();
  }
}
