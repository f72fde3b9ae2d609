import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideSteps, type GuideUser } from '../harness/guide.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace } from '../harness/workplace.ts';

const { skip } = need('aws', findProgram('aws'));
const FOREIGN = 'somebody-elses-bucket';

const guides: readonly (GuideSteps & {
  readonly fixture: string;
  /** Commands that the application needs, on top of put, get, list and delete. */
  readonly allowed: readonly string[];
  /** Commands that the policy does not cover, and the action that AWS's sentence names. */
  readonly refused: readonly { args: string; action: string }[];
})[] = [
  {
    fixture: 'infinit',
    bucket: 'infinit-s3-storage-de-example-com',
    region: 'eu-central-1',
    userName: 's3-user',
    policyName: 'infinit-storage',
    policy: pastedPolicy('infinit'),
    by: 'attach',
    allowed: [
      's3api put-object --key blocks-folder/1 --storage-class REDUCED_REDUNDANCY',
      's3api list-objects --prefix blocks-folder/ --delimiter /',
      's3api delete-object --key blocks-folder/1',
      's3api get-bucket-acl',
    ],
    refused: [],
  },
  {
    fixture: 'orga-server',
    bucket: 'opevbucketname',
    userName: 'opev_user',
    policyName: 'opev_bucket_access',
    policy: pastedPolicy('orga-server'),
    by: 'attach',
    allowed: [
      's3api put-object --key users/1/avatar',
      's3api put-object-acl --key users/1/avatar --acl public-read',
      's3api get-bucket-location',
      's3api head-bucket',
      's3api delete-object --key users/1/avatar',
    ],
    refused: [
      { args: 's3api get-bucket-acl', action: 's3:GetBucketAcl' },
      { args: 's3api delete-bucket', action: 's3:DeleteBucket' },
      { args: 's3api get-bucket-policy', action: 's3:GetBucketPolicy' },
    ],
  },
  {
    fixture: 'django-s3cmd',
    bucket: 'cccs-docs',
    userName: 'cccs-docs',
    policyName: 'cccs-docs',
    policy: pastedPolicy('django-s3cmd'),
    by: 'put',
    allowed: [
      's3api put-object --key docs/a.pdf --acl public-read',
      's3api get-object-acl --key docs/a.pdf',
      's3api delete-object --key docs/a.pdf',
    ],
    refused: [],
  },
  {
    fixture: 'medusa',
    bucket: 'my-s3-bucket',
    region: 'us-west-2',
    userName: 'medusa',
    policyName: 'MedusaStorageStrategy',
    policy: pastedPolicy('medusa', 'my-s3-bucket'),
    by: 'attach',
    allowed: [
      's3api head-bucket',
      's3api get-bucket-acl',
      's3api create-multipart-upload --key node/data/big',
      's3api list-multipart-uploads',
    ],
    refused: [
      {
        args: 's3api put-object --key public --acl public-read',
        action: 's3:PutObjectAcl',
      },
      {
        args: 's3api put-object-tagging --key kept --tagging TagSet=[{Key=a,Value=b}]',
        action: 's3:PutObjectTagging',
      },
      { args: 's3api put-bucket-acl --acl public-read', action: 's3:PutBucketAcl' },
      { args: 's3api delete-bucket', action: 's3:DeleteBucket' },
    ],
  },
];

