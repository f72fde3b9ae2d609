import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../harness/eventually.ts';
import { startServer } from '../harness/server.ts';
import { signedClient } from '../harness/signed-client.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
/** Starting takes a second, and stopping none, where the machine does nothing else. */
const TIMEOUT_MS = 60_000;
const START = fileURLToPath(new URL('../../scripts/start', import.meta.url));

/** `npm start` on a folder that it must refuse: what it says, once it has ended. */
function refused(data: string, { port = 0, exit = 1 } = {}): string {
  const args = [START, '--data', data, '--port', String(port)];
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
  assert.deepEqual([status, stdout], [exit, '']);
  return stderr;
}

/** Every file below the folder, with its bytes. */
function contentOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

describe('coffer serve', () => {
  const parent = mkdtempSync(join(tmpdir(), 'coffer-test-start-'));
  const data = join(parent, 'data');
  after(() => rmSync(parent, { recursive: true, force: true }));

  test('a first start makes folder, account and key, and prints a profile to paste', async () => {
    await using server = await startServer({ data });
    const kept = readFileSync(join(data, 'root-credentials'), 'utf8');
    for (const file of ['root-credentials', 'master.key']) {
      assert.equal(statSync(join(data, file)).mode & 0o777, 0o600, file);
    }
    const printed = server.output();
    assert.match(printed, /^Coffer \S+ serves S3, IAM and STS on http:\/\/127\.0\.0\.1:\d+\n/);
    const { accessKeyId, secretAccessKey } = server.root;
    const profile = [
      '[profile coffer]',
      `endpoint_url = ${server.endpoint}`,
      'region = us-east-1',
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
    ];
    assert.ok(printed.includes(profile.map((line) => `  ${line}\n`).join('')), printed);
    assert.ok(kept.includes(accessKeyId) && kept.includes(secretAccessKey));
    using client = signedClient(server.port, server.root);
    assert.equal((await client({ method: 'PUT', target: '/bucket' })).status, 200);
  });

  test('a second start serves the same data by the same key, and shows it to nobody', async () => {
    await using server = await startServer({ data });
    assert.ok(!server.output().includes(server.root.secretAccessKey));
    assert.ok(!server.output().includes('[profile'));
    using client = signedClient(server.port, server.root);
    assert.equal((await client({ method: 'HEAD', target: '/bucket' })).status, 200);
  });

  test('a folder that another process serves is refused in a sentence, and goes on', async () => {
    await using server = await startServer({ data });
    assert.match(refused(data), /^error: Another process uses the data folder \S+\.\n$/);
    using client = signedClient(server.port, server.root);
    assert.equal((await client({ method: 'HEAD', target: '/bucket' })).status, 200);
  });

  test('a port at which another one serves is refused, and not shared with it', async () => {
    await using server = await startServer({ data });
    const other = join(parent, 'other');
    const said = refused(other, { port: server.port, exit: 3 });
    assert.equal(said, `error: Another process listens on port ${server.port}\n`);
    // The key of a first start is shown by the first one that succeeds.
    await using second = await startServer({ data: other });
    assert.match(second.output(), /shown only now/);
  });

  for (const [name, stop] of [
    ['SIGTERM to npm', (npm: number) => process.kill(npm, 'SIGTERM')],
    // A terminal tells the whole group, and npm tells its child once more.
    ['Ctrl-C', (npm: number) => process.kill(-npm, 'SIGINT')],
  ] as const) {
    test(`npm start: ${name} lets the server finish and end`, async () => {
      const args = ['start', '--', '--data', data, '--port', '0'];
      const npm = spawn('npm', args, { cwd: CHECKOUT, detached: true });
      const exit = once(npm, 'exit');
      let said = '';
      for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (text) => (said += text));
      try {
        const ready = (async () => {
          while (!said.includes('serves')) await once(npm.stdout, 'data');
        })();
        await eventually('npm start serves', TIMEOUT_MS, ready, () => said);
        stop(npm.pid!);
        await eventually('npm ends', TIMEOUT_MS, exit, () => said);
      } finally {
        if (npm.exitCode === null) process.kill(-npm.pid!, 'SIGKILL');
      }
      assert.deepEqual(await exit, [0, null], said);
      assert.match(said, /finishes what is in flight/);
      // Whoever still had the folder would keep the next one out.
      await using _ = await startServer({ data });
    });
  }

  test('a folder of a newer version is refused in a sentence, and not changed', () => {
    using database = new DatabaseSync(join(data, 'store', 'entries.db'));
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    database.exec(`PRAGMA user_version = ${format + 1}`);
    database.close();
    const before = contentOf(data);
    assert.match(refused(data), /^error: \S+ was written by a newer version: format \d+, .*\n$/);
    assert.deepEqual(contentOf(data), before);
  });
});
