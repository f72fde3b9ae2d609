import { EXIT, type ExitCode } from '../exit.ts';

/** A service has refused. What it says reads `code: message (request id …)`. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly status: number;
  readonly code: string;
  /** The service's own sentence, without code and request id. */
  readonly sentence: string;
  readonly requestId: string | undefined;
  readonly exitCode: ExitCode;

  constructor(answer: {
    readonly status: number;
    readonly code: string;
    readonly sentence: string;
    readonly requestId: string | undefined;
  }) {
    const { status, code, sentence, requestId } = answer;
    const said = sentence === '' ? code : `${code}: ${sentence}`;
    super(requestId === undefined ? said : `${said} (request id ${requestId})`);
    this.status = status;
    this.code = code;
    this.sentence = sentence;
    this.requestId = requestId;
    this.exitCode = exitCodeOf(status, code);
  }
}

/** There are no credentials, or they cannot be what they say. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly exitCode = EXIT.configuration;
}

/** Codes that say of the credentials themselves that they are wrong. */
const OF_CREDENTIALS = new Set([
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);

function exitCodeOf(status: number, code: string): ExitCode {
  if (OF_CREDENTIALS.has(code)) return EXIT.configuration;
  switch (status) {
    case 401:
    case 403:
      return EXIT.denied;
    case 404:
      return EXIT.notFound;
    case 409:
    case 412:
      return EXIT.conflict;
    default:
      return EXIT.failed;
  }
}
