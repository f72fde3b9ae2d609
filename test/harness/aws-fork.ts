import { spawn } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('aws_fork.py', import.meta.url));

export interface ForkRequest {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Standard input, in base64. */
  readonly input: string;
}

export interface ForkAnswer {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** An `aws` that has loaded its code, which takes longer than most commands, and forks for each. */
export interface AwsFork {
  run(request: ForkRequest): Promise<ForkAnswer>;
  kill(): void;
}

const forks = new Map<string, AwsFork | undefined>();

/** The fork server of a program in this process, or undefined where it is no script of Python. */
export function awsForkOf(program: string): AwsFork | undefined {
  if (!forks.has(program)) {
    const python = interpreterOf(program);
    const end = (): boolean => forks.delete(program);
    forks.set(program, python === undefined ? undefined : startFork(python, end));
  }
  return forks.get(program);
}

/** Longer than the first line of any script that names its interpreter. */
const SHEBANG_SIZE_MAX = 128;

function interpreterOf(program: string): string | undefined {
  const start = Buffer.alloc(SHEBANG_SIZE_MAX);
  const file = openSync(program, 'r');
  try {
    readSync(file, start);
  } finally {
    closeSync(file);
  }
  return /^#!\s*(\/\S*python[\d.]*)\s*\n/.exec(start.toString('latin1'))?.[1];
}

function startFork(python: string, onKill: () => void): AwsFork {
  const child = spawn(python, [SCRIPT], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  // A process that is gone shows in its missing answer.
  child.stdin.on('error', () => undefined);
  const output = child.stdout as Socket;
  // It ends with its standard input, that is with this process, and keeps nobody waiting.
  const idle = (): void => {
    child.unref();
    output.unref();
    (child.stdin as Socket).unref();
  };
  const ask = async (request: ForkRequest): Promise<ForkAnswer> => {
    output.ref();
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await lines.next();
    idle();
    if (line.done === true) throw new Error('The fork server of aws ended');
    const { status, stdout, stderr } = JSON.parse(line.value) as Record<'status', number> &
      Record<'stdout' | 'stderr', string>;
    return {
      status,
      stdout: Buffer.from(stdout, 'base64'),
      stderr: Buffer.from(stderr, 'base64'),
    };
  };
  idle();
  let last: Promise<unknown> = Promise.resolve();
  return {
    run: (request) => {
      const answer = last.then(() => ask(request));
      last = answer.catch(() => undefined);
      return answer;
    },
    kill: () => {
      onKill();
      child.kill('SIGKILL');
    },
  };
}
