import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Key } from './load-spec.ts';
import { family } from './process-stats.ts';

export const HOST = '127.0.0.1';
const START_MS_MAX = 20_000;

/** A started server, stopped when it is disposed of. */
export interface RunningServer extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  /** Milliseconds from spawning to the line that says it is ready, or to the first connection. */
  readonly readyMs: number;
  /** Undefined for servers that take unsigned requests. */
  readonly key: Key | undefined;
  /** Of the server, its children included. */
  pids(): number[];
}

export interface StartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly key?: Key;
  /** The port, or where the server prints it. */
  readonly port: number | RegExp;
}

/** Starts a server and waits until it prints its port or takes connections. */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const { name, command, args, port: where } = options;
  const startedAt = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = outputOf(child);
  const port =
    typeof where === 'number'
      ? await untilConnected(where, child, output)
      : Number(await untilPrinted(where, child, output));
  const readyMs = performance.now() - startedAt;
  return {
    name,
    port,
    readyMs,
    key: options.key,
    pids: () => family(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS_MAX);
      await ended;
      clearTimeout(timer);
    },
  };
}

interface Output {
  text: string;
  onText: () => void;
}

function outputOf(child: ChildProcess): Output {
  const output: Output = { text: '', onText: () => {} };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      // Enough to see what went wrong; a server that complains all the time fills no memory.
      if (output.text.length < 65_536) output.text += bytes.toString('latin1');
      output.onText();
    });
  }
  return output;
}

function failure(child: ChildProcess, output: Output): Error {
  return new Error(`${child.spawnfile} did not start: ${output.text.slice(0, 2000)}`);
}

async function untilPrinted(pattern: RegExp, child: ChildProcess, output: Output): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(failure(child, output));
    const timer = setTimeout(fail, START_MS_MAX);
    child.once('error', reject);
    child.once('exit', fail);
    output.onText = () => {
      const found = pattern.exec(output.text)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      child.off('exit', fail);
      output.onText = () => {};
      resolve(found);
    };
  });
}

async function untilConnected(port: number, child: ChildProcess, output: Output): Promise<number> {
  const endAt = performance.now() + START_MS_MAX;
  child.once('error', () => {});
  while (performance.now() < endAt && child.exitCode === null) {
    if (await canConnect(port)) return port;
    await delay(20);
  }
  child.kill('SIGKILL');
  throw failure(child, output);
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
