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

/** Actions on the object itself, which belong to the object's owner where ACLs count. */
const OBJECT_OWNER_ACTIONS = new Set([
  's3:GetObject',
  's3:GetObjectVersion',
  's3:GetObjectAttributes',
  's3:GetObjectVersionAttributes',
  's3:GetObjectAcl',
  's3:GetObjectVersionAcl',
  's3:PutObjectAcl',
  's3:PutObjectVersionAcl',
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging',
  's3:PutObjectTagging',
  's3:PutObjectVersionTagging',
  's3:DeleteObjectTagging',
  's3:DeleteObjectVersionTagging',
]);

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
