import { fromUtf8 } from '../base/bytes.ts';
import { SPACE } from '../kv/spaces.ts';
import type { Core } from './core.ts';
import { ObjectsError } from './error.ts';
import { deleteMarker } from './found-version.ts';
import { readKeyState } from './key-state.ts';
import {
  after,
  afterPrefix,
  keyPrefix,
  keysUnder,
  nullPointerKey,
  objectKey,
  versionKey,
} from './keys.ts';
import type { Bucket } from './model.ts';
import { commonPrefixOf } from './page.ts';
import { decodeListedVersion } from './records.ts';
import { RowStream, type StreamedRow } from './row-stream.ts';
import type { ListedVersion, ListVersions, VersionPage } from './store.ts';
import { isVersionId, msOfStamp, NULL_VERSION, sortIdOf } from './version-id.ts';

/**
 * Latest objects and all other versions lie in two spaces, which are read one after the other. A
 * page during whose reading an object changed is read again, this often at most; after that it may
 * lack a version that just then became the latest because a newer one was deleted.
 */
const READS_MAX = 5;

/** Both spaces merged in order, with seeks past common prefixes: the cost depends on the page. */
export async function listVersions(
  core: Core,
  bucket: Bucket,
  request: ListVersions,
): Promise<VersionPage> {
  const start = await startOf(core, bucket, request);
  for (let read = 1; ; read += 1) {
    const revision = await core.kv.revision(SPACE.object);
    const page = await readVersions(core, bucket, request, start);
    if (bucket.versioning === 'unversioned' || read === READS_MAX) return page;
    if ((await core.kv.revision(SPACE.object)) === revision) return page;
  }
}

/** Where reading begins in each space. */
interface Start {
  readonly object: Uint8Array;
  readonly version: Uint8Array;
}

async function readVersions(
  { kv }: Core,
  { id }: Bucket,
  { prefix, delimiter, limit }: ListVersions,
  start: Start,
): Promise<VersionPage> {
  const rowCount = delimiter === '' ? limit + 1 : undefined;
  const objects = new RowStream(kv, rangeOf(SPACE.object, id, prefix, start.object), rowCount);
  const others = new RowStream(kv, rangeOf(SPACE.version, id, prefix, start.version), rowCount);
  const page = new PageBuilder(limit);
  for (;;) {
    const [object, other] = [await objects.peek(), await others.peek()];
    const isObject = object !== undefined && (other === undefined || goesFirst(object, other));
    const row = isObject ? object : other;
    if (row === undefined) return page.end(false);
    const [key = '', sortId = ''] = row.texts;
    const passed = commonPrefixOf(key, prefix, delimiter);
    if (passed === undefined) {
      (isObject ? objects : others).skip();
      if (sortId === POINTER_SORT_ID || page.hasLatest(key, sortId)) continue;
      if (page.isFull) return page.end(true);
      page.addVersion(key, row.entry.value, isObject, sortId === '');
    } else {
      if (page.isFull) return page.end(true);
      page.addCommonPrefix(passed);
      objects.seek(afterPrefix(keyPrefix(SPACE.object, id, passed)));
      others.seek(afterPrefix(keyPrefix(SPACE.version, id, passed)));
    }
  }
}

