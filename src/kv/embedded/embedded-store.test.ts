import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, it } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { decodeCounter } from '../counter.ts';
import { encodeKey, keysUnder } from '../key.ts';
import { keyValueStoreSuite } from '../key-value-store.suite.ts';
import { VALUE_SIZE_MAX } from '../key-value-store.ts';
import type { KeyValueStore } from '../key-value-store.ts';
import { attachEmbeddedStore } from './attached-store.ts';
import { openEmbeddedStore } from './embedded-store.ts';

const folders: string[] = [];

after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coffer-kv-'));
  folders.push(folder);
  return join(folder, 'deep', 'kv');
}

const key = (...parts: (string | number)[]) => encodeKey(200, ...parts);
const put = (store: KeyValueStore, at: Uint8Array, value: Uint8Array = new Uint8Array(1)) =>
  store.commit({ writes: [{ kind: 'set', key: at, value }] });

keyValueStoreSuite('openEmbeddedStore', async () => {
  const folder = await newFolder();
  return { open: () => openEmbeddedStore(folder), isDurable: true, remove: async () => {} };
});

it('openEmbeddedStore: folder and files are for the owner alone', async () => {
  const folder = await newFolder();
  await using store = await openEmbeddedStore(folder);
  await put(store, key('a'));
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  const names = await readdir(folder);
  assert.deepEqual(names.toSorted(), ['entries.db', 'entries.db-shm', 'entries.db-wal', 'lock.db']);
  for (const name of names)
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
});

it('openEmbeddedStore: a folder in use is refused, to this process and to others', async () => {
  const folder = await newFolder();
  const other = `
    const { openEmbeddedStore } = await import(${JSON.stringify(import.meta.resolve('./embedded-store.ts'))});
    await using store = await openEmbeddedStore(${JSON.stringify(folder)}).catch((error) => {
      console.log(error.name, error.message);
      return undefined;
    });
    if (store) console.log('opened');`;
  const openElsewhere = async () => {
    const args = ['--input-type=module', '--eval', other];
    return (await promisify(execFile)(process.execPath, args)).stdout.trim();
  };
  {
    await using store = await openEmbeddedStore(folder);
    for (let round = 0; round < 2; round += 1) {
      await assert.rejects(openEmbeddedStore(folder), { name: 'StoreInUseError' });
      const message = `StoreInUseError Another process uses the data folder ${folder}.`;
      assert.equal(await openElsewhere(), message);
    }
    await put(store, key('a'));
  }
  assert.equal(await openElsewhere(), 'opened');
});

it('openEmbeddedStore: refuses what it cannot read, changes nothing, and lets go of it', async () => {
  const cases: [prepare: (path: string) => Promise<void>, name: string, message: RegExp][] = [
    [(path) => writeFile(path, 'no database'.repeat(1000)), 'StoreFormatError', /no database/],
    [async (path) => execute(path, 'PRAGMA user_version = 9'), 'StoreFormatError', /newer version/],
    [
      async (path) => execute(path, 'PRAGMA application_id = 7'),
      'StoreFormatError',
      /another program/,
    ],
    [(path) => truncate(path, 4096), 'StoreCorruptError', /damaged/],
  ];
  for (const [prepare, name, message] of cases) {
    const folder = await newFolder();
    await using created = await openEmbeddedStore(folder);
    for (let index = 0; index < 100; index += 1)
      await put(created, key(index), new Uint8Array(999));
    await created[Symbol.asyncDispose]();
    await prepare(join(folder, 'entries.db'));
    const before = (await stat(join(folder, 'entries.db'))).mtimeMs;
    for (let round = 0; round < 2; round += 1) {
      await assert.rejects(openEmbeddedStore(folder), { name, message });
    }
    assert.equal((await stat(join(folder, 'entries.db'))).mtimeMs, before);
  }
});

function execute(path: string, sql: string): void {
  using database = new DatabaseSync(path);
  database.exec(sql);
}

