import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { whyNoNamespace } from '../../src/cli/exec/namespace.ts';
import { need } from './clients.ts';
import { eventually } from './eventually.ts';
import { startServer, type TestServer } from './server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from './workplace.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
export const NODE = file('../../node_modules/node/bin/node');
export const MAIN = file('../../src/cli/main.ts');
const SDK = file('../../node_modules/@aws-sdk/client-s3/dist-cjs/index.js');
/** There from the start; its dot is what no wildcard of a certificate covers. */
export const BUCKET = 'unchanged.programs';

const why = whyNoNamespace({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
/** Whether `coffer exec` can make namespaces here. */
export const namespaces = need(`a namespace (${why})`, why === undefined ? 'here' : undefined);

export interface InsideOptions extends RunOptions {
  /** Of `coffer exec`. */
  readonly flags?: readonly string[];
}

/** A program under `coffer exec` that has been started and not awaited. */
export interface StartedProgram {
  readonly process: ChildProcess;
  /** Resolves when it has printed that. */
  said(text: string): Promise<void>;
  output(): string;
  /** Resolves to exit code and signal when it has ended and nobody holds its output any more. */
  ended(): Promise<readonly [number | null, NodeJS.Signals | null]>;
}

/** A server, and a person who runs programs against it with nothing but its keys. */
export interface ExecStage extends AsyncDisposable {
  readonly server: TestServer;
  readonly person: Workplace;
  readonly keys: Readonly<Record<string, string>>;
  inside(program: readonly string[], options?: InsideOptions): Promise<Ran>;
  start(program: readonly string[], flags?: readonly string[]): StartedProgram;
  /** Its folder for temporary files. */
  readonly temporary: string;
}

export async function openExecStage(): Promise<ExecStage> {
  await using opened = new AsyncDisposableStack();
  const server = opened.use(await startServer({ flags: ['--tls-port', '0'] }));
  const person = opened.use(openWorkplace());
  const temporary = person.path('tmp');
  mkdirSync(temporary);
  const keys = {
    AWS_ACCESS_KEY_ID: server.root.accessKeyId,
    AWS_SECRET_ACCESS_KEY: server.root.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: server.endpoint,
    TMPDIR: temporary,
  };
  const inside: ExecStage['inside'] = (program, options = {}) =>
    person.run(NODE, [MAIN, 'exec', ...(options.flags ?? []), '--', ...program], {
      ...options,
      env: { ...keys, ...options.env },
    });
  const before = traces(person);
  opened.defer(() => {
    assert.equal(traces(person), before, 'nothing outside was touched');
    assert.deepEqual(readdirSync(temporary), [], 'nothing was left behind');
  });
  await inside([
    NODE,
    '-e',
    `const { S3Client, CreateBucketCommand } = require('${SDK}');
    new S3Client({}).send(new CreateBucketCommand({ Bucket: '${BUCKET}' }));`,
  ]);
  const rooms = opened.move();
  return {
    server,
    person,
    keys,
    temporary,
    inside,
    start: (program, flags = []) => {
      const child = spawn(NODE, [MAIN, 'exec', ...flags, '--', ...program], {
        env: { ...person.env, ...keys },
        cwd: person.home,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      // A test that fails leaves nothing running.
      rooms.defer(() => void child.kill('SIGKILL'));
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => (output += text));
      }
      const said = async (text: string): Promise<void> => {
        const seen = new Promise<void>((resolve) => {
          child.stdout.on('data', () => output.includes(text) && resolve());
        });
        await eventually(`the program says ${text}`, 60_000, seen, () => output);
      };
      const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
      const ended = () => eventually('the program ends', 60_000, closed, () => output);
      return { process: child, said, ended, output: () => output };
    },
    [Symbol.asyncDispose]: () => rooms.disposeAsync(),
  };
}

/** A program of AWS's SDK for JavaScript that prints the status of a HeadBucket. */
export function headBucket(options: string): readonly string[] {
  const code = `
    const { S3Client, HeadBucketCommand } = require(${JSON.stringify(SDK)});
    new S3Client(${options}).send(new HeadBucketCommand({ Bucket: '${BUCKET}' }))
      .then(({ $metadata }) => console.log($metadata.httpStatusCode));`;
  return [NODE, '-e', code];
}

/** Files that are hidden inside, as they are outside, and mounts that would be ours. */
function traces(person: Workplace): string {
  const files = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf'];
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const own = mounts.filter((line) =>
    ['coffer-exec', ...files, person.home].some((one) => line.includes(one)),
  );
  return [...own, ...files.map((path) => readFileSync(path, 'utf8'))].join('\n');
}
