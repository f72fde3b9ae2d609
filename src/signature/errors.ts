/** AWS's error codes for everything that can be wrong with a signature or a signed body. */
export type SignatureErrorKind =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'AuthorizationQueryParametersError'
  | 'EntityTooLarge'
  | 'EntityTooSmall'
  | 'IncompleteBody'
  | 'InvalidArgument'
  | 'InvalidChunkSizeError'
  | 'InvalidPolicyDocument'
  | 'InvalidRequest'
  | 'InvalidURI'
  | 'MalformedPOSTRequest'
  | 'MalformedTrailerError'
  | 'MaxPostPreDataLengthExceeded'
  | 'MissingContentLength'
  | 'MissingSecurityHeader'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch';

/**
 * A request whose signature, or whose signed body, is refused. The message is AWS's; `fields` are
 * the further members that AWS puts into the error document, and never hold a secret.
 */
export class SignatureError extends Error {
  override readonly name = 'SignatureError';
  readonly kind: SignatureErrorKind;
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    kind: SignatureErrorKind,
    message: string,
    fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.kind = kind;
    this.fields = fields;
  }
}

/** AWS's answer to an argument that it cannot make sense of: it names the argument and the value. */
export function invalidArgument(message: string, name: string, value: string): SignatureError {
  return new SignatureError('InvalidArgument', message, {
    ArgumentName: name,
    ArgumentValue: value,
  });
}

/** Neither `x-amz-date` nor `Date` says when the request was signed. */
export function missingDate(): SignatureError {
  return new SignatureError(
    'AccessDenied',
    'AWS authentication requires a valid Date or x-amz-date header',
  );
}
