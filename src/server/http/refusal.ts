import { createRequestIds } from '../request-id.ts';

/** Why a front refuses a connection by itself, before or instead of what is above it. */
export type Refusal = 'malformed' | 'headTooLarge' | 'version' | 'timeout' | 'internal';

interface RefusalText {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

const TEXTS: Readonly<Record<Refusal, RefusalText>> = {
  malformed: {
    status: '400 Bad Request',
    code: 'BadRequest',
    message: 'An error occurred when parsing the HTTP request.',
  },
  headTooLarge: {
    status: '431 Request Header Fields Too Large',
    code: 'RequestHeaderSectionTooLarge',
    message: 'Your request header section exceeds the maximum allowed header section size.',
  },
  version: {
    status: '505 HTTP Version Not Supported',
    code: 'HttpVersionNotSupported',
    message: 'The HTTP version specified is not supported.',
  },
  timeout: {
    status: '408 Request Timeout',
    code: 'RequestTimeout',
    message:
      'Your socket connection to the server was not read from or written to within the timeout period.',
  },
  internal: {
    status: '500 Internal Server Error',
    code: 'InternalError',
    message: 'We encountered an internal error. Please try again.',
  },
};

const newRequestId = createRequestIds();

/** The whole answer, after which the connection closes. */
export function refusalAnswer(refusal: Refusal): string {
  const { status, code, message } = TEXTS[refusal];
  const requestId = newRequestId();
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`;
  return `HTTP/1.1 ${status}\r\nx-amz-request-id: ${requestId}\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\nConnection: close\r\n\r\n${xml}`;
}