it('openEmbeddedStore: reads what format 1 wrote, and writes over it', async () => {
  const folder = await newFolder();
  const large = Buffer.alloc(5000, 'x');
  {
    await using store = await openEmbeddedStore(folder);
    for (const index of [0, 1, 2]) await put(store, key('large', index), large);
    await put(store, key('small'));
  }
  // Format 1 had all bytes in the entry itself.
  execute(
    join(folder, 'entries.db'),
    `UPDATE entry SET value = (SELECT large.value FROM large WHERE id = entry.value)
       WHERE typeof(value) = 'integer';
     DROP TRIGGER large_replaced; DROP TRIGGER large_deleted; DROP TABLE large;
     PRAGMA user_version = 1`,
  );
  for (const value of [large, Buffer.alloc(6000, 'y')]) {
    await using store = await openEmbeddedStore(folder);
    const entries = await store.range({ ...keysUnder(200), limit: 9 });
    assert.deepEqual(
      entries.map((entry) => Buffer.from(entry.value)),
      [large, value, large, Buffer.alloc(1)].slice(value === large ? 0 : 1),
    );
    await put(store, key('large', 1), Buffer.alloc(6000, 'y'));
    await store.commit({ writes: [{ kind: 'delete', key: key('large', 0) }] });
  }
});

it('commit: bytes of large entries go with the entries', async () => {
  const folder = await newFolder();
  await using store = await openEmbeddedStore(folder);
  const sizes = [900, 2000, 70_000, 3, 5000, 0];
  for (const size of sizes) {
    await put(store, key('a'), new Uint8Array(size));
    assert.equal((await store.get(key('a')))?.value.byteLength, size);
    await put(store, key('b', size), new Uint8Array(size));
  }
  for (const size of sizes.slice(0, 3)) {
    await store.commit({ writes: [{ kind: 'delete', key: key('b', size) }] });
  }
  await store[Symbol.asyncDispose]();
  using database = new DatabaseSync(join(folder, 'entries.db'));
  const rows = database.prepare('SELECT length(value) AS size FROM large').all();
  assert.deepEqual(
    rows.map(({ size }) => size),
    [5000],
  );
});

it('openEmbeddedStore: a folder that cannot be made or written is an error', async (t) => {
  if (process.getuid?.() === 0) return t.skip('nothing is forbidden to root');
  const folder = await newFolder();
  await using created = await openEmbeddedStore(folder);
  await created[Symbol.asyncDispose]();
  await chmod(join(folder, 'entries.db'), 0o400);
  await assert.rejects(openEmbeddedStore(folder), { code: 'EACCES' });
});

it('get, range, commit: an entry that changed on the disk is refused, others are not', async () => {
  const folder = await newFolder();
  const database = join(folder, 'entries.db');
  const changes = [
    `UPDATE entry SET value = zeroblob(8) WHERE key = ?`,
    `UPDATE entry SET version = version + 1 WHERE key = ?`,
    `UPDATE entry SET key = CAST(key || x'00' AS BLOB) WHERE key = ?`,
  ];
  for (const [index, sql] of changes.entries()) {
    await using store = await openEmbeddedStore(folder);
    await store.commit({ writes: [{ kind: 'add', key: key('a', index), delta: 5 }] });
    await put(store, key('b'));
    await store[Symbol.asyncDispose]();
    using direct = new DatabaseSync(database);
    direct.prepare(sql).run(key('a', index));
    direct.close();

    await using again = await openEmbeddedStore(folder);
    const isMoved = sql.includes('SET key');
    const changed = isMoved ? Buffer.concat([key('a', index), Uint8Array.of(0)]) : key('a', index);
    const corrupt = { name: 'StoreCorruptError' };
    await assert.rejects(async () => again.get(changed), corrupt);
    for (const limit of [1, 9]) {
      await assert.rejects(async () => again.range({ ...keysUnder(200), limit }), corrupt);
    }
    const add = again.commit({ writes: [{ kind: 'add', key: changed, delta: 1 }] });
    await Promise.all([assert.rejects(add, corrupt), put(again, key('c'))]);
    assert.notEqual(await again.get(key('b')), undefined);
    await again.commit({ writes: [{ kind: 'delete', key: changed }] });
  }
});

