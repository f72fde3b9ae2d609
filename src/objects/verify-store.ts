import type { BlobStore } from '../blob/blob-store.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { SPACE } from '../kv/spaces.ts';
import { counterOf } from './buckets.ts';
import { findOwner } from './compact.ts';
import {
  bytesCounterKey,
  contentKey,
  decodeGarbage,
  decodePartKey,
  decodeReference,
  dropUploadsPlanKey,
  keysUnder,
  lastText,
  latestMarkerKey,
  nullPointerKey,
  objectKey,
  objectReferenceKey,
  objectsCounterKey,
  partKey,
  partReferenceKey,
  partsAfter,
  referencesTo,
  textsAfter,
  versionKey,
  versionsCounterKey,
  type Reference,
} from './keys.ts';
import { decodeBucket } from './bucket-record.ts';
import { ROWS_PER_READ } from './limits.ts';
import { readRows } from './rows.ts';
import { fromUtf8 } from '../base/bytes.ts';
import { decodePart, decodeVersion, type PartsBody, type VersionRecord } from './records.ts';
import { sortIdOf } from './version-id.ts';

type Stores = { readonly kv: KeyValueStore; readonly blobs: BlobStore };

/**
 * Holds everything that is stored twice against each other: counts against rows, references against
 * records, records against parts and blobs. Gives one sentence for each difference; none for a sound
 * store. Nobody may write meanwhile. Reads no blobs.
 */
export async function verifyStore(kv: KeyValueStore, blobs: BlobStore): Promise<string[]> {
  const report = new Report({ kv, blobs });
  await report.verifyBuckets();
  await report.verifyVersions();
  await report.verifyContents();
  await report.verifyParts();
  await report.verifyReferences();
  await report.verifyBlobs();
  return report.problems;
}

interface Usage {
  objects: number;
  versions: number;
  bytes: number;
}

