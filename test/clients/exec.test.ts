import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { whyNoNamespace } from '../../src/cli/exec/namespace.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { eventually } from '../harness/eventually.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const NODE = file('../../node_modules/node/bin/node');
const MAIN = file('../../src/cli/main.ts');
const TERMINAL = file('../harness/terminal.py');
const BOTO2 = file('boto2_unchanged.py');
const SDK = file('../../node_modules/@aws-sdk/client-s3/dist-cjs/index.js');
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
const BUCKET = 'unchanged.programs';

const isRoot = process.getuid?.() === 0;
const why = whyNoNamespace({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 });
const namespaces = need(`a namespace (${why})`, why === undefined ? 'here' : undefined);
const python = need('python3', findProgram('python3'));
const [boto2] = findPythons('boto');

describe('coffer exec', { skip: namespaces.skip }, () => {
  let server: TestServer;
  let person: Workplace;
  let keys: Record<string, string>;
  let outside: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer({ flags: ['--tls-port', '0'] }));
    person = kept.use(openWorkplace());
    mkdirSync(person.path('tmp'));
    mkdirSync(person.path('mount'));
    keys = {
      AWS_ACCESS_KEY_ID: server.root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.root.secretAccessKey,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: server.endpoint,
      TMPDIR: person.path('tmp'),
    };
    outside = traces();
    await inside(['aws', 's3', 'mb', `s3://${BUCKET}`]);
  });
  after(async () => {
    assert.equal(traces(), outside, 'nothing outside was touched');
    assert.deepEqual(readdirSync(person.path('tmp')), []);
    await kept.disposeAsync();
  });

  const inside = (
    program: readonly string[],
    options: RunOptions & { readonly flags?: readonly string[] } = {},
  ): Promise<Ran> =>
    person.run(NODE, [MAIN, 'exec', ...(options.flags ?? []), '--', ...program], {
      ...options,
      env: { ...keys, ...options.env },
    });

  /** Mounts, and the files that are hidden inside, as they are outside. */
  function traces(): string {
    const files = ['/etc/hosts', '/etc/resolv.conf', '/etc/nsswitch.conf'];
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    return [mounts, ...files.map((path) => readFileSync(path, 'utf8'))].join('\n');
  }

  const aws = need('aws', findProgram('aws'));
  test('aws, with no endpoint, on S3, IAM and STS', { skip: aws.skip }, async () => {
    assert.match((await inside([aws.path, 's3', 'ls'])).stdout, new RegExp(BUCKET));
    const caller = await inside([aws.path, 'sts', 'get-caller-identity']);
    assert.match(JSON.parse(caller.stdout).Arn, /:root$/);
    await inside([aws.path, 'iam', 'create-user', '--user-name', 'by-exec']);
    await inside([aws.path, 's3', 'cp', MAIN, `s3://${BUCKET}/main.ts`, '--region', 'eu-west-1']);
  });

  test('boto 2 with Signature V2, and its public URL', { skip: boto2 === undefined }, async () => {
    const ran = await inside([boto2?.python ?? '', BOTO2, BUCKET]);
    const url = ran.stdout.trim();
    assert.match(url, /^https:\/\/.*amazonaws\.com/);
    for (const one of [url, url.replace('https', 'http').replace(':443', '')]) {
      const got = await inside(['curl', '-sSf', one], { env: { AWS_SECRET_ACCESS_KEY: '' } });
      assert.equal(got.stdout, 'hello from boto 2');
    }
  });

  test("boto 2 keeps the person's own settings", { skip: boto2 === undefined }, async () => {
    const code =
      'import boto; print(boto.config.get("Boto", "num_retries"), boto.config.get("x", "y"))';
    person.write('.boto', '[Boto]\nnum_retries = 7\n');
    const usual = await inside([boto2?.python ?? '', '-c', code]);
    assert.equal(usual.stdout.trim(), '7 None');
    const chosen = { BOTO_CONFIG: person.write('my-boto', '[x]\ny = z\n') };
    assert.equal(
      (await inside([boto2?.python ?? '', '-c', code], { env: chosen })).stdout.trim(),
      'None z',
    );
  });

  const s3cmd = need('s3cmd', findProgram('s3cmd'));
  test('s3cmd, with its defaults', { skip: s3cmd.skip }, async () => {
    person.write(
      '.s3cfg',
      `[default]\naccess_key = ${server.root.accessKeyId}\nsecret_key = ${server.root.secretAccessKey}\n`,
    );
    person.write('up', 'x'.repeat(70_000));
    await inside(['s3cmd', 'put', person.path('up'), `s3://${BUCKET}/up`]);
    await inside(['s3cmd', 'get', `s3://${BUCKET}/up`, person.path('down')]);
    assert.equal(readFileSync(person.path('down'), 'utf8').length, 70_000);
  });

  const rclone = need('rclone', findProgram('rclone'));
  test('a program in Go takes the authority too', { skip: rclone.skip }, async () => {
    const remote = `:s3,provider=AWS,env_auth=true,region=us-east-1:${BUCKET}`;
    assert.match((await inside(['rclone', 'lsf', remote])).stdout, /main\.ts/);
  });

  test("AWS's SDK for JavaScript, as it comes", async () => {
    assert.equal((await inside([NODE, '-e', headBucket('{}')])).stdout.trim(), '200');
  });

  test('s3fs mounts, and is unmounted', { skip: !isRoot || !canMount() }, async () => {
    const mount = person.path('mount');
    const steps = `
      s3fs unchanged.programs ${mount} -o use_path_request_style
      ls ${mount}; echo written > ${mount}/by-s3fs; cat ${mount}/by-s3fs; umount ${mount}`;
    const ran = await inside(['sh', '-ec', steps]);
    assert.match(ran.stdout, /main\.ts[\s\S]*written/);
    assert.match(
      (await inside(['aws', 's3', 'ls', `s3://${BUCKET}/by-s3fs`])).stdout,
      / 8 by-s3fs/,
    );
  });

  test('exit codes, standard streams and the working folder pass through', async () => {
    const code = 'cat; pwd >&2; exit 7';
    const ran = await inside(['sh', '-c', code], { input: 'typed', status: 7 });
    assert.deepEqual([ran.stdout, ran.stderr], ['typed', `${person.home}\n`]);
    await inside(['sh', '-c', 'kill -9 $$'], { status: 137 });
    assert.match((await inside(['no-such-program'], { status: 127 })).stderr, /no program/);
    await inside(['/etc/passwd'], { status: 126 });
    const ignored = await inside(['grep', 'SigIgn', '/proc/self/status']);
    assert.match(ignored.stdout, /SigIgn:\s+0+$/m);
    const nowhere = ['--endpoint', 'http://127.0.0.1:1'];
    assert.match((await inside(['true'], { flags: nowhere, status: 1 })).stderr, /Could not reach/);
  });

  test('signals reach the program, which decides', async () => {
    const child = start('trap "echo ended; exit 9" TERM; echo ready; while :; do sleep 0.1; done');
    await child.said('ready');
    child.process.kill('SIGTERM');
    assert.deepEqual(await once(child.process, 'close'), [9, null]);
    assert.match(child.output(), /ended/);
  });

  test('killed, it leaves neither program nor files behind', async () => {
    const child = start('echo ready; trap "" HUP; exec sleep 1000');
    await child.said('ready');
    assert.equal(readdirSync(person.path('tmp')).length, 1);
    child.process.kill('SIGKILL');
    // The program holds the other end of the pipe: it closes when the program has ended, too.
    await once(child.process, 'close');
    await eventually('the folder is gone', 30_000, untilEmpty(person.path('tmp')), child.output);
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
    const ran = await person.run(python.path, words, { env: keys });
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

  test('over https the server sees TLS', { skip: aws.skip }, async () => {
    const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(server.output())?.[1];
    const flags = ['--endpoint', `https://localhost:${port}`];
    const secure = { flags, env: { AWS_CA_BUNDLE: join(server.data, 'authority/ca.pem') } };
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
    await inside(put, { flags, status: 'failure' });
  });

  test('without a namespace newer programs find their way by variables', async () => {
    const code = headBucket('{ forcePathStyle: true }');
    const ran = await inside([NODE, '-e', code], { flags: ['--no-namespace'] });
    assert.equal(ran.stdout.trim(), '200');
    await inside(['sh', '-c', 'exit 5'], { flags: ['--no-namespace'], status: 5 });
  });

  test('a profile gives the program its key', { skip: aws.skip }, async () => {
    person.write(
      '.aws/config',
      `[profile exec]\nendpoint_url = ${server.endpoint}\nregion = eu-west-1\n`,
    );
    person.write(
      '.aws/credentials',
      `[exec]\naws_access_key_id = ${server.root.accessKeyId}\naws_secret_access_key = ${server.root.secretAccessKey}\n`,
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

  describe('with a role', { skip: aws.skip }, () => {
    const flags = ['--role', 'of-a-program'];
    let env: Record<string, string>;
    const ROLE = /assumed-role\/of-a-program\//;

    before(async () => {
      const account = JSON.parse(
        (await inside(['aws', 'sts', 'get-caller-identity'])).stdout,
      ).Account;
      const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
      const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
      const document = (Statement: unknown) => JSON.stringify({ Version: '2012-10-17', Statement });
      const role = ['--role-name', 'of-a-program'];
      await inside([
        'aws',
        'iam',
        'create-role',
        ...role,
        '--assume-role-policy-document',
        document(trust),
      ]);
      const policy = ['--policy-name', 's3', '--policy-document', document(allow)];
      await inside(['aws', 'iam', 'put-role-policy', ...role, ...policy]);
      // Root may assume no role, as with AWS.
      const user = ['--user-name', 'operator'];
      await inside(['aws', 'iam', 'create-user', ...user]);
      const assume = document({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
      const own = ['--policy-name', 'assume', '--policy-document', assume];
      await inside(['aws', 'iam', 'put-user-policy', ...user, ...own]);
      const made = await inside(['aws', 'iam', 'create-access-key', ...user]);
      const { AccessKeyId, SecretAccessKey } = JSON.parse(made.stdout).AccessKey;
      env = { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey };
      person.write(
        '.aws/credentials',
        '[default]\naws_access_key_id = X\naws_secret_access_key = Y\n',
      );
    });
    after(() => person.write('.aws/credentials', ''));

    test('its credentials are at the metadata address, for old clients and new', async () => {
      const metadata = 'http://169.254.169.254/latest/meta-data/iam/security-credentials/';
      assert.equal(
        (await inside(['curl', '-sSf', metadata], { flags, env })).stdout,
        'of-a-program',
      );
      // The tests forbid programs to look there, and the person has keys of his own: both are hidden.
      const caller = await inside(['aws', 'sts', 'get-caller-identity'], { flags, env });
      assert.match(caller.stdout, ROLE);
      assert.match((await inside(['aws', 's3', 'ls'], { flags, env })).stdout, new RegExp(BUCKET));
      await inside([NODE, '-e', headBucket('{}')], { flags, env });
    });

    test('s3cmd and boto 2', { skip: s3cmd.skip || boto2 === undefined }, async () => {
      const bare = ['s3cmd', '--config', person.write('role.s3cfg', '[default]\n')];
      assert.match((await inside([...bare, 'ls'], { flags, env })).stdout, new RegExp(BUCKET));
      const upload = await inside([boto2?.python ?? '', BOTO2, BUCKET], { flags, env });
      assert.match(upload.stdout, /^https:/);
    });

    test('without a namespace, by a token', async () => {
      const words = ['--no-namespace', ...flags];
      const ran = await inside([NODE, '-e', headBucket('{ forcePathStyle: true }')], {
        flags: words,
        env,
      });
      assert.equal(ran.stdout.trim(), '200');
      const bare = 'curl -s -o /dev/null -w %{http_code} $AWS_CONTAINER_CREDENTIALS_FULL_URI';
      assert.equal((await inside(['sh', '-c', bare], { flags: words, env })).stdout, '401');
    });

    test('one that cannot be assumed is said before the program starts', async () => {
      const ran = await inside(['echo', 'started'], {
        flags: ['--role', 'absent'],
        status: 4,
        env,
      });
      assert.deepEqual([ran.stdout, /AccessDenied/.test(ran.stderr)], ['', true]);
    });
  });

  describe('for an unprivileged user', { skip: unprivilegedSkip() }, () => {
    const asNobody = (program: readonly string[], flags: readonly string[] = []): Promise<Ran> =>
      person.run('setpriv', [...NOBODY, NODE, MAIN, 'exec', ...flags, '--', ...program], {
        env: { ...keys, HOME: '/nonexistent', TMPDIR: '/tmp' },
        cwd: '/',
      });

    test('programs run as who they are, and reach AWS by name', { skip: aws.skip }, async () => {
      const ran = await asNobody(['sh', '-c', `id -u; id -g; aws s3 ls; exit 0`]);
      assert.match(ran.stdout, new RegExp(`^65534\n65534\n[\\s\\S]*${BUCKET}`));
      const own = await asNobody(['grep', 'CapEff', '/proc/self/status']);
      assert.match(own.stdout, /CapEff:\s+0+$/m);
    });

    test('as root of the namespace, when asked', async () => {
      assert.equal((await asNobody(['id', '-u'], ['--as-root'])).stdout, '0\n');
    });
  });

  function start(script: string) {
    const child = spawn(NODE, [MAIN, 'exec', '--', 'sh', '-c', script], {
      env: { ...person.env, ...keys },
      cwd: person.home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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
    return { process: child, said, output: () => output };
  }
});

/** A program of AWS's SDK that prints the status of a HeadBucket. */
function headBucket(options: string): string {
  return `
    const { S3Client, HeadBucketCommand } = require(${JSON.stringify(SDK)});
    new S3Client(${options}).send(new HeadBucketCommand({ Bucket: '${BUCKET}' }))
      .then(({ $metadata }) => console.log($metadata.httpStatusCode));`;
}

function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return findProgram('s3fs') !== undefined;
  } catch {
    return false;
  }
}

/** The reason why nobody cannot run this checkout in a namespace. */
function unprivilegedSkip(): string | false {
  if (!isRoot || findProgram('setpriv') === undefined) return 'only root can become nobody';
  const words = ['unshare', '--user', '--map-root-user', '--net', '--', NODE, '--check', MAIN];
  const ran = spawnSync('setpriv', [...NOBODY, ...words], { encoding: 'utf8', cwd: '/' });
  return ran.status === 0 ? false : `nobody cannot: ${ran.stderr.trim()}`;
}

async function untilEmpty(folder: string): Promise<void> {
  while (readdirSync(folder).length > 0) await new Promise((done) => setImmediate(done));
}
