import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, watch } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findProgram, need } from '../harness/clients.ts';
import { eventually } from '../harness/eventually.ts';
import {
  BUCKET,
  headBucket,
  MAIN,
  namespaces,
  NODE,
  openExecStage,
  type ExecStage,
} from '../harness/exec-stage.ts';
import type { Ran } from '../harness/workplace.ts';

const TERMINAL = fileURLToPath(new URL('../harness/terminal.py', import.meta.url));
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const isRoot = process.getuid?.() === 0;
const python = need('python3', findProgram('python3'));
const aws = need('aws', findProgram('aws'));

describe('coffer exec', { skip: namespaces.skip }, () => {
  let stage: ExecStage;
  const inside: ExecStage['inside'] = (...call) => stage.inside(...call);
  const start: ExecStage['start'] = (...call) => stage.start(...call);

  before(async () => {
    stage = await openExecStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  test('exit codes, standard streams and the working folder pass through', async () => {
    const code = 'cat; pwd >&2; exit 7';
    const ran = await inside(['sh', '-c', code], { input: 'typed', status: 7 });
    assert.deepEqual([ran.stdout, ran.stderr], ['typed', `${stage.person.home}\n`]);
    await inside(['sh', '-c', 'kill -9 $$'], { status: 137 });
    assert.match((await inside(['no-such-program'], { status: 127 })).stderr, /no program/);
    await inside(['/etc/passwd'], { status: 126 });
    const ignored = await inside(['grep', 'SigIgn', '/proc/self/status']);
    assert.match(ignored.stdout, /SigIgn:\s+0+$/m);
    const nowhere = ['--endpoint', 'http://127.0.0.1:1'];
    assert.match((await inside(['true'], { flags: nowhere, status: 1 })).stderr, /Could not reach/);
  });

  test('signals reach the program, which decides', async () => {
    const child = start([
      'sh',
      '-c',
      'trap "echo ended; exit 9" TERM; echo ready; while :; do sleep 0.1; done',
    ]);
    await child.said('ready');
    child.process.kill('SIGTERM');
    assert.deepEqual(await child.ended(), [9, null]);
    assert.match(child.output(), /ended/);
  });

  test('a signal that comes before the program is there waits for it', async () => {
    const child = start(['sh', '-c', 'echo started; exec sleep 1000']);
    await once(child.process, 'spawn');
    // What handles signals is there once the folder is.
    const made = untilFolder(stage.temporary, 'full');
    await eventually('the folder is there', 60_000, made, child.output);
    child.process.kill('SIGTERM');
    assert.deepEqual(await child.ended(), [143, null]);
  });

  test('killed, it leaves neither program nor files behind', async () => {
    const child = start(['sh', '-c', 'echo ready; trap "" HUP; exec sleep 1000']);
    await child.said('ready');
    assert.equal(readdirSync(stage.temporary).length, 1);
    child.process.kill('SIGKILL');
    // The program holds the other end of the pipe: it closes when the program has ended, too.
    await child.ended();
    await eventually(
      'the folder is gone',
      30_000,
      untilFolder(stage.temporary, 'empty'),
      child.output,
    );
  });

  test('Ctrl-C at a terminal reaches the program once', { skip: python.skip }, async () => {
    const program = [
      'import os, signal, sys',
      'signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])',
      'print("terminal", os.isatty(0), os.tcgetpgrp(0) == os.getpgrp())',
      'print("ready", flush=True)',
      'first = signal.sigtimedwait([signal.SIGINT], 60)',
      'second = signal.sigtimedwait([signal.SIGINT], 0.5)',
      'print("interrupted", first is not None, second is not None)',
      'sys.exit(3)',
    ].join('\n');
    const words = [TERMINAL, NODE, MAIN, 'exec', '--', python.path, '-c', program];
    const ran = await stage.person.run(python.path, words, { env: stage.keys });
    const { seen, status } = JSON.parse(ran.stdout);
    assert.match(seen, /terminal True True[\s\S]*interrupted True False/);
    assert.equal(status, 3);
  });

  test('other ports are reached by name only, and other names are asked of others', async () => {
    const other = createServer((socket) => socket.end('hello from outside'));
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const code = `
      const socket = require('net').connect(${port}, '127.0.0.1');
      socket.on('error', (error) => console.log(error.code)).pipe(process.stdout);`;
    assert.equal((await inside([NODE, '-e', code])).stdout.trim(), 'ECONNREFUSED');
    const reached = await inside([NODE, '-e', code], { flags: ['--reach', String(port)] });
    assert.equal(reached.stdout, 'hello from outside');
    other.close();
    const metadata = await inside(['curl', '-sS', 'http://169.254.169.254/'], {
      status: 'failure',
    });
    assert.match(metadata.stderr, /reset|Couldn't connect/i);
    await inside(['true'], { flags: ['--reach', 'x'], status: 2 });
  });

  test('a server that the program opens is reached from outside', async () => {
    const port = await freePort();
    const serve = `
      require('net').createServer((socket) => {
        socket.write('hello, ');
        socket.on('data', (text) => socket.end(text));
      }).listen(${port}, '127.0.0.1', () => console.log('ready'));`;
    const child = start([NODE, '-e', serve], ['--publish', String(port)]);
    await child.said('ready');
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('who calls');
    let said = '';
    for await (const chunk of socket) said += String(chunk);
    assert.equal(said, 'hello, who calls');
    const taken = { flags: ['--publish', String(port)], status: 1 } as const;
    assert.match((await inside(['true'], taken)).stderr, /EADDRINUSE/);
    await inside(['true'], { flags: ['--publish', '443'], status: 2 });
    child.process.kill('SIGTERM');
    await child.ended();
  });

  test('who ends what reaches the program’s servers ends no more than that', async () => {
    const port = await freePort();
    const child = start(
      [
        NODE,
        '-e',
        `console.log('ready'); process.on('SIGTERM', () => process.exit(9)); setInterval(() => {}, 1000)`,
      ],
      ['--publish', String(port)],
    );
    await child.said('ready');
    const connector = childrenOf(child.process.pid ?? 0).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('connector'),
    );
    assert.ok(connector !== undefined);
    process.kill(connector, 'SIGKILL');
    while (childrenOf(child.process.pid ?? 0).includes(connector)) await nextTurn();
    const socket = connect({ port, host: '127.0.0.1' });
    const [error] = await once(socket, 'error');
    assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
    child.process.kill('SIGTERM');
    assert.deepEqual(await child.ended(), [9, null]);
  });

  test('over https the server sees TLS', { skip: aws.skip }, async () => {
    const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(stage.server.output())?.[1];
    const flags = ['--endpoint', `https://localhost:${port}`];
    const secure = { flags, env: { AWS_CA_BUNDLE: join(stage.server.data, 'authority/ca.pem') } };
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: 'arn:aws:s3:::tls-only/*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    });
    await inside(['aws', 's3', 'mb', 's3://tls-only']);
    await inside(['aws', 's3api', 'put-bucket-policy', '--bucket', 'tls-only', '--policy', policy]);
    const put = ['aws', 's3', 'cp', MAIN, 's3://tls-only/a'];
    await inside(put, secure);
    assert.match((await inside(put, { status: 'failure' })).stderr, /AccessDenied/);
    const distrusted = await inside(put, { flags, status: 1 });
    assert.match(distrusted.stderr, /Could not reach https:.*not trusted here.*AWS_CA_BUNDLE/);
  });

  test('without a namespace newer programs find their way by variables', async () => {
    const flags = ['--no-namespace'];
    const ran = await inside(headBucket('{ forcePathStyle: true }'), { flags });
    assert.equal(ran.stdout.trim(), '200');
    await inside(['sh', '-c', 'exit 5'], { flags: ['--no-namespace'], status: 5 });
  });

  test('a profile gives the program its key', { skip: aws.skip }, async () => {
    stage.person.write(
      '.aws/config',
      `[profile exec]\nendpoint_url = ${stage.server.endpoint}\nregion = eu-west-1\n`,
    );
    stage.person.write(
      '.aws/credentials',
      `[exec]\naws_access_key_id = ${stage.server.root.accessKeyId}\naws_secret_access_key = ${stage.server.root.secretAccessKey}\n`,
    );
    const env = {
      AWS_REGION: '',
      AWS_DEFAULT_REGION: '',
      AWS_ENDPOINT_URL: '',
      AWS_ACCESS_KEY_ID: 'other',
      AWS_SECRET_ACCESS_KEY: 'other',
    };
    const flags = ['--profile', 'exec'];
    const ran = await inside(['aws', 's3', 'ls'], { flags, env });
    assert.match(ran.stdout, new RegExp(BUCKET));
    assert.equal((await inside(['printenv', 'AWS_REGION'], { flags, env })).stdout, 'eu-west-1\n');
  });

  describe('for an unprivileged user', { skip: unprivilegedSkip() }, () => {
    const asNobodyNow = (words: readonly string[]): Promise<Ran> =>
      stage.person.run('setpriv', [...NOBODY, NODE, ...words], {
        env: { ...stage.keys, HOME: '/nonexistent', TMPDIR: '/tmp' },
        cwd: '/',
      });
    const asNobody = (program: readonly string[], flags: readonly string[] = []): Promise<Ran> =>
      asNobodyNow([MAIN, 'exec', ...flags, '--', ...program]);

    test('programs run as who they are, and reach AWS by name', { skip: aws.skip }, async () => {
      const ran = await asNobody(['sh', '-c', `id -u; id -g; aws s3 ls; exit 0`]);
      assert.match(ran.stdout, new RegExp(`^65534\n65534\n[\\s\\S]*${BUCKET}`));
      const own = await asNobody(['grep', 'CapEff', '/proc/self/status']);
      assert.match(own.stdout, /CapEff:\s+0+$/m);
    });

    test('a port is published by who makes a namespace of users, too', async () => {
      const port = await freePort();
      const program = `
        const server = require('net').createServer((socket) => socket.end('hello'));
        server.listen(${port}, () => console.log('ready'));
        server.on('connection', () => server.close());`;
      const words = [MAIN, 'exec', '--publish', String(port), '--', NODE, '-e', program];
      const ran = asNobodyNow(words);
      const answer = await eventually('an answer', 60_000, firstAnswer(port), () => '');
      assert.deepEqual([answer, (await ran).status], ['hello', 0]);
    });

    test('as root of the namespace, when asked', async () => {
      assert.equal((await asNobody(['id', '-u'], ['--as-root'])).stdout, '0\n');
    });
  });
});

/** The reason why nobody cannot run this checkout in a namespace. */
function unprivilegedSkip(): string | false {
  if (!isRoot || findProgram('setpriv') === undefined) return 'only root can become nobody';
  const words = ['unshare', '--user', '--map-root-user', '--net', '--', NODE, '--check', MAIN];
  const ran = spawnSync('setpriv', [...NOBODY, ...words], { encoding: 'utf8', cwd: '/' });
  return ran.status === 0 ? false : `nobody cannot: ${ran.stderr.trim()}`;
}

/** Resolves when the folder holds something, or nothing any more. */
function untilFolder(folder: string, wanted: 'full' | 'empty'): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (readdirSync(folder).length > 0 !== (wanted === 'full')) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
    look();
  });
}

/** One that nobody listens on at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** What a server says that may not be there yet. */
async function firstAnswer(port: number): Promise<string> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      let said = '';
      for await (const chunk of socket) said += String(chunk);
      if (said !== '') return said;
    } catch {
      await new Promise((done) => setImmediate(done));
    }
  }
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
