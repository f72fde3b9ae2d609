import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { fromUtf8 } from '../base/bytes.ts';
import { twoCodes } from '../identity/testing/authenticator.ts';
import { grantedActions, grantsService } from './service-access.ts';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const allow = (...actions: string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });
const arnOf = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;
const HEADER =
  'user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,' +
  'password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,' +
  'access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,' +
  'access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,' +
  'access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,' +
  'cert_1_last_rotated,cert_2_active,cert_2_last_rotated';
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

test('the credential report tells of everybody what he can sign in with', async () => {
  const { iam: client, identity, keyOf } = await openClients();
  const iam = client();
  await assert.rejects(
    iam.send(new IAM.GetCredentialReportCommand({})),
    failure('CredentialReportNotPresent', 410),
  );
  for (const name of ['anna', 'bert', 'comma,ann']) await identity.createUser(ACCOUNT, { name });
  await identity.putPasswordPolicy(ACCOUNT, {
    minimumLength: 6,
    requireLowercase: false,
    requireNumbers: false,
    requireSymbols: false,
    requireUppercase: false,
    mayUsersChange: false,
    maxAgeDays: 1,
    isHardExpiry: false,
  });
  await identity.createLoginProfile(ACCOUNT, 'anna', { password: 'secret-1' });
  const { seed } = await identity.createMfaDevice(ACCOUNT, { name: 'phone' });
  const owner = { kind: 'user', name: 'anna' } as const;
  const codes = twoCodes(seed, Date.now());
  await identity.enableMfaDevice(ACCOUNT, owner, arnOf('mfa', 'phone'), codes);
  const used = await keyOf('anna');
  await assert.rejects(client(used).send(new IAM.GetUserCommand({})));
  const { accessKeyId } = await keyOf('anna');
  await identity.updateAccessKey(ACCOUNT, owner, accessKeyId, 'Inactive');

  const { State } = await iam.send(new IAM.GenerateCredentialReportCommand({}));
  assert.equal(State, 'COMPLETE');
  const report = await iam.send(new IAM.GetCredentialReportCommand({}));
  assert.equal(report.ReportFormat, 'text/csv');
  const [header, root, anna, bert, comma, ...rest] = fromUtf8(report.Content!).split('\n');
  assert.equal(header, HEADER);
  assert.deepEqual(rest, []);
  const masked = (row: string | undefined) =>
    (row ?? '').split(',').map((field) => (DATE.test(field) ? 'date' : field));
  const text = (row: string | undefined) => masked(row).join(' ');
  const certificates = 'false N/A false N/A';
  const noKey = 'false N/A N/A N/A N/A';
  const usedKey = 'true date date us-east-1 iam';
  assert.equal(
    text(root),
    `<root_account> arn:aws:iam::${ACCOUNT}:root date ` +
      `not_supported no_information not_supported not_supported false ` +
      `${usedKey} ${noKey} ${certificates}`,
  );
  assert.equal(
    text(anna),
    `anna ${arnOf('user', 'anna')} date true no_information date date true ` +
      `${usedKey} false date N/A N/A N/A ${certificates}`,
  );
  assert.equal(
    text(bert),
    `bert ${arnOf('user', 'bert')} date false N/A N/A N/A false ` +
      `${noKey} ${noKey} ${certificates}`,
  );
  assert.match(comma ?? '', /^"comma,ann","arn:aws:iam::\d+:user\/comma,ann",/);
});

