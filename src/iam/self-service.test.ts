import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { fromUtf8 } from '../base/bytes.ts';
import { shownCode } from '../identity/testing/authenticator.ts';
import { ACCOUNT, failure, openClients, type Key } from './testing/clients.ts';

const STEP_MS = 30_000;
const user = 'arn:aws:iam::*:user/${aws:username}';

/**
 * Who is under this policy looks after his own password, keys and second factor, and can do nothing
 * but set up the latter until he has signed in with it.
 */
const OWN_CREDENTIALS_WITH_MFA = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'SeeWhatIsCommonToAll',
      Effect: 'Allow',
      Action: ['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices'],
      Resource: '*',
    },
    {
      Sid: 'OwnPasswordAndKeys',
      Effect: 'Allow',
      Action: [
        'iam:ChangePassword',
        'iam:GetUser',
        'iam:CreateAccessKey',
        'iam:DeleteAccessKey',
        'iam:GetAccessKeyLastUsed',
        'iam:ListAccessKeys',
        'iam:UpdateAccessKey',
      ],
      Resource: user,
    },
    {
      Sid: 'OwnDevice',
      Effect: 'Allow',
      Action: ['iam:CreateVirtualMFADevice', 'iam:DeleteVirtualMFADevice'],
      Resource: 'arn:aws:iam::*:mfa/${aws:username}',
    },
    {
      Sid: 'OwnSecondFactor',
      Effect: 'Allow',
      Action: [
        'iam:DeactivateMFADevice',
        'iam:EnableMFADevice',
        'iam:GetMFADevice',
        'iam:ListMFADevices',
        'iam:ResyncMFADevice',
      ],
      Resource: user,
    },
    {
      Sid: 'NothingElseWithoutIt',
      Effect: 'Deny',
      NotAction: [
        'iam:CreateVirtualMFADevice',
        'iam:EnableMFADevice',
        'iam:GetMFADevice',
        'iam:GetUser',
        'iam:ListMFADevices',
        'iam:ListVirtualMFADevices',
        'iam:ResyncMFADevice',
        'sts:GetSessionToken',
      ],
      Resource: '*',
      Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
    },
  ],
});

async function openWithAnna() {
  const opened = await openClients();
  const { identity } = opened;
  for (const name of ['anna', 'bert']) await identity.createUser(ACCOUNT, { name });
  const policy = { name: 'own', text: OWN_CREDENTIALS_WITH_MFA };
  await identity.putUserPolicy(ACCOUNT, 'anna', policy);
  await identity.createLoginProfile(ACCOUNT, 'anna', { password: 'correct-Horse-1' });
  return { ...opened, key: await opened.keyOf('anna') };
}

