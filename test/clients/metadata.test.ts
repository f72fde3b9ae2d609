import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { eventually } from '../harness/eventually.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));

const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};
const READ = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/*' }],
};
const BOTO3 = `
import boto3, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1')
print(s3.get_object(Bucket='data', Key='k')['Body'].read().decode())
print(boto3.client('sts', endpoint_url=sys.argv[1], region_name='us-east-1').get_caller_identity()['Arn'])
`;
const SDK = `
import { S3Client, GetObjectCommand } from '@aws-sdk/client-s3';
const client = new S3Client({ endpoint: process.argv[1], region: 'us-east-1', forcePathStyle: true });
const { Body } = await client.send(new GetObjectCommand({ Bucket: 'data', Key: 'k' }));
console.log(await Body.transformToString());
`;

describe('role credentials with no key on disk', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let program: Workplace;
  let metadata: string;
  const kept = new AsyncDisposableStack();
  const ofMetadata = () => ({
    AWS_EC2_METADATA_DISABLED: 'false',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata,
    AWS_DEFAULT_REGION: 'us-east-1',
  });

  before(async () => {
    const tokens = kept.use(openWorkplace());
    const tokenFile = tokens.write('token', 'Bearer for-programs\n', 0o600);
    const flags = ['--metadata-port', '0', '--instance-profile', 'machines'];
    server = kept.use(
      await startServer({ flags: [...flags, '--container-token-file', tokenFile] }),
    );
    await server.said(/Instance metadata is on port \d+/);
    const port = /Instance metadata is on port (\d+)/.exec(server.output())?.[1];
    metadata = `http://127.0.0.1:${port}`;
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    program = kept.use(openWorkplace());
    // SDKs send the file as it is, and a header holds no line break.
    program.write('token', 'Bearer for-programs', 0o600);
    await admin('s3 mb s3://data');
    await admin('s3 cp - s3://data/k', { input: 'kept' });
    const role = ['iam', 'create-role', '--role-name', 'web', '--assume-role-policy-document'];
    await admin([...role, JSON.stringify(TRUST)]);
    const put = ['iam', 'put-role-policy', '--role-name', 'web', '--policy-name', 'read'];
    await admin([...put, '--policy-document', JSON.stringify(READ)]);
    await admin('iam create-instance-profile --instance-profile-name machines');
    await admin(
      'iam add-role-to-instance-profile --instance-profile-name machines --role-name web',
    );
  });
  after(() => kept.disposeAsync());

  test('aws takes them, and may what the role may', async () => {
    const aws = (words: string, status?: 'failure') =>
      program.run('aws', ['--endpoint-url', server.endpoint, ...words.split(' ')], {
        env: ofMetadata(),
        ...(status && { status }),
      });
    const who = JSON.parse((await aws('sts get-caller-identity')).stdout);
    assert.match(who.Arn, /:assumed-role\/web\/i-[0-9a-f]{17}$/);
    assert.equal((await aws('s3 cp s3://data/k -')).stdout, 'kept');
    const refused = await aws('s3 cp s3://data/k s3://data/other', 'failure');
    assert.match(refused.stderr, /AccessDenied/);
  });

  test('boto3 takes them', async () => {
    const { stdout } = await program.run('/usr/bin/python3', ['-c', BOTO3, server.endpoint], {
      env: ofMetadata(),
    });
    assert.match(stdout, /^kept\narn:aws:sts::\d{12}:assumed-role\/web\//);
  });

  test('the JavaScript SDK takes them from metadata and from the container endpoint', async () => {
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const args = ['--input-type=module', '-e', SDK, server.endpoint];
    const container = {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${metadata}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: program.path('token'),
    };
    for (const env of [ofMetadata(), container]) {
      assert.equal((await program.run(NODE, args, { cwd, env })).stdout, 'kept\n');
    }
    const wrong = { ...container, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'Bearer wrong' };
    const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: _, ...env } = wrong;
    await program.run(NODE, args, { cwd, env, status: 'failure' });
  });

  test('a policy that is taken from the role counts for the very next request', async () => {
    const get = () =>
      program.run('aws', ['--endpoint-url', server.endpoint, 's3', 'cp', 's3://data/k', '-'], {
        env: ofMetadata(),
        status: 'any',
      });
    await admin('iam delete-role-policy --role-name web --policy-name read');
    assert.match((await get()).stderr, /403|AccessDenied/);
    const put = ['iam', 'put-role-policy', '--role-name', 'web', '--policy-name', 'read'];
    await admin([...put, '--policy-document', JSON.stringify(READ)]);
    assert.equal((await get()).stdout, 'kept');
  });

  test('an agent serves a role on another machine', async () => {
    const { Account } = await admin.json('sts get-caller-identity');
    const trust = { Effect: 'Allow', Principal: { AWS: Account }, Action: 'sts:AssumeRole' };
    const document = JSON.stringify({ Version: '2012-10-17', Statement: trust });
    const role = ['iam', 'create-role', '--role-name', 'away', '--assume-role-policy-document'];
    await admin([...role, document]);
    await admin([
      'iam',
      'put-role-policy',
      '--role-name',
      'away',
      '--policy-name',
      'read',
      '--policy-document',
      JSON.stringify(READ),
    ]);
    await admin('iam create-user --user-name agent');
    const may = {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: `arn:aws:iam::${Account}:role/away`,
    };
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: may });
    await admin([
      'iam',
      'put-user-policy',
      '--user-name',
      'agent',
      '--policy-name',
      'p',
      '--policy-document',
      policy,
    ]);
    const { AccessKey } = await admin.json('iam create-access-key --user-name agent');
    const agent = spawn(
      NODE,
      [MAIN, 'metadata', '--role', 'away', '--metadata-port', '0', '--metadata-v2-only'],
      {
        env: {
          ...program.env,
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
          AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const ended = once(agent, 'exit');
    try {
      let said = '';
      agent.stdout.setEncoding('utf8');
      const ready = new Promise<void>((resolve) => {
        agent.stdout.on('data', (text: string) => {
          said += text;
          if (said.includes('AWS_EC2')) resolve();
        });
      });
      await eventually('the agent listens', 30_000, Promise.race([ready, ended]), () => said);
      const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? '';
      const { stdout } = await program.run(
        'aws',
        ['--endpoint-url', server.endpoint, 's3', 'cp', 's3://data/k', '-'],
        { env: { ...ofMetadata(), AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint } },
      );
      assert.equal(stdout, 'kept');
    } finally {
      agent.kill('SIGTERM');
    }
    assert.deepEqual(await ended, [0, null]);
  });
});
