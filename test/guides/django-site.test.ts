/** Guide 003: one user for one bucket, s3cmd, a mount, and a Django site; then all of it by role. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideUser } from '../harness/guide.ts';
import { someBytes } from '../harness/random.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type RunOptions, type Workplace } from '../harness/workplace.ts';
import { inAws, needExec } from './in-aws.ts';

const PYTHON = '/usr/bin/python3';
const SITE = fileURLToPath(new URL('doubles/django_site.py', import.meta.url));
const MOUNTED = fileURLToPath(new URL('doubles/mounted.sh', import.meta.url));
const SHUT_OUT = fileURLToPath(new URL('doubles/shut-out.sh', import.meta.url));
const BUCKET = 'cccs-docs';
/** Above the 15 MiB at which s3cmd begins to upload in parts. */
const BIG = someBytes(17 * 1024 * 1024);

const { skip: noAws } = need('aws', findProgram('aws'));
const { skip: noS3cmd } = need('s3cmd', findProgram('s3cmd'));
const { skip: noS3fs } = need('s3fs', findProgram('s3fs'));
const { skip: noDjango } = need('django-storages', findPythons('storages')[0]?.python);

const skip = noAws || noS3cmd || noS3fs || noDjango || needExec();

describe('guide 003, a Django site with s3cmd and a mount', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let user: GuideUser;
  let site: Workplace;
  const kept = new AsyncDisposableStack();
  const run = (
    where: Workplace,
    command: readonly string[],
    options: RunOptions & { readonly flags?: readonly string[] } = {},
  ): Promise<Ran> => {
    const [program = '', ...args] = inAws(server, command, options.flags);
    return where.run(program, args, options);
  };
  const s3cmd = (words: string, options?: RunOptions): Promise<Ran> =>
    run(site, ['s3cmd', ...words.split(' ')], options);
  const answers = (access: string): string => {
    const { accessKeyId, secretAccessKey } = user.credentials;
    // Key, secret, then as the guide leaves it: region, endpoint, template, password, gpg, https, proxy.
    return [accessKeyId, secretAccessKey, '', '', '', '', '', '', '', 'Y', ...access, ''].join(
      '\n',
    );
  };

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    site = kept.use(openWorkplace());
    user = await followGuide(admin, {
      bucket: BUCKET,
      userName: 'cccs-docs',
      policyName: 'cccs-docs',
      policy: pastedPolicy('django-s3cmd'),
      by: 'put',
    });
    mkdirSync(site.path('tree/sub folder'), { recursive: true });
    site.write('tree/with blank.txt', 'blank');
    site.write('tree/sub folder/ünïcode.txt', 'unicode');
    site.write('tree/empty', '');
    site.write('tree/big', BIG);
  });
  after(() => kept.disposeAsync());

  describe('s3cmd', () => {
    test('--configure warns that a key of one bucket lists none, and saves all the same', async () => {
      const { stdout, stderr } = await s3cmd('--configure', { input: answers('ny') });
      assert.match(stdout + stderr, /s3:ListAllMyBuckets/);
      assert.match(stdout, /Configuration saved to/);
      assert.equal(statSync(site.path('.s3cfg')).mode & 0o777, 0o600);
    });

    test('--configure s3://cccs-docs tests that bucket', async () => {
      const words = `--configure s3://${BUCKET}`;
      const { stdout } = await s3cmd(words, { input: answers('y') });
      assert.match(stdout, /Success\. Your access key and secret key worked fine :-\)/);
    });

    test('sync --skip-existing takes the tree up, and then only what is new', async () => {
      const sync = `sync -r --skip-existing . s3://${BUCKET}/`;
      const cwd = site.path('tree');
      const first = await s3cmd(sync, { cwd });
      assert.equal(first.stdout.match(/^upload: /gm)?.length, 4);
      site.write('tree/new', 'new');
      const second = await s3cmd(sync, { cwd });
      assert.deepEqual(second.stdout.match(/^upload: .* \[\d of \d\]/gm)?.length, 1);
      const { stdout } = await s3cmd(`ls -r s3://${BUCKET}`);
      assert.match(stdout, /sub folder\/ünïcode\.txt$/m);
    });

    test('what is made public is seen by everybody, and by nobody before', async () => {
      const url = `https://${BUCKET}.s3.amazonaws.com/new`;
      const status = async (): Promise<string> =>
        (await run(site, ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', url])).stdout;
      assert.equal(await status(), '403');
      await s3cmd(`setacl --acl-public s3://${BUCKET}/new`);
      assert.equal(await status(), '200');
    });

    test('info, cp, mv, signurl, get', async () => {
      const { stdout: info } = await s3cmd(`info s3://${BUCKET}/big`);
      assert.match(info, /MD5 sum: +[0-9a-f]{32}/);
      await s3cmd(`cp s3://${BUCKET}/new s3://${BUCKET}/copy`);
      await s3cmd(`mv s3://${BUCKET}/copy s3://${BUCKET}/moved`);
      const { stdout: url } = await s3cmd(`signurl s3://${BUCKET}/moved +600`);
      assert.equal((await run(site, ['curl', '-sS', url.trim()])).stdout, 'new');
      await s3cmd(`get s3://${BUCKET}/big back`, { cwd: site.home });
      assert.ok(readFileSync(site.path('back')).equals(BIG));
    });

    test('another bucket is shut in every way', async () => {
      await admin('s3 mb s3://somebody-elses');
      await admin('s3 cp - s3://somebody-elses/x', { input: 'not yours' });
      for (const words of [
        'ls s3://somebody-elses',
        'get --force s3://somebody-elses/x y',
        'del s3://somebody-elses/x',
        'put back s3://somebody-elses/y',
        'la',
      ]) {
        const ran = await s3cmd(words, { status: 'failure', cwd: site.home });
        assert.match(
          ran.stderr,
          /403 \((AccessDenied|Forbidden)\)|Access to bucket .* was denied/,
          words,
        );
      }
    });
  });

  test('the mount: written, renamed, changed, read back after another mount, removed', async () => {
    await admin(`s3 rm --recursive s3://${BUCKET}`);
    const { accessKeyId, secretAccessKey } = user.credentials;
    site.write('passwd-s3fs', `${accessKeyId}:${secretAccessKey}\n`, 0o600);
    const { stdout } = await run(site, ['sh', MOUNTED, BUCKET, site.path('mount')]);
    assert.deepEqual(stdout.trim().split('\n'), [
      'written and appended to',
      'a folder renamed',
      'modes and links kept',
      '17 MB read back',
      'removed',
    ]);
  });

  describe('the site', () => {
    const django = async (steps: string, env: Record<string, string> = {}): Promise<string> =>
      (await run(site, [PYTHON, SITE, ...steps.split(' ')], { env })).stdout;

    before(async () => {
      await admin(`s3 rm --recursive s3://${BUCKET}`);
      const { accessKeyId, secretAccessKey } = user.credentials;
      site.write(
        'secret.py',
        `AWS_ACCESS_KEY_ID = '${accessKeyId}'\nAWS_SECRET_ACCESS_KEY = '${secretAccessKey}'\n`,
        0o600,
      );
    });

    test('saves a public document in a bucket with the defaults, and finds it', async () => {
      const said = await django('save look');
      assert.equal(
        said,
        `documents/2015/06/minutes.txt\nTrue False 26\n${new Date().getUTCFullYear()}\n`,
      );
    });

    test('its URL opens, signed and bare', async () => {
      for (const env of [{}, { QUERYSTRING_AUTH: 'no' }]) {
        const url = (await django('url', env)).trim();
        assert.match(url, new RegExp(`^https://${BUCKET}\\.s3\\.amazonaws\\.com/documents/`));
        assert.equal((await run(site, ['curl', '-sS', url])).stdout, 'the minutes of the meeting');
      }
    });

    test('the importer walks the bucket and sums what it reads', async () => {
      await admin(`s3 cp - s3://${BUCKET}/top`, { input: 'top' });
      const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
      assert.equal(
        await django('sums'),
        `${sha1('the minutes of the meeting')} documents/2015/06/minutes.txt\n${sha1('top')} top\n`,
      );
    });

    test('what is saved again under its name gets another one; what is deleted is gone', async () => {
      assert.match(await django('save'), /^documents\/2015\/06\/minutes_\w{7}\.txt\n$/);
      assert.equal(await django('delete'), 'False\n');
    });

    test('another bucket is refused', async () => {
      const env = { BUCKET: 'somebody-elses' };
      const ran = await run(site, [PYTHON, SITE, 'save'], { env, status: 'failure' });
      assert.match(ran.stderr, /AccessDenied|403/);
    });
  });

  describe('by role, with no key anywhere', () => {
    let machine: Workplace;
    const asRole = (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
      run(machine, words, {
        ...options,
        flags: ['--role', 'site'],
        env: { ...deployer, ...options.env },
      });
    /** The key of who may assume the role: `coffer exec` has it, and the program that it runs has not. */
    let deployer: Record<string, string>;

    before(async () => {
      machine = kept.use(openWorkplace());
      const { Account } = await admin.json('sts get-caller-identity');
      const trust = {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: `arn:aws:iam::${Account}:user/deployer` },
            Action: 'sts:AssumeRole',
          },
        ],
      };
      await admin('iam create-user --user-name deployer');
      const { AccessKey } = await admin.json('iam create-access-key --user-name deployer');
      deployer = {
        AWS_ACCESS_KEY_ID: AccessKey.AccessKeyId,
        AWS_SECRET_ACCESS_KEY: AccessKey.SecretAccessKey,
        AWS_EC2_METADATA_DISABLED: 'false',
      };
      await admin([
        'iam',
        'create-role',
        '--role-name',
        'site',
        '--assume-role-policy-document',
        JSON.stringify(trust),
      ]);
      await admin([
        'iam',
        'put-role-policy',
        '--role-name',
        'site',
        '--policy-name',
        'docs',
        '--policy-document',
        pastedPolicy('django-s3cmd'),
      ]);
    });

    test('s3cmd runs as cron runs it', async () => {
      machine.write('nightly.txt', 'nightly');
      await asRole(['s3cmd', 'put', 'nightly.txt', `s3://${BUCKET}/`], { cwd: machine.home });
      const { stdout } = await asRole(['s3cmd', 'ls', `s3://${BUCKET}/nightly.txt`]);
      assert.match(stdout, /7 +s3:\/\/cccs-docs\/nightly\.txt$/m);
    });

    test('the site saves and reads', async () => {
      assert.match(
        await asRole([PYTHON, SITE, 'save', 'look']).then(({ stdout }) => stdout),
        /^documents\/2015\/06\/minutes\.txt\nTrue False 26\n/,
      );
    });

    test('the mount works', async () => {
      await admin(`s3 rm --recursive s3://${BUCKET}`);
      const { stdout } = await asRole(['sh', MOUNTED, BUCKET, machine.path('mount')]);
      assert.match(stdout, /17 MB read back\nremoved\n$/);
    });

    test('another bucket is refused', async () => {
      const ran = await asRole(['s3cmd', 'ls', 's3://somebody-elses'], { status: 'failure' });
      assert.match(ran.stderr, /denied|AccessDenied/);
    });
  });

  test('a user whose key is deleted in the middle of a mount is told, and waits for nothing', async () => {
    const { accessKeyId, secretAccessKey } = user.credentials;
    site.write('passwd-s3fs', `${accessKeyId}:${secretAccessKey}\n`, 0o600);
    const ran = await run(site, ['sh', SHUT_OUT, BUCKET, site.path('shut-out')], {
      inputAfter: {
        said: /^ready$/m,
        input: async () => {
          await admin(`iam delete-access-key --user-name cccs-docs --access-key-id ${accessKeyId}`);
          return 'go on\n';
        },
      },
    });
    assert.match(ran.stdout, /^ready\nrefused\nrefused\n$/);
  });
});
