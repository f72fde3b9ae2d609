/** Guide 001: avatars in a bucket, by boto 2 and Signature Version 2, on AWS's own names. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideUser } from '../harness/guide.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';
import { inAws, needExec } from './in-aws.ts';

const PYTHON = '/usr/bin/python3';
const STORAGE = fileURLToPath(new URL('doubles/orga_storage.py', import.meta.url));
const BUCKET = 'opevbucketname';
const AVATAR = 'users/1/avatar';

const { skip: noAws } = need('aws', findProgram('aws'));
const { skip: noCurl } = need('curl', findProgram('curl'));
const { skip: noBoto } = need('boto 2', findPythons('boto')[0]?.python);

describe('guide 001, orga-server', { skip: noAws || noCurl || noBoto || needExec() }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let host: Workplace;
  let user: GuideUser;
  let settings: Record<string, string>;
  const kept = new AsyncDisposableStack();
  const run = (command: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const [program = '', ...args] = inAws(server, command);
    return host.run(program, args, options);
  };
  const storage = (words: string, options: RunOptions = {}): Promise<Ran> =>
    run([PYTHON, STORAGE, ...words.split(' ')], {
      ...options,
      env: { ...settings, ...options.env },
    });
  const fetched = async (url: string): Promise<Ran> => run(['curl', '-sS', '-i', url]);

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    host = kept.use(openWorkplace());
    user = await followGuide(admin, {
      bucket: BUCKET,
      userName: 'opev_user',
      policyName: 'opev_bucket_access',
      policy: pastedPolicy('orga-server'),
      by: 'attach',
    });
    const { accessKeyId: AWS_KEY, secretAccessKey: AWS_SECRET } = user.credentials;
    settings = { BUCKET_NAME: BUCKET, AWS_KEY, AWS_SECRET };
    host.write('me.png', 'first portrait');
    host.write('me2.png', 'second portrait, somewhat longer');
  });
  after(() => kept.disposeAsync());

  test('an avatar goes up, and its URL is what a browser is given', async () => {
    const { stdout } = await storage(`upload ${AVATAR} me.png`, { cwd: host.home });
    assert.equal(stdout, `http://${BUCKET}.s3.amazonaws.com/${AVATAR}\n`);
  });

  for (const scheme of ['http', 'https']) {
    test(`anybody sees it at that URL over ${scheme}`, async () => {
      const { stdout } = await fetched(`${scheme}://${BUCKET}.s3.amazonaws.com/${AVATAR}`);
      assert.match(stdout, /^HTTP\/1\.1 200 /);
      assert.match(stdout, /^Content-Disposition: attachment; filename=me\.png\r$/m);
      assert.match(stdout, /^Content-Type: image\/png\r$/m);
      assert.ok(stdout.endsWith('\r\n\r\nfirst portrait'));
    });
  }

  test('another one takes its place', async () => {
    const env = { URL_SCHEME: 'https' };
    const { stdout } = await storage(`upload ${AVATAR} me2.png`, { cwd: host.home, env });
    assert.equal(stdout, `https://${BUCKET}.s3.amazonaws.com/${AVATAR}\n`);
    const page = await fetched(stdout.trim());
    assert.ok(page.stdout.endsWith('second portrait, somewhat longer'));
  });

  test('the key of a later version, with slash and plus, is found at its URL', async () => {
    const name = 'users/1/avatar/aB+c/dE==/me.png';
    const { stdout } = await storage(`upload ${name} me.png`, { cwd: host.home });
    const url = stdout.trim().replaceAll('+', '%2B');
    assert.ok((await fetched(url)).stdout.endsWith('first portrait'));
  });

  test('what was not made public is not seen, and not listed', async () => {
    await admin(`s3 cp - s3://${BUCKET}/exports/private`, { input: 'private' });
    for (const path of ['exports/private', '']) {
      const { stdout } = await fetched(`http://${BUCKET}.s3.amazonaws.com/${path}`);
      assert.match(stdout, /^HTTP\/1\.1 403 /);
    }
  });

  test('the user lists the bucket, and no other', async () => {
    const { stdout } = await storage('list users/1/');
    assert.match(stdout, /^users\/1\/avatar$/m);
    const refused = await storage('buckets', { status: 'failure' });
    assert.match(refused.stderr, /S3ResponseError: 403 Forbidden[\s\S]*AccessDenied/);
  });

  test('with the guide’s later policy the user may list buckets', async () => {
    const document = JSON.parse(pastedPolicy('orga-server'));
    document.Statement.push({
      Effect: 'Allow',
      Action: 's3:ListAllMyBuckets',
      Resource: 'arn:aws:s3:::*',
    });
    const words = `iam create-policy-version --policy-arn ${user.policyArn} --set-as-default --policy-document`;
    await admin([...words.split(' '), JSON.stringify(document)]);
    assert.equal((await storage('buckets')).stdout, `${BUCKET}\n`);
  });

  test('a bucket with a dot, in a region that knows only Version 4, is reached by path', async () => {
    const name = 'opev.example.com';
    await admin(
      `s3api create-bucket --bucket ${name} --create-bucket-configuration LocationConstraint=eu-central-1`,
    );
    const script = [
      'import boto.s3, os',
      "c = boto.s3.connect_to_region('eu-central-1', aws_access_key_id=os.environ['AWS_KEY'],",
      "  aws_secret_access_key=os.environ['AWS_SECRET'],",
      "  calling_format='boto.s3.connection.OrdinaryCallingFormat')",
      `k = c.get_bucket('${name}').new_key('events/1/logo')`,
      "k.set_contents_from_string('logo')",
      'print(k.get_contents_as_string().decode())',
    ].join('\n');
    const { accessKeyId: AWS_KEY, secretAccessKey: AWS_SECRET } = server.root;
    const { stdout } = await run([PYTHON, '-c', script], { env: { AWS_KEY, AWS_SECRET } });
    assert.equal(stdout, 'logo\n');
  });

  test('without one of the settings it falls back to the disk, silently', async () => {
    const { BUCKET_NAME: _, ...rest } = settings;
    const words = [PYTHON, STORAGE, 'upload', AVATAR, 'me.png'];
    const { stdout } = await run(words, { cwd: host.home, env: rest });
    assert.equal(stdout, `/static/media/${AVATAR}\n`);
  });

  test('once the policy is detached, the next upload raises', async () => {
    await admin(`iam detach-user-policy --user-name opev_user --policy-arn ${user.policyArn}`);
    const ran = await storage(`upload ${AVATAR} me.png`, { cwd: host.home, status: 'failure' });
    assert.match(ran.stderr, /S3ResponseError: 403 Forbidden/);
  });
});
