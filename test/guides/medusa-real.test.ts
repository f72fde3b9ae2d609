/** Guide 004 with Medusa itself, where COFFER_TEST_MEDUSA names a virtualenv or a checkout of it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { MAIN, NODE } from '../harness/checkout.ts';
import { awsCli, words, type AwsCli } from '../harness/aws-cli.ts';
import { findProgram, findPythons, need } from '../harness/clients.ts';
import { followGuide, pastedPolicy, type GuideUser } from '../harness/guide.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { openWorkplace, type Ran, type Workplace } from '../harness/workplace.ts';
import { writeTables } from './doubles/medusa/cassandra-node.ts';
import { inAws, needExec } from './in-aws.ts';

const REAL = fileURLToPath(new URL('doubles/medusa/real.py', import.meta.url));
const BUCKET = 'my-s3-bucket';
const FILES = 60;

const place = process.env['COFFER_TEST_MEDUSA'];
const skip =
  place === undefined
    ? 'COFFER_TEST_MEDUSA names no Medusa'
    : need('aws', findProgram('aws')).skip || needExec();

describe('guide 004, Medusa itself', { skip }, () => {
  let server: TestServer;
  let admin: AwsCli;
  let host: Workplace;
  let user: GuideUser;
  let data: string;
  const kept = new AsyncDisposableStack();
  const medusa = async (line: string): Promise<string> => {
    const ini = host.path('medusa.ini');
    const command = [pythonOf(place ?? ''), REAL, data, '--config-file', ini, ...line.split(' ')];
    const [program = '', ...args] = inAws(server, command);
    const { stdout, stderr } = await host.run(program, args, { env: { PYTHONPATH: place ?? '' } });
    return stdout + stderr;
  };
  const coffer = (line: string): Promise<Ran> => {
    const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = server.root;
    const env = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
    return host.run(NODE, [MAIN, ...line.split(' '), '--endpoint', server.endpoint], { env });
  };

  before(async () => {
    server = kept.use(await startServer());
    const { endpoint, root } = server;
    admin = awsCli(kept.use(openWorkplace()), { endpoint, credentials: root });
    host = kept.use(openWorkplace());
    user = await followGuide(admin, {
      bucket: BUCKET,
      userName: 'medusa',
      policyName: 'MedusaStorageStrategy',
      policy: pastedPolicy('medusa', BUCKET),
      by: 'attach',
    });
    const { accessKeyId, secretAccessKey } = user.credentials;
    const keys = `aws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`;
    const keyFile = host.write('medusa-s3-credentials', `[default]\n${keys}`, 0o400);
    const cassandra = host.write('cassandra.yaml', 'cluster_name: shop\n');
    host.write(
      'medusa.ini',
      [
        `[cassandra]\nconfig_file = ${cassandra}\nresolve_ip_addresses = False`,
        `[storage]\nstorage_provider = s3\nregion = us-east-1\nbucket_name = ${BUCKET}`,
        `key_file = ${keyFile}\nfqdn = node1.example.com\nuse_sudo_for_restore = False`,
        'max_backup_count = 1\nbackup_grace_period_in_days = 0\n',
      ].join('\n'),
    );
    data = host.path('data');
    writeTables(data, FILES, [26]);
  });
  after(() => kept.disposeAsync());

  keepsBackups('nightly');

  test('the policy that is generated from it has five actions', async () => {
    const { stdout } = await coffer('policy generate --principal user/medusa');
    const { Statement } = JSON.parse(stdout) as { Statement: readonly { Action: string[] }[] };
    assert.deepEqual(Statement.flatMap(({ Action }) => Action).toSorted(), [
      // No upload was taken back, but one may have to be.
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListBucket',
      's3:PutObject',
    ]);
    const text = `iam create-policy-version --policy-arn ${user.policyArn} --set-as-default --policy-document`;
    await admin(words(text, stdout));
  });

  describe('under that policy', () => keepsBackups('later'));

  test('and nothing was refused, which it would have tried again in silence', async () => {
    assert.equal((await coffer('denials --principal user/medusa --json')).stdout.trim(), '[]');
  });

  function keepsBackups(round: string): void {
    test(`${FILES} files: full, differential, list, status, verify, download, purge`, async () => {
      const named = (name: string): string => `--backup-name ${round}-${name}`;
      const full = await medusa(`backup ${named('full')} --mode full`);
      assert.match(full, new RegExp(`${FILES} files copied from host \\(${FILES} new`));
      const differential = '--mode differential --enable-md5-checks';
      await medusa(`backup ${named('first')} ${differential}`);
      const second = await medusa(`backup ${named('second')} ${differential}`);
      assert.match(second, new RegExp(`0 files copied[\\s\\S]*${FILES} kept`));
      const list = await medusa('list-backups --show-all');
      assert.deepEqual(list.match(new RegExp(`^${round}-\\w+`, 'gm')), [
        `${round}-full`,
        `${round}-first`,
        `${round}-second`,
      ]);
      assert.match(await medusa(`status ${named('second')}`), /1 nodes completed/);
      for (const name of ['full', 'second']) {
        assert.match(await medusa(`verify ${named(name)} --enable-md5-checks`), /validated: OK/);
      }
      const back = host.path(`back-${round}`);
      mkdirSync(back);
      await medusa(`download ${named('second')} --download-destination ${back}`);
      for (const keyspace of ['shop', 'system']) {
        const compared = spawnSync('diff', ['-r', join(data, keyspace), join(back, keyspace)]);
        assert.equal(compared.stdout.toString(), '');
      }
      await medusa('purge');
      const left = await medusa('list-backups --show-all');
      assert.deepEqual(left.match(new RegExp(`^${round}-\\w+`, 'gm')), [`${round}-second`]);
      await medusa(`delete-backup ${named('second')}`);
    });
  }
});

/** The virtualenv's own Python, or the newest that has a boto3, with the checkout in its path. */
function pythonOf(medusa: string): string {
  const own = join(medusa, 'bin', 'python');
  return existsSync(own) ? own : (findPythons('boto3').at(-1)?.python ?? 'python3');
}
