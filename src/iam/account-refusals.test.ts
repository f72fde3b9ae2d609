import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { twoCodes } from '../identity/testing/authenticator.ts';
import { ACCOUNT, failure, fingerprint, openClients } from './testing/clients.ts';

const OLD = 'correct-Horse-1';
const NEW = 'correct-Horse-2';
const ofUser = (UserName: string) => ({ UserName });
const device = (name: string) => ({ SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/${name}` });
const codes = { AuthenticationCode1: '000000', AuthenticationCode2: '000001' };

type Case = readonly [command: unknown, code: string, status: number, message?: string];

const NO_USER = 'The user with name none cannot be found.';
const NO_LOGIN = 'Login Profile for User bare cannot be found.';
const NOT_HELD = 'MFA Device invalid for user.';
const NO_DEVICE = `VirtualMFADevice with serial number arn:aws:iam::${ACCOUNT}:mfa/none doesn't exist.`;

/** `anna` has a password and the device `held`; `bare` has nothing; `free` is nobody's device. */
const CASES: readonly Case[] = [
  [
    new IAM.CreateLoginProfileCommand({ ...ofUser('none'), Password: NEW }),
    'NoSuchEntity',
    404,
    NO_USER,
  ],
  [
    new IAM.CreateLoginProfileCommand({ ...ofUser('ANNA'), Password: NEW }),
    'EntityAlreadyExists',
    409,
    'Login Profile for user anna already exists.',
  ],
  [
    new IAM.CreateLoginProfileCommand({ ...ofUser('bare'), Password: 'abc' }),
    'PasswordPolicyViolation',
    400,
  ],
  [new IAM.CreateLoginProfileCommand({ Password: NEW }), 'ValidationError', 400],
  [new IAM.GetLoginProfileCommand(ofUser('bare')), 'NoSuchEntity', 404, NO_LOGIN],
  [new IAM.GetLoginProfileCommand(ofUser('none')), 'NoSuchEntity', 404, NO_USER],
  [new IAM.DeleteLoginProfileCommand(ofUser('bare')), 'NoSuchEntity', 404, NO_LOGIN],
  [
    new IAM.UpdateLoginProfileCommand({ ...ofUser('bare'), Password: NEW }),
    'NoSuchEntity',
    404,
    NO_LOGIN,
  ],
  [
    new IAM.UpdateLoginProfileCommand({ ...ofUser('anna'), Password: 'weak' }),
    'PasswordPolicyViolation',
    400,
  ],
  [
    new IAM.ChangePasswordCommand({ OldPassword: OLD, NewPassword: NEW }),
    'InvalidUserType',
    400,
    'Only IAM Users can change their own password',
  ],
  [new IAM.DeleteUserCommand(ofUser('anna')), 'DeleteConflict', 409],
  [
    new IAM.GetAccountPasswordPolicyCommand({}),
    'NoSuchEntity',
    404,
    `The Password Policy with domain name ${ACCOUNT} cannot be found.`,
  ],
  [
    new IAM.DeleteAccountPasswordPolicyCommand({}),
    'NoSuchEntity',
    404,
    'The account policy with name PasswordPolicy cannot be found.',
  ],
  [
    new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'held' }),
    'EntityAlreadyExists',
    409,
    'MFADevice entity at the same path and name already exists.',
  ],
  [
    new IAM.CreateVirtualMFADeviceCommand({
      VirtualMFADeviceName: 'n'.repeat(200),
      Path: `/${'p'.repeat(100)}/`,
    }),
    'InvalidInput',
    400,
  ],
  [
    new IAM.CreateVirtualMFADeviceCommand({
      VirtualMFADeviceName: 'tagged',
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    }),
    'InvalidInput',
    400,
  ],
  [new IAM.DeleteVirtualMFADeviceCommand(device('held')), 'DeleteConflict', 409],
  [new IAM.DeleteVirtualMFADeviceCommand(device('none')), 'NoSuchEntity', 404, NO_DEVICE],
  [new IAM.DeleteVirtualMFADeviceCommand(device('HELD')), 'NoSuchEntity', 404],
  [
    new IAM.EnableMFADeviceCommand({ ...ofUser('none'), ...device('free'), ...codes }),
    'NoSuchEntity',
    404,
    NO_USER,
  ],
  [
    new IAM.EnableMFADeviceCommand({ ...ofUser('bare'), ...device('none'), ...codes }),
    'NoSuchEntity',
    404,
    NO_DEVICE,
  ],
  [
    new IAM.EnableMFADeviceCommand({ ...ofUser('bare'), ...device('free'), ...codes }),
    'InvalidAuthenticationCode',
    403,
    'Authentication code for device is not valid.',
  ],
  [
    new IAM.EnableMFADeviceCommand({ ...ofUser('bare'), ...device('held'), ...codes }),
    'EntityAlreadyExists',
    409,
    'MFA Device is already in use.',
  ],
  [
    new IAM.ResyncMFADeviceCommand({ ...ofUser('bare'), ...device('held'), ...codes }),
    'NoSuchEntity',
    404,
    NOT_HELD,
  ],
  [
    new IAM.ResyncMFADeviceCommand({ ...ofUser('anna'), ...device('held'), ...codes }),
    'InvalidAuthenticationCode',
    403,
  ],
  [
    new IAM.DeactivateMFADeviceCommand({ ...ofUser('bare'), ...device('held') }),
    'NoSuchEntity',
    404,
    NOT_HELD,
  ],
  [
    new IAM.GetMFADeviceCommand({ ...ofUser('anna'), ...device('free') }),
    'NoSuchEntity',
    404,
    NOT_HELD,
  ],
  [new IAM.ListMFADevicesCommand(ofUser('none')), 'NoSuchEntity', 404, NO_USER],
  [new IAM.TagMFADeviceCommand({ ...device('none'), Tags: [] }), 'NoSuchEntity', 404, NO_DEVICE],
  [new IAM.UntagMFADeviceCommand({ ...device('none'), TagKeys: [] }), 'NoSuchEntity', 404],
  [new IAM.ListMFADeviceTagsCommand(device('none')), 'NoSuchEntity', 404, NO_DEVICE],
  [new IAM.CreateAccountAliasCommand({ AccountAlias: 'mine' }), 'EntityAlreadyExists', 409],
  [new IAM.CreateAccountAliasCommand({ AccountAlias: 'theirs' }), 'EntityAlreadyExists', 409],
  [new IAM.CreateAccountAliasCommand({ AccountAlias: '1'.repeat(12) }), 'InvalidInput', 400],
  [new IAM.DeleteAccountAliasCommand({ AccountAlias: 'theirs' }), 'NoSuchEntity', 404],
  [new IAM.GetCredentialReportCommand({}), 'CredentialReportNotPresent', 410],
];

test('what is refused of passwords, devices and the account changes nothing', async () => {
  const { iam: client, identity, kv, logged } = await openClients();
  const iam = client();
  for (const name of ['anna', 'bare']) await identity.createUser(ACCOUNT, { name });
  await identity.createLoginProfile(ACCOUNT, 'anna', { password: OLD });
  await identity.createMfaDevice(ACCOUNT, { name: 'free' });
  const { seed } = await identity.createMfaDevice(ACCOUNT, { name: 'held' });
  const owner = { kind: 'user', name: 'anna' } as const;
  const { SerialNumber } = device('held');
  await identity.enableMfaDevice(ACCOUNT, owner, SerialNumber, twoCodes(seed, Date.now()));
  const { id: other } = await identity.createAccount({ name: 'Other' });
  await identity.createAccountAlias(ACCOUNT, 'mine');
  await identity.createAccountAlias(other, 'theirs');
  const before = await fingerprint(kv);
  for (const [command, code, status, message] of CASES) {
    await assert.rejects(iam.send(command as never), failure(code, status, message));
  }
  assert.equal(await fingerprint(kv), before);
  assert.deepEqual(logged, []);
});
