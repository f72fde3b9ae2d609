import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import type { Socket as NameSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { workerModule } from '../../base/worker-module.ts';
import { findTool } from './find-program.ts';
import type { Plan, Report } from './plan.ts';

/** The user that a program runs as, and whether the system's own root makes the namespace. */
export interface Maker {
  readonly uid: number;
  readonly gid: number;
}

/** What is wanted of the process outside. */
export interface Outside {
  onListening(server: Server, port: number): void;
  onNames(socket: NameSocket): void;
  /** The network is there, and the process is not yet the program. */
  onReady(inside: ChildProcess): Promise<void>;
}

const TOOLS = ['unshare', 'ip', 'mount'] as const;

/** Why there can be no namespace here; undefined when there can. */
export function whyNoNamespace(maker: Maker): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} has none`;
  const missing = TOOLS.filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) return `${missing.join(', ')} is not installed (util-linux, iproute2)`;
  if (process.execve === undefined) return 'this Node.js cannot become another program';
  const [unshare, ...words] = unshareWords(maker);
  // Some systems let everybody make a namespace, and do nothing in it.
  const up = [findTool('ip') ?? 'ip', ...'link set lo up'.split(' ')];
  const tried = spawnSync(unshare, [...words, ...up], { encoding: 'utf8' });
  if (tried.status === 0) return undefined;
  return tried.stderr.trim().split('\n')[0] ?? 'unshare failed';
}

/**
 * Starts the program in a namespace. Resolves to its process once it is the program: its id,
 * terminal and exit are the program's.
 */
export async function startInNamespace(
  plan: Plan,
  maker: Maker,
  outside: Outside,
): Promise<ChildProcess> {
  const [unshare, ...words] = unshareWords(maker);
  const inside = fileURLToPath(workerModule('inside', import.meta.url));
  const child = spawn(unshare, [...words, process.execPath, inside], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // What is meant for the program must not change how we get there.
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...compileCache(plan.environment) },
  });
  try {
    await ready(child, plan, outside);
    await outside.onReady(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const away = once(child, 'disconnect');
  child.send('go');
  await away;
  return child;
}

/** Resolves when everything inside is as the plan wants it. */
async function ready(child: ChildProcess, plan: Plan, outside: Outside): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`The namespace could not be set up (exit ${code})`));
    });
    child.on('message', (message, socket) => {
      const report = message as Report;
      switch (report.kind) {
        case 'here':
          child.send(plan);
          break;
        case 'tcp':
          outside.onListening(socket as Server, report.port);
          break;
        case 'names':
          outside.onNames(socket as NameSocket);
          break;
        case 'ready':
          resolve();
          break;
        case 'failed':
          reject(new Error(`The namespace could not be set up: ${report.message}`));
          break;
      }
    });
  });
  child.removeAllListeners('exit');
}

/** The program that makes the namespace: with one of users around it when its maker is not root. */
function unshareWords({ uid }: Maker): [string, ...string[]] {
  const user = uid === 0 ? [] : ['--user', '--map-root-user'];
  const kinds = [...user, '--net', '--mount', '--propagation', 'private'];
  return [findTool('unshare') ?? 'unshare', ...kinds, '--'];
}

function compileCache(environment: Plan['environment']): Record<string, string> {
  const { NODE_COMPILE_CACHE } = environment;
  return NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE };
}
