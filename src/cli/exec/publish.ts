import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { workerModule } from '../../base/worker-module.ts';
import type { ConnectOrder, ConnectReport } from './connector.ts';
import { findTool } from './find-program.ts';
import { AS_THEY_COME, joinSockets } from './forward.ts';

const LOOPBACK = '127.0.0.1';

/** Ports of the program's own servers, to be found on the loopback address out here. */
export async function publishPorts(
  ports: readonly number[],
  inside: ChildProcess,
  isRoot: boolean,
): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  if (ports.length === 0) return opened.move();
  const connector = await startConnector(inside, isRoot);
  opened.defer(() => void connector.kill('SIGKILL'));
  const waiting = new Map<number, Socket>();
  let orders = 0;
  connector.on('message', (message, connection) => {
    const { id = 0 } = message as ConnectReport;
    const socket = waiting.get(id);
    waiting.delete(id);
    if (socket !== undefined && connection !== undefined) joinSockets(socket, connection as Socket);
    else (connection as Socket | undefined)?.destroy();
    if (connection === undefined) socket?.resetAndDestroy();
  });
  for (const port of ports) {
    const server = createServer({ ...AS_THEY_COME, pauseOnConnect: true }, (socket) => {
      socket.on('error', () => {});
      orders += 1;
      waiting.set(orders, socket);
      const id = orders;
      connector.send({ id, port } satisfies ConnectOrder, (error) => {
        // Whoever obeys has been ended by somebody.
        if (error === null) return;
        waiting.delete(id);
        socket.resetAndDestroy();
      });
    });
    const open = new Set<Socket>();
    server.on('connection', (socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    opened.defer(() => {
      server.close();
      for (const socket of open) socket.destroy();
    });
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
  }
  return opened.move();
}

/** Joins the network of a process that is still what it was when it made the network. */
async function startConnector(inside: ChildProcess, isRoot: boolean): Promise<ChildProcess> {
  const kinds = isRoot ? ['--net'] : ['--user', '--preserve-credentials', '--net'];
  const words = ['--target', String(inside.pid), ...kinds, '--', process.execPath];
  const module = fileURLToPath(workerModule('connector', import.meta.url));
  const connector = spawn(findTool('nsenter') ?? 'nsenter', [...words, module], {
    // Ctrl-C is for the program.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {},
  });
  await Promise.race([
    once(connector, 'message'),
    once(connector, 'exit').then(([code]) => {
      throw new Error(`The program's ports could not be published (exit ${String(code)})`);
    }),
  ]);
  return connector;
}
