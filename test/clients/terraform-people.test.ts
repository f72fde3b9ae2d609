import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { twoCodes } from '../../src/identity/testing/authenticator.ts';
import { startServer, type TestServer } from '../harness/server.ts';

/**
 * What Terraform's AWS provider calls for people and the account: after writing it reads everything
 * back, and with `force_destroy` it takes a user apart whatever others have given him meanwhile.
 */
describe('the calls of Terraform for people', () => {
  let server: TestServer;
  let iam: IAM.IAMClient;

  before(async () => {
    server = await startServer();
    const { endpoint, root } = server;
    iam = new IAM.IAMClient({ endpoint, region: 'us-east-1', credentials: root, maxAttempts: 1 });
  });
  after(async () => {
    iam.destroy();
    await server[Symbol.asyncDispose]();
  });

  test('aws_iam_account_password_policy and aws_iam_account_alias', async () => {
    const wanted = {
      AllowUsersToChangePassword: true,
      HardExpiry: false,
      MaxPasswordAge: 90,
      MinimumPasswordLength: 14,
      PasswordReusePrevention: 24,
      RequireLowercaseCharacters: true,
      RequireNumbers: true,
      RequireSymbols: true,
      RequireUppercaseCharacters: true,
    };
    await iam.send(new IAM.UpdateAccountPasswordPolicyCommand(wanted));
    const { PasswordPolicy } = await iam.send(new IAM.GetAccountPasswordPolicyCommand({}));
    assert.deepEqual(PasswordPolicy, { ...wanted, ExpirePasswords: true });
    await iam.send(new IAM.DeleteAccountPasswordPolicyCommand({}));
    await assert.rejects(
      iam.send(new IAM.GetAccountPasswordPolicyCommand({})),
      IAM.NoSuchEntityException,
    );
    await iam.send(new IAM.CreateAccountAliasCommand({ AccountAlias: 'my-company' }));
    const { AccountAliases } = await iam.send(new IAM.ListAccountAliasesCommand({}));
    assert.deepEqual(AccountAliases, ['my-company']);
    await iam.send(new IAM.DeleteAccountAliasCommand({ AccountAlias: 'my-company' }));
  });

  test('aws_iam_user with force_destroy, aws_iam_user_login_profile, aws_iam_virtual_mfa_device', async () => {
    const UserName = 'anna';
    const user = { UserName };
    await iam.send(new IAM.CreateUserCommand(user));
    const login = { ...user, Password: 'correct-Horse-1', PasswordResetRequired: true };
    await iam.send(new IAM.CreateLoginProfileCommand(login));
    const profile = await iam.send(new IAM.GetLoginProfileCommand(user));
    assert.equal(profile.LoginProfile?.PasswordResetRequired, true);
    const made = await iam.send(
      new IAM.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }),
    );
    const seed = Buffer.from(made.VirtualMFADevice?.Base32StringSeed ?? '').toString();
    const device = { SerialNumber: made.VirtualMFADevice?.SerialNumber };
    const [AuthenticationCode1, AuthenticationCode2] = twoCodes(seed, Date.now());
    await iam.send(
      new IAM.EnableMFADeviceCommand({
        ...user,
        ...device,
        AuthenticationCode1,
        AuthenticationCode2,
      }),
    );
    await iam.send(new IAM.CreateAccessKeyCommand(user));
    await assert.rejects(iam.send(new IAM.DeleteUserCommand(user)), IAM.DeleteConflictException);
    await takeApart(user);
    await iam.send(new IAM.DeleteUserCommand(user));
    await assert.rejects(iam.send(new IAM.GetUserCommand(user)), IAM.NoSuchEntityException);
  });

  /** Everything that may hang on a user, in the provider's order. */
  async function takeApart(user: { readonly UserName: string }) {
    const { AccessKeyMetadata = [] } = await iam.send(new IAM.ListAccessKeysCommand(user));
    for (const { AccessKeyId } of AccessKeyMetadata) {
      await iam.send(new IAM.DeleteAccessKeyCommand({ ...user, AccessKeyId }));
    }
    const { SSHPublicKeys } = await iam.send(new IAM.ListSSHPublicKeysCommand(user));
    assert.deepEqual(SSHPublicKeys, []);
    const assigned = { AssignmentStatus: 'Assigned' } as const;
    for await (const page of IAM.paginateListVirtualMFADevices({ client: iam }, assigned)) {
      for (const { User, SerialNumber } of page.VirtualMFADevices ?? []) {
        if (User?.UserName !== user.UserName) continue;
        await iam.send(new IAM.DeactivateMFADeviceCommand({ ...user, SerialNumber }));
        await iam.send(new IAM.DeleteVirtualMFADeviceCommand({ SerialNumber }));
      }
    }
    const { MFADevices } = await iam.send(new IAM.ListMFADevicesCommand(user));
    assert.deepEqual(MFADevices, []);
    await iam.send(new IAM.DeleteLoginProfileCommand(user));
    const { Certificates } = await iam.send(new IAM.ListSigningCertificatesCommand(user));
    assert.deepEqual(Certificates, []);
    const credentials = await iam.send(new IAM.ListServiceSpecificCredentialsCommand(user));
    assert.deepEqual(credentials.ServiceSpecificCredentials, []);
  }
});
