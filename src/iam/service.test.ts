import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { fromUtf8 } from '../base/bytes.ts';
import { NOT_SERVED } from './api/not-served.ts';
import { ACCOUNT, failure, formRequest, openClients } from './testing/clients.ts';

const allow = (action: string, resource = '*') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  });
const arnOf = (kind: string, name: string) => `arn:aws:iam::${ACCOUNT}:${kind}/${name}`;

test('a user’s life: made, shown, listed, renamed, tagged, bounded, deleted', async () => {
  const { iam: client, logged } = await openClients();
  const iam = client();
  const made = await iam.send(
    new IAM.CreateUserCommand({
      UserName: 'bob',
      Path: '/team/',
      Tags: [{ Key: 'Team', Value: 'a b' }],
    }),
  );
  assert.equal(made.User?.Arn, arnOf('user', 'team/bob'));
  assert.deepEqual(made.User?.Tags, [{ Key: 'Team', Value: 'a b' }]);
  const bob = { UserName: 'bob' };
  const boundary = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
  await iam.send(
    new IAM.PutUserPermissionsBoundaryCommand({ ...bob, PermissionsBoundary: boundary }),
  );
  const shown = await iam.send(new IAM.GetUserCommand(bob));
  assert.equal(shown.User?.PermissionsBoundary?.PermissionsBoundaryArn, boundary);
  assert.equal(shown.User?.UserId, made.User?.UserId);
  assert.ok(shown.User?.CreateDate instanceof Date);
  await iam.send(new IAM.TagUserCommand({ ...bob, Tags: [{ Key: 'team', Value: 'c' }] }));
  await iam.send(new IAM.TagUserCommand({ ...bob, Tags: [{ Key: 'A', Value: '' }] }));
  const firstTags = await iam.send(new IAM.ListUserTagsCommand({ ...bob, MaxItems: 1 }));
  assert.deepEqual(firstTags.Tags, [{ Key: 'A', Value: '' }], 'sorted by key');
  const { Marker } = firstTags;
  const moreTags = await iam.send(new IAM.ListUserTagsCommand({ ...bob, Marker }));
  assert.deepEqual([moreTags.Tags, moreTags.IsTruncated], [[{ Key: 'team', Value: 'c' }], false]);
  await iam.send(new IAM.UntagUserCommand({ ...bob, TagKeys: ['TEAM'] }));
  await iam.send(new IAM.UpdateUserCommand({ ...bob, NewUserName: 'Robert', NewPath: '/' }));
  const listed = await iam.send(new IAM.ListUsersCommand({ PathPrefix: '/' }));
  assert.deepEqual(
    listed.Users?.map(({ UserName, Tags }) => [UserName, Tags]),
    [['Robert', undefined]],
  );
  await iam.send(new IAM.DeleteUserPermissionsBoundaryCommand({ UserName: 'robert' }));
  await iam.send(new IAM.DeleteUserCommand({ UserName: 'robert' }));
  await assert.rejects(
    iam.send(new IAM.GetUserCommand(bob)),
    failure('NoSuchEntity', 404, 'The user with name bob cannot be found.'),
  );
  assert.deepEqual(logged, []);
});

