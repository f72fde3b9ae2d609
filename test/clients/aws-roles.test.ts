import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const trust = (principal: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
const EC2 = trust({ Service: 'ec2.amazonaws.com' });
const READ_ONLY = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess';

describe('aws iam, roles', { skip }, () => {
  let server: TestServer;
  let aws: AwsCli;
  let account: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    account = (await aws.json('sts get-caller-identity')).Account;
  });
  after(() => kept.disposeAsync());

  test('roles: create, get, page through, update, tag, delete', async () => {
    const create = ['iam', 'create-role', '--assume-role-policy-document', EC2, '--path', '/app/'];
    for (const name of ['a', 'b', 'c']) await aws([...create, '--role-name', name]);
    const twice = await aws.refused([...create, '--role-name', 'A']);
    assert.equal(twice.message, 'Role with name A already exists.');
    const listed = await aws.json('iam list-roles --path-prefix /app/ --page-size 1');
    const names = listed.Roles.map((role: { RoleName: string }) => role.RoleName);
    assert.deepEqual(names, ['a', 'b', 'c']);
    assert.deepEqual(listed.Roles[0].AssumeRolePolicyDocument, JSON.parse(EC2));
    await aws('iam update-role --role-name a --description Worker --max-session-duration 43200');
    await aws('iam tag-role --role-name a --tags Key=team,Value=red');
    const { Role: role } = await aws.json('iam get-role --role-name a');
    assert.equal(role.Arn, `arn:aws:iam::${account}:role/app/a`);
    assert.deepEqual(
      [role.Description, role.MaxSessionDuration, role.Tags, role.RoleLastUsed],
      ['Worker', 43200, [{ Key: 'team', Value: 'red' }], {}],
    );
    for (const name of ['a', 'b', 'c']) await aws(`iam delete-role --role-name ${name}`);
    const gone = await aws.refused('iam get-role --role-name a');
    assert.equal(gone.message, 'The role with name a cannot be found.');
  });

  test('policies on a role keep it, and instance profiles do', async () => {
    const role = ['--role-name', 'App'];
    const profile = ['--instance-profile-name', 'Web'];
    await aws(['iam', 'create-role', ...role, '--assume-role-policy-document', EC2]);
    await aws(['iam', 'attach-role-policy', ...role, '--policy-arn', READ_ONLY]);
    const inline = [...role, '--policy-name', 'i'];
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
    });
    await aws(['iam', 'put-role-policy', ...inline, '--policy-document', document]);
    const read = await aws.json(['iam', 'get-role-policy', ...inline]);
    assert.deepEqual(read.PolicyDocument, JSON.parse(document));
    await aws(['iam', 'create-instance-profile', ...profile]);
    await aws(['iam', 'add-role-to-instance-profile', ...profile, ...role]);
    const shown = await aws.json(['iam', 'get-instance-profile', ...profile]);
    assert.equal(shown.InstanceProfile.Roles[0].RoleName, 'App');
    const remove = ['iam', 'delete-role', ...role];
    const steps: [message: string, next: readonly string[]][] = [
      [
        'Cannot delete entity, must remove roles from instance profile first.',
        ['iam', 'remove-role-from-instance-profile', ...profile, ...role],
      ],
      [
        'Cannot delete entity, must detach all policies first.',
        ['iam', 'detach-role-policy', ...role, '--policy-arn', READ_ONLY],
      ],
      [
        'Cannot delete entity, must delete policies first.',
        ['iam', 'delete-role-policy', ...inline],
      ],
    ];
    for (const [message, next] of steps) {
      const refused = await aws.refused(remove);
      assert.deepEqual([refused.code, refused.message], ['DeleteConflict', message]);
      await aws(next);
    }
    await aws(remove);
    await aws(['iam', 'delete-instance-profile', ...profile]);
  });

  test('a trust policy keeps to the user whom it named', async () => {
    const arn = `arn:aws:iam::${account}:user/nina`;
    const document = trust({ AWS: arn });
    const create = ['iam', 'create-role', '--role-name', 'N', '--assume-role-policy-document'];
    const early = await aws.refused([...create, document]);
    assert.deepEqual(
      [early.code, early.message],
      ['MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${arn}"`],
    );
    const { User: nina } = await aws.json('iam create-user --user-name nina');
    await aws([...create, document]);
    const shown = async () =>
      (await aws.json('iam get-role --role-name N')).Role.AssumeRolePolicyDocument;
    assert.deepEqual(await shown(), JSON.parse(document));
    await aws('iam delete-user --user-name nina');
    await aws('iam create-user --user-name nina');
    assert.deepEqual(await shown(), JSON.parse(trust({ AWS: nina.UserId })));
  });

  test('OIDC providers: create, change, list, delete', async () => {
    const url = 'https://token.actions.githubusercontent.com';
    const create = ['iam', 'create-open-id-connect-provider', '--url', url];
    const thumbprint = '6938fd4d98bab03faadb97b34396831e3780aea1';
    const clients = ['--client-id-list', 'sts.amazonaws.com', '--thumbprint-list', thumbprint];
    const { OpenIDConnectProviderArn: arn } = await aws.json([...create, ...clients]);
    assert.equal(arn, `arn:aws:iam::${account}:oidc-provider/token.actions.githubusercontent.com`);
    const twice = await aws.refused([...create, ...clients]);
    assert.equal(twice.message, `Provider with url ${url} already exists.`);
    const provider = ['--open-id-connect-provider-arn', arn];
    const client = [...provider, '--client-id', 'other'];
    await aws(['iam', 'add-client-id-to-open-id-connect-provider', ...client]);
    const shown = await aws.json(['iam', 'get-open-id-connect-provider', ...provider]);
    assert.deepEqual(
      [shown.Url, shown.ClientIDList, shown.ThumbprintList],
      ['token.actions.githubusercontent.com', ['sts.amazonaws.com', 'other'], [thumbprint]],
    );
    const listed = await aws.json('iam list-open-id-connect-providers');
    assert.deepEqual(listed.OpenIDConnectProviderList, [{ Arn: arn }]);
    await aws(['iam', 'delete-open-id-connect-provider', ...provider]);
    const gone = await aws.refused(['iam', 'get-open-id-connect-provider', ...provider]);
    assert.equal(gone.message, `OpenIDConnect Provider not found for arn ${arn}`);
  });
});
