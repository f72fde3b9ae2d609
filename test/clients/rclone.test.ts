import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Ran, RunOptions, Workplace } from '../harness/workplace.ts';

const { path: program, skip } = need('rclone', findProgram('rclone'));
const { skip: noAws } = need('aws', findProgram('aws'));
const MULTIPART_SIZE = 30 * 1024 * 1024;
const NAMES = ['plain.txt', 'with space', 'plus+%41', 'ü-日本', 'deep/er/file', 'empty'];

describe('rclone', { skip: skip || noAws }, () => {
  let stage: Stage;
  let home: Workplace;
  let remote: string;
  const rclone = (args: readonly string[], options?: RunOptions): Promise<Ran> =>
    home.run(program, ['--retries', '1', '--low-level-retries', '1', ...args], options);

  before(async () => {
    stage = await openStage('rclone');
    home = stage.workplace();
    remote = `coffer:${stage.bucket}`;
    const { accessKeyId, secretAccessKey } = stage.user.credentials;
    home.write(
      '.config/rclone/rclone.conf',
      [
        '[coffer]',
        'type = s3',
        'provider = Other',
        `access_key_id = ${accessKeyId}`,
        `secret_access_key = ${secretAccessKey}`,
        `endpoint = ${stage.server.endpoint}`,
        'no_check_bucket = false',
        '',
      ].join('\n'),
    );
    for (const name of NAMES) home.write(`tree/${name}`, name === 'empty' ? '' : `of ${name}`);
  });
  after(() => stage[Symbol.asyncDispose]());

  const names = async (path: string): Promise<string[]> => {
    const { stdout } = await rclone(['lsf', '-R', '--files-only', path]);
    return stdout.split('\n').filter(Boolean).sort();
  };

  test('copy, check and lsf agree on a tree of odd names', async () => {
    await rclone(['copy', home.path('tree'), `${remote}/tree`]);
    assert.deepEqual(await names(`${remote}/tree`), [...NAMES].sort());
    const checked = await rclone(['check', '--download', home.path('tree'), `${remote}/tree`]);
    assert.match(checked.stderr, /0 differences found/);
    assert.match((await rclone(['check', home.path('tree'), `${remote}/tree`])).stderr, /0 diff/);
  });

  test('sync removes what is gone and moves nothing twice', async () => {
    home.write('tree/new', 'new');
    const { stderr } = await rclone(['sync', '-v', home.path('tree'), `${remote}/tree`]);
    assert.equal(stderr.match(/Copied/g)?.length, 1);
    home.write('other/only', 'only');
    await rclone(['sync', home.path('other'), `${remote}/tree`]);
    assert.deepEqual(await names(`${remote}/tree`), ['only']);
  });

  test('moveto and cat', async () => {
    await rclone(['moveto', `${remote}/tree/only`, `${remote}/tree/mo+ved ü`]);
    assert.equal((await rclone(['cat', `${remote}/tree/mo+ved ü`])).stdout, 'only');
    const part = await rclone(['cat', '--offset', '1', '--count', '2', `${remote}/tree/mo+ved ü`]);
    assert.equal(part.stdout, 'nl');
  });

  test('30 MB go in parts, stream through rcat, and come back the same', async () => {
    const content = someBytes(MULTIPART_SIZE);
    home.write('big', content);
    await rclone(['copyto', '--s3-upload-cutoff', '8M', home.path('big'), `${remote}/big`]);
    await rclone(['copyto', `${remote}/big`, home.path('back')]);
    assert.ok(readFileSync(home.path('back')).equals(content));
    await rclone(['rcat', `${remote}/streamed`], { input: content });
    const streamed = await rclone(['cat', `${remote}/streamed`]);
    assert.ok(streamed.bytes.equals(content));
    const hash = (await rclone(['md5sum', `${remote}/big`])).stdout;
    assert.match(hash, /^[0-9a-f]{32} {2}big$/m);
  });

  test('a remote bucket is made, told about and purged', async () => {
    await rclone(['mkdir', `${remote}-made`]);
    await rclone(['copy', home.path('tree'), `${remote}-made/x`]);
    assert.match((await rclone(['lsd', 'coffer:'])).stdout, new RegExp(`${stage.bucket}-made`));
    assert.match((await rclone(['size', `${remote}-made`])).stdout, /Total objects: 7/);
    await rclone(['purge', `${remote}-made`]);
    assert.doesNotMatch((await rclone(['lsd', 'coffer:'])).stdout, /-made/);
  });

  test('what is not the user’s is refused', async () => {
    const { stderr } = await rclone(['cat', `coffer:${stage.foreignBucket}/secret`], {
      status: 'failure',
    });
    assert.match(stderr, /403|AccessDenied|Forbidden/);
  });
});
