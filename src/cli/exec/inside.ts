import { spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { findTool } from './find-program.ts';
import { AWS_ADDRESS, DNS_PORT, METADATA_ADDRESSES, type Plan, type Report } from './plan.ts';

const LOOPBACK = '127.0.0.1';

/**
 * The first process inside the namespace. It sets up the network and the files, opens the sockets,
 * hands them to the process outside (a socket belongs to the network in which it was opened,
 * whoever holds it) and then becomes the program: same process id, terminal and parent.
 */
async function becomeProgram(plan: Plan): Promise<never> {
  setUpNetwork();
  for (const { source, target } of plan.mounts) run('mount', ['--bind', source, target]);
  for (const port of plan.ports) {
    const server = await listenOn(port);
    await report({ kind: 'tcp', port }, server);
  }
  for (const address of [AWS_ADDRESS, LOOPBACK]) {
    const names = createSocket('udp4');
    names.bind(DNS_PORT, address);
    await once(names, 'listening');
    await report({ kind: 'names' }, names);
  }
  await report({ kind: 'ready' });
  await once(process, 'message');
  process.disconnect();
  // Node ignores these, and so would the program; what is caught becomes the system's default again.
  for (const signal of ['SIGPIPE', 'SIGXFSZ'] as const) process.on(signal, () => {});
  const [file, ...words] = commandOf(plan);
  // Never returns: from here on this process is the program.
  process.execve?.(file, [file, ...words], plan.environment);
  throw new Error('This Node.js cannot become another program');
}

/**
 * Every address is this machine's own: a connection to anywhere, on a port that someone listens on,
 * arrives, and says where it wanted to go. Without the addresses on the device the C library would
 * believe that there is no network, and look for no IPv4 address.
 */
function setUpNetwork(): void {
  const addresses = [AWS_ADDRESS, ...METADATA_ADDRESSES];
  const commands = [
    'link set lo up',
    ...addresses.map((address) => `address add ${address}/32 dev lo`),
    'route add local 0.0.0.0/0 dev lo',
  ];
  run('ip', ['-batch', '-'], commands.join('\n'));
  // A system without IPv6 needs no route for it.
  spawnSync(findTool('ip') ?? 'ip', '-6 route add local ::/0 dev lo'.split(' '));
}

async function listenOn(port: number): Promise<Server> {
  for (const host of ['::', '0.0.0.0']) {
    const server = createServer();
    server.listen({ port, host });
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    }
  }
  throw new Error(`Could not listen on port ${port}`);
}

/** In a namespace of users of its own its maker is root; a further one makes it itself again. */
function commandOf({ program, user }: Plan): readonly [string, ...string[]] {
  if (user === undefined) return program;
  const map = [`--map-user=${user.uid}`, `--map-group=${user.gid}`];
  return [findTool('unshare') ?? 'unshare', '--user', ...map, '--', ...program];
}

function run(tool: string, words: readonly string[], input = ''): void {
  const ran = spawnSync(findTool(tool) ?? tool, words, { input, encoding: 'utf8' });
  if (ran.status === 0) return;
  const said = ran.error?.message ?? ran.stderr.trim();
  throw new Error(`${[tool, ...words].join(' ')}: ${said}`);
}

function report(message: Report, socket?: Server | Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
    if (process.send === undefined) reject(new Error('Nobody is outside'));
    else process.send(message, socket, {}, done);
  });
}

if (process.send !== undefined) {
  process.once('message', (plan) => {
    becomeProgram(plan as Plan).catch(async (error: unknown) => {
      const { message } = error as Error;
      await report({ kind: 'failed', message, exitCode: 1 });
      process.exit(1);
    });
  });
  await report({ kind: 'here' });
}
