import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const READ = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }],
});
const WRITE = READ.replace('s3:Get*', 's3:Put*');

describe('aws iam', { skip }, () => {
  let server: TestServer;
  let aws: AwsCli;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
  });
  after(() => kept.disposeAsync());

  test('root says who it is', async () => {
    const caller = await aws.json('sts get-caller-identity');
    assert.match(caller.Account, /^\d{12}$/);
    assert.equal(caller.Arn, `arn:aws:iam::${caller.Account}:root`);
    assert.equal(caller.UserId, caller.Account);
  });

  test('users: create, get, update, tag, page through, delete', async () => {
    for (const name of ['anna', 'bert', 'carl']) {
      await aws(`iam create-user --user-name ${name} --path /staff/`);
    }
    const twice = await aws.refused('iam create-user --user-name anna');
    assert.equal(twice.code, 'EntityAlreadyExists');
    assert.equal(twice.message, 'User with name anna already exists.');
    const listed = await aws.json('iam list-users --path-prefix /staff/ --page-size 1');
    const names = listed.Users.map((user: { UserName: string }) => user.UserName);
    assert.deepEqual(names, ['anna', 'bert', 'carl']);
    await aws('iam update-user --user-name carl --new-user-name dora');
    const dora = await aws.json('iam get-user --user-name dora');
    assert.match(dora.User.Arn, /:user\/staff\/dora$/);
    await aws('iam tag-user --user-name dora --tags Key=team,Value=red');
    const tags = await aws.json('iam list-user-tags --user-name dora');
    assert.deepEqual(tags.Tags, [{ Key: 'team', Value: 'red' }]);
    await aws('iam untag-user --user-name dora --tag-keys team');
    await aws('iam delete-user --user-name dora');
    const gone = await aws.refused('iam get-user --user-name dora');
    assert.equal(gone.code, 'NoSuchEntity');
    assert.equal(gone.message, 'The user with name dora cannot be found.');
  });

  test('groups: members, attachments, inline policies', async () => {
    await aws('iam create-group --group-name staff');
    await aws('iam add-user-to-group --group-name staff --user-name anna');
    const group = await aws.json('iam get-group --group-name staff');
    assert.deepEqual([group.Users.length, group.Users[0].UserName], [1, 'anna']);
    const groups = await aws.json('iam list-groups-for-user --user-name anna');
    assert.equal(groups.Groups[0].GroupName, 'staff');
    const inline = ['--group-name', 'staff', '--policy-name', 'read'];
    await aws(['iam', 'put-group-policy', ...inline, '--policy-document', READ]);
    const read = await aws.json(['iam', 'get-group-policy', ...inline]);
    assert.deepEqual(read.PolicyDocument, JSON.parse(READ));
    const full = await aws.refused('iam delete-group --group-name staff');
    assert.equal(full.code, 'DeleteConflict');
    await aws(['iam', 'delete-group-policy', ...inline]);
    await aws('iam remove-user-from-group --group-name staff --user-name anna');
    await aws('iam delete-group --group-name staff');
  });

  test('managed policies: versions, defaults, attachments', async () => {
    const created = await aws.json(
      words('iam create-policy --policy-name versions --description Reads --policy-document', READ),
    );
    const arn: string = created.Policy.Arn;
    assert.match(arn, /^arn:aws:iam::\d{12}:policy\/versions$/);
    const version = ['iam', 'create-policy-version', '--policy-arn', arn, '--policy-document'];
    await aws([...version, WRITE, '--set-as-default']);
    for (let index = 0; index < 3; index += 1) await aws([...version, READ]);
    assert.equal((await aws.refused([...version, READ])).code, 'LimitExceeded');
    const policy = await aws.json(`iam get-policy --policy-arn ${arn}`);
    assert.equal(policy.Policy.DefaultVersionId, 'v2');
    const refused = `iam delete-policy-version --policy-arn ${arn} --version-id v2`;
    assert.equal((await aws.refused(refused)).code, 'DeleteConflict');
    await aws(`iam set-default-policy-version --policy-arn ${arn} --version-id v3`);
    await aws(refused);
    const versions = await aws.json(`iam list-policy-versions --policy-arn ${arn}`);
    const ids = versions.Versions.map((one: { VersionId: string }) => one.VersionId);
    assert.deepEqual(ids.sort(), ['v1', 'v3', 'v4', 'v5']);
    await aws(`iam attach-user-policy --user-name bert --policy-arn ${arn}`);
    const attached = await aws.json('iam list-attached-user-policies --user-name bert');
    assert.deepEqual(attached.AttachedPolicies, [{ PolicyName: 'versions', PolicyArn: arn }]);
    const users = await aws.json(`iam list-entities-for-policy --policy-arn ${arn}`);
    assert.equal(users.PolicyUsers[0].UserName, 'bert');
    const local = await aws.json('iam list-policies --scope Local --only-attached');
    assert.equal(local.Policies[0].AttachmentCount, 1);
    assert.equal((await aws.refused('iam delete-user --user-name bert')).code, 'DeleteConflict');
    await aws(`iam detach-user-policy --user-name bert --policy-arn ${arn}`);
    const malformed = ['iam', 'create-policy', '--policy-name', 'bad', '--policy-document', '{}'];
    assert.equal((await aws.refused(malformed)).code, 'MalformedPolicyDocument');
  });

  test('access keys: two at most, deactivated, last used, deleted', async () => {
    const create = 'iam create-access-key --user-name bert';
    const { AccessKey: first } = await aws.json(create);
    const { AccessKey: second } = await aws.json(create);
    assert.equal((await aws.refused(create)).code, 'LimitExceeded');
    const bert = awsCli(kept.use(openWorkplace()), {
      endpoint: server.endpoint,
      credentials: { accessKeyId: first.AccessKeyId, secretAccessKey: first.SecretAccessKey },
    });
    assert.match((await bert.json('sts get-caller-identity')).Arn, /:user\/staff\/bert$/);
    const used = await aws.json(
      `iam get-access-key-last-used --access-key-id ${first.AccessKeyId}`,
    );
    assert.equal(used.UserName, 'bert');
    assert.equal(used.AccessKeyLastUsed.ServiceName, 'sts');
    const status = `iam update-access-key --user-name bert --access-key-id ${first.AccessKeyId}`;
    await aws(`${status} --status Inactive`);
    assert.equal((await bert.refused('sts get-caller-identity')).code, 'InvalidClientTokenId');
    const keys = await aws.json('iam list-access-keys --user-name bert');
    const states = keys.AccessKeyMetadata.map((key: { Status: string }) => key.Status);
    assert.deepEqual(states.sort(), ['Active', 'Inactive']);
    for (const { AccessKeyId } of [first, second]) {
      await aws(`iam delete-access-key --user-name bert --access-key-id ${AccessKeyId}`);
    }
    await aws('iam delete-user --user-name bert');
  });

  test('names that AWS refuses are refused in its words', async () => {
    const spaced = await aws.refused(['iam', 'create-user', '--user-name', 'a b']);
    assert.equal(spaced.code, 'ValidationError');
    assert.match(
      spaced.message,
      /^The specified value for userName is invalid\. It must contain only/,
    );
    const long = await aws.refused(`iam create-user --user-name ${'a'.repeat(65)}`);
    assert.equal(long.code, 'ValidationError');
    const absent = `iam attach-user-policy --user-name anna --policy-arn arn:aws:iam::aws:policy/None`;
    assert.equal((await aws.refused(absent)).code, 'NoSuchEntity');
  });
});
