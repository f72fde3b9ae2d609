import { noSuchKey, preconditionFailed } from './error.ts';
import type { WriteConditions } from './store.ts';

/** What conditions are about: an object, a delete marker, or nothing. */
export type Existing =
  | { readonly kind: 'object'; readonly etag: string; readonly size: number; modifiedMs: number }
  | { readonly kind: 'deleteMarker' }
  | undefined;

export function isConditional(conditions: WriteConditions): boolean {
  const { ifMatch, ifNoneMatch, ifMatchLastModifiedMs, ifMatchSize } = conditions;
  return (
    ifMatch !== undefined ||
    ifNoneMatch !== undefined ||
    ifMatchLastModifiedMs !== undefined ||
    ifMatchSize !== undefined
  );
}

/** "Conditional writes": If-Match on a key without object is 404, every other refusal is 412. */
export function checkWriteConditions(
  { ifMatch, ifNoneMatch }: WriteConditions,
  existing: Existing,
  key: string,
): void {
  const etag = existing?.kind === 'object' ? existing.etag : undefined;
  if (ifMatch !== undefined) {
    if (etag === undefined) throw noSuchKey(key);
    if (ifMatch !== '*' && ifMatch !== etag) throw preconditionFailed('If-Match');
  }
  if (ifNoneMatch !== undefined && etag !== undefined) {
    if (ifNoneMatch === '*' || ifNoneMatch === etag) throw preconditionFailed('If-None-Match');
  }
}

/**
 * "How to perform conditional deletes". Under If-Match there must be an object, so that of several
 * deletes one wins; a delete marker is none, whatever lies under it. Of the two conditions on time
 * and size, the reference of DeleteObject says that deleting nothing succeeds.
 */
export function checkDeleteConditions(
  conditions: WriteConditions,
  existing: Existing,
  key: string,
): void {
  const { ifMatch, ifMatchLastModifiedMs, ifMatchSize } = conditions;
  const object = existing?.kind === 'object' ? existing : undefined;
  if (ifMatch !== undefined) {
    if (object === undefined) throw noSuchKey(key);
    if (ifMatch !== '*' && ifMatch !== object.etag) throw preconditionFailed('If-Match');
  }
  if (existing === undefined) return;
  if (
    ifMatchLastModifiedMs !== undefined &&
    (object === undefined || second(ifMatchLastModifiedMs) !== second(object.modifiedMs))
  ) {
    throw preconditionFailed('x-amz-if-match-last-modified-time');
  }
  if (ifMatchSize !== undefined && ifMatchSize !== object?.size) {
    throw preconditionFailed('x-amz-if-match-size');
  }
}

function second(ms: number): number {
  return Math.floor(ms / 1000);
}
