import { OBJECT_OWNER_ACTIONS } from '../policy/index.ts';
import type { Bucket, ObjectVersion } from '../objects/model.ts';
import { aclsEnabled } from './acl.ts';

/** What an action of S3 is on, as far as whose it is depends on it. */
export interface S3Resource {
  readonly bucket?: Bucket | undefined;
  readonly object?: ObjectVersion | undefined;
  /** The key names an object that the request makes, not the one that may be there already. */
  readonly isNewObject?: boolean | undefined;
  /** Account that began the upload which the request is about. */
  readonly uploader?: string | undefined;
}

/** Whether the object must be looked at before the action on it can be decided. */
export function concernsExistingObject(action: string): boolean {
  return OBJECT_OWNER_ACTIONS.has(action);
}

/**
 * Another account's upload stays that account's while the bucket lets ACLs count ("Controlling
 * ownership of objects"); everything else in a bucket is the bucket owner's.
 */
export function resourceAccountOf(
  action: string,
  { bucket, object, isNewObject, uploader }: S3Resource,
  account: string | undefined,
): string | undefined {
  if (bucket === undefined) return undefined;
  // "By default, the bucket owner and the initiator of the multipart upload are allowed" to stop it.
  if (uploader !== undefined && uploader === account) return account;
  const isWriters = isNewObject === true && concernsExistingObject(action);
  if (isWriters && account !== undefined && aclsEnabled(bucket)) return account;
  if (object === undefined || bucket.ownership === 'BucketOwnerEnforced') return bucket.owner;
  return concernsExistingObject(action) ? object.owner : bucket.owner;
}
