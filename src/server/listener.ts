import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Headers, type HttpRequest, type HttpResponse } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { BACKLOG, FRONT_LIMITS } from './http/limits.ts';
import { refusalAnswer, type Refusal } from './http/refusal.ts';
import { IncomingBody } from './incoming-body.ts';
import { sendSource } from './send-source.ts';
import { tendTls, tlsVersionOf, type ServerCertificates } from './tls.ts';

/**
 * The listener is a seam: above it there are only the messages of `base/http.ts`, so that the leaner
 * front in `http/` can take the place of `node:http` without anyone noticing.
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
  /** Speaks TLS, with these certificates. */
  readonly tls?: ServerCertificates | undefined;
  readonly log: Log;
  /** Must not throw; whatever it throws ends the connection. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
}

/** What Node's error codes mean; every other one is a request that cannot be parsed. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: 'headTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

export async function listen(options: ListenerOptions): Promise<Listener> {
  const settings = {
    maxHeaderSize: FRONT_LIMITS.headSizeMax,
    headersTimeout: FRONT_LIMITS.headersTimeoutMs,
    requestTimeout: 0,
    keepAliveTimeout: FRONT_LIMITS.keepAliveTimeoutMs,
    noDelay: true,
  };
  const { tls } = options;
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer({
          ...settings,
          ...tls.tlsOptions,
          handshakeTimeout: FRONT_LIMITS.headersTimeoutMs,
        });
  const tended = tls === undefined || secure === undefined ? undefined : tendTls(secure, tls);
  const server = secure ?? createServer(settings);
  server.timeout = FRONT_LIMITS.idleTimeoutMs;
  server.maxConnections = FRONT_LIMITS.connectionsMax;
  const answer = (message: IncomingMessage, response: ServerResponse, awaits: boolean) => {
    void serve(options, server, message, response, awaits);
  };
  server.on('request', (message, response) => answer(message, response, false));
  server.on('checkContinue', (message, response) => answer(message, response, true));
  // An unknown expectation is the client's business; the request is served as if it had none.
  server.on('checkExpectation', (message, response) => answer(message, response, false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else socket.end(refusalAnswer(REFUSALS[error.code ?? ''] ?? 'malformed'));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { host, port, reusePort } = options;
    server.listen({ host, port, reusePort, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) => {
      tended?.close();
      return closeServer(server, graceMs);
    },
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
  // There is nothing to wait for, but old botocore loses its place on a connection where a final
  // answer comes without the interim one that it asked for.
  const isEmpty = body.length === 0;
  if (awaitsContinue && isEmpty) response.writeContinue();
  const request: HttpRequest = {
    method: message.method ?? '',
    target: message.url ?? '',
    headers: new Headers(message.rawHeaders),
    body,
    remoteAddress: message.socket.remoteAddress ?? '',
    secure: 'encrypted' in message.socket,
    tlsVersion: tlsVersionOf(message.socket),
  };
  // A client that goes away takes its answer with it; nothing is left to report to it.
  response.on('error', () => {});
  try {
    const answer = await options.handle(request);
    // A client that still waits for `100 Continue` may or may not send the body now: only closing is safe.
    const isUnsure = awaitsContinue && !isEmpty && !body.started;
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
  const { status, headers, body, instead } = answer;
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
    await sendSource(body, response, () => response.writeHead(status, headers));
  } catch (error) {
    if (instead === undefined || response.headersSent) throw error;
    await send(instead(error), message, response);
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

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