test('groups, policies and keys go their whole way through AWS’s client', async () => {
  const { iam: client, logged } = await openClients();
  const iam = client();
  await iam.send(new IAM.CreateUserCommand({ UserName: 'bob' }));
  await iam.send(new IAM.CreateGroupCommand({ GroupName: 'devs', Path: '/x/' }));
  await iam.send(new IAM.AddUserToGroupCommand({ GroupName: 'devs', UserName: 'bob' }));
  const group = await iam.send(new IAM.GetGroupCommand({ GroupName: 'devs' }));
  assert.deepEqual(
    group.Users?.map(({ UserName }) => UserName),
    ['bob'],
  );
  const groups = await iam.send(new IAM.ListGroupsForUserCommand({ UserName: 'bob' }));
  assert.equal(groups.Groups?.[0]?.Arn, arnOf('group', 'x/devs'));

  const text = allow('s3:GetObject').replace(',', ',\r\n\t');
  const { Policy } = await iam.send(
    new IAM.CreatePolicyCommand({ PolicyName: 'p', PolicyDocument: text, Description: 'd' }),
  );
  const PolicyArn = Policy?.Arn;
  assert.equal(PolicyArn, arnOf('policy', 'p'));
  const version = await iam.send(
    new IAM.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: text, SetAsDefault: true }),
  );
  assert.equal(version.PolicyVersion?.VersionId, 'v2');
  const versions = await iam.send(new IAM.ListPolicyVersionsCommand({ PolicyArn }));
  assert.deepEqual(
    versions.Versions?.map(({ VersionId, IsDefaultVersion }) => [VersionId, IsDefaultVersion]),
    [
      ['v2', true],
      ['v1', false],
    ],
  );
  const read = await iam.send(new IAM.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  assert.equal(decodeURIComponent(read.PolicyVersion?.Document ?? ''), text);
  await iam.send(new IAM.AttachGroupPolicyCommand({ GroupName: 'devs', PolicyArn }));
  await iam.send(new IAM.AttachUserPolicyCommand({ UserName: 'bob', PolicyArn }));
  const entities = await iam.send(new IAM.ListEntitiesForPolicyCommand({ PolicyArn }));
  assert.deepEqual(
    [entities.PolicyGroups?.[0]?.GroupName, entities.PolicyUsers?.[0]?.UserName],
    ['devs', 'bob'],
  );
  const local = await iam.send(new IAM.ListPoliciesCommand({ Scope: 'Local' }));
  assert.deepEqual(
    local.Policies?.map(({ AttachmentCount }) => AttachmentCount),
    [2],
  );
  const inline = { UserName: 'bob', PolicyName: 'i' };
  await iam.send(new IAM.PutUserPolicyCommand({ ...inline, PolicyDocument: text }));
  const got = await iam.send(new IAM.GetUserPolicyCommand(inline));
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), text);
  const names = await iam.send(new IAM.ListUserPoliciesCommand({ UserName: 'bob' }));
  assert.deepEqual(names.PolicyNames, ['i']);

  const { AccessKey } = await iam.send(new IAM.CreateAccessKeyCommand({ UserName: 'BOB' }));
  assert.deepEqual([AccessKey?.UserName, AccessKey?.Status], ['bob', 'Active']);
  const AccessKeyId = AccessKey?.AccessKeyId;
  const unused = await iam.send(new IAM.GetAccessKeyLastUsedCommand({ AccessKeyId }));
  assert.deepEqual(unused.AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' });
  await iam.send(
    new IAM.UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId, Status: 'Inactive' }),
  );
  const keys = await iam.send(new IAM.ListAccessKeysCommand({ UserName: 'bob' }));
  assert.deepEqual(
    keys.AccessKeyMetadata?.map(({ UserName, Status }) => [UserName, Status]),
    [['bob', 'Inactive']],
  );
  const summary = await iam.send(new IAM.GetAccountSummaryCommand({}));
  const { Users, Groups, Policies, AccountAccessKeysPresent } = summary.SummaryMap ?? {};
  assert.deepEqual([Users, Groups, Policies, AccountAccessKeysPresent], [1, 1, 1, 1]);
  assert.deepEqual(logged, []);
});

