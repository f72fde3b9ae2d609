/** What went wrong in one of the server's own actions, in the words that IAM has for it. */
export class CofferError extends Error {
  override readonly name = 'CofferError';
  readonly code: 'NoSuchEntity' | 'LimitExceeded';

  constructor(code: CofferError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export const CofferErrorStatus: Readonly<Record<CofferError['code'], number>> = {
  LimitExceeded: 409,
  NoSuchEntity: 404,
};
