import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { openClient } from '../../src/cli/client/client.ts';
import { signedClient, type SignedClient } from '../harness/signed-client.ts';
import { startServer, type Credentials, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';

const WIDE = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'Data',
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:PutObject', 's3:List*'],
      Resource: '*',
    },
    { Sid: 'Queues', Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
  ],
};

describe('what was decided, and why', () => {
  let server: TestServer;
  let person: Workplace;
  let ana: SignedClient;
  const kept = new AsyncDisposableStack();
  const coffer = (words: string, options?: RunOptions): Promise<Ran> =>
    person.run(NODE, [MAIN, ...words.split(' ')], options);
  const admin = () => {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = server.root;
    const keys = { HOME: person.home, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    return openClient({ endpoint: server.endpoint }, keys);
  };
  const newUser = async (UserName: string, policy: object): Promise<Credentials> => {
    using client = admin();
    await client.query('iam', 'CreateUser', { UserName });
    const PolicyDocument = JSON.stringify(policy);
    await client.query('iam', 'PutUserPolicy', { UserName, PolicyName: 'own', PolicyDocument });
    const made = await client.query('iam', 'CreateAccessKey', { UserName });
    return {
      accessKeyId: made.textOf('AccessKey/AccessKeyId')!,
      secretAccessKey: made.textOf('AccessKey/SecretAccessKey')!,
    };
  };
  const refusedRequest = async (target: string, method = 'DELETE') => {
    const { status, headers, body } = await ana({ method, target });
    assert.equal(status, 403);
    return { id: String(headers['x-amz-request-id']), text: body.toString() };
  };

  before(async () => {
    server = kept.use(await startServer({ flags: ['--threads', '2'] }));
    person = kept.use(openWorkplace());
    await coffer(
      `configure --profile default --endpoint ${server.endpoint} --region us-east-1 --from ${server.data}/root-credentials`,
    );
    ana = kept.use(signedClient(server.port, await newUser('ana', WIDE)));
    using root = signedClient(server.port, server.root);
    await root({ method: 'PUT', target: '/data' });
  });
  after(() => kept.disposeAsync());

  test('explain says what a refused request lacks, whichever thread is asked', async () => {
    const { id } = await refusedRequest('/data/reports/1');
    for (let tries = 0; tries < 6; tries += 1) {
      const { stdout } = await coffer(`explain ${id}`);
      assert.match(stdout, /^Denied: arn:aws:iam::\d{12}:user\/ana asks for s3:DeleteObject/m);
      assert.match(stdout, /^Missing: allow s3:DeleteObject on arn:aws:s3:::data\/reports\/1/m);
    }
    const full = await coffer(`explain ${id} --full`);
    assert.match(full.stdout, /Statement 1 \(Data\): Allow, does not apply/);
    const [trace] = JSON.parse((await coffer(`explain ${id} --json`)).stdout);
    assert.equal(trace.explanation.decision.effect, 'ImplicitDeny');
  });

  test('explain says why a request was allowed, too', async () => {
    const put = await ana({ method: 'PUT', target: '/data/reports/1', body: Buffer.from('x') });
    assert.equal(put.status, 200);
    const { stdout } = await coffer(`explain ${put.headers['x-amz-request-id']}`);
    assert.match(stdout, /^Allowed: .*s3:PutObject/m);
    assert.match(stdout, /^Statement 1 \(Data\) of the identity-based policy own allows it\.$/m);
  });

  test('denials lists the latest, and explain ends with "not found" for what never was', async () => {
    const { id } = await refusedRequest('/data/latest');
    const { stdout } = await coffer('denials --principal user/ana --limit 1');
    assert.match(
      stdout,
      new RegExp(`^\\S+  ${id}  \\S+:user/ana  s3:DeleteObject  \\S+/latest$`, 'm'),
    );
    const unknown = await coffer('explain 0000000000000000', { status: 5 });
    assert.match(unknown.stderr, /Nothing is remembered/);
  });

  test('who may not ask learns nothing', async () => {
    const { id } = await refusedRequest('/data/again');
    const key = await newUser('nosy', WIDE);
    const keys = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    for (const words of [`explain ${id}`, 'denials', 'policy generate --principal user/ana']) {
      const { stdout, stderr } = await coffer(words, { env: keys, status: 'failure' });
      assert.equal(stdout, '');
      assert.match(stderr, /AccessDenied/);
    }
  });

  test('policy generate writes what is enough, and no more than was used', async () => {
    for (const day of ['1', '2', '3']) {
      await ana({ method: 'PUT', target: `/data/reports/${day}`, body: Buffer.from(day) });
    }
    assert.equal((await ana({ method: 'GET', target: '/data/reports/1' })).status, 200);
    assert.equal((await ana({ method: 'GET', target: '/data/reports/none' })).code, 'NoSuchKey');
    const { stdout, stderr } = await coffer('policy generate --principal user/ana --since 1h');
    const policy = JSON.parse(stdout);
    assert.deepEqual(
      policy.Statement.map(({ Action, Resource }: Record<string, string[]>) => [Action, Resource]),
      [
        [['s3:GetObject', 's3:PutObject'], ['arn:aws:s3:::data/reports/*']],
        [['s3:ListBucket'], ['arn:aws:s3:::data']],
      ],
    );
    assert.match(stderr, /^Seen1 +s3:PutObject +\d+ +\d{4}-\d\d-\d\d/m);
    using bea = signedClient(server.port, await newUser('bea', policy));
    assert.equal((await bea({ method: 'GET', target: '/data/reports/1' })).status, 200);
    assert.equal((await bea({ method: 'GET', target: '/data/reports/none' })).code, 'NoSuchKey');
    assert.equal((await bea({ method: 'PUT', target: '/data/other/1' })).status, 403);
    assert.equal((await bea({ method: 'DELETE', target: '/data/reports/1' })).status, 403);
  });

  test('policy generate lets who uploads in parts take an upload back', async () => {
    const begun = await ana({ method: 'POST', target: '/data/parts/1?uploads' });
    assert.equal(begun.status, 200);
    const { stdout, stderr } = await coffer('policy generate --principal user/ana --since 1h');
    const of = JSON.parse(stdout).Statement.filter(({ Action }: { Action: readonly string[] }) =>
      Action.includes('s3:AbortMultipartUpload'),
    );
    assert.deepEqual(of[0].Resource, ['arn:aws:s3:::data/parts/*']);
    assert.match(stderr, /^Seen\d +s3:AbortMultipartUpload +foreseen +/m);
  });

  test('policy unused names what was granted for nothing', async () => {
    const { stdout } = await coffer('policy unused --principal user/ana');
    assert.match(stdout, /^own +Queues +statement never used$/m);
    assert.match(stdout, /^own +Data +needed only for +s3:Get\*: s3:GetObject$/m);
  });

  test('whoami --can asks the server what these keys open', async () => {
    const key = await newUser('cara', {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
        { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::data/reports/*' },
        { Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::data/*' },
      ],
    });
    const env = { AWS_ACCESS_KEY_ID: key.accessKeyId, AWS_SECRET_ACCESS_KEY: key.secretAccessKey };
    const { stdout } = await coffer('whoami --can --on s3://data/reports/', { env });
    assert.match(stdout, /^arn:aws:iam::\d{12}:user\/cara$/m);
    assert.match(stdout, /^yes +s3:GetObject +s3:\/\/data\/reports\/\*$/m);
    assert.match(stdout, /^denied +s3:PutObject +s3:\/\/data\/reports\/\*$/m);
    assert.match(stdout, /^no +s3:DeleteObject/m);
    const all = await coffer('whoami --can', { env, status: 4 });
    assert.match(all.stdout, /^no +s3:ListBucket +s3:\/\/data$/m);
    const one = '--can --action s3:GetObject --on s3://data/';
    await coffer(`whoami ${one}reports/1`, { env });
    await coffer(`whoami ${one}secret/1`, { env, status: 4 });
    // What it says is what happens.
    using cara = signedClient(server.port, key);
    assert.equal((await cara({ method: 'GET', target: '/data/reports/1' })).status, 200);
    assert.equal((await cara({ method: 'GET', target: '/data/secret/1' })).status, 403);
  });

  test('refusals are still explained after a restart', async () => {
    const { id, text } = await refusedRequest('/data/before');
    assert.match(text, /<EncodedMessage>1\.[A-Za-z0-9+/=]+<\/EncodedMessage>/);
    await server.stop();
    await using again = await startServer({ data: server.data, flags: ['--threads', '2'] });
    const { stdout } = await coffer(`explain ${id} --endpoint ${again.endpoint}`);
    assert.match(stdout, /asks for s3:DeleteObject on arn:aws:s3:::data\/before/);
  });
});
