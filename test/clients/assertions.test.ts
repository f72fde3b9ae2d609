/** Assertions checked against a running server, and what they say held against the server itself. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { openClient, type Client } from '../../src/cli/client/client.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';

interface Result {
  readonly outcome: string;
  readonly counterExample?: {
    readonly principal: string;
    readonly action: string;
    readonly resource: string;
  };
  readonly reasons?: readonly string[];
}

const allow = (Action: string | string[], Resource: string, more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
});

describe('coffer policy check', () => {
  let server: TestServer;
  let person: Workplace;
  let root: Client;
  const kept = new AsyncDisposableStack();

  const iam = (action: string, parameters: Parameters<Client['query']>[2]) =>
    root.query('iam', action, parameters);
  const put = (bucket: string, query: string, body: string) =>
    root.request({ method: 'PUT', bucket, query: { [query]: '' }, body });

  before(async () => {
    server = kept.use(await startServer());
    person = kept.use(openWorkplace());
    mkdirSync(person.path('work'));
    const { accessKeyId, secretAccessKey } = server.root;
    const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    root = kept.use(openClient({ endpoint: server.endpoint }, { HOME: person.home, ...key }));

    for (const bucket of ['reports', 'payroll', 'open-acl']) {
      await root.request({ method: 'PUT', bucket });
    }
    const owned =
      '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>';
    for (const bucket of ['reports', 'payroll']) await put(bucket, 'ownershipControls', owned);
    for (const UserName of ['alice', 'bob']) await iam('CreateUser', { UserName });
    await iam('CreateGroup', { GroupName: 'staff' });
    await iam('AddUserToGroup', { GroupName: 'staff', UserName: 'alice' });
    await iam('PutGroupPolicy', {
      GroupName: 'staff',
      PolicyName: 'read',
      PolicyDocument: JSON.stringify(allow(['s3:GetObject'], 'arn:aws:s3:::reports/*')),
    });
    const made = await iam('CreatePolicy', {
      PolicyName: 'all',
      PolicyDocument: JSON.stringify(allow('s3:*', '*')),
    });
    const PolicyArn = made.textOf('Policy/Arn');
    await iam('AttachUserPolicy', { UserName: 'bob', PolicyArn });
    await iam('PutUserPermissionsBoundary', {
      UserName: 'bob',
      PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess',
    });
    const account = PolicyArn?.split(':')[4];
    const trust = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { AWS: `arn:aws:iam::${account}:user/alice` },
        },
      ],
    };
    await iam('CreateRole', {
      RoleName: 'backup',
      AssumeRolePolicyDocument: JSON.stringify(trust),
    });
    const statement = { Effect: 'Deny', Principal: '*', Action: 's3:DeleteObject' };
    await put(
      'payroll',
      'policy',
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ ...statement, Resource: 'arn:aws:s3:::payroll/*' }],
      }),
    );
  });
  after(() => kept.disposeAsync());

  async function check(
    text: string,
  ): Promise<{ results: readonly Result[]; status: number | null }> {
    person.write('work/assertions.txt', text);
    const { accessKeyId, secretAccessKey } = server.root;
    const ran = await person.run(
      NODE,
      [MAIN, 'policy', 'check', person.path('work/assertions.txt'), '--json'],
      {
        status: 'any',
        env: {
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
        },
      },
    );
    assert.equal(ran.stderr, '');
    return { results: JSON.parse(ran.stdout) as readonly Result[], status: ran.status };
  }

  test('proves what groups, boundaries, bucket policies and trust policies give', async () => {
    const { results, status } = await check(`
group/staff  CAN     s3:GetObject       reports/*
user/bob     CANNOT  s3:Put*, s3:Delete*  reports*, payroll*
user/bob     CAN     s3:GetObject       payroll/*
anyone       CANNOT  s3:DeleteObject    payroll/*
user/alice   CAN     sts:AssumeRole     role/backup
user/bob     CANNOT  sts:AssumeRole     role/backup
anonymous, outsiders CANNOT s3:*        reports, reports/*
`);
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      results.map(() => 'proved'),
    );
    assert.equal(status, 0);
  });

  test('knows what the password policy gives every user', async () => {
    const assertion = 'user/alice CANNOT iam:* *\n';
    assert.equal((await check(assertion)).status, 0);
    await iam('UpdateAccountPasswordPolicy', { AllowUsersToChangePassword: true });
    const { results } = await check(assertion);
    assert.equal(results[0]?.counterExample?.action, 'iam:ChangePassword');
  });

  test('refutes with a request that the server decides alike', async () => {
    const { results, status } = await check('anyone CANNOT s3:GetObject reports/*\n');
    assert.equal(status, 1);
    const { principal = '', action, resource } = results[0]?.counterExample ?? {};
    assert.match(principal, /:user\/alice$/);
    assert.equal(action, 's3:GetObject');
    const key = resource?.replace('arn:aws:s3:::reports/', '');
    await root.request({ method: 'PUT', bucket: 'reports', key, body: 'x' });
    const made = await iam('CreateAccessKey', { UserName: 'alice' });
    using alice = openClient(
      { endpoint: server.endpoint },
      {
        HOME: person.home,
        AWS_ACCESS_KEY_ID: made.textOf('AccessKey/AccessKeyId') ?? '',
        AWS_SECRET_ACCESS_KEY: made.textOf('AccessKey/SecretAccessKey') ?? '',
      },
    );
    const got = await alice.request({ method: 'GET', bucket: 'reports', key });
    assert.equal(Buffer.from(await got.bytes()).toString(), 'x');
    await assert.rejects(alice.request({ method: 'GET', bucket: 'payroll', key }), {
      code: 'AccessDenied',
    });
  });

  test('knows that objects may have ACLs of their own, and what those of buckets grant', async () => {
    const unknown = await check('anonymous CANNOT s3:GetObject open-acl/*\n');
    assert.equal(unknown.status, 8);
    assert.match(unknown.results[0]?.reasons?.[0] ?? '', /ACLs and owners of their own/);
    const assumed = 'ASSUME no object ACLs\nanonymous CANNOT s3:GetObject open-acl/*\n';
    assert.equal((await check(assumed)).status, 0);
    await root.request({
      method: 'PUT',
      bucket: 'open-acl',
      query: { acl: '' },
      headers: { 'x-amz-acl': 'public-read' },
    });
    const listed = await check('anonymous CANNOT s3:ListBucket open-acl\n');
    assert.equal(listed.results[0]?.counterExample?.principal, 'anonymous');
    await put(
      'open-acl',
      'publicAccessBlock',
      '<PublicAccessBlockConfiguration><IgnorePublicAcls>true</IgnorePublicAcls></PublicAccessBlockConfiguration>',
    );
    assert.equal((await check('anonymous CANNOT s3:ListBucket open-acl\n')).status, 0);
  });
});

describe('coffer serve --assertions', () => {
  let server: TestServer;
  let root: Client;
  let person: Workplace;
  const kept = new AsyncDisposableStack();
  const put = (UserName: string, PolicyName: string, Resource: string) =>
    root.query('iam', 'PutUserPolicy', {
      UserName,
      PolicyName,
      PolicyDocument: JSON.stringify(allow('s3:GetObject', Resource)),
    });

  before(async () => {
    person = kept.use(openWorkplace());
    mkdirSync(person.path('work'));
    person.write(
      'work/assertions.txt',
      'anyone CANNOT s3:GetObject payroll/*\nASSUME no object ACLs\n',
    );
    const flags = ['--assertions', person.path('work/assertions.txt'), '--threads', '3'];
    server = kept.use(await startServer({ flags }));
    const { accessKeyId, secretAccessKey } = server.root;
    const key = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    root = kept.use(openClient({ endpoint: server.endpoint }, { HOME: person.home, ...key }));
    await root.request({ method: 'PUT', bucket: 'payroll' });
    for (const UserName of ['alice', 'bob']) await root.query('iam', 'CreateUser', { UserName });
  });
  after(() => kept.disposeAsync());

  const refusal = (pattern: RegExp) => (error: { code?: string; message: string }) => {
    assert.equal(error.code, 'AccessDenied');
    assert.match(error.message, /line 1: anyone CANNOT s3:GetObject payroll\/\*/);
    assert.match(error.message, pattern);
    return true;
  };

  test('refuses the change, with the request that it would let through', async () => {
    await put('alice', 'read', 'arn:aws:s3:::reports/*');
    await assert.rejects(
      put('alice', 'read', 'arn:aws:s3:::*/a*'),
      refusal(/user\/alice could take s3:GetObject on arn:aws:s3:::payroll\/a/),
    );
    const kept = await root.query('iam', 'GetUserPolicy', {
      UserName: 'alice',
      PolicyName: 'read',
    });
    assert.match(decodeURIComponent(kept.textOf('PolicyDocument') ?? ''), /reports/);
    const statement = { Effect: 'Allow', Principal: '*', Action: 's3:*' };
    const open = {
      Version: '2012-10-17',
      Statement: [{ ...statement, Resource: 'arn:aws:s3:::payroll/*' }],
    };
    await assert.rejects(
      root.request({
        method: 'PUT',
        bucket: 'payroll',
        query: { policy: '' },
        body: JSON.stringify(open),
      }),
      refusal(/anonymous could take s3:GetObject/),
    );
    await assert.rejects(
      root.request({ method: 'GET', bucket: 'payroll', query: { policy: '' } }),
      { code: 'NoSuchBucketPolicy' },
    );
  });

  test('many changes at once, in several threads, all end', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 18 }, (_, index) =>
        put(
          index % 2 === 0 ? 'alice' : 'bob',
          `p${index}`,
          `arn:aws:s3:::${index % 3 === 0 ? 'payroll' : 'reports'}/*`,
        ),
      ),
    );
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 6);
    for (const result of results) {
      if (result.status === 'rejected') refusal(/could take s3:GetObject/)(result.reason as Error);
    }
  });

  test('does not start with assertions that it cannot read', async () => {
    person.write('work/wrong.txt', 'anyone MUSTNOT s3:GetObject payroll/*\n');
    const ran = await person.run(
      NODE,
      [
        MAIN,
        'serve',
        '--data',
        person.path('data'),
        '--port',
        '0',
        '--assertions',
        person.path('work/wrong.txt'),
      ],
      { status: 'any' },
    );
    assert.equal(ran.status, 3);
    assert.match(ran.stderr, /wrong\.txt:1:8: Expected CAN or CANNOT/);
  });
});