it('commit: without room it rejects and changes nothing, reads and later commits go on', async () => {
  const folder = await newFolder();
  await using store = await openEmbeddedStore(folder, { pagesMax: 600 });
  await put(store, key('small'));
  const revision = await store.revision(200);
  const large = new Uint8Array(VALUE_SIZE_MAX);
  const results = await Promise.allSettled(
    [0, 1, 2].map((index) => put(store, key('large', index), large)),
  );
  for (const result of results) {
    assert.equal(result.status === 'rejected' && result.reason.name, 'StoreFullError');
  }
  assert.equal(await store.revision(200), revision);
  assert.equal((await store.range({ ...keysUnder(200), limit: 9 })).length, 1);
  await put(store, key('after'));
  assert.equal((await put(store, key('large', 3), large)).committed, true);
  assert.equal((await store.range({ ...keysUnder(200), limit: 9 })).length, 3);
});

it('commit: when the writer is lost it rejects, reads go on, and closing still works', async () => {
  const folder = await newFolder();
  const store = await openEmbeddedStore(folder);
  await using attached = attachEmbeddedStore(store.share());
  await put(store, key('before'));
  const { port } = store.share();
  port.postMessage({ commits: Uint8Array.of(1, 2, 3).buffer, size: 3 });
  const pending = await Promise.allSettled(
    [store, attached].map((each) => once(port, 'close').then(() => put(each, key('lost')))),
  );
  for (const result of pending) {
    assert.equal(result.status === 'rejected' && result.reason.name, 'StoreFailedError');
  }
  assert.notEqual(await store.get(key('before')), undefined);
  assert.notEqual(await attached.get(key('before')), undefined);
  await store[Symbol.asyncDispose]();
  await using again = await openEmbeddedStore(folder);
  assert.equal((await again.range({ ...keysUnder(200), limit: 9 })).length, 1);
});

it('share: threads commit concurrently, and each reads what another has acknowledged', async () => {
  const folder = await newFolder();
  await using store = await openEmbeddedStore(folder);
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    (async () => {
      const { attachEmbeddedStore } = await import(workerData.module);
      const { key, counter, rounds } = workerData;
      await using store = attachEmbeddedStore(workerData.handle);
      for (let round = 0; round < rounds; round += 1) {
        const before = await store.revision(200);
        const writes = [{ kind: 'add', key: counter, delta: 1 }, { kind: 'set', key, value: Uint8Array.of(round) }];
        const { version } = await store.commit({ writes });
        if (store.get(key).version !== version) throw new Error('An own commit is not visible.');
        if (store.revision(200) === before) throw new Error('The revision is behind.');
        parentPort.postMessage({ version });
      }
    })();`;
  const rounds = 100;
  const workers = [0, 1, 2].map((index) => {
    const handle = store.share();
    const own = key('own', index);
    const module = import.meta.resolve('./attached-store.ts');
    const workerData = { handle, module, key: own, counter: key('sum'), rounds };
    const worker = new Worker(code, { eval: true, workerData, transferList: [handle.port] });
    let seen = 0;
    worker.on('message', async ({ version }: { version: number }) => {
      const found = await store.get(own);
      assert.ok(found !== undefined && found.version >= version);
      seen += 1;
    });
    return once(worker, 'exit').then(() => seen);
  });
  assert.deepEqual(await Promise.all(workers), [rounds, rounds, rounds]);
  assert.equal(decodeCounter((await store.get(key('sum')))!.value), 3 * rounds);
});

it('share: after the store was closed, shares refuse to commit', async () => {
  const store = await openEmbeddedStore(await newFolder());
  await using attached = attachEmbeddedStore(store.share());
  const pending = put(attached, key('a')).catch((error: unknown) =>
    assert.equal((error as Error).name, 'StoreClosedError'),
  );
  await store[Symbol.asyncDispose]();
  await pending;
  await assert.rejects(put(attached, key('b')), { name: 'StoreClosedError' });
  assert.throws(() => store.share(), { name: 'StoreClosedError' });
});

it('commit: goes on while the log is copied into the database, and the log stays short', async () => {
  const folder = await newFolder();
  await using store = await openEmbeddedStore(folder);
  const value = new Uint8Array(VALUE_SIZE_MAX / 2);
  const count = 500;
  for (let round = 0; round < count; round += 4) {
    // The same bytes over again would be no write at all.
    value.fill(round);
    await Promise.all([0, 1, 2, 3].map((index) => put(store, key((round + index) % 40), value)));
  }
  assert.equal((await store.range({ ...keysUnder(200), limit: 99 })).length, 40);
  const { size } = await stat(join(folder, 'entries.db-wal'));
  assert.ok(size < (count * value.byteLength) / 2, `${size} bytes of log`);
});
