import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { twoCodes } from '../identity/testing/authenticator.ts';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const TEXT = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
const TRUST = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"${ACCOUNT}"},"Action":"sts:AssumeRole"}}`;
const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
const ADMINISTRATOR = 'arn:aws:iam::aws:policy/AdministratorAccess';

/** An account with one of everything. */
async function openFurnished() {
  const opened = await openClients();
  const { identity } = opened;
  for (const name of ['anna', 'bert', 'carl']) await identity.createUser(ACCOUNT, { name });
  for (const name of ['devs', 'ops']) await identity.createGroup(ACCOUNT, { name });
  for (const name of ['r1', 'r2']) {
    await identity.createRole(ACCOUNT, { name, trustText: TRUST, boundary: READ_ONLY });
  }
  const { name } = await identity.createPolicy(ACCOUNT, { name: 'p', text: TEXT });
  const arn = `arn:aws:iam::${ACCOUNT}:policy/${name}`;
  await identity.createPolicyVersion(ACCOUNT, arn, TEXT, true);
  await identity.addUserToGroup(ACCOUNT, 'devs', 'anna');
  await identity.putUserPolicy(ACCOUNT, 'anna', { name: 'i', text: TEXT });
  await identity.putGroupPolicy(ACCOUNT, 'devs', { name: 'j', text: TEXT });
  await identity.putRolePolicy(ACCOUNT, 'r1', { name: 'k', text: TEXT });
  await identity.attachUserPolicy(ACCOUNT, 'anna', arn);
  await identity.attachGroupPolicy(ACCOUNT, 'devs', ADMINISTRATOR);
  await identity.tagUser(ACCOUNT, 'anna', [{ key: 'Team', value: 'a' }]);
  await identity.createInstanceProfile(ACCOUNT, { name: 'ip' });
  await identity.addRoleToInstanceProfile(ACCOUNT, 'ip', 'r1');
  return { ...opened, arn };
}

test('the details of an account are everything that decides in it', async () => {
  const { iam: client, arn } = await openFurnished();
  const details = await client().send(new IAM.GetAccountAuthorizationDetailsCommand({}));
  assert.equal(details.IsTruncated, false);
  const [anna, bert] = details.UserDetailList ?? [];
  assert.deepEqual([anna?.UserName, bert?.UserName], ['anna', 'bert']);
  assert.deepEqual(anna?.GroupList, ['devs']);
  assert.deepEqual(anna?.Tags, [{ Key: 'Team', Value: 'a' }]);
  assert.deepEqual(anna?.AttachedManagedPolicies, [{ PolicyName: 'p', PolicyArn: arn }]);
  assert.equal(decodeURIComponent(anna?.UserPolicyList?.[0]?.PolicyDocument ?? ''), TEXT);
  const [devs] = details.GroupDetailList ?? [];
  assert.equal(devs?.GroupPolicyList?.[0]?.PolicyName, 'j');
  assert.equal(devs?.AttachedManagedPolicies?.[0]?.PolicyArn, ADMINISTRATOR);
  const [r1] = details.RoleDetailList ?? [];
  assert.equal(r1?.RolePolicyList?.[0]?.PolicyName, 'k');
  assert.equal(r1?.InstanceProfileList?.[0]?.InstanceProfileName, 'ip');
  assert.equal(r1?.PermissionsBoundary?.PermissionsBoundaryArn, READ_ONLY);
  assert.match(decodeURIComponent(r1?.AssumeRolePolicyDocument ?? ''), /sts:AssumeRole/);
  assert.deepEqual(
    details.Policies?.map(({ PolicyName, PolicyVersionList }) => [
      PolicyName,
      PolicyVersionList?.map(
        ({ VersionId, IsDefaultVersion }) => `${VersionId} ${IsDefaultVersion}`,
      ),
    ]),
    [
      ['p', ['v2 true', 'v1 false']],
      ['AdministratorAccess', ['v1 true']],
      ['AmazonS3ReadOnlyAccess', ['v1 true']],
    ],
  );
});

test('pages of details hold everything once, whatever their size and filter', async () => {
  const { iam: client } = await openFurnished();
  const iam = client();
  const everything = 'anna bert carl devs ops r1 r2 p AdministratorAccess AmazonS3ReadOnlyAccess';
  const filters: [Filter: IAM.EntityType[] | undefined, names: string][] = [
    [undefined, everything],
    [['Role', 'AWSManagedPolicy'], 'r1 r2 AdministratorAccess AmazonS3ReadOnlyAccess'],
    [['LocalManagedPolicy'], 'p'],
    [['Group', 'User'], 'anna bert carl devs ops'],
  ];
  for (const [Filter, names] of filters) {
    for (const MaxItems of [1, 2, 3, 4, 10, 1000]) {
      const seen: (string | undefined)[] = [];
      const pages = IAM.paginateGetAccountAuthorizationDetails(
        { client: iam },
        { Filter, MaxItems },
      );
      for await (const page of pages) {
        const found = [
          ...(page.UserDetailList ?? []).map(({ UserName }) => UserName),
          ...(page.GroupDetailList ?? []).map(({ GroupName }) => GroupName),
          ...(page.RoleDetailList ?? []).map(({ RoleName }) => RoleName),
          ...(page.Policies ?? []).map(({ PolicyName }) => PolicyName),
        ];
        assert.ok(found.length <= MaxItems);
        seen.push(...found);
      }
      assert.equal(seen.join(' '), names, `${MaxItems} a page`);
    }
  }
  for (const text of ['x', '7 a', '', ' ']) {
    const Marker = Buffer.from(text).toString('base64');
    await assert.rejects(
      iam.send(new IAM.GetAccountAuthorizationDetailsCommand({ Marker })),
      failure('ValidationError', 400),
    );
  }
});

test('the summary has every name that AWS has', async () => {
  const { iam: client, identity, arn } = await openFurnished();
  const { seed } = await identity.createMfaDevice(ACCOUNT, { name: 'd' });
  await identity.createMfaDevice(ACCOUNT, { name: 'e' });
  const serial = `arn:aws:iam::${ACCOUNT}:mfa/d`;
  await identity.enableMfaDevice(ACCOUNT, { kind: 'root' }, serial, twoCodes(seed, Date.now()));
  const { SummaryMap = {} } = await client().send(new IAM.GetAccountSummaryCommand({}));
  assert.deepEqual(Object.keys(SummaryMap).sort(), Object.values(IAM.SummaryKeyType).sort());
  const { PolicyVersionsInUse, MFADevices, MFADevicesInUse, AccountMFAEnabled, Roles } = SummaryMap;
  assert.deepEqual(
    [PolicyVersionsInUse, MFADevices, MFADevicesInUse, AccountMFAEnabled, Roles],
    [2, 2, 1, 1, 2],
  );
  assert.ok(arn);
});

test('an alias is given, shown, replaced and taken away', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  const shown = async () =>
    (await iam.send(new IAM.ListAccountAliasesCommand({}))).AccountAliases ?? [];
  assert.deepEqual(await shown(), []);
  await iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias: 'one' }));
  await iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias: 'two' }));
  assert.deepEqual(await shown(), ['two']);
  await assert.rejects(
    iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias: 'two' })),
    failure('EntityAlreadyExists', 409, 'The account alias two already exists.'),
  );
  await assert.rejects(
    iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias: ACCOUNT })),
    failure('InvalidInput', 400),
  );
  await assert.rejects(
    iam.send(new IAM.DeleteAccountAliasCommand({ AccountAlias: 'one' })),
    failure('NoSuchEntity', 404),
  );
  assert.equal((await identity.findAccountByAlias('two'))?.id, ACCOUNT);
  await iam.send(new IAM.DeleteAccountAliasCommand({ AccountAlias: 'two' }));
  assert.deepEqual(await shown(), []);
});
