import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { createSecureContext } from 'node:tls';
import { systemClock } from '../../base/clock.ts';
import { Authority } from '../../certificates/authority.ts';
import { AWS_DOMAIN, isAwsName } from '../../certificates/names.ts';
import { ServerContexts } from '../../certificates/server-contexts.ts';
import { trustedAuthorities, unreachable } from '../client/trusted.ts';
import { UsageError } from '../command.ts';
import { profileFiles, withoutCredentials, type Environment } from '../client/profile.ts';
import { environmentInside, environmentOutside, proxyPorts, type Identity } from './environment.ts';
import { openPassingFolder, type PassingFolder } from './folder.ts';
import {
  addressOf,
  forwardFrom,
  reachedEvent,
  toEndpoint,
  type EndpointTarget,
  type Targets,
} from './forward.ts';
import { serveNames } from './names.ts';
import { startInNamespace, type Maker } from './namespace.ts';
import { HTTP_PORT, HTTPS_PORT, type Plan } from './plan.ts';
import { containerCredentials, metadataInside, type ProgramRole } from './role.ts';
import { publishPorts } from './publish.ts';
import { resolvingIn } from './resolving.ts';
import { exitOf, passSignals } from './signals.ts';
import { trustIn } from './trust.ts';

export interface ProgramRun {
  readonly program: Plan['program'];
  readonly environment: Environment;
  /** What AWS's names shall mean. */
  readonly endpoint: URL;
  /** A file with whom the endpoint's certificate may come from. */
  readonly caBundle: string | undefined;
  readonly identity: Identity | undefined;
  /** Whose credentials the program finds where a machine's role has its own. */
  readonly role: ProgramRole | undefined;
  /** Ports on which the program may reach others, beside those of the web and the endpoint. */
  readonly ports: readonly number[];
  /** Ports of the program's own servers that are to be reached from outside. */
  readonly published: readonly number[];
  readonly maker: Maker;
  /** Stays root of a namespace that its maker needed to be root for. */
  readonly asRoot: boolean;
  readonly hasTerminal: boolean;
  readonly complain: (message: string) => void;
}

/** The authority lives no longer than the program, and its key is in no file. */
const AWS_NAMES = { dns: [AWS_DOMAIN], addresses: [] };

/** Runs a program for which AWS's names mean the endpoint. Resolves to its exit code. */
export async function runInNamespace(run: ProgramRun): Promise<number> {
  const { environment, endpoint, maker } = run;
  const nowMs = systemClock.nowMs();
  const authority = Authority.create(AWS_NAMES, hostname(), nowMs);
  await using opened = new AsyncDisposableStack();
  const signals = opened.use(passSignals(run.hasTerminal));
  const folder = opened.use(openPassingFolder());

  const trust = trustIn(authority.pem.certificate, environment, run.caBundle, folder);
  const resolving = resolvingIn(folder);
  const metadata =
    run.role === undefined ? undefined : opened.use(metadataInside(run.role, run.complain));
  const targets: Targets = {
    ...endpointTarget(endpoint, run.caBundle),
    contexts: new ServerContexts({
      authority,
      clock: systemClock,
      usual: { dns: ['s3.amazonaws.com'], addresses: [] },
      isServed: isAwsName,
    }),
    metadata: metadata === undefined ? undefined : (socket) => metadata.serve(socket),
    complain: run.complain,
  };
  const inside = { ...environmentInside(environment, run.identity), ...trust.environment };
  for (const name of trust.removed) delete inside[name];
  const child = await startInNamespace(
    {
      program: run.program,
      environment: inside,
      mounts: [...trust.mounts, ...resolving.mounts, ...hiddenKeys(run, folder)],
      ports: portsOf(run),
      user: maker.uid === 0 || run.asRoot ? undefined : maker,
    },
    maker,
    {
      onListening: (server, port) => opened.use(forwardFrom(server, port, targets)),
      onNames: (socket) => opened.use(serveNames(socket, resolving.nameServers)),
      onReady: async (child) => {
        // Before it is the program, which may at once hold what we cannot let go.
        if (child.pid !== undefined) folder.endWithUs(child.pid);
        opened.use(await publishPorts(run.published, child, maker.uid === 0));
      },
    },
  );
  signals.to(child);
  return await exitOf(child);
}

/** What it trusts is read once for all connections: that takes longer than a request. */
function endpointTarget(endpoint: URL, caBundle: string | undefined): EndpointTarget {
  if (endpoint.protocol === 'http:') return { endpoint, endpointTls: undefined };
  return { endpoint, endpointTls: createSecureContext({ ca: trustedAuthorities(caBundle) }) };
}

/**
 * A key in a file goes before a role, and so does whatever else a profile has credentials from: where
 * there is a role, an empty file lies over the one, and what is left of the other without them.
 */
function hiddenKeys({ role, environment }: ProgramRun, folder: PassingFolder): Plan['mounts'] {
  if (role === undefined) return [];
  const { credentials, config } = profileFiles(environment);
  const mounts: Plan['mounts'][number][] = [];
  if (existsSync(credentials)) {
    mounts.push({ source: folder.write('credentials', ''), target: realpathSync(credentials) });
  }
  if (existsSync(config)) {
    const rest = withoutCredentials(readFileSync(config, 'utf8'));
    mounts.push({ source: folder.write('config', rest, 'owner'), target: realpathSync(config) });
  }
  return mounts;
}

/** Runs a program with nothing but variables, which newer programs read. Resolves to its exit code. */
export async function runWithVariables(run: ProgramRun): Promise<number> {
  const [file, ...words] = run.program;
  const { environment, identity, endpoint, caBundle, role } = run;
  await using opened = new AsyncDisposableStack();
  const ofRole =
    role === undefined ? undefined : opened.use(await containerCredentials(role, run.complain));
  const noFiles = role === undefined ? {} : filesWithoutKeys(environment, opened);
  const signals = opened.use(passSignals(run.hasTerminal));
  const child = spawn(file, words, {
    stdio: 'inherit',
    env: {
      ...environmentOutside(environment, identity, endpoint, caBundle),
      ...noFiles,
      ...ofRole?.environment,
    },
  });
  signals.to(child);
  return await exitOf(child);
}

/** The same as `hiddenKeys`, by variables. */
function filesWithoutKeys(
  environment: Environment,
  opened: AsyncDisposableStack,
): Record<string, string> {
  const { config } = profileFiles(environment);
  const none = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  if (!existsSync(config)) return none;
  const folder = opened.use(openPassingFolder());
  const rest = withoutCredentials(readFileSync(config, 'utf8'));
  return { ...none, AWS_CONFIG_FILE: folder.write('config', rest, 'owner') };
}

/** Rejects when nobody listens at the endpoint: better said once than by every connection. */
export async function reach(endpoint: URL, caBundle: string | undefined): Promise<void> {
  const socket = toEndpoint(endpointTarget(endpoint, caBundle));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(reachedEvent(socket), resolve);
      socket.once('error', (error) => reject(unreachable(endpoint, error)));
    });
  } finally {
    socket.destroy();
  }
}

/** Ports on which connections to anywhere arrive, so that the program cannot have them for itself. */
function portsOf({ endpoint, environment, ports, published }: ProgramRun): number[] {
  const own = [HTTP_PORT, HTTPS_PORT, addressOf(endpoint).port];
  const all = new Set([...own, ...proxyPorts(environment), ...ports]);
  const taken = published.find((port) => all.has(port));
  if (taken === undefined) return [...all];
  throw new UsageError(`The program cannot have port ${taken}, over which it reaches others`);
}
