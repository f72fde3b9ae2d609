import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { systemClock, type Clock } from '../../base/clock.ts';
import type { Listener, ListenerOptions } from '../listener.ts';
import { tendTls } from '../tls.ts';
import { serveConnection } from './connection.ts';
import { Front } from './front.ts';
import { BACKLOG, FRONT_LIMITS, type FrontLimits } from './limits.ts';

/** Timeouts are late by at most this; one timer a thread instead of several a connection. */
export const SWEEP_MS = 1000;

/**
 * A listener of our own on `node:net`, for HTTP/1.1 alone and stricter than it is customary:
 * whatever two parsers could read in two ways is refused (RFC 9112, section 11.2).
 */
export async function listenLean(
  options: ListenerOptions,
  limits: FrontLimits = FRONT_LIMITS,
  clock: Clock = systemClock,
): Promise<Listener> {
  const front = new Front(options, limits, clock);
  const settings = { allowHalfOpen: true, noDelay: true };
  const serve = (socket: Socket): void => serveConnection(socket, front);
  const { tls } = options;
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer(
          { ...settings, ...tls.tlsOptions, handshakeTimeout: limits.headersTimeoutMs },
          serve,
        );
  const tended = tls === undefined || secure === undefined ? undefined : tendTls(secure, tls);
  const server = secure ?? createServer(settings, serve);
  server.maxConnections = limits.connectionsMax;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const { host, port, reusePort } = options;
    server.listen({ host, port, reusePort, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => front.report('The listener failed', error));
  const sweeps = setInterval(() => front.sweep(SWEEP_MS), SWEEP_MS);
  sweeps.unref();
  return {
    port: (server.address() as AddressInfo).port,
    async close(graceMs) {
      tended?.close();
      await closeFront(server, front, graceMs);
      clearInterval(sweeps);
    },
  };
}

async function closeFront(server: Server, front: Front, graceMs: number): Promise<void> {
  front.isClosing = true;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => {
      for (const connection of front.connections) connection.destroy();
    }, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    for (const connection of front.connections) if (connection.isIdle) connection.destroy();
  });
}
