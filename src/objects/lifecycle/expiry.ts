import type { Bucket, ObjectVersion } from '../model.ts';
import type { Expiry } from '../store.ts';
import { firstExpiry } from './rules.ts';

/** When this version will expire if it stays as it is: only the latest version ever does. */
export function expiryOf(
  { lifecycle }: Bucket,
  version: ObjectVersion,
  dayMs: number,
): Expiry | undefined {
  if (lifecycle === undefined || !version.isLatest) return undefined;
  const { kind, key, size, tags = [], storageClass, lastModifiedMs: createdAtMs } = version;
  const facts = { kind, key, size, tags, storageClass, createdAtMs, noncurrent: undefined };
  return firstExpiry(lifecycle, facts, dayMs);
}
