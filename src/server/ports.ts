import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from './config.ts';

/** A port to listen on. */
export interface Port {
  /** 0 lets the system choose. */
  readonly port: number;
  readonly isTls: boolean;
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** The ports that the settings name, the one for plain HTTP first. */
export function portsOf(config: Pick<Config, 'port' | 'tlsPort' | 'awsNames'>): Port[] {
  const ports: Port[] = [{ port: config.port, isTls: false }];
  if (config.tlsPort !== undefined) ports.push({ port: config.tlsPort, isTls: true });
  if (config.awsNames) {
    for (const port of [
      { port: HTTP_PORT, isTls: false },
      { port: HTTPS_PORT, isTls: true },
    ]) {
      if (!ports.some((one) => one.port === port.port)) ports.push(port);
    }
  }
  return ports;
}

/** Whether any of them speaks TLS. */
export function hasTls(config: Pick<Config, 'tlsPort' | 'awsNames'>): boolean {
  return config.tlsPort !== undefined || config.awsNames;
}

/**
 * Throws EADDRINUSE where another process listens already. The threads share a port with whoever
 * lets it be shared, and so would two servers, each answering some of the requests of both.
 */
export async function assertFree(
  { host }: Pick<Config, 'host'>,
  ports: readonly Port[],
): Promise<void> {
  for (const { port } of ports) {
    if (port === 0) continue;
    const server = createServer().listen({ host, port, exclusive: true });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
}
