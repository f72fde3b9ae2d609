import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Headers, type HttpRequest, type HttpResponse } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { IncomingBody } from './incoming-body.ts';
import { sendSource } from './send-source.ts';

/**
 * The listener is a seam: above it there are only the messages of `base/http.ts`, so that a leaner
 * front can take the place of `node:http` without anyone noticing.
 */
export interface Listener {
  readonly port: number;
  /** Stops accepting, lets what is in flight finish for at most `graceMs`, then closes. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Lets every thread listen on the same port; the kernel spreads the connections. */
  readonly reusePort: boolean;
  readonly log: Log;
  /** Must not throw; whatever it throws ends the connection. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
}

/** A client that has begun a request must finish its header section within this time (slowloris). */
const HEADERS_TIMEOUT_MS = 60_000;
/** A connection on which nothing moves for this long is closed; long transfers always move. */
const IDLE_TIMEOUT_MS = 300_000;
/** Idle keep-alive: longer than the 60 s that load balancers and SDK pools commonly keep. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** S3 allows 8 KiB of headers; SDKs with session tokens and signed policies need some more. */
const HEADERS_SIZE_MAX = 32 * 1024;
/** Open connections per thread; past it new ones wait in the kernel's queue or are refused. */
const CONNECTIONS_MAX = 20_000;

export async function listen(options: ListenerOptions): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: HEADERS_SIZE_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    noDelay: true,
  });
  server.timeout = IDLE_TIMEOUT_MS;
  server.maxConnections = CONNECTIONS_MAX;
  const answer = (message: IncomingMessage, response: ServerResponse, awaits: boolean) => {
    void serve(options, server, message, response, awaits);
  };
  server.on('request', (message, response) => answer(message, response, false));
  server.on('checkContinue', (message, response) => answer(message, response, true));
  // An unknown expectation is the client's business; the request is served as if it had none.
  server.on('checkExpectation', (message, response) => answer(message, response, false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(malformedAnswer(error.code));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { host, port, reusePort } = options;
    server.listen({ host, port, reusePort, backlog: 1024 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => closeServer(server, graceMs),
  };
}

async function serve(
  options: ListenerOptions,
  server: Server,
  message: IncomingMessage,
  response: ServerResponse,
  awaitsContinue: boolean,
): Promise<void> {
  const body = new IncomingBody(message, () => {
    if (awaitsContinue) response.writeContinue();
  });
  const request: HttpRequest = {
    method: message.method ?? '',
    target: message.url ?? '',
    headers: new Headers(message.rawHeaders),
    body,
    remoteAddress: message.socket.remoteAddress ?? '',
    secure: 'encrypted' in message.socket,
  };
  // A client that goes away takes its answer with it; nothing is left to report to it.
  response.on('error', () => {});
  try {
    const answer = await options.handle(request);
    // A client that still waits for `100 Continue` may or may not send the body now: only closing is safe.
    const isUnsure = awaitsContinue && !body.started;
    // Nor is there a next request once the listener closes, which otherwise would wait for one.
    if (isUnsure || !server.listening) answer.headers.push('Connection', 'close');
    await send(answer, message, response);
  } catch (error) {
    if (!message.socket.destroyed) {
      options.log.write('error', 'Answer could not be sent', { error: describe(error) });
    }
    response.destroy();
  }
}

async function send(
  answer: HttpResponse,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, headers, body } = answer;
  if (body === undefined || body instanceof Uint8Array) {
    if (message.method !== 'HEAD' && status !== 204 && status !== 304) {
      headers.push('Content-Length', String(body?.byteLength ?? 0));
    }
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  try {
    headers.push('Content-Length', String(body.length));
    response.writeHead(status, headers);
    await sendSource(body, response);
  } finally {
    body.close();
  }
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function malformedAnswer(code: string | undefined): string {
  const tooLarge = code === 'HPE_HEADER_OVERFLOW';
  const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const name = tooLarge ? 'RequestHeaderSectionTooLarge' : 'BadRequest';
  const text = tooLarge
    ? 'Your request header section exceeds the maximum allowed header section size.'
    : 'An error occurred when parsing the HTTP request.';
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>${text}</Message></Error>`;
  return `HTTP/1.1 ${status}\r\nContent-Type: application/xml\r\nContent-Length: ${xml.length}\r\nConnection: close\r\n\r\n${xml}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
