import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT_SIZE_MAX = 64 * 1024 * 1024;

const checks = [
  { name: 'typecheck: tsc finds no error', bin: 'tsc', args: ['--noEmit'] },
  { name: 'lint: oxlint finds nothing', bin: 'oxlint', args: [] },
  { name: 'format: oxfmt would change nothing', bin: 'oxfmt', args: ['--check'] },
];

for (const { name, bin, args } of checks) {
  test(name, () => {
    const result = spawnSync(`node_modules/.bin/${bin}`, args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: OUTPUT_SIZE_MAX,
    });
    assert.equal(result.status, 0, `${bin} says:\n${result.stdout}${result.stderr}`);
  });
}
