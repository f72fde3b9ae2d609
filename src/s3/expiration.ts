import type { ObjectVersion } from '../objects/model.ts';
import type { S3Context } from './context.ts';

/** The `x-amz-expiration` of an answer on this version: when it expires, and by which rule. */
export function expirationAnswer(
  version: ObjectVersion,
  { bucket, objects }: S3Context,
): string | undefined {
  const expiry = objects.expiryOf(bucket, version);
  if (expiry === undefined) return undefined;
  const { atMs, ruleId } = expiry;
  return `expiry-date="${new Date(atMs).toUTCString()}", rule-id="${encodeURIComponent(ruleId)}"`;
}