test('last uses are told of a user, a group and a policy, by service and by action', async () => {
  const { iam: client, identity, keyOf } = await openClients();
  const iam = client();
  for (const name of ['anna', 'bert']) await identity.createUser(ACCOUNT, { name });
  await identity.createGroup(ACCOUNT, { name: 'devs' });
  for (const name of ['anna', 'bert']) await identity.addUserToGroup(ACCOUNT, 'devs', name);
  await identity.createPolicy(ACCOUNT, { name: 'p', text: allow('s3:*', 'iam:Get*') });
  await identity.attachGroupPolicy(ACCOUNT, 'devs', arnOf('policy', 'p'));
  const anna = client(await keyOf('anna'));
  await anna.send(new IAM.GetUserCommand({}));
  await assert.rejects(anna.send(new IAM.ListUsersCommand({})), failure('AccessDenied', 403));
  await identity[Symbol.asyncDispose]();

  const jobOf = async (Arn: string, Granularity?: IAM.AccessAdvisorUsageGranularityType) => {
    const command = new IAM.GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity });
    return (await iam.send(command)).JobId;
  };
  for (const Arn of [arnOf('user', 'anna'), arnOf('group', 'devs'), arnOf('policy', 'p')]) {
    const JobId = await jobOf(Arn, 'ACTION_LEVEL');
    const details = await iam.send(new IAM.GetServiceLastAccessedDetailsCommand({ JobId }));
    assert.equal(details.JobStatus, 'COMPLETED');
    assert.equal(details.JobType, 'ACTION_LEVEL');
    const [ofIam, ofS3, ...rest] = details.ServicesLastAccessed ?? [];
    assert.deepEqual(rest, []);
    assert.deepEqual([ofIam?.ServiceNamespace, ofS3?.ServiceNamespace], ['iam', 's3']);
    assert.equal(ofIam?.LastAuthenticatedEntity, arnOf('user', 'anna'));
    assert.equal(ofIam?.LastAuthenticatedRegion, 'us-east-1');
    assert.equal(ofIam?.TotalAuthenticatedEntities, 1);
    const tracked = ofIam?.TrackedActionsLastAccessed ?? [];
    assert.deepEqual(
      tracked.filter((one) => one.LastAccessedTime).map(({ ActionName }) => ActionName),
      ['GetUser', 'ListUsers'],
      'what was refused was asked for all the same',
    );
    const unused = tracked.filter((one) => one.LastAccessedTime === undefined);
    assert.ok(unused.length > 30);
    assert.ok(unused.every(({ ActionName }) => ActionName?.startsWith('Get')));
    assert.equal(ofS3?.LastAuthenticated, undefined);
    assert.equal(ofS3?.TotalAuthenticatedEntities, 0);
    const entities = await iam.send(
      new IAM.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace: 'iam' }),
    );
    assert.deepEqual(
      entities.EntityDetailsList?.map(({ EntityInfo }) => [EntityInfo?.Name, EntityInfo?.Type]),
      [['anna', 'USER']],
    );
  }
  const JobId = await jobOf(arnOf('user', 'bert'));
  const details = await iam.send(
    new IAM.GetServiceLastAccessedDetailsCommand({ JobId, MaxItems: 1 }),
  );
  assert.deepEqual(
    [details.JobType, details.IsTruncated, details.ServicesLastAccessed?.length],
    ['SERVICE_LEVEL', true, 1],
  );
  assert.equal(details.ServicesLastAccessed?.[0]?.TrackedActionsLastAccessed, undefined);
  await identity.removeUserFromGroup(ACCOUNT, 'devs', 'bert');
  await identity.deleteUser(ACCOUNT, 'bert');
  const gone = await iam.send(new IAM.GetServiceLastAccessedDetailsCommand({ JobId }));
  assert.deepEqual([gone.JobStatus, gone.Error?.Code], ['FAILED', 'NoSuchEntity']);
});

test('the policies that grant a service are told with what carries them', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'anna' });
  await identity.createGroup(ACCOUNT, { name: 'devs' });
  await identity.addUserToGroup(ACCOUNT, 'devs', 'anna');
  await identity.createPolicy(ACCOUNT, { name: 'p', text: allow('s3:*') });
  await identity.attachGroupPolicy(ACCOUNT, 'devs', arnOf('policy', 'p'));
  await identity.attachUserPolicy(ACCOUNT, 'anna', arnOf('policy', 'p'));
  await identity.putUserPolicy(ACCOUNT, 'anna', { name: 'i', text: allow('iam:Get*') });
  await identity.putGroupPolicy(ACCOUNT, 'devs', { name: 'j', text: allow('*') });
  const listed = async (Arn: string) => {
    const command = new IAM.ListPoliciesGrantingServiceAccessCommand({
      Arn,
      ServiceNamespaces: ['iam', 's3', 'ec2'],
    });
    const { PoliciesGrantingServiceAccess = [] } = await iam.send(command);
    return PoliciesGrantingServiceAccess.map(({ ServiceNamespace, Policies = [] }) => [
      ServiceNamespace,
      ...Policies.map(
        (one) => `${one.PolicyType} ${one.PolicyArn ?? one.EntityName} ${one.PolicyName}`,
      ),
    ]);
  };
  const managed = `MANAGED ${arnOf('policy', 'p')} p`;
  assert.deepEqual(await listed(arnOf('user', 'anna')), [
    ['iam', 'INLINE anna i', 'INLINE devs j'],
    ['s3', managed, 'INLINE devs j'],
    ['ec2', 'INLINE devs j'],
  ]);
  assert.deepEqual(await listed(arnOf('group', 'devs')), [
    ['iam', 'INLINE devs j'],
    ['s3', 'INLINE devs j', managed],
    ['ec2', 'INLINE devs j'],
  ]);
});