class PageBuilder {
  readonly #limit: number;
  readonly #versions: ListedVersion[] = [];
  readonly #commonPrefixes: string[] = [];
  #nextKeyMarker: string | undefined;
  #nextVersionIdMarker: string | undefined;
  #latest: { readonly key: string; readonly sortId: string } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#versions.length + this.#commonPrefixes.length >= this.#limit;
  }

  /** Whether this noncurrent version was still the latest when the latest ones were read. */
  hasLatest(key: string, sortId: string): boolean {
    return sortId !== '' && this.#latest?.sortId === sortId && this.#latest.key === key;
  }

  addVersion(key: string, value: Uint8Array, isObject: boolean, isLatest: boolean): void {
    const record = decodeListedVersion(value);
    if (isObject) this.#latest = { key, sortId: sortIdOf(record) };
    const versionId = record.id ?? NULL_VERSION;
    this.#nextKeyMarker = key;
    this.#nextVersionIdMarker = versionId;
    if (record.kind === 'deleteMarker') {
      this.#versions.push(deleteMarker(key, record, isLatest));
      return;
    }
    const { size, etag, stamp, owner, storageClass, checksum } = record;
    const lastModifiedMs = msOfStamp(stamp);
    this.#versions.push({
      kind: 'object',
      key,
      versionId,
      isLatest,
      size,
      etag,
      lastModifiedMs,
      owner,
      storageClass,
      checksum,
    });
  }

  addCommonPrefix(text: string): void {
    this.#commonPrefixes.push(text);
    this.#nextKeyMarker = text;
    this.#nextVersionIdMarker = undefined;
  }

  end(truncated: boolean): VersionPage {
    // A page of nothing promises nothing after it: a client that went on would never come to an end.
    const isTruncated = truncated && this.#nextKeyMarker !== undefined;
    return {
      versions: this.#versions,
      commonPrefixes: this.#commonPrefixes,
      truncated: isTruncated,
      nextKeyMarker: isTruncated ? this.#nextKeyMarker : undefined,
      nextVersionIdMarker: isTruncated ? this.#nextVersionIdMarker : undefined,
    };
  }
}

/** The sort id of the row that says where the noncurrent `null` version lies. */
const POINTER_SORT_ID = '~';

/** A key's latest object comes before its other versions. */
function goesFirst(object: StreamedRow, other: StreamedRow): boolean {
  return Buffer.compare(object.entry.key.subarray(1), other.entry.key.subarray(1)) <= 0;
}

function rangeOf(space: number, bucketId: string, prefix: string, from: Uint8Array) {
  const start = keyPrefix(space, bucketId, prefix);
  return {
    from: Buffer.compare(from, start) > 0 ? from : start,
    to: afterPrefix(start),
    textStart: keyPrefix(space, bucketId, '').byteLength,
  };
}

/** A key marker alone passes all versions of its key; with a version id, those up to that one. */
async function startOf(core: Core, bucket: Bucket, request: ListVersions): Promise<Start> {
  const { prefix, delimiter, keyMarker, versionIdMarker } = request;
  const { id } = bucket;
  const startOfBoth = (place: (space: number) => Uint8Array): Start => ({
    object: place(SPACE.object),
    version: place(SPACE.version),
  });
  if (keyMarker === '') return startOfBoth((space) => keyPrefix(space, id, prefix));
  const passed = commonPrefixOf(keyMarker, prefix, delimiter);
  if (passed !== undefined) {
    return startOfBoth((space) => afterPrefix(keyPrefix(space, id, passed)));
  }
  return {
    object: after(objectKey(id, keyMarker)),
    version:
      versionIdMarker === ''
        ? keysUnder(SPACE.version, id, keyMarker).to
        : after(versionKey(id, keyMarker, await sortIdOfMarker(core, bucket, request))),
  };
}

/** `null` says nothing of its place, which is looked up; when it went, its key's versions begin again. */
async function sortIdOfMarker(
  { kv }: Core,
  bucket: Bucket,
  { keyMarker, versionIdMarker }: ListVersions,
): Promise<string> {
  if (isVersionId(versionIdMarker)) return versionIdMarker;
  if (versionIdMarker !== NULL_VERSION) {
    throw new ObjectsError('InvalidArgument', 'Invalid version id specified', {
      ArgumentName: 'version-id-marker',
      ArgumentValue: versionIdMarker,
    });
  }
  const { object, marker } = await readKeyState(kv, bucket, keyMarker);
  const latest = (object ?? marker)?.record;
  if (latest !== undefined && latest.id === undefined) return sortIdOf(latest);
  const pointer = await kv.get(nullPointerKey(bucket.id, keyMarker));
  return pointer === undefined ? '' : fromUtf8(pointer.value);
}
