import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Workplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const zbarimg = need('zbarimg', findProgram('zbarimg'));
const oathtool = need('oathtool', findProgram('oathtool'));
const STEP_MS = 30_000;

describe('aws iam, accounts and people', { skip }, () => {
  let server: TestServer;
  let aws: AwsCli;
  let workplace: Workplace;
  let account: string;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    workplace = kept.use(openWorkplace());
    aws = awsCli(workplace, { endpoint: server.endpoint, credentials: server.root });
    account = (await aws.json('sts get-caller-identity')).Account;
    await aws('iam create-user --user-name anna');
  });
  after(() => kept.disposeAsync());

  /** Another person's `aws`, with the keys that these options made. */
  const awsOf = (key: { AccessKeyId: string; SecretAccessKey: string; SessionToken?: string }) =>
    awsCli(kept.use(openWorkplace()), {
      endpoint: server.endpoint,
      credentials: { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey },
    });

  test('passwords: policy, profile, change by the user, delete', async () => {
    const none = await aws.refused('iam get-account-password-policy');
    assert.equal(none.code, 'NoSuchEntity');
    await aws(
      'iam update-account-password-policy --minimum-password-length 10 --require-numbers ' +
        '--password-reuse-prevention 3 --max-password-age 90 --allow-users-to-change-password',
    );
    const { PasswordPolicy: policy } = await aws.json('iam get-account-password-policy');
    assert.deepEqual(
      [policy.MinimumPasswordLength, policy.MaxPasswordAge, policy.ExpirePasswords],
      [10, 90, true],
    );
    const profile = 'iam create-login-profile --user-name anna --password';
    const short = await aws.refused(words(profile, 'short1'));
    assert.equal(short.code, 'PasswordPolicyViolation');
    assert.equal(short.message, 'Password should have a minimum length of 10');
    const made = await aws.json(words(profile, 'first-horse-1', '--password-reset-required'));
    assert.equal(made.LoginProfile.PasswordResetRequired, true);
    assert.equal((await aws.refused(words(profile, 'first-horse-1'))).code, 'EntityAlreadyExists');
    const { AccessKey: key } = await aws.json('iam create-access-key --user-name anna');
    const anna = awsOf(key);
    const change = 'iam change-password --old-password first-horse-1 --new-password';
    const wrong = await anna.refused(
      'iam change-password --old-password wrong-horse-1 --new-password second-horse-2',
    );
    assert.equal(wrong.message, 'The old password was incorrect.');
    assert.equal(
      (await anna.refused(words(change, 'first-horse-1'))).code,
      'PasswordPolicyViolation',
    );
    await anna(words(change, 'second-horse-2'));
    const shown = await aws.json('iam get-login-profile --user-name anna');
    assert.equal(shown.LoginProfile.PasswordResetRequired, false);
    assert.equal((await aws.refused('iam delete-user --user-name anna')).code, 'DeleteConflict');
    await aws('iam update-login-profile --user-name anna --password third-horse-3');
    await aws('iam delete-login-profile --user-name anna');
    await aws('iam delete-account-password-policy');
    await aws(`iam delete-access-key --user-name anna --access-key-id ${key.AccessKeyId}`);
    const gone = await aws.refused('iam get-login-profile --user-name anna');
    assert.equal(gone.message, 'Login Profile for User anna cannot be found.');
  });

  test(
    'a second factor, read off its picture and shown by an authenticator that is not ours',
    {
      skip: zbarimg.skip || oathtool.skip,
    },
    async () => {
      const picture = workplace.path('code.png');
      const create = 'iam create-virtual-mfa-device --virtual-mfa-device-name phone';
      const made = await aws.json(
        words(create, '--bootstrap-method', 'QRCodePNG', '--outfile', picture),
      );
      const serial: string = made.VirtualMFADevice.SerialNumber;
      assert.equal(serial, `arn:aws:iam::${account}:mfa/phone`);
      const read = await workplace.run(
        zbarimg.path,
        words('--quiet --raw -Sdisable -Sqrcode.enable', picture),
      );
      const [, label, seed = ''] =
        /^otpauth:\/\/totp\/(.*)\?secret=(\w+)\n$/.exec(read.stdout) ?? [];
      assert.equal(label, `phone@${account}`);
      const shown = async (atMs: number) => {
        const now = `--now=@${Math.floor(atMs / 1000)}`;
        const ran = await workplace.run(oathtool.path, ['--totp', '--base32', now, '-'], {
          input: seed,
        });
        return ran.stdout.trim();
      };
      const now = Date.now();
      const enabling = (second: string) =>
        words(
          `iam enable-mfa-device --user-name anna --serial-number ${serial}`,
          '--authentication-code1',
          first,
          '--authentication-code2',
          second,
        );
      const first = await shown(now - STEP_MS);
      assert.equal((await aws.refused(enabling('000000'))).code, 'InvalidAuthenticationCode');
      await aws(enabling(await shown(now)));
      const devices = await aws.json('iam list-mfa-devices --user-name anna');
      assert.equal(devices.MFADevices[0].SerialNumber, serial);
      const all = await aws.json('iam list-virtual-mfa-devices --assignment-status Assigned');
      assert.equal(all.VirtualMFADevices[0].User.UserName, 'anna');
      const { AccessKey: key } = await aws.json('iam create-access-key --user-name anna');
      const anna = awsOf(key);
      const code = await shown(now + STEP_MS);
      const token = `sts get-session-token --serial-number ${serial} --token-code ${code}`;
      assert.match((await anna.json(token)).Credentials.AccessKeyId, /^ASIA/);
      assert.equal((await anna.refused(token)).code, 'AccessDenied', 'no code is good twice');
      const inUse = await aws.refused(`iam delete-virtual-mfa-device --serial-number ${serial}`);
      assert.equal(inUse.code, 'DeleteConflict');
      await aws(`iam deactivate-mfa-device --user-name anna --serial-number ${serial}`);
      await aws(`iam delete-virtual-mfa-device --serial-number ${serial}`);
      await aws(`iam delete-access-key --user-name anna --access-key-id ${key.AccessKeyId}`);
    },
  );

  test('an alias, the summary and everything that decides', async () => {
    await aws('iam create-account-alias --account-alias my-company');
    const aliases = await aws.json('iam list-account-aliases');
    assert.deepEqual(aliases.AccountAliases, ['my-company']);
    await aws('iam delete-account-alias --account-alias my-company');
    const { SummaryMap: summary } = await aws.json('iam get-account-summary');
    assert.deepEqual([summary.Users, summary.MFADevices, summary.ServerCertificates], [1, 0, 0]);
    const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
    await aws(`iam attach-user-policy --user-name anna --policy-arn ${admin}`);
    const details = await aws.json('iam get-account-authorization-details --page-size 1');
    assert.equal(details.UserDetailList[0].AttachedManagedPolicies[0].PolicyArn, admin);
    const [policy] = details.Policies;
    assert.deepEqual(policy.PolicyVersionList[0].Document.Statement[0].Action, ['*']);
  });

  test('reports: credentials, what was asked for last, and what grants it', async () => {
    const { AccessKey: key } = await aws.json('iam create-access-key --user-name anna');
    await awsOf(key)('s3api list-buckets');
    assert.equal((await aws.json('iam generate-credential-report')).State, 'COMPLETE');
    const report = await aws.json('iam get-credential-report');
    const rows = Buffer.from(report.Content, 'base64').toString().split('\n');
    assert.match(
      rows[0] ?? '',
      /^user,arn,user_creation_time,password_enabled,.*,cert_2_last_rotated$/,
    );
    assert.match(rows[1] ?? '', /^<root_account>,/);
    assert.match(rows[2] ?? '', /^anna,.*,us-east-1,s3,false,N\/A/);
    const arn = `arn:aws:iam::${account}:user/anna`;
    const { JobId: job } = await aws.json(
      `iam generate-service-last-accessed-details --arn ${arn} --granularity ACTION_LEVEL`,
    );
    const details = await aws.json(`iam get-service-last-accessed-details --job-id ${job}`);
    const ofS3 = details.ServicesLastAccessed.find(
      (one: { ServiceNamespace: string }) => one.ServiceNamespace === 's3',
    );
    assert.equal(ofS3.LastAuthenticatedEntity, arn);
    const used = ofS3.TrackedActionsLastAccessed.filter(
      (one: { LastAccessedTime?: string }) => one.LastAccessedTime !== undefined,
    );
    assert.deepEqual(
      used.map((one: { ActionName: string }) => one.ActionName),
      ['ListAllMyBuckets'],
    );
    const granting = await aws.json(
      `iam list-policies-granting-service-access --arn ${arn} --service-namespaces s3`,
    );
    assert.equal(granting.PoliciesGrantingServiceAccess[0].Policies[0].PolicyType, 'MANAGED');
    const certificates = await aws.json('iam list-server-certificates');
    assert.deepEqual(certificates.ServerCertificateMetadataList, []);
    assert.deepEqual((await aws.json('iam list-saml-providers')).SAMLProviderList, []);
    const refused = await aws.refused(
      'iam get-server-certificate --server-certificate-name imported',
    );
    assert.equal(refused.code, 'NotImplemented');
    assert.match(refused.message, /^GetServerCertificate is not supported/);
  });
});
