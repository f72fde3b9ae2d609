/** Guide 004 by role: no key on any node, and credentials that end in the middle of a backup. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { pastedPolicy } from '../harness/guide.ts';
import { findClockLibrary, movingClock } from '../harness/moving-clock.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';
import { CassandraNode, writeTables, type Generation } from './doubles/medusa/cassandra-node.ts';
import { needExec } from './in-aws.ts';

const PYTHON = '/usr/bin/python3';
const BUCKET = 'backups-by-role';
const FILES = 60;

const skip =
  need('aws', findProgram('aws')).skip ||
  need('boto3', findPythons('boto3')[0]?.python).skip ||
  need('libcloud', findPythons('libcloud')[0]?.python).skip ||
  need('libfaketime', findClockLibrary()).skip ||
  needExec();

describe('guide 004, Medusa by role', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let host: Workplace;
  let data: string;
  /** The clock of server and machine, and the key by which `coffer exec` gets the role. */
  let env: Record<string, string>;
  const kept = new AsyncDisposableStack();
  const nodeOf = (
    storage: Generation['storage'],
    settings: Record<string, string> = {},
  ): CassandraNode =>
    new CassandraNode({
      name: `${storage}.cassandra.example.com`,
      host,
      endpoint: server.endpoint,
      generation: { title: storage, storage, python: PYTHON },
      isDirect: settings['storage_provider'] === 's3_compatible',
      settings: {
        storage_provider: 's3',
        region: 'us-east-1',
        bucket_name: BUCKET,
        ...settings,
      },
    });
  const asRole = async (
    node: CassandraNode,
    commands: readonly string[],
    more: Record<string, string> = {},
  ): Promise<readonly string[]> => {
    const { stdout } = await node.run(commands, {
      flags: ['--role', 'medusa'],
      env: { ...env, ...more },
    });
    return stdout.trimEnd().split('\n');
  };

  before(async () => {
    host = kept.use(openWorkplace());
    const clock = movingClock(host);
    const flags = ['--metadata-port', '0', '--instance-profile', 'cassandra'];
    server = kept.use(await startServer({ flags, env: clock }));
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    await admin(`s3api create-bucket --bucket ${BUCKET}`);
    const { User } = await admin.json('iam create-user --user-name node');
    const { AccessKey } = await admin.json('iam create-access-key --user-name node');
    const { Policy } = await admin.json(
      words(
        'iam create-policy --policy-name MedusaStorageStrategy --policy-document',
        pastedPolicy('medusa', BUCKET),
      ),
    );
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole' };
    const principals = [{ Service: 'ec2.amazonaws.com' }, { AWS: User.Arn }];
    await admin(
      words(
        'iam create-role --role-name medusa --assume-role-policy-document',
        JSON.stringify({
          Version: '2012-10-17',
          Statement: principals.map((Principal) => ({ ...trust, Principal })),
        }),
      ),
    );
    await admin(`iam attach-role-policy --role-name medusa --policy-arn ${Policy.Arn}`);
    await admin('iam create-instance-profile --instance-profile-name cassandra');
    await admin(
      'iam add-role-to-instance-profile --instance-profile-name cassandra --role-name medusa',
    );
    env = {
      ...clock,
      AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'false',
    };
    data = host.path('data');
    writeTables(data, FILES, [26]);
  });
  after(() => kept.disposeAsync());

  test('the instance profile of the machine is enough, at host and port', async () => {
    await server.said(/Instance metadata is on port \d+/);
    const port = /Instance metadata is on port (\d+)/.exec(server.output())?.[1];
    const at = new URL(server.endpoint);
    const node = nodeOf('boto3', {
      storage_provider: 's3_compatible',
      host: at.hostname,
      port: at.port,
      secure: 'False',
    });
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...rest } = env;
    const { stdout } = await node.run([`backup profile ${data}`, 'verify profile'], {
      env: { ...rest, AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}` },
    });
    assert.equal(stdout, `${FILES} files, ${FILES} sent\n${FILES} good, 0 wrong\n`);
  });

  test('the key of who runs it is none of its own', async () => {
    const [line = ''] = await asRole(nodeOf('boto3'), ['whoami']);
    assert.match(line, /^as ASIA[A-Z0-9]{16}$/);
  });

  test('boto3 gets new credentials when an hour passes in the middle of a backup', async () => {
    const [first, backup, second, ...rest] = await asRole(
      nodeOf('boto3'),
      [
        'whoami',
        `backup long ${data}`,
        'whoami',
        'list-backups',
        'verify long',
        `download long ${host.path('back')}`,
        'delete-backup long',
      ],
      { HOUR_PASSES_AFTER: String(FILES / 2) },
    );
    assert.equal(backup, `${FILES} files, ${FILES} sent`);
    assert.match(`${first} ${second}`, /^as ASIA\w{16} as ASIA\w{16}$/);
    assert.notEqual(first, second);
    assert.ok(rest.includes('long full'));
    assert.ok(rest.includes(`${FILES} good, 0 wrong`));
    assert.ok(rest.includes(`${FILES} files back`));
  });

  test('who keeps the old ones is told ExpiredToken', async () => {
    const said = await asRole(nodeOf('boto3'), ['outlived']);
    assert.deepEqual(said, ['ExpiredToken', 'True']);
  });

  test('libcloud, which asks once, fails when they end, and goes on with new ones', async () => {
    const node = nodeOf('libcloud');
    const ran = await node.run([`backup halves ${data}`], {
      flags: ['--role', 'medusa'],
      env: { ...env, HOUR_PASSES_AFTER: String(FILES / 2) },
      status: 'failure',
    });
    // To it a status of 400 is no error in itself, and so the ETag is missing.
    assert.match(ran.stderr, /ObjectHashMismatchError|LibcloudError/);
    assert.deepEqual(await asRole(node, ['list-backups']), ['']);
    assert.deepEqual(await asRole(node, [`backup again ${data}`, 'verify again', 'list-backups']), [
      `${FILES} files, ${FILES} sent`,
      `${FILES} good, 0 wrong`,
      'again full',
    ]);
  });
});
