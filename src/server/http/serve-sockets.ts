import type { Socket } from 'node:net';
import { systemClock } from '../../base/clock.ts';
import { serveConnection } from './connection.ts';
import { Front, type FrontOptions } from './front.ts';
import { FRONT_LIMITS } from './limits.ts';
import { SWEEP_MS } from './listen-lean.ts';

/** Serves sockets that someone else has accepted, half-open ones among them. */
export interface SocketServer extends Disposable {
  serve(socket: Socket): void;
}

/** The leaner front without a listener: nobody reaches it but by the sockets that it is given. */
export function serveSockets(options: FrontOptions): SocketServer {
  const front = new Front(options, FRONT_LIMITS, systemClock);
  const sweeps = setInterval(() => front.sweep(SWEEP_MS), SWEEP_MS);
  sweeps.unref();
  return {
    serve: (socket) => serveConnection(socket, front),
    [Symbol.dispose]: () => {
      clearInterval(sweeps);
      for (const connection of front.connections) connection.destroy();
    },
  };
}
