import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { EXIT, runCommand } from '../../command.ts';
import type { Io } from '../../io.ts';
import { policyCheck } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'coffer-check-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | object): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const policy = (...Statement: readonly object[]) => ({ Version: '2012-10-17', Statement });
const READ = policy({
  Sid: 'Read',
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::reports/*',
});
const ALL = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const TRUST = policy({
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: { AWS: 'arn:aws:iam::111122223333:user/ana' },
});
const CLOSED = policy({
  Sid: 'Closed',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: 'arn:aws:s3:::payroll/*',
});

async function check(assertions: string, ...words: readonly string[]) {
  const said = { out: '', err: '' };
  const io: Io = {
    environment: {},
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    ask: () => Promise.resolve(undefined),
    untilStopped: () => new Promise(() => {}),
  };
  const path = file('assertions.txt', assertions);
  const line = ['policy', 'check', path, ...words];
  const exit = await runCommand({ 'policy check': policyCheck }, line, io);
  return { exit, err: said.err, out: said.out.replaceAll(path, 'assertions.txt') };
}

test('policy check: a folder of policies', async () => {
  file('iam/users/ana/read.json', READ);
  file('iam/users/ana/boundary.json', READ);
  file('iam/users/ana/all.json', ALL);
  file('iam/users/ben.json', ALL);
  file('iam/groups/staff/members.json', ['cleo']);
  file('iam/groups/staff/read.json', READ);
  file('iam/roles/backup/trust.json', TRUST);
  file('iam/roles/backup/read.json', READ);
  file('iam/buckets/reports.json', '');
  file('iam/buckets/payroll.json', CLOSED);
  const { exit, out } = await check(
    'user/ana CANNOT s3:PutObject reports/*\n' +
      'group/staff, role/backup CAN s3:GetObject reports/*\n' +
      'user/cleo CAN s3:GetObject reports/*\n' +
      'user/ana CANNOT sts:AssumeRole role/backup\n' +
      'user/ben CAN s3:GetObject payroll/*\n' +
      'anyone CANNOT s3:* payroll/*\n',
    '--policies',
    join(folder, 'iam'),
  );
  assert.equal(exit, EXIT.failed);
  assert.equal(
    out,
    'assertions.txt:1: proved: user/ana CANNOT s3:PutObject reports/*\n' +
      'assertions.txt:2: proved: group/staff, role/backup CAN s3:GetObject reports/*\n' +
      'assertions.txt:3: proved: user/cleo CAN s3:GetObject reports/*\n' +
      'assertions.txt:4: REFUTED: user/ana CANNOT sts:AssumeRole role/backup\n' +
      '    arn:aws:iam::111122223333:user/ana asks for sts:AssumeRole on arn:aws:iam::111122223333:role/backup\n' +
      '    and is allowed by statement 1 of the trust policy backup\n' +
      'assertions.txt:5: REFUTED: user/ben CAN s3:GetObject payroll/*\n' +
      '    arn:aws:iam::111122223333:user/ben asks for s3:GetObject on arn:aws:s3:::payroll/x\n' +
      `    and is denied by statement Closed of the resource-based policy ${join(folder, 'iam/buckets/payroll.json')}\n` +
      'assertions.txt:6: proved: anyone CANNOT s3:* payroll/*\n',
  );
});

test('policy check: single files, the account and JSON', async () => {
  const read = file('read.json', READ);
  const words = ['--identity', `user/ana=${read}`, '--bucket', 'reports', '--json'];
  const { exit, out } = await check(
    'user/ana CAN s3:GetObject, s3:PutObject reports/*\n',
    ...words,
    '--account',
    '999900001111',
  );
  assert.equal(exit, EXIT.failed);
  assert.deepEqual(JSON.parse(out), [
    {
      line: 1,
      assertion: 'user/ana CAN s3:GetObject, s3:PutObject reports/*',
      outcome: 'refuted',
      counterExample: {
        principal: 'arn:aws:iam::999900001111:user/ana',
        action: 's3:PutObject',
        resource: 'arn:aws:s3:::reports/x',
        resourceAccountId: '999900001111',
        context: {},
        decision: { effect: 'ImplicitDeny', lacking: 'identity-based' },
      },
    },
  ]);
});

test("policy check: AWS's account details, whose documents are JSON or in URL encoding", async () => {
  const arn = 'arn:aws:iam::123456789012:policy/read';
  const details = file('details.json', {
    UserDetailList: [
      {
        UserName: 'ana',
        UserId: 'AIDAANAANAANAANAANA1',
        Arn: 'arn:aws:iam::123456789012:user/team/ana',
        GroupList: ['staff'],
        Tags: [{ Key: 'team', Value: 'red' }],
      },
    ],
    GroupDetailList: [
      {
        GroupName: 'staff',
        Arn: 'arn:aws:iam::123456789012:group/staff',
        GroupPolicyList: [],
        AttachedManagedPolicies: [{ PolicyName: 'read', PolicyArn: arn }],
      },
    ],
    RoleDetailList: [
      {
        RoleName: 'app',
        RoleId: 'AROAAPPAPPAPPAPPAPP1',
        Arn: 'arn:aws:iam::123456789012:role/app',
        AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(TRUST)),
        RolePolicyList: [{ PolicyName: 'all', PolicyDocument: ALL }],
        PermissionsBoundary: { PermissionsBoundaryArn: arn },
      },
    ],
    Policies: [
      {
        Arn: arn,
        PolicyVersionList: [
          { Document: ALL, IsDefaultVersion: false },
          { Document: encodeURIComponent(JSON.stringify(READ)), IsDefaultVersion: true },
        ],
      },
    ],
  });
  const { exit, out, err } = await check(
    'group/staff CAN s3:GetObject reports/*\nrole/app CANNOT s3:PutObject *\n',
    '--details',
    details,
    '--bucket',
    'reports',
  );
  assert.equal(err, '');
  assert.equal(out.match(/: proved: /g)?.length, 2, out);
  assert.equal(exit, EXIT.done);
});

test('policy check: whose an id is, files do not say', async () => {
  const read = file('read.json', READ);
  const byId = file(
    'by-id.json',
    policy({
      Effect: 'Allow',
      Principal: { AWS: 'AIDAANAANAANAANAANA1' },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::reports/*',
    }),
  );
  const by = file(
    'userid.json',
    policy({
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: '*',
      Condition: { StringEquals: { 'aws:userid': 'AIDAANAANAANAANAANA1' } },
    }),
  );
  const words = ['--identity', `user/ana=${read}`];
  const named = await check(
    'user/ana CANNOT s3:PutObject reports/*\n',
    ...words,
    '--bucket',
    `reports=${byId}`,
  );
  assert.equal(named.exit, EXIT.guarded);
  assert.match(named.out, /AIDAANAANAANAANAANA1, and whose that is is not known/);
  const compared = await check(
    'user/ana CANNOT s3:PutObject reports/*\n',
    '--identity',
    `user/ana=${by}`,
  );
  assert.equal(compared.exit, EXIT.failed);
  assert.match(compared.out, /with aws:userid = AIDAANAANAANAANAANA1/);
});

test('policy check: exit codes and mistakes', async () => {
  const read = file('read.json', READ);
  const words = ['--identity', `user/ana=${read}`];
  assert.equal((await check('user/zoe CAN s3:GetObject a/*\n', ...words)).exit, EXIT.guarded);
  const wrong = await check('user/ana MAY s3:GetObject a/*\n', ...words);
  assert.equal(wrong.exit, EXIT.usage);
  assert.match(wrong.err, /assertions\.txt:1:10: error: Expected CAN or CANNOT/);
  const right = 'user/ana CAN s3:GetObject reports/*\n';
  assert.equal((await check(right, '--identity', 'ana=x')).exit, EXIT.usage);
  assert.equal((await check(right, ...words, '--account', '1')).exit, EXIT.usage);
  assert.equal((await check(right, '--policies', join(folder, 'none'))).exit, EXIT.failed);
  const broken = file('broken.json', '{"Statement": []}');
  const { exit, err } = await check(right, '--identity', `user/ana=${broken}`);
  assert.equal(exit, EXIT.failed);
  assert.match(err, /broken\.json cannot be read:1:15/);
});
