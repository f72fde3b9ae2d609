import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { authorityOf, contextsOf, renewAuthority } from './authority.ts';
import { ConfigError } from './config.ts';
import { openDataFolder, type DataFolder } from './data-folder.ts';

const SETTINGS = {
  host: '127.0.0.1',
  domains: ['s3.localhost', 's3.test'],
  awsNames: false,
  tlsFiles: undefined,
};

describe('authorityOf', () => {
  let root: string;
  let folder: DataFolder;
  const open = (settings = SETTINGS) => authorityOf(folder, settings, systemClock).pem.certificate;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'coffer-authority-'));
    folder = openDataFolder(join(root, 'data'));
  });
  after(() => rmSync(root, { recursive: true }));

  test('makes one at first need, and keeps it', () => {
    const certificate = open();
    assert.equal(open(), certificate);
    assert.equal(readFileSync(join(folder.authority, 'ca.pem'), 'utf8'), certificate);
    assert.equal(statSync(join(folder.authority, 'ca.key')).mode & 0o777, 0o600);
    assert.equal(statSync(folder.authority).mode & 0o777, 0o700);
  });

  const further: readonly [string, typeof SETTINGS, RegExp][] = [
    ["AWS's names", { ...SETTINGS, awsNames: true }, /not made for amazonaws\.com.*ca --renew/],
    ['a further domain', { ...SETTINGS, domains: ['s3.example'] }, /not made for s3\.example/],
    ['a host name', { ...SETTINGS, host: 'files.example' }, /not made for files\.example/],
    ['a public address', { ...SETTINGS, host: '192.0.2.1' }, /not made for 192\.0\.2\.1/],
  ];
  for (const [name, settings, said] of further) {
    test(`refuses to serve ${name} that it was not made for`, () => {
      assert.throws(
        () => open(settings),
        (error) => error instanceof ConfigError && said.test(error.message),
      );
    });
  }

  test('serves fewer names, and other local addresses, with the one that is there', () => {
    const certificate = open();
    assert.equal(open({ ...SETTINGS, domains: [], host: '10.1.2.3' }), certificate);
  });

  test('a renewed one is another one, for the names of now', () => {
    const before = open();
    const settings = { ...SETTINGS, awsNames: true };
    const { pem } = renewAuthority(folder, settings, systemClock);
    assert.notEqual(pem.certificate, before);
    assert.equal(open(settings), pem.certificate);
    const contexts = contextsOf(pem, settings, systemClock);
    const usual = contexts.contextOf('example.com');
    for (const name of ['s3.amazonaws.com', 'a.b.s3.test', 'localhost']) {
      assert.notEqual(contexts.contextOf(name), usual, name);
    }
    const without = contextsOf(pem, SETTINGS, systemClock);
    assert.equal(without.contextOf('s3.amazonaws.com'), without.contextOf('example.com'));
  });
});
