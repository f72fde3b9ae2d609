import assert from 'node:assert/strict';
import {
  accessSync,
  appendFileSync,
  chmodSync,
  constants,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Workplace } from '../harness/workplace.ts';

const { path: program, skip: noS3fs } = need('s3fs', findProgram('s3fs'));
const { skip: noAws } = need('aws', findProgram('aws'));
const BIG_SIZE = 17 * 1024 * 1024;

/** Mounting takes root and the kernel's device; where they are missing, CI included, it cannot be. */
function noFuse(): string | false {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
  } catch {
    return 'no access to /dev/fuse';
  }
  return process.getuid?.() === 0 ? false : 'mounting needs root';
}

// The test's own thread waits for the mounted files; the server is another process and goes on.
describe('s3fs', { skip: noS3fs || noAws || noFuse() }, () => {
  let stage: Stage;
  let home: Workplace;
  let mount: string;

  const mountIt = async (): Promise<void> => {
    const options = ['passwd_file', `url=${stage.server.endpoint}`, 'use_path_request_style'];
    options[0] = `passwd_file=${home.path('passwd-s3fs')}`;
    await home.run(program, [stage.bucket, mount, ...options.flatMap((one) => ['-o', one])]);
    // s3fs goes to the background before it has checked its keys.
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    assert.ok(mounts.includes(` ${mount} fuse.s3fs `), 'the bucket is mounted');
  };
  const unmount = (): Promise<unknown> => home.run('fusermount', ['-u', mount]);

  before(async () => {
    stage = await openStage('s3fs');
    home = stage.workplace();
    const { accessKeyId, secretAccessKey } = stage.user.credentials;
    home.write('passwd-s3fs', `${accessKeyId}:${secretAccessKey}\n`, 0o600);
    mount = home.path('mount');
    mkdirSync(mount);
    await mountIt();
  });
  after(async () => {
    await home.run('fusermount', ['-u', '-z', mount], { status: 'any' });
    await stage[Symbol.asyncDispose]();
  });

  test('a file is written, appended to and read', () => {
    writeFileSync(`${mount}/file`, 'one\n');
    appendFileSync(`${mount}/file`, 'two\n');
    assert.equal(readFileSync(`${mount}/file`, 'utf8'), 'one\ntwo\n');
    assert.deepEqual(readdirSync(mount), ['file']);
  });

  test('a folder is made, filled and renamed', () => {
    mkdirSync(`${mount}/folder`);
    for (const name of ['a', 'b b', 'ü+%']) writeFileSync(`${mount}/folder/${name}`, name);
    renameSync(`${mount}/folder`, `${mount}/renamed`);
    assert.deepEqual(readdirSync(`${mount}/renamed`).sort(), ['a', 'b b', 'ü+%']);
    assert.equal(readFileSync(`${mount}/renamed/ü+%`, 'utf8'), 'ü+%');
    assert.throws(() => statSync(`${mount}/folder`), { code: 'ENOENT' });
  });

  test('modes and symbolic links are kept', () => {
    chmodSync(`${mount}/file`, 0o640);
    assert.equal(statSync(`${mount}/file`).mode & 0o777, 0o640);
    symlinkSync('file', `${mount}/link`);
    assert.equal(readlinkSync(`${mount}/link`), 'file');
    assert.equal(readFileSync(`${mount}/link`, 'utf8'), 'one\ntwo\n');
  });

  const big = someBytes(BIG_SIZE);
  test('17 MB are written in parts', () => writeFileSync(`${mount}/big`, big));

  test('everything is there after a new mount', async () => {
    await unmount();
    await mountIt();
    assert.ok(readFileSync(`${mount}/big`).equals(big));
    assert.equal(statSync(`${mount}/file`).mode & 0o777, 0o640);
    assert.equal(readlinkSync(`${mount}/link`), 'file');
    assert.deepEqual(readdirSync(`${mount}/renamed`).sort(), ['a', 'b b', 'ü+%']);
  });

  test('files and folders are removed', async () => {
    rmSync(`${mount}/renamed`, { recursive: true });
    rmSync(`${mount}/big`);
    assert.deepEqual(readdirSync(mount).sort(), ['file', 'link']);
    const list = `s3api list-objects-v2 --bucket ${stage.bucket}`;
    const keys = (await stage.admin.json(list)).Contents.map((one: { Key: string }) => one.Key);
    assert.deepEqual(keys, ['file', 'link']);
  });
});
