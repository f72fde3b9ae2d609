import { IdentityError, type IdentityErrorKind } from '../identity/index.ts';
import { DecodeError } from '../wire/index.ts';

/** An error as the query protocol writes it. */
export interface IamError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** IAM's codes and their statuses ("Common errors" and the errors of each operation). */
const STATUS: Record<IdentityErrorKind, number> = {
  AccessDenied: 403,
  ConcurrentModification: 409,
  DeleteConflict: 409,
  EntityAlreadyExists: 409,
  EntityTemporarilyUnmodifiable: 409,
  InvalidAuthenticationCode: 403,
  InvalidInput: 400,
  InvalidUserType: 400,
  LimitExceeded: 409,
  MalformedPolicyDocument: 400,
  NoSuchEntity: 404,
  PackedPolicyTooLarge: 400,
  PasswordPolicyViolation: 400,
  ReportExpired: 410,
  ReportNotPresent: 410,
  Throttling: 400,
  ValidationError: 400,
};

/**
 * The wire form of what identity refuses, and of values that IAM refuses in a sentence of its own
 * instead of the list of violations. Undefined for everything that is not IAM's alone.
 */
export function toIamError(error: unknown): IamError | undefined {
  if (error instanceof IdentityError) {
    return { status: STATUS[error.kind], code: error.kind, message: error.message };
  }
  if (error instanceof DecodeError) {
    const own = error.violations.find(({ constraint }) => !constraint.startsWith('Member must'));
    if (own !== undefined) return { status: 400, code: 'ValidationError', message: own.constraint };
  }
  return undefined;
}
