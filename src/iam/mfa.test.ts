import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { fromUtf8 } from '../base/bytes.ts';
import { shownCode, twoCodes } from '../identity/testing/authenticator.ts';
import { ACCOUNT, failure, openClients } from './testing/clients.ts';

const phone = { SerialNumber: `arn:aws:iam::${ACCOUNT}:mfa/phone` };
const bob = { UserName: 'bob' };

test('a device’s life: made, enabled, shown, tagged, resynced, deactivated, deleted', async () => {
  const { iam: client, identity, logged } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const made = await iam.send(
    new IAM.CreateVirtualMFADeviceCommand({
      VirtualMFADeviceName: 'phone',
      Tags: [{ Key: 'a', Value: 'b' }],
    }),
  );
  const { SerialNumber, Base32StringSeed, QRCodePNG, Tags } = made.VirtualMFADevice ?? {};
  assert.equal(SerialNumber, phone.SerialNumber);
  assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }]);
  assert.equal(fromUtf8(QRCodePNG!.subarray(1, 4)), 'PNG');
  const seed = fromUtf8(Base32StringSeed!);
  const listed = await iam.send(
    new IAM.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' }),
  );
  assert.deepEqual(listed.VirtualMFADevices, [phone]);

  const enable = (codes: readonly [string, string]) =>
    iam.send(
      new IAM.EnableMFADeviceCommand({
        ...bob,
        ...phone,
        AuthenticationCode1: codes[0],
        AuthenticationCode2: codes[1],
      }),
    );
  const codes = twoCodes(seed, Date.now());
  await assert.rejects(enable([codes[1], codes[0]]), failure('InvalidAuthenticationCode', 403));
  await enable(codes);
  const mine = await iam.send(new IAM.ListMFADevicesCommand(bob));
  assert.deepEqual(
    mine.MFADevices?.map(({ UserName, SerialNumber }) => [UserName, SerialNumber]),
    [['bob', phone.SerialNumber]],
  );
  const shown = await iam.send(new IAM.GetMFADeviceCommand({ ...bob, ...phone }));
  assert.ok(shown.EnableDate instanceof Date);
  const used = await iam.send(
    new IAM.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }),
  );
  assert.equal(used.VirtualMFADevices?.[0]?.User?.UserName, 'bob');
  await iam.send(new IAM.TagMFADeviceCommand({ ...phone, Tags: [{ Key: 'c', Value: '' }] }));
  await iam.send(new IAM.UntagMFADeviceCommand({ ...phone, TagKeys: ['a'] }));
  const tags = await iam.send(new IAM.ListMFADeviceTagsCommand(phone));
  assert.deepEqual(tags.Tags, [{ Key: 'c', Value: '' }]);
  const later = twoCodes(seed, Date.now() + 60_000);
  await iam.send(
    new IAM.ResyncMFADeviceCommand({
      ...bob,
      ...phone,
      AuthenticationCode1: later[0],
      AuthenticationCode2: later[1],
    }),
  );
  await assert.rejects(
    iam.send(new IAM.DeleteVirtualMFADeviceCommand(phone)),
    failure('DeleteConflict', 409),
  );
  await assert.rejects(
    iam.send(new IAM.DeactivateMFADeviceCommand(phone)),
    failure('NoSuchEntity', 404, 'MFA Device invalid for user.'),
  );
  await iam.send(new IAM.DeactivateMFADeviceCommand({ ...bob, ...phone }));
  await iam.send(new IAM.DeleteVirtualMFADeviceCommand(phone));
  await assert.rejects(
    iam.send(new IAM.DeleteVirtualMFADeviceCommand(phone)),
    failure('NoSuchEntity', 404),
  );
  assert.deepEqual(logged, []);
});

test('another account’s device is out of reach, and codes stand in no error', async () => {
  const { iam: client, identity } = await openClients();
  const iam = client();
  await identity.createUser(ACCOUNT, { name: 'bob' });
  const { id: other } = await identity.createAccount({ name: 'Other' });
  const { seed } = await identity.createMfaDevice(other, { name: 'phone' });
  const foreign = { SerialNumber: `arn:aws:iam::${other}:mfa/phone` };
  const [AuthenticationCode1, AuthenticationCode2] = twoCodes(seed, Date.now());
  const codes = { AuthenticationCode1, AuthenticationCode2 };
  await assert.rejects(
    iam.send(new IAM.EnableMFADeviceCommand({ ...bob, ...foreign, ...codes })),
    failure('NoSuchEntity', 404),
  );
  for (const command of [
    new IAM.DeleteVirtualMFADeviceCommand(foreign),
    new IAM.ListMFADeviceTagsCommand(foreign),
    new IAM.TagMFADeviceCommand({ ...foreign, Tags: [] }),
  ]) {
    await assert.rejects(iam.send(command as never), failure('AccessDenied', 403));
  }
  await assert.rejects(
    iam.send(new IAM.DeleteVirtualMFADeviceCommand({ SerialNumber: 'GAHT12345678' })),
    failure('NoSuchEntity', 404),
  );
  const secret = `${shownCode(seed, Date.now())}x`;
  await assert.rejects(
    iam.send(
      new IAM.EnableMFADeviceCommand({ ...bob, ...phone, ...codes, AuthenticationCode1: secret }),
    ),
    (error: Error) => error.name === 'ValidationError' && !error.message.includes(secret),
  );
});
