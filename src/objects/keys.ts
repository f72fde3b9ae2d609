import { asBuffer } from '../base/bytes.ts';
import { decodeKey, encodeKey, keysUnder, textPrefixKey } from '../kv/key.ts';
import { SPACE } from '../kv/spaces.ts';

/** Where each record lies. The spaces say what they hold; this says how their keys are made. */

export const bucketKey = (name: string) => encodeKey(SPACE.bucket, name);
export const bucketByOwnerKey = (owner: string, name: string) =>
  encodeKey(SPACE.bucketByOwner, owner, name);

/** Counters of a bucket: its current objects, the rows of `version`, and the bytes of both. */
export const objectsCounterKey = (bucketId: string) => encodeKey(SPACE.bucketUsage, bucketId);
export const versionsCounterKey = (bucketId: string) =>
  encodeKey(SPACE.bucketUsage, bucketId, 'versions');
export const bytesCounterKey = (bucketId: string) =>
  encodeKey(SPACE.bucketUsage, bucketId, 'bytes');

export const objectKey = (bucketId: string, key: string) => encodeKey(SPACE.object, bucketId, key);

/** A delete marker that is the latest version; the one fixed place beside the object's own. */
export const latestMarkerKey = (bucketId: string, key: string) =>
  encodeKey(SPACE.version, bucketId, key, '');
export const versionKey = (bucketId: string, key: string, sortId: string) =>
  encodeKey(SPACE.version, bucketId, key, sortId);
/** Says where the noncurrent `null` version lies. It sorts after every version of its key. */
export const nullPointerKey = (bucketId: string, key: string) =>
  encodeKey(SPACE.version, bucketId, key, '~');
/** Noncurrent versions of a key, newest first. */
export const noncurrentRange = (bucketId: string, key: string) => ({
  from: versionKey(bucketId, key, '0'),
  to: nullPointerKey(bucketId, key),
});

/** Bytes of one version; the id does not change when the version moves. */
export const contentKey = (id: string) => encodeKey(SPACE.content, id);

export const uploadKey = (bucketId: string, key: string, uploadId: string) =>
  encodeKey(SPACE.upload, bucketId, key, uploadId);
export const uploadsOfBucket = (bucketId: string) => keysUnder(SPACE.upload, bucketId);

export const partKey = (group: string, partNumber: number) =>
  encodeKey(SPACE.part, group, partNumber);
/** Counts the changes of an unfinished upload's parts; it stands where part 0 would. */
export const partChangesKey = (group: string) => encodeKey(SPACE.part, group, 0);
export const partsAfter = (group: string, partNumber: number) => ({
  from: partKey(group, partNumber + 1),
  to: keysUnder(SPACE.part, group).to,
});

export function decodePartKey(key: Uint8Array): { group: string; partNumber: number } {
  const [group, partNumber] = decodeKey(key, ['text', 'number']);
  return { group: String(group), partNumber: Number(partNumber) };
}

/** Whose bytes: a blob's, or those of a group of parts. */
export type BytesKind = 'blob' | 'group';
const KIND_MARK = { blob: 'b', group: 'g' } as const;

export const objectReferenceKey = (
  kind: BytesKind,
  id: string,
  owner: { readonly bucketId: string; readonly key: string; readonly sortId: string },
) => encodeKey(SPACE.reference, KIND_MARK[kind], id, 'o', owner.bucketId, owner.key, owner.sortId);
export const partReferenceKey = (blob: string, group: string, partNumber: number) =>
  encodeKey(SPACE.reference, KIND_MARK.blob, blob, 'p', group, partNumber);
export const referencesTo = (kind: BytesKind, id: string) =>
  keysUnder(SPACE.reference, KIND_MARK[kind], id);
export const allReferences = (kind: BytesKind) => keysUnder(SPACE.reference, KIND_MARK[kind]);

export type Reference =
  | { readonly owner: 'object'; readonly id: string; bucketId: string; key: string; sortId: string }
  | { readonly owner: 'part'; readonly id: string; group: string; partNumber: number };

export function decodeReference(key: Uint8Array): Reference {
  const [, id = '', kind] = decodeKey(key, ['text', 'text', 'text']).map(String);
  if (kind === 'p') {
    const [, , , group, number] = decodeKey(key, ['text', 'text', 'text', 'text', 'number']);
    return { owner: 'part', id, group: String(group), partNumber: Number(number) };
  }
  const parts = decodeKey(key, ['text', 'text', 'text', 'text', 'text', 'text']).map(String);
  const [, , , bucketId = '', text = '', sortId = ''] = parts;
  return { owner: 'object', id, bucketId, key: text, sortId };
}

/** Bytes that lost a reference, in the order in which they did, with the time in the key. */
export const garbageKey = (kind: BytesKind, id: string, atMs: number) =>
  encodeKey(SPACE.garbage, atMs, KIND_MARK[kind], id);
export const garbageUntil = (atMs: number) => ({
  from: encodeKey(SPACE.garbage),
  to: encodeKey(SPACE.garbage, atMs + 1),
});

export interface Garbage {
  readonly atMs: number;
  readonly kind: BytesKind;
  readonly id: string;
}

export function decodeGarbage(key: Uint8Array): Garbage {
  const [atMs, mark, id] = decodeKey(key, ['number', 'text', 'text']);
  return { atMs: Number(atMs), kind: mark === KIND_MARK.blob ? 'blob' : 'group', id: String(id) };
}

/** Plan: turn every upload of a deleted bucket into garbage. */
export const dropUploadsPlanKey = (bucketId: string) =>
  encodeKey(SPACE.plan, 'dropUploads', bucketId);
export const dropUploadsPlans = () => keysUnder(SPACE.plan, 'dropUploads');

export function lastText(key: Uint8Array, parts: number): string {
  return String(
    decodeKey(
      key,
      Array.from({ length: parts }, () => 'text' as const),
    ).at(-1),
  );
}

/** Decodes the texts that follow a known beginning of a key, faster than `decodeKey` does. */
export function textsAfter(key: Uint8Array, start: number, shapeBefore: number): string[] {
  const buffer = asBuffer(key);
  const texts: string[] = [];
  let position = start;
  while (position < buffer.byteLength) {
    const end = buffer.indexOf(0, position);
    // A zero that does not end its text is part of it: rare enough for the slow way.
    if (end === -1 || buffer[end + 1] !== 1) return allTexts(key, shapeBefore);
    texts.push(buffer.toString('utf8', position, end));
    position = end + 2;
  }
  return texts;
}

function allTexts(key: Uint8Array, skipped: number): string[] {
  const ends = textCount(key);
  const shape = Array.from({ length: ends }, () => 'text' as const);
  return decodeKey(key, shape).slice(skipped).map(String);
}

function textCount(key: Uint8Array): number {
  let count = 0;
  for (let index = 1; index + 1 < key.byteLength; index += 1) {
    if (key[index] !== 0) continue;
    if (key[index + 1] === 1) count += 1;
    index += 1;
  }
  return count;
}

/** The smallest key after `key`, which is complete: none lies between the two. */
export function after(key: Uint8Array): Uint8Array {
  return Buffer.concat([key, Uint8Array.of(0)]);
}

export { afterPrefix, keysUnder, textPrefixKey } from '../kv/key.ts';
export const keyPrefix = (space: number, bucketId: string, prefix: string) =>
  textPrefixKey(space, [bucketId], prefix);
