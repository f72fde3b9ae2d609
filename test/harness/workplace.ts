import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { awsForkOf } from './aws-fork.ts';
import { eventually } from './eventually.ts';

export interface RunOptions {
  /** Written to the program's standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Standard input for a program that has been talked to first: what it then says, once it is said. */
  readonly inputAfter?: { readonly said: RegExp; readonly input: () => Promise<string> };
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The exit status that must come; `any` takes all. 0 unless told. */
  readonly status?: number | 'any' | 'failure';
  readonly cwd?: string;
  readonly timeoutMs?: number;
}

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The output as bytes, for programs that print files. */
  readonly bytes: Buffer;
}

/** A person's account on a machine: a home folder of its own, and programs that know nothing else. */
export interface Workplace extends Disposable {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  path(name: string): string;
  /** Writes a file below home, making its folders. */
  write(name: string, content: string | Uint8Array, mode?: number): string;
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The same for `aws`, without the second that starting Python and loading its code takes. */
  runAws(program: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
}

/** No client call of the tests takes a minute by itself; two cores may be busy with others. */
const RUN_TIMEOUT_MS = 180_000;

export function openWorkplace(): Workplace {
  const home = mkdtempSync(join(tmpdir(), 'coffer-test-home-'));
  const env = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    // Nobody shall look for an instance's role where there is none, and wait.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    PYTHONWARNINGS: 'ignore',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const path = (name: string): string => join(home, name);
  return {
    home,
    env,
    path,
    write: (name, content, mode = 0o600) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content, { mode });
      return path(name);
    },
    run: (program, args, options = {}) =>
      run(program, args, { cwd: home, ...options, env: { ...env, ...options.env } }),
    runAws: (program, args, options = {}) =>
      runAws(program, args, { cwd: home, ...options, env: { ...env, ...options.env } }),
    [Symbol.dispose]: () => rmSync(home, { recursive: true, force: true }),
  };
}

async function run(program: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = spawn(program, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...options.env },
    stdio: 'pipe',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes));
  // A program may end before it has read everything; its exit status tells the story.
  child.stdin.on('error', () => {});
  if (options.inputAfter === undefined) child.stdin.end(options.input ?? '');
  else answerAfter(child, stdout, options.inputAfter);
  const shown = (): string =>
    `$ ${[program, ...args].join(' ')}\n${Buffer.concat(stdout)}\n${Buffer.concat(stderr)}`;
  const timeoutMs = options.timeoutMs ?? RUN_TIMEOUT_MS;
  let status: number | null;
  try {
    const closed = once(child, 'close') as Promise<[number | null]>;
    [status] = await eventually('the program ends', timeoutMs, closed, shown);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  assertStatus(status, options.status ?? 0, shown);
  const bytes = Buffer.concat(stdout);
  return { status, stdout: bytes.toString(), stderr: Buffer.concat(stderr).toString(), bytes };
}

function answerAfter(
  { stdin, stdout }: ChildProcessWithoutNullStreams,
  heard: readonly Buffer[],
  { said, input }: NonNullable<RunOptions['inputAfter']>,
): void {
  const listen = (): void => {
    if (!said.test(Buffer.concat(heard).toString())) return;
    stdout.off('data', listen);
    void input().then((text) => stdin.end(text));
  };
  stdout.on('data', listen);
}

async function runAws(
  program: string,
  args: readonly string[],
  options: RunOptions & Required<Pick<RunOptions, 'cwd' | 'env'>>,
): Promise<Ran> {
  const fork = awsForkOf(program);
  if (fork === undefined) return run(program, args, options);
  const { cwd, env } = options;
  const input = Buffer.from(options.input ?? '').toString('base64');
  const command = `$ ${[program, ...args].join(' ')}`;
  const timeoutMs = options.timeoutMs ?? RUN_TIMEOUT_MS;
  const answer = fork.run({ args, env, cwd, input });
  const ran = await eventually('the program ends', timeoutMs, answer, () => command).catch(
    (error: unknown) => {
      fork.kill();
      throw error;
    },
  );
  const { status, stdout: bytes } = ran;
  const [stdout, stderr] = [bytes.toString(), ran.stderr.toString()];
  assertStatus(status, options.status ?? 0, () => `${command}\n${stdout}\n${stderr}`);
  return { status, stdout, stderr, bytes };
}

function assertStatus(
  status: number | null,
  wanted: NonNullable<RunOptions['status']>,
  shown: () => string,
): void {
  const asWanted =
    wanted === 'any' ||
    (wanted === 'failure' ? status !== 0 && status !== null : status === wanted);
  if (!asWanted) throw new Error(`Exit status ${status} instead of ${wanted}:\n${shown()}`);
}