test('what is nothing to report about is refused', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createUser(other, { name: 'eve' });
  const generate = (Arn: string) =>
    iam.send(new IAM.GenerateServiceLastAccessedDetailsCommand({ Arn }));
  await assert.rejects(generate(arnOf('user', 'none')), failure('NoSuchEntity', 404));
  await assert.rejects(generate(arnOf('policy', 'none')), failure('NoSuchEntity', 404));
  await assert.rejects(generate(`arn:aws:iam::${ACCOUNT}:root`), failure('InvalidInput', 400));
  await assert.rejects(generate('not-an-arn-of-anything'), failure('InvalidInput', 400));
  await assert.rejects(generate(`arn:aws:iam::${other}:user/eve`), failure('AccessDenied', 403));
  await assert.rejects(
    iam.send(
      new IAM.ListPoliciesGrantingServiceAccessCommand({
        Arn: 'arn:aws:iam::aws:policy/AmazonS3FullAccess',
        ServiceNamespaces: ['s3'],
      }),
    ),
    failure('InvalidInput', 400),
  );
  const job = await identity.createAccessJob(other, {
    arn: `arn:aws:iam::${other}:user/eve`,
    granularity: 'SERVICE_LEVEL',
  });
  for (const JobId of [job.id, '0193f3a0-1b2c-7d3e-8f40-112233445566']) {
    await assert.rejects(
      iam.send(new IAM.GetServiceLastAccessedDetailsCommand({ JobId })),
      failure('NoSuchEntity', 404),
    );
  }
});

test('a policy grants a service when it allows any of its actions', () => {
  const statement = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Resource: '*', ...fields } });
  const cases: [fields: object, grants: boolean][] = [
    [{ Effect: 'Allow', Action: '*' }, true],
    [{ Effect: 'Allow', Action: 's3:GetObject' }, true],
    [{ Effect: 'Allow', Action: ['iam:*', 'S3:Get*'] }, true],
    [{ Effect: 'Allow', Action: 'iam:*' }, false],
    [{ Effect: 'Allow', Action: 's3express:*' }, false],
    [{ Effect: 'Deny', Action: 's3:*' }, false],
    [{ Effect: 'Allow', NotAction: 'iam:*' }, true],
    [{ Effect: 'Allow', NotAction: ['iam:*', 's3:Put*'] }, true],
    [{ Effect: 'Allow', NotAction: ['iam:*', 's3:*'] }, false],
    [{ Effect: 'Allow', NotAction: ['*'] }, false],
  ];
  for (const [fields, grants] of cases) {
    assert.equal(grantsService(statement(fields), 's3'), grants, JSON.stringify(fields));
  }
});

test('the actions that policies allow are those of AWS’s table that a statement names', () => {
  const statement = (fields: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Resource: '*', ...fields } });
  const granted = (...fields: object[]) => grantedActions(fields.map(statement), 'sts');
  assert.deepEqual(granted({ Effect: 'Allow', Action: 'sts:GetSess*' }), ['GetSessionToken']);
  assert.deepEqual(granted({ Effect: 'Deny', Action: '*' }), []);
  assert.deepEqual(granted({ Effect: 'Allow', Action: 's3:*' }), []);
  const all = granted({ Effect: 'Allow', Action: '*' });
  assert.ok(all.includes('AssumeRole'));
  const rest = granted({ Effect: 'Allow', NotAction: 'sts:Assume*' });
  assert.deepEqual(
    rest,
    all.filter((name) => !name.startsWith('Assume')),
  );
  const both = [
    { Effect: 'Allow', NotAction: 'sts:Assume*' },
    { Effect: 'Allow', Action: 'STS:assume*' },
  ];
  assert.deepEqual(granted(...both), all);
});