describe('the setup guides of published applications, followed with aws', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  const kept = new AsyncDisposableStack();

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    await admin(`s3api create-bucket --bucket ${FOREIGN}`);
    await admin(`s3 cp - s3://${FOREIGN}/secret`, { input: 'not yours' });
  });
  after(() => kept.disposeAsync());

  for (const guide of guides) {
    describe(guide.fixture, () => {
      let user: GuideUser;
      let aws: AwsCli;
      const { bucket } = guide;
      const on = (args: string): string => `${args} --bucket ${bucket}`;

      before(async () => {
        user = await followGuide(admin, guide);
        const { endpoint } = server;
        const { credentials } = user;
        // One guide as it is typed into a shell; the others find the program loaded.
        const startsAnew = guide === guides[0];
        aws = awsCli(kept.use(openWorkplace()), { endpoint, credentials, startsAnew });
      });

      test('the bucket is where the guide wants it', async () => {
        const { LocationConstraint } = await admin.json(on('s3api get-bucket-location'));
        assert.equal(LocationConstraint, guide.region ?? null);
      });

      test('the policy reads back as it was pasted', async () => {
        const document = await storedPolicy(admin, guide, user);
        assert.deepEqual(document, JSON.parse(guide.policy));
      });

      test('the key says who it is', async () => {
        const caller = await aws.json('sts get-caller-identity');
        assert.equal(caller.Arn, user.arn);
        assert.match(caller.UserId, /^AIDA[A-Z0-9]{17}$/);
        assert.equal(caller.Arn, `arn:aws:iam::${caller.Account}:user/${guide.userName}`);
      });

      test('a file goes up, is listed, comes down and goes', async () => {
        await aws(`s3 cp - s3://${bucket}/folder/file`, { input: 'the content' });
        await aws(`s3 cp - s3://${bucket}/kept`, { input: 'kept' });
        const { stdout } = await aws(`s3 ls s3://${bucket}/folder/`);
        assert.match(stdout, /^\S+ \S+ +11 file$/m);
        assert.equal((await aws(`s3 cp s3://${bucket}/folder/file -`)).stdout, 'the content');
        await aws(`s3 rm s3://${bucket}/folder/file`);
        const missing = await aws.refused(on('s3api get-object --key folder/file x'));
        assert.equal(missing.code, 'NoSuchKey');
      });

      for (const args of guide.allowed) {
        test(`allowed: ${args}`, async () => void (await aws.json(on(args))));
      }

      for (const { args, action } of guide.refused) {
        test(`refused: ${action}`, async () => {
          const { code, message } = await aws.refused(on(args));
          assert.equal(code, 'AccessDenied');
          assert.ok(
            message.includes(`is not authorized to perform: ${action} on resource`),
            message,
          );
          assert.ok(
            message.includes(`because no identity-based policy allows the ${action} action`),
          );
        });
      }

      test('everything elsewhere is refused, in the words of AWS', async () => {
        const denied = async (args: string, action: string): Promise<void> => {
          const { code, message } = await aws.refused(args);
          assert.equal(code, 'AccessDenied', message);
          assert.ok(
            message.startsWith(`User: ${user.arn} is not authorized to perform: ${action}`),
            message,
          );
        };
        await denied('s3api list-buckets', 's3:ListAllMyBuckets');
        await denied(`s3api get-object --bucket ${FOREIGN} --key secret x`, 's3:GetObject');
        await denied(`s3api put-object --bucket ${FOREIGN} --key mine`, 's3:PutObject');
        await denied(`s3api list-objects-v2 --bucket ${FOREIGN}`, 's3:ListBucket');
        await denied('s3api create-bucket --bucket another-one', 's3:CreateBucket');
        await denied('iam list-users', 'iam:ListUsers');
        await denied(`iam create-access-key --user-name ${user.name}`, 'iam:CreateAccessKey');
        const head = await aws.refused(`s3api head-bucket --bucket ${FOREIGN}`);
        assert.equal(head.code, '403');
      });

      test('the very next request after a detached policy or a deleted key is refused', async () => {
        await (user.policyArn === undefined
          ? admin(
              `iam delete-user-policy --user-name ${user.name} --policy-name ${guide.policyName}`,
            )
          : admin(
              `iam detach-user-policy --user-name ${user.name} --policy-arn ${user.policyArn}`,
            ));
        const list = on('s3api list-objects-v2');
        assert.equal((await aws.refused(list)).code, 'AccessDenied');
        const { accessKeyId } = user.credentials;
        await admin(
          `iam delete-access-key --user-name ${user.name} --access-key-id ${accessKeyId}`,
        );
        assert.equal((await aws.refused(list)).code, 'InvalidAccessKeyId');
      });
    });
  }
});

async function storedPolicy(admin: AwsCli, guide: GuideSteps, user: GuideUser): Promise<unknown> {
  const { userName, policyName } = guide;
  if (user.policyArn === undefined) {
    const inline = `iam get-user-policy --user-name ${userName} --policy-name ${policyName}`;
    return (await admin.json(inline)).PolicyDocument;
  }
  const version = `iam get-policy-version --policy-arn ${user.policyArn} --version-id v1`;
  return (await admin.json(version)).PolicyVersion.Document;
}
