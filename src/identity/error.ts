/** Why identity refused. The names are IAM's error codes, as they stand on the wire. */
export type IdentityErrorKind =
  | 'AccessDenied'
  | 'ConcurrentModification'
  | 'DeleteConflict'
  | 'EntityAlreadyExists'
  | 'EntityTemporarilyUnmodifiable'
  | 'InvalidAuthenticationCode'
  | 'InvalidInput'
  | 'InvalidUserType'
  | 'LimitExceeded'
  | 'MalformedPolicyDocument'
  | 'NoSuchEntity'
  /** STS's alone. */
  | 'PackedPolicyTooLarge'
  | 'PasswordPolicyViolation'
  | 'ReportExpired'
  | 'ReportNotPresent'
  | 'Throttling'
  | 'ValidationError';

/** A refusal that changed nothing. The message is AWS's, since clients match on it. */
export class IdentityError extends Error {
  override readonly name = 'IdentityError';
  readonly kind: IdentityErrorKind;

  constructor(kind: IdentityErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** "The user with name bob cannot be found." */
export function noSuch(what: string, name: string): IdentityError {
  return new IdentityError('NoSuchEntity', `The ${what} with name ${name} cannot be found.`);
}

/** "Cannot exceed quota for AccessKeysPerUser: 2" */
export function quotaExceeded(quota: string, limit: number): IdentityError {
  return new IdentityError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`);
}

/** "Cannot delete entity, must delete policies first." */
export function deleteConflict(first: string): IdentityError {
  return new IdentityError('DeleteConflict', `Cannot delete entity, must ${first} first.`);
}
