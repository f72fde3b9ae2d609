/** Why the store refused. The names are S3's error codes where S3 has one. */
export type ObjectsErrorKind =
  | 'BucketAlreadyExists'
  | 'BucketAlreadyOwnedByYou'
  | 'BucketNotEmpty'
  | 'NoSuchBucket'
  | 'NoSuchKey'
  | 'NoSuchVersion'
  | 'NoSuchUpload'
  | 'PreconditionFailed'
  /** Another writer changed the key while a conditional write was under way. */
  | 'ConditionalRequestConflict'
  /** The key changed again and again under an unconditional write. */
  | 'OperationAborted'
  | 'BadDigest'
  | 'IncompleteBody'
  | 'EntityTooLarge'
  | 'EntityTooSmall'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'InvalidRequest'
  | 'InvalidArgument';

/** `fields` become members of the wire error, under S3's names for them. */
export class ObjectsError extends Error {
  override readonly name = 'ObjectsError';
  readonly kind: ObjectsErrorKind;
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    kind: ObjectsErrorKind,
    message: string,
    fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.kind = kind;
    this.fields = fields;
  }
}

export function noSuchBucket(name: string): ObjectsError {
  return new ObjectsError('NoSuchBucket', 'The specified bucket does not exist', {
    BucketName: name,
  });
}

export function noSuchKey(key: string): ObjectsError {
  return new ObjectsError('NoSuchKey', 'The specified key does not exist.', { Key: key });
}

export function noSuchUpload(uploadId: string): ObjectsError {
  return new ObjectsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have ' +
      'been aborted or completed.',
    { UploadId: uploadId },
  );
}

/** `condition` is the header's name. */
export function preconditionFailed(condition: string): ObjectsError {
  return new ObjectsError(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
    { Condition: condition },
  );
}
