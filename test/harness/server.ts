import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ServerOptions {
  /** A data folder to serve again; without it a fresh one, removed when the server is disposed. */
  readonly data?: string;
  /** Further flags of `serve`. */
  readonly flags?: readonly string[];
  /** Another main file than that of the sources. */
  readonly main?: string;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A server started as a person starts it: a process of its own on a port that was free. */
export interface TestServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
  readonly data: string;
  readonly root: Credentials;
  readonly pid: number;
  /** What it has written to its standard output and error so far. */
  output(): string;
  /** Resolves as soon as its output has something that matches. */
  said(pattern: RegExp): Promise<void>;
  /** SIGTERM; resolves to the exit status. */
  stop(): Promise<number | null>;
  /** `kill -9`; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves to the exit status when the process has ended by itself. */
  exited(): Promise<number | null>;
}

const checkout = fileURLToPath(new URL('../..', import.meta.url));
/** Generous: two cores may be shared with a whole test run. */
const READY_TIMEOUT_MS = 60_000;
/** A server that does not end after SIGTERM in this time hangs. */
const STOP_TIMEOUT_MS = 60_000;
const READY = /https?:\/\/(?:127\.0\.0\.1|localhost):(\d+)/;

export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const ownData = options.data === undefined;
  const data = options.data ?? mkdtempSync(join(tmpdir(), 'coffer-test-data-'));
  const child = spawn(
    join(checkout, 'node_modules/node/bin/node'),
    [
      options.main ?? join(checkout, 'src/cli/main.ts'),
      'serve',
      '--data',
      data,
      '--port',
      '0',
      ...(options.flags ?? []),
    ],
    {
      cwd: checkout,
      env: { ...cleanEnvironment(data), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => (output += text));
  }
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const stopOnExit = (): boolean => child.kill('SIGKILL');
  process.once('exit', stopOnExit);
  void exit.then(() => process.off('exit', stopOnExit));
  const said = async (pattern: RegExp): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      const look = (): void => {
        if (pattern.test(output)) resolve();
      };
      look();
      child.stdout.on('data', look);
      child.stderr.on('data', look);
    });
    await eventually(`the server says ${pattern}`, STOP_TIMEOUT_MS, seen, () => output);
  };
  const port = await readyPort(child, () => output);
  const exited = async (): Promise<number | null> => (await exit)[0];
  const stop = async (): Promise<number | null> => {
    child.kill('SIGTERM');
    await eventually('the server ends after SIGTERM', STOP_TIMEOUT_MS, exit, () => output);
    return exited();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    data,
    root: readRootCredentials(data),
    pid: child.pid!,
    output: () => output,
    said,
    stop,
    exited,
    kill: async () => {
      child.kill('SIGKILL');
      await exit;
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (ownData) rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Nothing of the person who runs the tests leaks in: no keys, no settings. Compiled code may. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const cache = process.env['NODE_COMPILE_CACHE'];
  return {
    PATH: process.env['PATH'],
    HOME: home,
    LANG: 'C.UTF-8',
    ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }),
  };
}

async function readyPort(child: ChildProcess, output: () => string): Promise<number> {
  const ready = new Promise<number>((resolve, reject) => {
    child.stdout!.on('data', () => {
      const port = READY.exec(output())?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', (status, signal) => {
      reject(new Error(`The server ended (${status ?? signal}) before it was ready:\n${output()}`));
    });
  });
  return eventually('the server is ready', READY_TIMEOUT_MS, ready, output);
}

/** Reads the file, in the format of `~/.aws/credentials`, that a first start leaves for its owner. */
function readRootCredentials(data: string): Credentials {
  const text = readFileSync(join(data, 'root-credentials'), 'utf8');
  const value = (name: string): string => {
    const found = new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1];
    if (found === undefined) throw new Error(`No ${name} in the root credentials`);
    return found;
  };
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  };
}
