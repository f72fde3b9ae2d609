export type AccessErrorKind =
  | 'AccessDenied'
  | 'ExpiredToken'
  | 'InvalidAccessKeyId'
  | 'InvalidToken'
  /** IAM and STS say this for every credential that is not known. */
  | 'InvalidClientTokenId'
  | 'MissingAuthenticationToken';

/** The caller is not known, or may not. `fields` become members of the wire error. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly kind: AccessErrorKind;
  readonly fields: Readonly<Record<string, string>>;

  constructor(
    kind: AccessErrorKind,
    message: string,
    fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.kind = kind;
    this.fields = fields;
  }
}