const ofUser = (UserName: string) => ({ UserName });
const deviceOf = (name: string) => ({ SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/${name}` });
const codesOf = (AuthenticationCode1: string, AuthenticationCode2: string) => ({
  AuthenticationCode1,
  AuthenticationCode2,
});

test('a person sets up his second factor himself, and only then manages the rest', async () => {
  const { iam: client, sts: stsClient, key, identity, logged } = await openWithAnna();
  const withoutMfa = client(key);
  const own = ofUser('anna');
  const change = new IAM.ChangePasswordCommand({
    OldPassword: 'correct-Horse-1',
    NewPassword: 'correct-Horse-2',
  });
  const denied = failure(
    'AccessDenied',
    403,
    `User: arn:aws:iam::${ACCOUNT}:user/anna is not authorized to perform: iam:ChangePassword on ` +
      `resource: arn:aws:iam::${ACCOUNT}:user/anna with an explicit deny in an identity-based policy`,
  );
  await assert.rejects(withoutMfa.send(change), denied);
  for (const command of [
    new IAM.CreateAccessKeyCommand(own),
    new IAM.ListAccessKeysCommand({}),
    new IAM.GetAccountPasswordPolicyCommand({}),
    new IAM.DeleteVirtualMFADeviceCommand(deviceOf('anna')),
    new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'bert' }),
    new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'anna', Path: '/x/' }),
  ]) {
    await assert.rejects(withoutMfa.send(command as never), failure('AccessDenied', 403));
  }

  const made = await withoutMfa.send(
    new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'anna' }),
  );
  const seed = fromUtf8(made.VirtualMFADevice?.Base32StringSeed ?? new Uint8Array());
  const now = Date.now();
  const codes = codesOf(shownCode(seed, now - STEP_MS), shownCode(seed, now));
  await assert.rejects(
    withoutMfa.send(
      new IAM.EnableMFADeviceCommand({ ...ofUser('bert'), ...deviceOf('anna'), ...codes }),
    ),
    failure('AccessDenied', 403),
  );
  await withoutMfa.send(new IAM.EnableMFADeviceCommand({ ...own, ...deviceOf('anna'), ...codes }));
  const { MFADevices } = await withoutMfa.send(new IAM.ListMFADevicesCommand({}));
  assert.equal(MFADevices?.length, 1);

  const { Credentials } = await stsClient(key).send(
    new GetSessionTokenCommand({
      ...deviceOf('anna'),
      TokenCode: shownCode(seed, now + STEP_MS),
    }),
  );
  const session: Key = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
  const withMfa = client(session);
  await withMfa.send(change);
  const { verdict } = await identity.verifyPassword(ACCOUNT, 'anna', 'correct-Horse-2');
  assert.equal(verdict, 'valid');
  const { AccessKey } = await withMfa.send(new IAM.CreateAccessKeyCommand({}));
  assert.equal(AccessKey?.UserName, 'anna');
  for (const command of [
    new IAM.CreateAccessKeyCommand(ofUser('bert')),
    new IAM.ListMFADevicesCommand(ofUser('bert')),
    new IAM.DeactivateMFADeviceCommand({ ...ofUser('bert'), ...deviceOf('anna') }),
    new IAM.DeleteVirtualMFADeviceCommand(deviceOf('bert')),
    new IAM.PutUserPolicyCommand({ ...own, PolicyName: 'x', PolicyDocument: '{}' }),
    new IAM.UpdateLoginProfileCommand({ ...own, Password: 'correct-Horse-3' }),
  ]) {
    await assert.rejects(withMfa.send(command as never), failure('AccessDenied', 403));
  }
  await withMfa.send(new IAM.DeactivateMFADeviceCommand({ ...own, ...deviceOf('anna') }));
  await withMfa.send(new IAM.DeleteVirtualMFADeviceCommand(deviceOf('anna')));
  assert.deepEqual(logged, []);
});

test('the account may let everybody change his own password, and nobody else’s', async () => {
  const { iam: client, identity, keyOf } = await openClients();
  for (const name of ['anna', 'bert']) {
    await identity.createUser(ACCOUNT, { name, path: '/staff/' });
    await identity.createLoginProfile(ACCOUNT, name, { password: 'correct-Horse-1' });
  }
  const anna = client(await keyOf('anna'));
  const change = new IAM.ChangePasswordCommand({
    OldPassword: 'correct-Horse-1',
    NewPassword: 'correct-Horse-2',
  });
  await assert.rejects(anna.send(change), failure('AccessDenied', 403));
  const root = client();
  const allow = (AllowUsersToChangePassword: boolean) =>
    root.send(new IAM.UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword }));
  await allow(true);
  await anna.send(change);
  const policy = await anna.send(new IAM.GetAccountPasswordPolicyCommand({}));
  assert.equal(policy.PasswordPolicy?.MinimumPasswordLength, 6);
  const ofBert = new IAM.UpdateLoginProfileCommand({
    UserName: 'bert',
    Password: 'correct-Horse-3',
  });
  await assert.rejects(anna.send(ofBert), failure('AccessDenied', 403));
  const deny = OWN_CREDENTIALS_WITH_MFA;
  await identity.putUserPolicy(ACCOUNT, 'anna', { name: 'own', text: deny });
  await assert.rejects(anna.send(change), failure('AccessDenied', 403));
  await allow(false);
  await identity.deleteUserPolicy(ACCOUNT, 'anna', 'own');
  await assert.rejects(anna.send(change), failure('AccessDenied', 403));
  await assert.rejects(
    root.send(change),
    failure('InvalidUserType', 400, 'Only IAM Users can change their own password'),
  );
});

test('no password stands in an answer, an error or the log', async () => {
  const { iam: client, identity, logged } = await openClients();
  const root = client();
  await identity.createUser(ACCOUNT, { name: 'anna' });
  const secret = 'hunter2';
  const sent = [
    new IAM.CreateLoginProfileCommand({ UserName: 'anna', Password: secret }),
    new IAM.CreateLoginProfileCommand({ UserName: 'anna', Password: `${secret}\0` }),
    new IAM.CreateLoginProfileCommand({ UserName: 'none', Password: `${secret}-Abcdef1` }),
    new IAM.UpdateLoginProfileCommand({ UserName: 'anna', Password: `${secret}-Abcdef1` }),
    new IAM.ChangePasswordCommand({ OldPassword: secret, NewPassword: secret }),
  ];
  for (const command of sent) {
    await assert.rejects(root.send(command as never), (error: Error) => {
      assert.ok(!JSON.stringify([error, error.message]).includes(secret));
      return true;
    });
  }
  await assert.rejects(
    root.send(new IAM.CreateLoginProfileCommand({ UserName: 'anna' })),
    failure('ValidationError', 400),
  );
  assert.deepEqual(logged, []);
});
