import { IdentityError } from '../identity/index.ts';

/** STS's own refusals, by their codes on the wire, and their statuses. */
const STATUS = {
  AccessDenied: 403,
  ExpiredTokenException: 400,
  IDPCommunicationError: 400,
  IDPRejectedClaim: 403,
  InvalidAuthorizationMessageException: 400,
  InvalidIdentityToken: 400,
  InvalidParameterValue: 400,
  MalformedPolicyDocument: 400,
  PackedPolicyTooLarge: 400,
  ValidationError: 400,
} as const;

export type StsErrorCode = keyof typeof STATUS;

/** A refusal in AWS's words. */
export class StsError extends Error {
  override readonly name = 'StsError';
  readonly code: StsErrorCode;

  constructor(code: StsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The wire form of STS's own errors; undefined for all others. */
export function toStsError(error: unknown) {
  if (error instanceof StsError) {
    return { status: STATUS[error.code], code: error.code, message: error.message };
  }
  if (error instanceof IdentityError && error.kind === 'PackedPolicyTooLarge') {
    return { status: STATUS[error.kind], code: error.kind, message: error.message };
  }
  return undefined;
}
