/** What S3 adds to the evaluation of policies, for those who decide and those who prove. */

/**
 * "The root user … can always perform GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy": a
 * bucket whose policy denies everybody can still be opened by whoever owns it.
 */
export const RESCUING_ACTIONS: ReadonlySet<string> = new Set([
  's3:GetBucketPolicy',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
]);

/** Actions on the object itself, which belong to the object's owner where ACLs count. */
export const OBJECT_OWNER_ACTIONS: ReadonlySet<string> = new Set([
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
