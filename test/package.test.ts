import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { awsCli } from './harness/aws-cli.ts';
import { findProgram, need } from './harness/clients.ts';
import { startServer } from './harness/server.ts';
import { openWorkplace } from './harness/workplace.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));
/** All of the checkout that makes the package; built files stay out of the checkout itself. */
const SOURCES = [
  'src',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'README.md',
  'LICENSE',
  'NOTICE',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'docs',
];

describe('the package that npm pack makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-test-package-'));
  const installed = join(folder, 'installed');
  const coffer = join(installed, 'node_modules/coffer');
  const env = {
    ...process.env,
    PATH: [join(checkout, 'node_modules/node/bin'), process.env['PATH']].join(delimiter),
    npm_config_update_notifier: 'false',
  };
  const run = (cwd: string, program: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
    assert.equal(status, 0, `${program} ${args.join(' ')} says:\n${stdout}${stderr}`);
    return stdout;
  };

  before(() => {
    const copy = join(folder, 'copy');
    for (const name of SOURCES) {
      cpSync(join(checkout, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
    run(copy, 'npm', 'pack', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    mkdirSync(installed);
    run(installed, 'npm', 'install', '--offline', '--no-audit', join(folder, tarball!));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('coffer version', () => {
    assert.match(run(installed, 'node_modules/.bin/coffer', 'version'), /^\d+\.\d+\.\d+\n$/);
  });

  test('it brings no tests, nothing to install beside it, and the licence', () => {
    const files = readdirSync(coffer, { recursive: true }).map(String);
    assert.ok(['LICENSE', 'NOTICE', 'README.md'].every((name) => files.includes(name)));
    const odd = files.filter((file) => /\.ts$|\.py$|\.(test|suite)\.|\btesting\//.test(file));
    assert.deepEqual(odd, []);
    const packages = readdirSync(join(installed, 'node_modules'));
    assert.deepEqual(
      packages.filter((name) => !name.startsWith('.')),
      ['coffer'],
    );
  });

  const { skip } = need('aws', findProgram('aws'));
  test('coffer serve takes a bucket and an object from aws', { skip }, async () => {
    await using server = await startServer({ main: join(coffer, 'dist/cli/main.js') });
    using workplace = openWorkplace();
    const { endpoint, root } = server;
    const aws = awsCli(workplace, { endpoint, credentials: root });
    assert.match((await aws('s3 mb s3://packaged')).stdout, /^make_bucket: packaged/);
    // Large enough for the threads that calculate digests.
    const content = Buffer.alloc(3_000_000, 'packaged');
    await aws('s3 cp - s3://packaged/object', { input: content });
    assert.ok((await aws('s3 cp s3://packaged/object -')).bytes.equals(content));
    assert.equal(await server.stop(), 0);
  });
});
