/** Keys whose values are a few fixed words, and these ("Condition keys for Amazon S3"). */
const POSSIBLE: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'aws:principaltype',
    ['Account', 'User', 'FederatedUser', 'AssumedRole', 'Anonymous', 'Service'],
  ],
  ['s3:authtype', ['REST-HEADER', 'REST-QUERY-STRING', 'POST']],
  ['s3:object-lock-legal-hold', ['ON', 'OFF']],
  ['s3:object-lock-mode', ['GOVERNANCE', 'COMPLIANCE']],
  ['s3:signatureversion', ['AWS', 'AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256']],
  [
    's3:x-amz-acl',
    [
      'private',
      'public-read',
      'public-read-write',
      'aws-exec-read',
      'authenticated-read',
      'bucket-owner-read',
      'bucket-owner-full-control',
      'log-delivery-write',
    ],
  ],
  ['s3:x-amz-metadata-directive', ['COPY', 'REPLACE']],
  ['s3:x-amz-object-ownership', ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter']],
  ['s3:x-amz-server-side-encryption', ['AES256', 'aws:kms', 'aws:kms:dsse', 'aws:fsx']],
  [
    's3:x-amz-storage-class',
    [
      'STANDARD',
      'REDUCED_REDUNDANCY',
      'STANDARD_IA',
      'ONEZONE_IA',
      'INTELLIGENT_TIERING',
      'GLACIER',
      'GLACIER_IR',
      'DEEP_ARCHIVE',
      'OUTPOSTS',
      'EXPRESS_ONEZONE',
      'SNOW',
      'FSX_OPENZFS',
      'FSX_ONTAP',
    ],
  ],
]);

/** Undefined for keys whose values are not a closed list. */
export function possibleValues(key: string): readonly string[] | undefined {
  return POSSIBLE.get(key.toLowerCase());
}
