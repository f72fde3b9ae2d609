import { SPACE } from '../kv/spaces.ts';
import type { Core } from './core.ts';
import { after, afterPrefix, keyPrefix, objectKey } from './keys.ts';
import type { Bucket } from './model.ts';
import { commonPrefixOf, readPage } from './page.ts';
import { decodeListedObject } from './records.ts';
import type { ListedObject, ListObjects, ObjectPage } from './store.ts';
import { msOfStamp, NULL_VERSION } from './version-id.ts';

export async function listObjects(
  { kv }: Core,
  { id }: Bucket,
  request: ListObjects,
): Promise<ObjectPage> {
  const { prefix, delimiter, limit } = request;
  const { items, truncated } = await readPage(kv, {
    space: SPACE.object,
    bucketId: id,
    prefix,
    delimiter,
    from: startAfter(id, request),
    limit,
  });
  const objects: ListedObject[] = [];
  const commonPrefixes: string[] = [];
  let last: string | undefined;
  for (const item of items) {
    if (item.kind === 'commonPrefix') {
      commonPrefixes.push((last = item.text));
    } else {
      last = item.texts[0] ?? '';
      objects.push(listedObject(last, item.entry.value));
    }
  }
  return { objects, commonPrefixes, truncated, last };
}

/** Past the key `after`, or past everything under the common prefix that it lies in. */
function startAfter(bucketId: string, { prefix, delimiter, after: text }: ListObjects): Uint8Array {
  if (text === '') return keyPrefix(SPACE.object, bucketId, prefix);
  const passed = commonPrefixOf(text, prefix, delimiter);
  return passed === undefined
    ? after(objectKey(bucketId, text))
    : afterPrefix(keyPrefix(SPACE.object, bucketId, passed));
}

function listedObject(key: string, value: Uint8Array): ListedObject {
  const { id, stamp, size, etag, owner, storageClass, checksum } = decodeListedObject(value);
  return {
    key,
    versionId: id ?? NULL_VERSION,
    size,
    etag,
    lastModifiedMs: msOfStamp(stamp),
    owner,
    storageClass,
    checksum,
  };
}
