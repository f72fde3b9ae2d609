/** Guide 000: a bucket in Frankfurt, a policy, a user, and a program that keeps its blocks there. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { NODE } from '../harness/checkout.ts';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideUser } from '../harness/guide.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';
import { inAws, needExec } from './in-aws.ts';

const { skip: noAws } = need('aws', findProgram('aws'));
const PROGRAM = fileURLToPath(new URL('doubles/infinit/main.ts', import.meta.url));

const BUCKET = 'infinit-s3-storage-de-example-com';
const BLOCKS = 1200;
const STORAGE = `storage --create --s3 --name s3-storage --account s3-user --region eu-central-1 --bucket ${BUCKET} --path blocks-folder --reduced-redundancy`;

const dialects = [
  { name: 'to AWS’s own name, as in 2016', flags: '', skip: noAws || needExec() },
  { name: 'to an endpoint of one’s own, as since 2017', flags: '--endpoint', skip: noAws },
];

for (const { name, flags, skip } of dialects) {
  describe(`guide 000, Infinit: ${name}`, { skip }, () => {
    let server: TestServer;
    let admin: AwsCli;
    let person: Workplace;
    let user: GuideUser;
    const kept = new AsyncDisposableStack();
    const infinit = (words: string, options: RunOptions = {}): Promise<Ran> => {
      const command = [NODE, PROGRAM, ...words.split(' ')];
      const [program = '', ...args] = flags === '' ? inAws(server, command) : command;
      return person.run(program, args, options);
    };
    const endpoint = (): string => (flags === '' ? '' : ` --endpoint ${server.endpoint}`);

    before(async () => {
      server = kept.use(await startServer());
      admin = awsCli(kept.use(openWorkplace()), {
        endpoint: server.endpoint,
        credentials: server.root,
      });
      person = kept.use(openWorkplace());
      user = await followGuide(admin, {
        bucket: BUCKET,
        region: 'eu-central-1',
        userName: 's3-user',
        policyName: 'infinit-storage',
        policy: pastedPolicy('infinit'),
        by: 'attach',
      });
    });
    after(() => kept.disposeAsync());

    test('the prompt takes the keys, and asks again for what has not their shape', async () => {
      const { accessKeyId, secretAccessKey } = user.credentials;
      const input = `AKIA\n${accessKeyId}\n${secretAccessKey}=\n${secretAccessKey}\n`;
      const { stdout } = await infinit('credentials --add --aws --name s3-user', { input });
      assert.equal(stdout.match(/try again/g)?.length, 2);
      assert.match(stdout, /Locally stored AWS credentials "s3-user"\.\n$/);
    });

    test('the storage is made with the flags of the guide', async () => {
      const { stdout } = await infinit(STORAGE + endpoint());
      assert.equal(stdout, 'Created storage "s3-storage".\n');
    });

    test('it begins empty, takes 1,200 blocks, and lists them in two pages', async () => {
      assert.equal((await infinit('blocks list --storage s3-storage')).stdout, '');
      await infinit(`blocks put --storage s3-storage --count ${BLOCKS}`);
      const { stdout } = await infinit('blocks list --storage s3-storage');
      assert.equal(stdout, 'page of 1000\npage of 200\n');
    });

    test('every block comes back with the ETag of its bytes', async () => {
      const { stdout } = await infinit(`blocks check --storage s3-storage --count ${BLOCKS}`);
      assert.equal(stdout, `${BLOCKS} good, 0 missing\n`);
    });

    test('blocks are of the class that was asked for', async () => {
      const { Contents } = await admin.json(
        `s3api list-objects --bucket ${BUCKET} --prefix blocks-folder/ --max-items 1`,
      );
      const [{ Key: key, StorageClass: listed }] = Contents;
      const head = await admin.json(`s3api head-object --bucket ${BUCKET} --key ${key}`);
      assert.deepEqual([listed, head.StorageClass], ['REDUCED_REDUNDANCY', 'REDUCED_REDUNDANCY']);
    });

    test('erased blocks are missing, and the others are not', async () => {
      await infinit('blocks erase --storage s3-storage --count 300');
      const { stdout } = await infinit(`blocks check --storage s3-storage --count ${BLOCKS}`);
      assert.equal(stdout, '900 good, 300 missing\n');
      const listed = await infinit('blocks list --storage s3-storage');
      assert.equal(listed.stdout, 'page of 900\n');
    });

    test('the keys open no other bucket', async () => {
      await admin('s3 mb s3://somebody-elses-bucket');
      const other = STORAGE.replace(BUCKET, 'somebody-elses-bucket').replace('s3-storage', 'other');
      await infinit(other.replace('eu-central-1', 'us-east-1') + endpoint());
      for (const verb of ['list', 'put', 'check']) {
        const ran = await infinit(`blocks ${verb} --storage other --count 1`, { status: 1 });
        assert.equal(ran.stderr.trim().split('\n').at(-1), '403 AccessDenied');
      }
    });

    test('a clock that is twenty minutes off is told so', async () => {
      for (const skew of [20, -20]) {
        const env = { INFINIT_CLOCK_SKEW_MS: String(skew * 60_000) };
        const ran = await infinit('blocks list --storage s3-storage', { status: 1, env });
        assert.equal(ran.stderr.trim().split('\n').at(-1), '403 RequestTimeTooSkewed');
      }
    });

    test('a key that is deleted opens nothing any more', async () => {
      const { accessKeyId } = user.credentials;
      await admin(`iam delete-access-key --user-name s3-user --access-key-id ${accessKeyId}`);
      const ran = await infinit('blocks list --storage s3-storage', { status: 1 });
      assert.equal(ran.stderr.trim().split('\n').at(-1), '403 InvalidAccessKeyId');
    });
  });
}
