import { systemClock } from '../../base/clock.ts';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { jsonLog, type Log } from '../../base/log.ts';
import { randomText } from '../../base/random.ts';
import { CONTAINER_PATH, createMetadataService, type RoleSource } from '../../metadata/index.ts';
import { listenLean } from '../../server/http/listen-lean.ts';
import { serveSockets, type SocketServer } from '../../server/http/serve-sockets.ts';
import { SESSION_SECONDS, thisInstance } from '../../server/metadata.ts';
import { assumedRoleSource } from '../assumed-role.ts';
import type { Client } from '../client/client.ts';

/** A role whose credentials a program may have, minted by a client that it owns. */
export interface ProgramRole extends Disposable {
  readonly source: RoleSource;
  readonly region: string;
}

const TOKEN_LENGTH = 40;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** The role, once it has been assumed: what is refused is said before the program starts. */
export async function assumeRole(client: Client, role: string): Promise<ProgramRole> {
  const { region } = client.profile;
  const source = await assumedRoleSource(client, { role, durationSeconds: SESSION_SECONDS });
  return { source, region, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

/** Instance metadata for the connections of one namespace, and reachable from nowhere else. */
export function metadataInside(role: ProgramRole, complain: (line: string) => void): SocketServer {
  const log = jsonLog(complain, 'warning');
  return serveSockets({ log, handle: serviceOf(role, log, undefined) });
}

export interface ContainerCredentials extends AsyncDisposable {
  /** By which SDKs find them. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The same for a program without a namespace, by the endpoint that SDKs of containers know: others
 * on this machine can reach it too, but need its token.
 */
export async function containerCredentials(
  role: ProgramRole,
  complain: (line: string) => void,
): Promise<ContainerCredentials> {
  const token = randomText(LETTERS, TOKEN_LENGTH);
  const log = jsonLog(complain, 'warning');
  const service = serviceOf(role, log, token);
  const listener = await listenLean({
    host: '127.0.0.1',
    port: 0,
    reusePort: false,
    log,
    handle: (request) =>
      request.target === CONTAINER_PATH
        ? service(request)
        : Promise.resolve({ status: 404, headers: [] }),
  });
  return {
    environment: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${listener.port}${CONTAINER_PATH}`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
    },
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

function serviceOf(
  { source, region }: ProgramRole,
  log: Log,
  containerToken: string | undefined,
): (request: HttpRequest) => Promise<HttpResponse> {
  const clock = systemClock;
  const instance = thisInstance(region, clock);
  return createMetadataService({ source, instance, clock, log, isV2Only: false, containerToken });
}
