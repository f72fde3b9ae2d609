import { connect, isIP, type Server, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket, type SecureContext } from 'node:tls';
import type { ServerContexts } from '../../certificates/server-contexts.ts';
import {
  AWS_ADDRESS,
  FOREIGN_METADATA_ADDRESSES,
  HTTP_PORT,
  HTTPS_PORT,
  METADATA_ADDRESSES,
} from './plan.ts';

/** What AWS's names mean. */
export interface EndpointTarget {
  readonly endpoint: URL;
  /** How to speak to it; undefined for plain HTTP. */
  readonly endpointTls: SecureContext | undefined;
}

/** Where connections of the namespace go. */
export interface Targets extends EndpointTarget {
  /** Certificates for AWS's names, for the program. */
  readonly contexts: ServerContexts;
  /** Who answers as instance metadata; refused when there is nobody. */
  readonly metadata: ((socket: Socket) => void) | undefined;
  /** Told what went wrong outside, since the program only sees a connection end. */
  readonly complain: (message: string) => void;
}

/**
 * For connections that go on. Bytes leave as they come: many clients write a request's head and body one
 * after the other, and the second would wait until the first is acknowledged, 40 ms on Linux. Each
 * side ends by itself.
 */
export const AS_THEY_COME = { noDelay: true, allowHalfOpen: true };

/** Serves a socket that listens inside from out here, until it is disposed of. */
export function forwardFrom(listening: Server, port: number, targets: Targets): Disposable {
  const open = new Set<Socket>();
  listening.on('error', (error) => targets.complain(error.message));
  listening.on('connection', (socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
    const { metadata } = targets;
    if (port === HTTP_PORT && metadata !== undefined && METADATA_ADDRESSES.includes(address)) {
      metadata(socket);
      return;
    }
    const target = targetOf(socket, address, port, targets);
    if (target === undefined) socket.resetAndDestroy();
    else joinSockets(target.near, target.far, targets.complain);
  });
  // They end when one side ends, also when the other still has something to say.
  (listening as Server & { allowHalfOpen: boolean }).allowHalfOpen = true;
  return {
    [Symbol.dispose]: () => {
      listening.close();
      for (const socket of open) socket.destroy();
    },
  };
}

function targetOf(
  socket: Socket,
  address: string,
  port: number,
  targets: Targets,
): { readonly near: Socket; readonly far: Socket } | undefined {
  if (address === AWS_ADDRESS) {
    if (port !== HTTP_PORT && port !== HTTPS_PORT) return undefined;
    const near = port === HTTPS_PORT ? secured(socket, targets.contexts) : socket;
    return { near, far: toEndpoint(targets) };
  }
  // Those of the machine around are not the program's.
  if ([...METADATA_ADDRESSES, ...FOREIGN_METADATA_ADDRESSES].includes(address)) return undefined;
  // Everything else is somebody else's, and goes to where it wanted.
  return { near: socket, far: connect({ host: address, port, ...AS_THEY_COME }) };
}

function secured(socket: Socket, contexts: ServerContexts): TLSSocket {
  const { SNICallback, ...options } = contexts.tlsOptions;
  return new TLSSocket(socket, {
    isServer: true,
    ...options,
    secureContext: contexts.contextOf(''),
    ...(SNICallback === undefined ? {} : { SNICallback }),
  });
}

/** A connection to the endpoint, which is there at `reachedEvent`. */
export function toEndpoint({ endpoint, endpointTls }: EndpointTarget): Socket {
  const { host, port } = addressOf(endpoint);
  const at = { host, port, ...AS_THEY_COME };
  if (endpointTls === undefined) return connect(at);
  return connectTls({
    ...at,
    // Addresses are no server names (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    secureContext: endpointTls,
    ALPNProtocols: ['http/1.1'],
  });
}

/** When a connection can be used: with TLS, when the other side has been recognized. */
export function reachedEvent(socket: Socket): 'connect' | 'secureConnect' {
  return socket instanceof TLSSocket ? 'secureConnect' : 'connect';
}

/** Host and port of a URL, for a socket. */
export function addressOf(url: URL): { readonly host: string; readonly port: number } {
  const usual = url.protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? usual : Number(url.port),
  };
}

/** Moves bytes both ways until both sides have ended, or one has failed. */
export function joinSockets(
  near: Socket,
  far: Socket,
  complain: (message: string) => void = () => {},
): void {
  let isReached = false;
  far.once(reachedEvent(far), () => (isReached = true));
  far.on('error', (error) => {
    // Later than this the program sees for itself what a network looks like.
    if (!isReached) complain(error.message);
    near.destroy();
  });
  near.on('error', () => far.destroy());
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroySoon());
  near.pipe(far);
  far.pipe(near);
}
