import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { findProgram, need } from '../harness/clients.ts';
import { someBytes } from '../harness/random.ts';
import { openStage, type Stage } from '../harness/stage.ts';
import type { Ran, RunOptions, Workplace } from '../harness/workplace.ts';

const { path: program, skip } = need('restic', findProgram('restic'));
const { skip: noAws } = need('aws', findProgram('aws'));
const BIG_SIZE = 24 * 1024 * 1024;

describe('restic', { skip: skip || noAws }, () => {
  let stage: Stage;
  let home: Workplace;
  const restic = (args: readonly string[], options?: RunOptions): Promise<Ran> => {
    const { accessKeyId, secretAccessKey } = stage.user.credentials;
    const env = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      RESTIC_REPOSITORY: `s3:${stage.server.endpoint}/${stage.bucket}/backups`,
      RESTIC_PASSWORD: 'a test',
    };
    return home.run(program, args, { ...options, env });
  };

  before(async () => {
    stage = await openStage('restic');
    home = stage.workplace();
    home.write('data/big', someBytes(BIG_SIZE));
    home.write('data/ünï/small', 'small');
  });
  after(() => stage[Symbol.asyncDispose]());

  test('init makes a repository, once', async () => {
    assert.match((await restic(['init'])).stdout, /created restic repository/);
    const twice = await restic(['init'], { status: 'failure' });
    assert.match(twice.stderr, /already (exists|initialized)/);
  });

  test('backup, snapshots, check --read-data and restore', async () => {
    await restic(['backup', home.path('data')]);
    home.write('data/later', 'later');
    await restic(['backup', home.path('data')]);
    assert.match((await restic(['snapshots'])).stdout, /2 snapshots/);
    const { stdout } = await restic(['check', '--read-data']);
    assert.match(stdout, /no errors were found/);
    await restic(['restore', 'latest', '--target', home.path('restored')]);
    for (const name of ['big', 'ünï/small', 'later']) {
      const restored = readFileSync(`${home.path('restored')}${home.path(`data/${name}`)}`);
      assert.ok(restored.equals(readFileSync(home.path(`data/${name}`))), name);
    }
  });

  test('forget --prune removes what no snapshot needs', async () => {
    home.write('data/big', someBytes(BIG_SIZE));
    await restic(['backup', home.path('data')]);
    const { stdout } = await restic(['forget', '--keep-last', '1', '--prune']);
    assert.match(stdout, /removed|deleted|this removes/i);
    assert.match((await restic(['snapshots'])).stdout, /1 snapshots/);
    assert.match((await restic(['check', '--read-data'])).stdout, /no errors were found/);
  });
});
