import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { awsCli, type AwsCli } from '../harness/aws-cli.ts';
import { findOtherProgram, findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Workplace } from '../harness/workplace.ts';

/** Above the 8 MiB at which the command line begins to upload in parts. */
const MULTIPART_SIZE = 17 * 1024 * 1024;
/** Every one of them has broken some server's signature, listing or XML. */
const NAMES = [
  'plain.txt',
  'with space.txt',
  'plus+sign.txt',
  'percent%20.txt',
  'ünïcödé-日本.txt',
  "quote'and&amp.txt",
  'empty.bin',
  'deep/er/file.txt',
];

/** Debian's release, and a newer one with other default checksums where there is one. */
const lanes = [
  { lane: "Debian's aws", program: findProgram('aws') },
  { lane: 'a newer aws', program: findOtherProgram('aws') },
];

for (const { lane, program } of lanes) {
  // Continuous integration has Debian's; the newer one is an extra where it is in PATH.
  const isExtra = lane !== "Debian's aws";
  const { skip } = isExtra ? { skip: program === undefined && `no ${lane}` } : need('aws', program);
  describe(`aws s3 (${lane})`, { skip }, () => {
    let stage: Stage;
    let aws: AwsCli;
    let home: Workplace;
    let bucket: string;
    const tree = new Map(NAMES.map((name) => [name, Buffer.from(`the content of ${name}`)]));
    tree.set('empty.bin', Buffer.alloc(0));

    before(async () => {
      stage = await openStage('aws-s3');
      home = stage.workplace();
      const { endpoint } = stage.server;
      const credentials = stage.user.credentials;
      aws = awsCli(home, { endpoint, credentials, program: program!, startsAnew: true });
      bucket = stage.bucket;
      for (const [name, content] of tree) home.write(`tree/${name}`, content);
    });
    after(() => stage[Symbol.asyncDispose]());

    const lsNames = async (uri: string): Promise<string[]> => {
      const { stdout } = await aws(['s3', 'ls', '--recursive', uri], { status: 'any' });
      const lines = stdout.split('\n').filter((line) => line !== '');
      return lines.map((line) => /^\S+ \S+ +\d+ (.*)$/.exec(line)![1]!).sort();
    };

    test('mb makes a bucket, ls shows it, rb removes it', async () => {
      const other = `${bucket}-made`;
      assert.match((await aws(`s3 mb s3://${other}`)).stdout, /^make_bucket: /);
      assert.match((await aws('s3 ls')).stdout, new RegExp(` ${other}$`, 'm'));
      await aws(`s3 cp - s3://${other}/in-the-way`, { input: 'x' });
      const refused = await aws(`s3 rb s3://${other}`, { status: 'failure' });
      assert.match(refused.stderr, /BucketNotEmpty/);
      assert.match((await aws(`s3 rb --force s3://${other}`)).stdout, /remove_bucket: /);
      assert.doesNotMatch((await aws('s3 ls')).stdout, new RegExp(other));
    });

    test('cp --recursive takes a tree up and down, whatever the names', async () => {
      await aws(['s3', 'cp', '--recursive', home.path('tree'), `s3://${bucket}/tree/`]);
      assert.deepEqual(await lsNames(`s3://${bucket}/tree/`), NAMES.map((n) => `tree/${n}`).sort());
      await aws(['s3', 'cp', '--recursive', `s3://${bucket}/tree/`, home.path('down')]);
      for (const [name, content] of tree) {
        assert.deepEqual(readFileSync(home.path(`down/${name}`)), content, name);
      }
    });

    test('cp of 17 MB goes in parts and comes back the same', async () => {
      const content = someBytes(MULTIPART_SIZE);
      home.write('big.bin', content);
      await aws(['s3', 'cp', home.path('big.bin'), `s3://${bucket}/big.bin`]);
      const head = await aws.json(`s3api head-object --bucket ${bucket} --key big.bin`);
      assert.equal(head.ContentLength, MULTIPART_SIZE);
      assert.match(head.ETag, /^"[0-9a-f]{32}-3"$/);
      await aws(['s3', 'cp', `s3://${bucket}/big.bin`, home.path('big.back')]);
      assert.deepEqual(readFileSync(home.path('big.back')), content);
      await aws(`s3 cp s3://${bucket}/big.bin s3://${bucket}/big.copy`);
      const copy = await aws(`s3 cp s3://${bucket}/big.copy -`);
      assert.ok(copy.bytes.equals(content), 'the copy in parts has the same bytes');
    });

    test('cp reads standard input and writes standard output', async () => {
      const content = someBytes(70_000);
      await aws(`s3 cp - s3://${bucket}/stdin`, { input: content });
      assert.ok((await aws(`s3 cp s3://${bucket}/stdin -`)).bytes.equals(content));
    });

    test('sync moves what changed, once', async () => {
      const uri = `s3://${bucket}/sync`;
      const first = await aws(['s3', 'sync', home.path('tree'), uri]);
      assert.equal(first.stdout.match(/upload: /g)?.length, NAMES.length);
      assert.equal((await aws(['s3', 'sync', home.path('tree'), uri])).stdout, '');
      mkdirSync(home.path('mirror'));
      await aws(['s3', 'sync', uri, home.path('mirror')]);
      assert.equal(readdirSync(home.path('mirror')).length, NAMES.length);
      await aws(`s3 rm s3://${bucket}/sync/plain.txt`);
      await aws(['s3', 'sync', '--delete', uri, home.path('mirror')]);
      assert.equal(readdirSync(home.path('mirror')).includes('plain.txt'), false);
    });

    test('mv renames, rm --recursive removes only below its prefix', async () => {
      await aws([
        's3',
        'mv',
        `s3://${bucket}/tree/with space.txt`,
        `s3://${bucket}/tree/moved+.txt`,
      ]);
      const moved = await lsNames(`s3://${bucket}/tree/`);
      assert.ok(moved.includes('tree/moved+.txt') && !moved.includes('tree/with space.txt'));
      await aws(`s3 cp - s3://${bucket}/tree-beside`, { input: 'stays' });
      await aws(`s3 rm --recursive s3://${bucket}/tree/`);
      assert.deepEqual(await lsNames(`s3://${bucket}/tree`), ['tree-beside']);
    });

    test('presign gives a link that works, and for no longer than was signed', async () => {
      await aws(`s3 cp - s3://${bucket}/shared/ä+b.txt`, { input: 'for all' });
      const link = async (seconds: number): Promise<string> => {
        const args = ['s3', 'presign', '--expires-in', String(seconds)];
        return (await aws([...args, `s3://${bucket}/shared/ä+b.txt`])).stdout.trim();
      };
      const fetched = await home.run('curl', ['-sS', '-w', '%{http_code}', await link(60)]);
      assert.equal(fetched.stdout, 'for all200');
      const url = new URL(await link(60));
      url.searchParams.set('X-Amz-Expires', '1');
      url.searchParams.set('Expires', '1');
      const changed = await home.run('curl', ['-sS', '-w', '%{http_code}', url.href]);
      assert.match(changed.stdout, /<Code>(SignatureDoesNotMatch|AccessDenied)<\/Code>[\s\S]*403$/);
    });

    test('what is not the user’s is refused, in a way that people can read', async () => {
      const { stderr } = await aws(`s3 ls s3://${stage.foreignBucket}`, { status: 'failure' });
      assert.match(stderr, /AccessDenied.*is not authorized to perform: s3:ListBucket/);
    });
  });
}
