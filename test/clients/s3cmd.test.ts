import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Ran, RunOptions, Workplace } from '../harness/workplace.ts';

const { path: program, skip } = need('s3cmd', findProgram('s3cmd'));
const { skip: noAws } = need('aws', findProgram('aws'));
/** Above the 15 MiB at which s3cmd begins to upload in parts. */
const MULTIPART_SIZE = 17 * 1024 * 1024;

describe('s3cmd', { skip: skip || noAws }, () => {
  let stage: Stage;
  let home: Workplace;
  let uri: string;
  const s3cmd = (args: readonly string[], options?: RunOptions): Promise<Ran> =>
    home.run(program, args, options);

  before(async () => {
    stage = await openStage('s3cmd');
    home = stage.workplace();
    uri = `s3://${stage.bucket}`;
  });
  after(() => stage[Symbol.asyncDispose]());

  test('--configure asks, tests the access by itself, and saves', async () => {
    const { accessKeyId, secretAccessKey } = stage.user.credentials;
    const host = `127.0.0.1:${stage.server.port}`;
    const answers = [
      accessKeyId,
      secretAccessKey,
      '', // The default region, which s3cmd calls US.
      host,
      host, // The template for buckets: path style.
      '', // No encryption password.
      '', // gpg as found.
      'No', // No HTTPS.
      '', // No proxy.
      'Y', // Test access.
      'y', // Save.
    ];
    const { stdout } = await s3cmd(['--configure'], { input: `${answers.join('\n')}\n` });
    assert.match(stdout, /Success\. Your access key and secret key worked fine :-\)/);
    assert.match(stdout, /Configuration saved to/);
    assert.equal(statSync(home.path('.s3cfg')).mode & 0o777, 0o600);
  });

  test('a key without ListAllMyBuckets fails the test with a hint, and can be saved still', async () => {
    const { accessKeyId } = stage.user.credentials;
    const wrong = await s3cmd(['--secret_key', 'x'.repeat(40), 'ls'], { status: 'failure' });
    assert.match(wrong.stderr, /SignatureDoesNotMatch/);
    const unknown = await s3cmd(['--access_key', `${accessKeyId.slice(0, -4)}ZZZZ`, 'ls'], {
      status: 'failure',
    });
    assert.match(unknown.stderr, /InvalidAccessKeyId/);
  });

  test('mb, ls and rb', async () => {
    assert.match((await s3cmd(['mb', `${uri}-made`])).stdout, /Bucket 's3:.*' created/);
    assert.match((await s3cmd(['ls'])).stdout, new RegExp(`${uri}-made`));
    assert.match((await s3cmd(['rb', `${uri}-made`])).stdout, /Bucket 's3:.*' removed/);
    const west = await s3cmd(['mb', '--bucket-location=eu-west-1', `${uri}-west`]);
    assert.match(west.stdout, /created/);
    assert.match((await s3cmd(['info', `${uri}-west`])).stdout, /Location: +eu-west-1/);
    await s3cmd(['rb', `${uri}-west`]);
  });

  test('put, get, ls and del of odd names', async () => {
    for (const name of [
      'plain.txt',
      'with space.txt',
      'plus+and%20.txt',
      'ünï-日本.txt',
      'empty',
    ]) {
      const content = name === 'empty' ? '' : `the content of ${name}`;
      home.write(`files/${name}`, content);
      await s3cmd(['put', home.path(`files/${name}`), `${uri}/files/${name}`]);
      const { stdout } = await s3cmd(['ls', `${uri}/files/${name}`]);
      assert.ok(stdout.includes(`${uri}/files/${name}`), stdout);
      await s3cmd(['get', '--force', `${uri}/files/${name}`, home.path('back')]);
      assert.equal(readFileSync(home.path('back'), 'utf8'), content);
    }
    await s3cmd(['del', `${uri}/files/with space.txt`]);
    const listed = (await s3cmd(['ls', `${uri}/files/`])).stdout;
    assert.equal(listed.includes('with space'), false);
    assert.equal(listed.includes('plus+and%20.txt'), true);
  });

  test('17 MB go in parts and come back the same', async () => {
    const content = someBytes(MULTIPART_SIZE);
    home.write('big', content);
    await s3cmd(['put', home.path('big'), `${uri}/big`]);
    const head = await stage.admin.json(`s3api head-object --bucket ${stage.bucket} --key big`);
    assert.match(head.ETag, /-2"$/);
    await s3cmd(['get', `${uri}/big`, home.path('big.back')]);
    assert.ok(readFileSync(home.path('big.back')).equals(content));
  });

  test('sync --skip-existing uploads what is new, and only that', async () => {
    for (const name of ['a', 'b b', 'deep/c', 'ü']) home.write(`tree/${name}`, name);
    const sync = ['sync', '-r', '--skip-existing', '.', `${uri}/tree/`];
    const first = await s3cmd(sync, { cwd: home.path('tree') });
    assert.equal(first.stdout.match(/^upload: /gm)?.length, 4);
    home.write('tree/new', 'new');
    const second = await s3cmd(sync, { cwd: home.path('tree') });
    assert.equal(second.stdout.match(/^upload: /gm)?.length, 1);
    home.write('down/.keep', '');
    await s3cmd(['sync', `${uri}/tree/`, home.path('down/')]);
    assert.equal(readFileSync(home.path('down/deep/c'), 'utf8'), 'deep/c');
    await s3cmd(['sync', '--delete-removed', home.path('down/deep/'), `${uri}/tree/`]);
    const left = (await s3cmd(['ls', '-r', `${uri}/tree/`])).stdout;
    assert.equal(left.includes('/tree/new'), false);
  });

  test('la, du and info count and describe', async () => {
    // It lists what is in every bucket of the account, so the user is refused, and root is not.
    assert.match((await s3cmd(['la'], { status: 'failure' })).stderr, /AccessDenied/);
    const { accessKeyId, secretAccessKey } = stage.server.root;
    const asRoot = [`--access_key=${accessKeyId}`, `--secret_key=${secretAccessKey}`];
    assert.match((await s3cmd([...asRoot, 'la'])).stdout, new RegExp(`${uri}/big`));
    const du = (await s3cmd(['du', `${uri}/big`])).stdout;
    assert.match(du, new RegExp(`^ *${MULTIPART_SIZE} +1 objects`));
    const bucket = (await s3cmd(['info', uri])).stdout;
    assert.match(bucket, /Location: +us-east-1/);
    assert.match(bucket, /Policy: +none/);
    assert.match(bucket, /CORS: +none/);
    assert.match(bucket, /ACL: +\S+: FULL_CONTROL/);
    const object = (await s3cmd(['info', `${uri}/files/plain.txt`])).stdout;
    assert.match(object, /File size: +24/);
    assert.match(object, /MD5 sum: +[0-9a-f]{32}$/m);
    assert.match(object, /x-amz-meta-s3cmd-attrs: /);
  });

  test('setacl --acl-public opens an object to everybody, --acl-private closes it', async () => {
    const url = `${stage.server.endpoint}/${stage.bucket}/files/plain.txt`;
    const anonymous = async (): Promise<string> =>
      (await home.run('curl', ['-sS', '-w', ' %{http_code}', url])).stdout;
    assert.match(await anonymous(), /AccessDenied.* 403$/s);
    await s3cmd(['setacl', '--acl-public', `${uri}/files/plain.txt`]);
    assert.equal(await anonymous(), 'the content of plain.txt 200');
    await s3cmd(['setacl', '--acl-private', `${uri}/files/plain.txt`]);
    assert.match(await anonymous(), /AccessDenied.* 403$/s);
    await s3cmd(['put', '--acl-public', home.path('files/plain.txt'), `${uri}/files/plain.txt`]);
    assert.equal(await anonymous(), 'the content of plain.txt 200');
  });

  test('cp and mv work in the bucket; signurl gives a link', async () => {
    await s3cmd(['cp', `${uri}/files/plain.txt`, `${uri}/copy/plus+ .txt`]);
    await s3cmd(['mv', `${uri}/copy/plus+ .txt`, `${uri}/copy/moved ü.txt`]);
    const copies = (await s3cmd(['ls', `${uri}/copy/`])).stdout;
    assert.equal(copies.includes('plus+'), false);
    assert.equal(copies.includes('moved ü.txt'), true);
    const link = (await s3cmd(['signurl', `${uri}/copy/moved ü.txt`, '+60'])).stdout.trim();
    const fetched = await home.run('curl', ['-sS', link]);
    assert.equal(fetched.stdout, 'the content of plain.txt');
    const expired = (await s3cmd(['signurl', `${uri}/big`, '1000000000'])).stdout.trim();
    const refused = await home.run('curl', ['-sS', expired]);
    assert.match(refused.stdout, /<Code>AccessDenied<\/Code><Message>Request has expired/);
  });

  test('Signature V2 works as well', async () => {
    const { stdout } = await s3cmd(['--signature-v2', 'ls', `${uri}/files/`]);
    assert.match(stdout, /plain\.txt/);
    await s3cmd(['--signature-v2', 'put', home.path('files/plain.txt'), `${uri}/v2/ü+ .txt`]);
    assert.match((await s3cmd(['ls', `${uri}/v2/`])).stdout, /ü\+ \.txt/);
  });

  test('what is not the user’s is refused', async () => {
    const secret = `s3://${stage.foreignBucket}/secret`;
    const got = await s3cmd(['get', secret, home.path('secret')], { status: 'failure' });
    assert.match(got.stderr, /403/);
  });
});