test('without a user’s name, the operations are about the caller', async () => {
  const { iam, sts, identity, keyOf, rootKey } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const selfService = allow('iam:*', arnOf('user', '${aws:username}'));
  await identity.putUserPolicy(ACCOUNT, 'bob', { name: 'self', text: selfService });
  const key = await keyOf('bob');
  const bob = iam(key);
  assert.equal((await bob.send(new IAM.GetUserCommand({}))).User?.UserName, 'bob');
  const { AccessKeyMetadata } = await bob.send(new IAM.ListAccessKeysCommand({}));
  assert.deepEqual(
    AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId),
    [key.accessKeyId],
  );
  const used = await bob.send(
    new IAM.GetAccessKeyLastUsedCommand({ AccessKeyId: key.accessKeyId }),
  );
  const { ServiceName, Region } = used.AccessKeyLastUsed ?? {};
  assert.deepEqual([used.UserName, ServiceName, Region], ['bob', 'iam', 'us-east-1']);
  await assert.rejects(
    bob.send(new IAM.GetAccessKeyLastUsedCommand({ AccessKeyId: rootKey.accessKeyId })),
    failure('AccessDenied', 403),
  );
  const second = await bob.send(new IAM.CreateAccessKeyCommand({}));
  assert.equal(second.AccessKey?.UserName, 'bob');

  const root = iam();
  const shown = await root.send(new IAM.GetUserCommand({}));
  assert.equal(shown.User?.Arn, `arn:aws:iam::${ACCOUNT}:root`);
  const rootKeys = await root.send(new IAM.ListAccessKeysCommand({}));
  assert.deepEqual(
    rootKeys.AccessKeyMetadata?.map(({ AccessKeyId }) => AccessKeyId),
    [rootKey.accessKeyId],
  );
  const who = await sts(key).send(new GetCallerIdentityCommand({}));
  assert.deepEqual([who.Account, who.Arn], [ACCOUNT, arnOf('user', 'bob')]);
  const whoIsRoot = await sts().send(new GetCallerIdentityCommand({}));
  assert.deepEqual([whoIsRoot.UserId, whoIsRoot.Arn], [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`]);
});

test('pages hold every entity once, whatever their size', async () => {
  const { iam: client, identity } = await openClients();
  const names = Array.from({ length: 7 }, (_, index) => `user-${index}`);
  for (const name of names) await identity.createUser(ACCOUNT, { name });
  const iam = client();
  for (const MaxItems of [1, 2, 3, 7, 1000]) {
    const seen: (string | undefined)[] = [];
    for await (const page of IAM.paginateListUsers({ client: iam }, { MaxItems })) {
      assert.ok((page.Users?.length ?? 0) <= MaxItems);
      assert.equal(page.IsTruncated, page.Marker !== undefined);
      seen.push(...(page.Users ?? []).map(({ UserName }) => UserName));
    }
    assert.deepEqual(seen, names);
  }
});

test('who lacks the right is told in AWS’s sentence, and nothing happens', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'bob', path: '/team/' });
  const bob = iam(await keyOf('bob'));
  const subject = `User: ${arnOf('user', 'team/bob')} is not authorized to perform:`;
  await assert.rejects(
    bob.send(new IAM.CreateUserCommand({ UserName: 'eve', Path: '/x/' })),
    failure(
      'AccessDenied',
      403,
      `${subject} iam:CreateUser on resource: ${arnOf('user', 'x/eve')} because no identity-based policy allows the iam:CreateUser action`,
    ),
  );
  const deny = allow('iam:GetUser').replace('Allow', 'Deny');
  await identity.putUserPolicy(ACCOUNT, 'bob', { name: 'd', text: deny });
  await assert.rejects(
    bob.send(new IAM.GetUserCommand({})),
    failure(
      'AccessDenied',
      403,
      `${subject} iam:GetUser on resource: ${arnOf('user', 'team/bob')} with an explicit deny in an identity-based policy`,
    ),
  );
  assert.equal(await identity.findUser(ACCOUNT, 'eve'), undefined);
});

test('operations are authorized on the ARN with the path that the entity really has', async () => {
  const { iam, identity, keyOf } = await openClients();
  for (const [name, path] of [
    ['helper', '/'],
    ['low', '/low/'],
    ['high', '/high/'],
  ] as const) {
    await identity.createUser(ACCOUNT, { name, path });
    await identity.createGroup(ACCOUNT, { name, path });
  }
  const low = [arnOf('user', 'low/*'), arnOf('group', 'low/*')];
  const policy = JSON.parse(allow('iam:*'));
  policy.Statement[0].Resource = low;
  await identity.putUserPolicy(ACCOUNT, 'helper', { name: 'p', text: JSON.stringify(policy) });
  const helper = iam(await keyOf('helper'));
  const inline = { PolicyName: 'x', PolicyDocument: allow('*') };
  const reach = (name: string): (() => Promise<unknown>)[] => [
    () => helper.send(new IAM.GetUserCommand({ UserName: name })),
    () => helper.send(new IAM.GetUserCommand({ UserName: name.toUpperCase() })),
    () => helper.send(new IAM.PutUserPolicyCommand({ UserName: name, ...inline })),
    () => helper.send(new IAM.PutGroupPolicyCommand({ GroupName: name, ...inline })),
    () => helper.send(new IAM.CreateAccessKeyCommand({ UserName: name })),
  ];
  for (const call of reach('low')) await call();
  for (const name of ['high', 'helper']) {
    for (const call of reach(name)) await assert.rejects(call(), failure('AccessDenied', 403));
  }
});

test('renaming and moving need the right on what is and on what becomes', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'helper' });
  for (const path of ['/low/', '/high/']) {
    const name = path.slice(1, -1);
    await identity.createUser(ACCOUNT, { name, path });
    await identity.createGroup(ACCOUNT, { name, path });
  }
  const policy = JSON.parse(allow('iam:*'));
  policy.Statement[0].Resource = [arnOf('user', 'low/*'), arnOf('group', 'low/*')];
  await identity.putUserPolicy(ACCOUNT, 'helper', { name: 'p', text: JSON.stringify(policy) });
  const helper = iam(await keyOf('helper'));
  const refused: unknown[] = [
    new IAM.UpdateUserCommand({ UserName: 'high', NewPath: '/low/' }),
    new IAM.UpdateUserCommand({ UserName: 'low', NewPath: '/high/' }),
    new IAM.UpdateUserCommand({ UserName: 'low', NewPath: '/', NewUserName: 'x' }),
    new IAM.UpdateGroupCommand({ GroupName: 'high', NewPath: '/low/' }),
    new IAM.UpdateGroupCommand({ GroupName: 'low', NewPath: '/' }),
  ];
  for (const command of refused) {
    await assert.rejects(helper.send(command as never), failure('AccessDenied', 403));
  }
  await helper.send(new IAM.UpdateUserCommand({ UserName: 'low', NewUserName: 'lower' }));
  await helper.send(new IAM.UpdateGroupCommand({ GroupName: 'low', NewPath: '/low/er/' }));
});

test('conditions see the policy that is attached, tags and boundaries', async () => {
  const { iam, identity, keyOf } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'admin' });
  const tags = [{ key: 'Team', value: 'blue' }];
  await identity.createUser(ACCOUNT, { name: 'bob', tags });
  const readOnly = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';
  const full = 'arn:aws:iam::aws:policy/AmazonS3FullAccess';
  const may = async (condition: object, call: (client: IAM.IAMClient) => Promise<unknown>) => {
    const policy = JSON.parse(allow('iam:*'));
    policy.Statement[0].Condition = condition;
    await identity.putUserPolicy(ACCOUNT, 'admin', { name: 'p', text: JSON.stringify(policy) });
    try {
      await call(iam(key));
      return true;
    } catch (error) {
      return failure('AccessDenied', 403)(error as IAM.IAMServiceException) && false;
    }
  };
  const key = await keyOf('admin');
  const attach = (PolicyArn: string) => (client: IAM.IAMClient) =>
    client.send(new IAM.AttachUserPolicyCommand({ UserName: 'bob', PolicyArn }));
  const getBob = (client: IAM.IAMClient) =>
    client.send(new IAM.GetUserCommand({ UserName: 'bob' }));
  const tagBob = (Key: string, Value: string) => (client: IAM.IAMClient) =>
    client.send(new IAM.TagUserCommand({ UserName: 'bob', Tags: [{ Key, Value }] }));
  const onlyReadOnly = { ArnEquals: { 'iam:PolicyARN': readOnly } };
  assert.equal(await may(onlyReadOnly, attach(readOnly)), true);
  assert.equal(await may(onlyReadOnly, attach(full)), false);
  const blue = { StringEquals: { 'aws:ResourceTag/Team': 'blue' } };
  assert.equal(await may(blue, getBob), true);
  assert.equal(await may({ StringEquals: { 'iam:ResourceTag/team': 'red' } }, getBob), false);
  const asksBlue = { StringEquals: { 'aws:RequestTag/Team': 'blue' } };
  assert.equal(await may(asksBlue, tagBob('Team', 'blue')), true);
  assert.equal(await may(asksBlue, tagBob('Team', 'red')), false);
  const onlyTeam = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } };
  assert.equal(await may(onlyTeam, tagBob('Team', 'blue')), true);
  assert.equal(await may(onlyTeam, tagBob('Other', 'x')), false);
  const bounded = { StringEquals: { 'iam:PermissionsBoundary': readOnly } };
  assert.equal(await may(bounded, attach(readOnly)), false);
  await identity.putUserBoundary(ACCOUNT, 'bob', readOnly);
  assert.equal(await may(bounded, attach(readOnly)), true);
});

test('other accounts are out of reach, whoever asks', async () => {
  const { iam: client, identity } = await openClients();
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createPolicy(other, { name: 'p', text: allow('s3:*') });
  await identity.createUser(other, { name: 'eve' });
  const { id: foreignKey } = await identity.createAccessKey(other, { kind: 'user', name: 'eve' });
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const PolicyArn = `arn:aws:iam::${other}:policy/p`;
  await assert.rejects(
    iam.send(new IAM.GetPolicyCommand({ PolicyArn })),
    failure('AccessDenied', 403),
  );
  await assert.rejects(
    iam.send(new IAM.AttachUserPolicyCommand({ UserName: 'bob', PolicyArn })),
    failure('NoSuchEntity', 404, `Policy ${PolicyArn} does not exist or is not attachable.`),
  );
  await assert.rejects(
    iam.send(new IAM.GetUserCommand({ UserName: 'eve' })),
    failure('NoSuchEntity', 404),
  );
  await assert.rejects(
    iam.send(new IAM.GetAccessKeyLastUsedCommand({ AccessKeyId: foreignKey })),
    failure('NoSuchEntity', 404),
  );
  await assert.rejects(
    iam.send(new IAM.DeleteAccessKeyCommand({ AccessKeyId: foreignKey })),
    failure('NoSuchEntity', 404),
  );
});

test('an inactive key, an unknown key and a wrong secret are refused', async () => {
  const { iam, identity, keyOf, rootKey } = await openClients();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  await identity.attachUserPolicy(ACCOUNT, 'bob', 'arn:aws:iam::aws:policy/AdministratorAccess');
  const key = await keyOf('bob');
  const bob = iam(key);
  await bob.send(new IAM.GetUserCommand({}));
  await identity.updateAccessKey(
    ACCOUNT,
    { kind: 'user', name: 'bob' },
    key.accessKeyId,
    'Inactive',
  );
  const token = failure(
    'InvalidClientTokenId',
    403,
    'The security token included in the request is invalid.',
  );
  await assert.rejects(bob.send(new IAM.GetUserCommand({})), token);
  const unknown = iam({ ...rootKey, accessKeyId: 'AKIAUNKNOWN000000000' });
  await assert.rejects(unknown.send(new IAM.GetUserCommand({})), token);
  const wrong = iam({ ...rootKey, secretAccessKey: key.secretAccessKey });
  await assert.rejects(
    wrong.send(new IAM.GetUserCommand({})),
    failure('SignatureDoesNotMatch', 403),
  );
});

test('what nobody has here is listed as nothing, for users only who are there', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const bob = { UserName: 'bob' };
  const keys = await iam.send(new IAM.ListSSHPublicKeysCommand(bob));
  const certificates = await iam.send(new IAM.ListSigningCertificatesCommand(bob));
  const credentials = await iam.send(new IAM.ListServiceSpecificCredentialsCommand(bob));
  assert.deepEqual(
    [keys.SSHPublicKeys, certificates.Certificates, credentials.ServiceSpecificCredentials],
    [[], [], []],
  );
  const server = await iam.send(new IAM.ListServerCertificatesCommand({ PathPrefix: '/web/' }));
  assert.deepEqual([server.ServerCertificateMetadataList, server.IsTruncated], [[], false]);
  const saml = await iam.send(new IAM.ListSAMLProvidersCommand({}));
  assert.deepEqual(saml.SAMLProviderList, []);
  await assert.rejects(
    iam.send(new IAM.ListSSHPublicKeysCommand({ UserName: 'none' })),
    failure('NoSuchEntity', 404),
  );
});

test('every operation that is not served says so by name', async () => {
  const { iam: client, logged } = await openClients();
  const iam = client();
  for (const [name, subject] of NOT_SERVED) {
    const Command = Object.entries(IAM).find(([key]) => key === `${name}Command`)?.[1];
    const command = Reflect.construct(Command as never, [{}]) as IAM.ListUsersCommand;
    const message = `${name} is not supported: this server has no ${subject}.`;
    await assert.rejects(iam.send(command), failure('NotImplemented', 501, message));
  }
  assert.deepEqual(logged, []);
});

test('what is not served and what does not exist are answered apart', async () => {
  const { iam: client, iamService } = await openClients();
  const iam = client();
  await assert.rejects(
    iam.send(new IAM.CreateServiceLinkedRoleCommand({ AWSServiceName: 'ec2.amazonaws.com' })),
    failure('NotImplemented', 501),
  );
  const unsigned = await iamService(formRequest('Action=GetUser&Version=2010-05-08'), 'id');
  assert.equal(unsigned.status, 403);
  assert.match(fromUtf8(unsigned.body as Uint8Array), /<Code>MissingAuthenticationToken<\/Code>/);
  const unknown = await iamService(formRequest('Action=Nothing&Version=2010-05-08'), 'id');
  assert.match(fromUtf8(unknown.body as Uint8Array), /<Code>InvalidAction<\/Code>/);
});