class Report {
  readonly problems: string[] = [];
  readonly #stores: Stores;
  readonly #usage = new Map<string, Usage>();
  /** Bucket ids, those of deleted buckets whose uploads still go included. */
  readonly #buckets = new Set<string>();
  readonly #uploads = new Set<string>();
  readonly #garbage = new Set<string>();
  /** Ids of the contents that records have. */
  readonly #contents = new Set<string>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  async verifyBuckets(): Promise<void> {
    for await (const { key, value } of readRows(this.#stores.kv, keysUnder(SPACE.bucket))) {
      const { id } = decodeBucket(lastText(key, 1), value);
      this.#buckets.add(id);
      this.#usage.set(id, { objects: 0, versions: 0, bytes: 0 });
    }
    for await (const { key } of readRows(this.#stores.kv, keysUnder(SPACE.garbage))) {
      const { kind, id } = decodeGarbage(key);
      this.#garbage.add(`${kind} ${id}`);
    }
    for await (const { key } of readRows(this.#stores.kv, keysUnder(SPACE.upload))) {
      const [bucketId = '', , uploadId = ''] = textsAfter(key, 1, 0);
      this.#uploads.add(uploadId);
      const plan = await this.#stores.kv.get(dropUploadsPlanKey(bucketId));
      if (!this.#buckets.has(bucketId) && plan === undefined) {
        this.#tell(`Upload ${uploadId} belongs to no bucket`);
      }
    }
  }

  async verifyVersions(): Promise<void> {
    for await (const { key, value } of readRows(this.#stores.kv, keysUnder(SPACE.object))) {
      const [bucketId = '', name = ''] = textsAfter(key, 1, 0);
      const record = decodeVersion(value);
      if (record.kind !== 'object') this.#tell(`A delete marker lies as the object ${name}`);
      this.#count(bucketId, name, { objects: 1 });
      await this.#verifyRecord(bucketId, name, record);
    }
    for await (const { key, value } of readRows(this.#stores.kv, keysUnder(SPACE.version))) {
      await this.#verifyVersionRow(textsAfter(key, 1, 0), value);
    }
    const { kv } = this.#stores;
    for (const [bucketId, usage] of this.#usage) {
      const counters = [objectsCounterKey, versionsCounterKey, bytesCounterKey];
      const counted = await Promise.all(counters.map((key) => kv.get(key(bucketId))));
      const stored = counted.map(counterOf).join();
      const real = [usage.objects, usage.versions, usage.bytes].join();
      if (stored !== real) this.#tell(`Bucket ${bucketId} counts ${stored} and holds ${real}`);
    }
  }

  async #verifyVersionRow(texts: readonly string[], value: Uint8Array): Promise<void> {
    const { kv } = this.#stores;
    const [bucketId = '', name = '', place = ''] = texts;
    const object = await kv.get(objectKey(bucketId, name));
    if (place === '~') {
      const pointed = await kv.get(versionKey(bucketId, name, fromUtf8(value)));
      if (pointed === undefined)
        this.#tell(`The null version of ${name} is not where it should be`);
      return;
    }
    const record = decodeVersion(value);
    this.#count(bucketId, name, { versions: 1 });
    await this.#verifyRecord(bucketId, name, record);
    if (place === '') {
      if (record.kind !== 'deleteMarker') this.#tell(`An object lies as the marker of ${name}`);
      if (object !== undefined) this.#tell(`${name} has an object and a marker as its latest`);
      return;
    }
    if (sortIdOf(record) !== place) this.#tell(`A version of ${name} lies in another's place`);
    const marker = await kv.get(latestMarkerKey(bucketId, name));
    if ((object ?? marker) === undefined) this.#tell(`${name} has versions and no latest one`);
    const pointer = await kv.get(nullPointerKey(bucketId, name));
    const isPointedAt = pointer !== undefined && fromUtf8(pointer.value) === place;
    if (record.id === undefined && !isPointedAt) this.#tell(`Nothing points at ${name} null`);
  }

  async #verifyRecord(bucketId: string, key: string, record: VersionRecord): Promise<void> {
    if (record.kind !== 'object') return;
    const { body, size } = record;
    this.#count(bucketId, key, { bytes: size });
    if (body.kind === 'inline') {
      if (body.bytes.byteLength !== size) this.#tell(`${key} has not the size that it says`);
      return;
    }
    if (body.kind === 'content') {
      await this.#verifyContent(key, body.id, size);
      return;
    }
    const [kind, id] =
      body.kind === 'blob' ? (['blob', body.blob] as const) : (['group', body.group] as const);
    const owner = { bucketId, key, sortId: sortIdOf(record) };
    const reference = await this.#stores.kv.get(objectReferenceKey(kind, id, owner));
    if (reference === undefined) this.#tell(`${key} does not keep its ${kind} ${id}`);
    if (body.kind === 'blob') await this.#verifyBlob(key, body.blob, size);
    else await this.#verifyPartsOf(key, body, size);
  }

  async #verifyContent(key: string, id: string, size: number): Promise<void> {
    if (this.#contents.has(id)) this.#tell(`${key} shares the content ${id} with another version`);
    this.#contents.add(id);
    const content = await this.#stores.kv.get(contentKey(id));
    if (content === undefined) this.#tell(`The content ${id} of ${key} is missing`);
    else if (content.value.byteLength !== size) this.#tell(`${key} has not the size that it says`);
  }

  async verifyContents(): Promise<void> {
    for await (const { key } of readRows(this.#stores.kv, keysUnder(SPACE.content))) {
      const id = lastText(key, 1);
      if (!this.#contents.has(id)) this.#tell(`No version has the content ${id}`);
    }
  }

  async #verifyPartsOf(
    key: string,
    { group, sizes, numbers }: PartsBody,
    size: number,
  ): Promise<void> {
    const expected = sizes.flatMap(([count, partSize]) => Array<number>(count).fill(partSize));
    const wanted =
      numbers?.flatMap(([count, first]) => Array.from({ length: count }, (_, i) => first + i)) ??
      expected.map((_, index) => index + 1);
    const rows: string[] = [];
    for await (const entry of readRows(this.#stores.kv, partsAfter(group, 0))) {
      rows.push(`${decodePartKey(entry.key).partNumber}:${decodePart(entry.value).size}`);
    }
    const told = wanted.map((partNumber, index) => `${partNumber}:${expected[index]}`);
    if (rows.join() !== told.join()) this.#tell(`${key} has not the parts that it says`);
    const sum = expected.reduce((total, partSize) => total + partSize, 0);
    if (sum !== size) this.#tell(`${key} has not the size of its parts`);
  }

  async verifyParts(): Promise<void> {
    for await (const entry of readRows(this.#stores.kv, keysUnder(SPACE.part))) {
      const { group, partNumber } = decodePartKey(entry.key);
      const kept = await this.#stores.kv.range({ ...referencesTo('group', group), limit: 1 });
      const isAlive = kept.length > 0 || this.#uploads.has(group);
      if (!isAlive && !this.#garbage.has(`group ${group}`)) {
        this.#tell(`Nothing keeps part ${partNumber} of ${group}`);
      }
      if (partNumber === 0) continue;
      const { body, size } = decodePart(entry.value);
      if (body.kind !== 'blob') continue;
      const at = partReferenceKey(body.blob, group, partNumber);
      if ((await this.#stores.kv.get(at)) === undefined) {
        this.#tell(`Part ${partNumber} of ${group} does not keep its blob ${body.blob}`);
      }
      await this.#verifyBlob(`part ${partNumber} of ${group}`, body.blob, size);
    }
  }

  async verifyReferences(): Promise<void> {
    for await (const { key } of readRows(this.#stores.kv, keysUnder(SPACE.reference))) {
      const reference = decodeReference(key);
      if (!(await this.#refersBack(reference))) {
        this.#tell(`What keeps ${reference.id} does not refer to it: ${JSON.stringify(reference)}`);
      }
    }
  }

  async #refersBack(reference: Reference): Promise<boolean> {
    const { kv } = this.#stores;
    if (reference.owner === 'part') {
      const entry = await kv.get(partKey(reference.group, reference.partNumber));
      const body = entry && decodePart(entry.value).body;
      return body?.kind === 'blob' && body.blob === reference.id;
    }
    const entry = await findOwner({ kv }, reference);
    const record = entry && decodeVersion(entry.value);
    if (record?.kind !== 'object') return false;
    const { body } = record;
    if (body.kind === 'inline' || body.kind === 'content') return false;
    return (body.kind === 'blob' ? body.blob : body.group) === reference.id;
  }

  /** Older blobs that nothing refers to and that no collector would find in the garbage. */
  async verifyBlobs(): Promise<void> {
    const { kv, blobs } = this.#stores;
    let last: string | undefined;
    for (;;) {
      const ids = await blobs.list(last, ROWS_PER_READ);
      for (const id of ids) {
        const kept = await kv.range({ ...referencesTo('blob', id), limit: 1 });
        if (kept.length === 0 && !this.#garbage.has(`blob ${id}`)) {
          this.#tell(`Nothing keeps the blob ${id}`);
        }
      }
      last = ids.at(-1);
      if (last === undefined) return;
    }
  }

  async #verifyBlob(owner: string, id: string, size: number): Promise<void> {
    try {
      (await this.#stores.blobs.read(id, 0, size)).close();
    } catch (error) {
      this.#tell(`The blob ${id} of ${owner} cannot be read: ${String(error)}`);
    }
  }

  #count(bucketId: string, key: string, rows: Partial<Usage>): void {
    const usage = this.#usage.get(bucketId);
    if (usage === undefined) {
      this.#tell(`${key} belongs to no bucket`);
      return;
    }
    usage.objects += rows.objects ?? 0;
    usage.versions += rows.versions ?? 0;
    usage.bytes += rows.bytes ?? 0;
  }

  #tell(problem: string): void {
    this.problems.push(problem);
  }
}
