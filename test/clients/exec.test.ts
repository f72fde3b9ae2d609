import assert from 'node:assert/strict';
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import {
  BUCKET,
  headBucket,
  MAIN,
  namespaces,
  NODE,
  openExecStage,
  type ExecStage,
} from '../harness/exec-stage.ts';

const BOTO2 = fileURLToPath(new URL('boto2_unchanged.py', import.meta.url));
const isRoot = process.getuid?.() === 0;
const [boto2] = findPythons('boto');

describe('unchanged clients under coffer exec', { skip: namespaces.skip }, () => {
  let stage: ExecStage;
  const inside: ExecStage['inside'] = (...call) => stage.inside(...call);

  before(async () => {
    stage = await openExecStage();
  });
  after(() => stage[Symbol.asyncDispose]());

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
    stage.person.write('.boto', '[Boto]\nnum_retries = 7\n');
    const usual = await inside([boto2?.python ?? '', '-c', code]);
    assert.equal(usual.stdout.trim(), '7 None');
    const chosen = { BOTO_CONFIG: stage.person.write('my-boto', '[x]\ny = z\n') };
    assert.equal(
      (await inside([boto2?.python ?? '', '-c', code], { env: chosen })).stdout.trim(),
      'None z',
    );
  });

  const s3cmd = need('s3cmd', findProgram('s3cmd'));

  test('s3cmd, with its defaults', { skip: s3cmd.skip }, async () => {
    stage.person.write(
      '.s3cfg',
      `[default]\naccess_key = ${stage.server.root.accessKeyId}\nsecret_key = ${stage.server.root.secretAccessKey}\n`,
    );
    stage.person.write('up', 'x'.repeat(70_000));
    await inside(['s3cmd', 'put', stage.person.path('up'), `s3://${BUCKET}/up`]);
    await inside(['s3cmd', 'get', `s3://${BUCKET}/up`, stage.person.path('down')]);
    assert.equal(readFileSync(stage.person.path('down'), 'utf8').length, 70_000);
  });

  const rclone = need('rclone', findProgram('rclone'));

  test('a program in Go takes the authority too', { skip: rclone.skip }, async () => {
    const remote = `:s3,provider=AWS,env_auth=true,region=us-east-1:${BUCKET}`;
    assert.match((await inside(['rclone', 'lsf', remote])).stdout, /main\.ts/);
  });

  test("AWS's SDK for JavaScript, as it comes", async () => {
    assert.equal((await inside(headBucket('{}'))).stdout.trim(), '200');
  });

  test("Coffer's own command line, on AWS's names", async () => {
    const ran = await inside([NODE, MAIN, 'whoami']);
    assert.match(ran.stdout, /^Endpoint +https:\/\/sts\.us-east-1\.amazonaws\.com$/m);
  });

  test('s3fs mounts, and is unmounted', { skip: !isRoot || !canMount() }, async () => {
    const mount = stage.person.path('mount');
    mkdirSync(mount);
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
      stage.person.write(
        '.aws/credentials',
        '[default]\naws_access_key_id = X\naws_secret_access_key = Y\n',
      );
      stage.person.write(
        '.aws/config',
        '[default]\naws_access_key_id = X\naws_secret_access_key = Y\noutput = text\n',
      );
    });
    after(() => {
      for (const file of ['credentials', 'config']) stage.person.write(`.aws/${file}`, '');
    });

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
      await inside(headBucket('{}'), { flags, env });
      // What else a profile says is still there.
      assert.match(
        (await inside(['aws', 'configure', 'get', 'output'], { flags, env })).stdout,
        /text/,
      );
    });

    test('s3cmd and boto 2', { skip: s3cmd.skip || boto2 === undefined }, async () => {
      const bare = ['s3cmd', '--config', stage.person.write('role.s3cfg', '[default]\n')];
      assert.match((await inside([...bare, 'ls'], { flags, env })).stdout, new RegExp(BUCKET));
      const upload = await inside([boto2?.python ?? '', BOTO2, BUCKET], { flags, env });
      assert.match(upload.stdout, /^https:/);
    });

    test('without a namespace, by a token', async () => {
      const words = ['--no-namespace', ...flags];
      const ran = await inside(headBucket('{ forcePathStyle: true }'), {
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
});

function canMount(): boolean {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return findProgram('s3fs') !== undefined;
  } catch {
    return false;
  }
}
