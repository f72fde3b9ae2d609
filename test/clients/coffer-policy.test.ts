import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { openClient, type Client } from '../../src/cli/client/client.ts';
import { signedClient } from '../harness/signed-client.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';

const REPORTS = 'arn:aws:s3:::reports';
const document = (...Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 1);

describe('coffer policy, on what a server keeps', () => {
  let server: TestServer;
  let person: Workplace;
  let client: Client;
  let account: string;
  const kept = new AsyncDisposableStack();
  const coffer = (words: string, options?: RunOptions): Promise<Ran> =>
    person.run(NODE, [MAIN, 'policy', ...words.split(' ')], options);

  before(async () => {
    server = kept.use(await startServer());
    person = kept.use(openWorkplace());
    const { accessKeyId, secretAccessKey } = server.root;
    person.write(
      '.aws/credentials',
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    person.write('.aws/config', `[default]\nendpoint_url = ${server.endpoint}\n`);
    client = kept.use(openClient({ endpoint: server.endpoint }, { HOME: person.home }));
    account = (await client.query('sts', 'GetCallerIdentity')).textOf('Account')!;
    await client.query('iam', 'CreateUser', {
      UserName: 'ana',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'red',
    });
    await client.query('iam', 'PutUserPolicy', {
      UserName: 'ana',
      PolicyName: 'Own',
      PolicyDocument: document({
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:HeadObject'],
        Resource: `${REPORTS}/\${aws:PrincipalTag/team}/*`,
      }),
    });
    await client.query('iam', 'CreateRole', {
      RoleName: 'App',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:user/ana` },
        Action: 'sts:AssumeRole',
      }),
    });
    using root = signedClient(server.port, server.root);
    await root({ method: 'PUT', target: '/reports' });
    const policy = document({
      Sid: 'Keep',
      Effect: 'Deny',
      Principal: '*',
      Action: ['s3:DeleteObject', 's3:PutBucketPolicy'],
      Resource: [REPORTS, `${REPORTS}/*`],
    });
    const put = await root({ method: 'PUT', target: '/reports?policy', body: Buffer.from(policy) });
    assert.equal(put.status, 204);
  });
  after(() => kept.disposeAsync());

  test('simulate asks the policies of a user and of the bucket', async () => {
    const asked = `simulate --stored --principal user/ana --resource ${REPORTS}/red/a`;
    const actions = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'];
    const { stdout, stderr } = await coffer(
      `${asked} ${actions.map((action) => `--action ${action}`).join(' ')}`,
      { status: 4 },
    );
    assert.match(stderr, /^note: ACLs of single objects/);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ {2,}/).toSpliced(1, 1)),
      [
        ['s3:GetObject', 'Allow', `Own of arn:aws:iam::${account}:user/ana#1`],
        ['s3:PutObject', 'ImplicitDeny', 'identity-based'],
        ['s3:DeleteObject', 'ExplicitDeny', `${REPORTS}#1`],
      ],
    );
    await coffer(
      `simulate --stored --principal user/ana --action sts:AssumeRole --resource arn:aws:iam::${account}:role/App`,
    );
  });

  test('a policy in a file is tried beside those that are kept', async () => {
    person.write(
      'more.json',
      document({ Effect: 'Allow', Action: 's3:PutObject', Resource: `${REPORTS}/red/*` }),
    );
    const put = `--action s3:PutObject --resource ${REPORTS}/red/a --stored --principal user/ana`;
    await coffer(`simulate ${person.path('more.json')} ${put}`);
    await coffer(`simulate ${put}`, { status: 4 });
  });

  test('explain says what is missing, and what would have to change', async () => {
    const { stdout } = await coffer(
      `explain --stored --principal user/ana --action s3:DeleteObject --resource ${REPORTS}/red/a`,
      { status: 4 },
    );
    assert.deepEqual(stdout.trim().split('\n').slice(1, 4), [
      'A Deny statement applies, and a Deny is final.',
      `Change statement 1 (Keep) of the resource-based policy ${REPORTS}, which denies it.`,
      `Missing: allow s3:DeleteObject on ${REPORTS}/red/a in an identity-based policy of user ana.`,
    ]);
  });

  test('lint looks at every policy of the account', async () => {
    const { stdout } = await coffer('lint --stored', { status: 1 });
    assert.deepEqual(stdout.trim().split('\n'), [
      'user/ana/Own:8:5: error: There is no action s3:HeadObject; the operation of that name is authorized as s3:GetObject. [UnknownAction]',
      '    fix: Write "s3:GetObject"',
    ]);
  });

  test('root may always mend the policy of his bucket', async () => {
    const root = `--stored --principal arn:aws:iam::${account}:root --resource ${REPORTS}`;
    await coffer(`simulate ${root} --action s3:PutBucketPolicy`);
    await coffer(`simulate ${root}/red/a --action s3:DeleteObject`, { status: 4 });
  });

  test('whom and what the server does not know', async () => {
    const nobody = await coffer('simulate --stored --principal user/eve --action s3:GetObject', {
      status: 2,
    });
    assert.match(nobody.stderr, /The server knows no user\/eve/);
    await coffer(
      `simulate --stored --principal anonymous --action s3:GetObject --resource ${REPORTS}/a`,
      {
        status: 4,
      },
    );
    await coffer('simulate --action s3:GetObject', { status: 2 });
    await coffer('lint', { status: 2 });
  });
});
