import type { Socket } from 'node:net';
import { TLSSocket, type Server, type TlsOptions } from 'node:tls';

/** What a listener needs to speak TLS. */
export interface ServerCertificates {
  readonly tlsOptions: TlsOptions;
  /** Certificate and key for clients that name no server, made anew when they are asked for. */
  usualCertificate(): { readonly cert: string; readonly key: string };
}

/** Certificates live for months; a server lives longer. */
const RENEWAL_MS = 86_400_000;

/**
 * What TLS needs beside the requests: clients that name no server get a certificate that has not
 * ended, and handshakes that hang do not keep a closing server open.
 */
export function tendTls(server: Server, certificates: ServerCertificates): { close(): void } {
  // By peer: of a connection that is secure, the socket below is not to be had.
  const shaking = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    shaking.set(peer, socket);
    socket.once('close', () => {
      if (shaking.get(peer) === socket) shaking.delete(peer);
    });
  });
  server.on('secureConnection', (socket) => shaking.delete(peerOf(socket)));
  // What a stranger sends that is not TLS concerns nobody.
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const renewal = setInterval(() => {
    server.setSecureContext({ ...certificates.tlsOptions, ...certificates.usualCertificate() });
  }, RENEWAL_MS);
  renewal.unref();
  return {
    close: () => {
      clearInterval(renewal);
      for (const socket of shaking.values()) socket.destroy();
    },
  };
}

/** The version of a connection's TLS, as `1.3`; undefined for a plain one. */
export function tlsVersionOf(socket: Socket): string | undefined {
  return socket instanceof TLSSocket ? socket.getProtocol()?.replace('TLSv', '') : undefined;
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
