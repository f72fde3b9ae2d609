import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { whenKnown } from '../base/awaitable.ts';
import { contentKey } from './keys.ts';
import { IN_RECORD_SIZE_MAX } from './limits.ts';
import { verifiedBytes, type Body, type ContentBody, type PartBody } from './records.ts';
import { newContentId } from './version-id.ts';

/**
 * Bytes that are too many for a record and too few for a blob lie in a row of their own, so that
 * listings and changes of a key read records alone. The row comes in the commit that makes its
 * version and goes in the one that removes it; a version that moves keeps its row where it is.
 *
 * INVARIANT (content): one row for each version whose body is a content, and no other.
 */

/** Where the bytes of a new version are to lie. */
export function placed(body: PartBody, nowMs: number): Body {
  if (body.kind !== 'inline' || body.bytes.byteLength <= IN_RECORD_SIZE_MAX) return body;
  return { kind: 'content', id: newContentId(nowMs), crc: body.crc, bytes: body.bytes };
}

/** The body with its bytes; undefined when the version went since its record was read. */
export function readContent(
  kv: KeyValueStore,
  body: ContentBody,
): Awaitable<ContentBody | undefined> {
  return whenKnown(
    kv.get(contentKey(body.id)),
    (entry) => entry && { ...body, bytes: entry.value },
  );
}

/** The bytes that a body came with, checked against what was written. */
export function contentBytes(body: ContentBody): Uint8Array {
  return verifiedBytes({ bytes: heldBytes(body), crc: body.crc });
}

/** The same for the store, which keeps them beside their checksum: whoever reads them checks. */
export function heldBytes({ bytes }: ContentBody): Uint8Array {
  assert(bytes !== undefined, 'A version that is handed out has its bytes.');
  return bytes;
}

/** `body`, with the bytes of `known` when both are the same content. */
export function withBytesOf(body: Body, known: Body): Body {
  return body.kind === 'content' && known.kind === 'content' && body.id === known.id ? known : body;
}
