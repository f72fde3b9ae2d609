import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { someBytes } from '../harness/random.ts';
import { startServer } from '../harness/server.ts';
import { signedClient } from '../harness/signed-client.ts';

const MIB = 1024 * 1024;

/** Room for the server's own files and for a few objects. */
const DISK_SIZE = 48 * MIB;

/** A small disk of its own; removed when it is disposed. */
function smallDisk(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'coffer-test-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', path]);
  return {
    path,
    [Symbol.dispose]: () => {
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    },
  };
}

function cannotMount(): string | false {
  try {
    smallDisk()[Symbol.dispose]();
    return false;
  } catch {
    return 'a small disk cannot be mounted here';
  }
}

describe('a full disk', { skip: cannotMount() }, () => {
  test('refuses writes by a clear error, serves reads, loses nothing, and goes on with room', async () => {
    using disk = smallDisk();
    const data = join(disk.path, 'data');
    const kept = new Map<string, Buffer>();
    {
      await using server = await startServer({ data });
      using client = signedClient(server.port, server.root);
      using iam = signedClient(server.port, server.root, 'iam');
      assert.equal((await client({ method: 'PUT', target: '/bucket' })).status, 200);
      // Large ones, middle-sized ones and small ones, each until there is no more room for it.
      for (const size of [5 * MIB, 300 * 1024, 12 * 1024]) {
        for (let n = 0; ; n++) {
          const target = `/bucket/${size}-${n}`;
          const body = someBytes(size);
          const put = await client({ method: 'PUT', target, body });
          if (put.status === 200) {
            kept.set(target, body);
            continue;
          }
          assert.deepEqual([put.status, put.code], [507, 'InsufficientCapacity']);
          assert.equal((await client({ method: 'GET', target })).status, 404);
          break;
        }
      }
      for (let n = 0; ; n++) {
        const target = `/?Action=CreateUser&Version=2010-05-08&UserName=user-${n}`;
        const { status, code } = await iam({ method: 'GET', target });
        if (status === 200) continue;
        assert.deepEqual([status, code], [507, 'InsufficientCapacity']);
        break;
      }
      for (const [target, body] of kept) {
        const read = await client({ method: 'GET', target });
        assert.ok(read.status === 200 && read.body.equals(body), target);
      }
      assert.match(server.output(), /InsufficientCapacity|ENOSPC|No room/);
    }
    execFileSync('mount', ['-o', `remount,size=${2 * DISK_SIZE}`, disk.path]);
    await using server = await startServer({ data });
    using client = signedClient(server.port, server.root);
    for (const [target, body] of kept) {
      const read = await client({ method: 'GET', target });
      assert.ok(read.status === 200 && read.body.equals(body), target);
    }
    const put = await client({ method: 'PUT', target: '/bucket/again', body: someBytes(MIB) });
    assert.equal(put.status, 200);
  });
});

/** Inverts one byte of what lies below the folder, the one at which `bytes` are found. */
function damage(folder: string, bytes: Buffer): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    const at = statSync(path).isFile() ? readFileSync(path).indexOf(bytes) : -1;
    if (at < 0) continue;
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.of(~bytes[0]! & 0xff), 0, 1, at);
    closeSync(file);
    return;
  }
  assert.fail('the bytes lie nowhere');
}

describe('bytes that changed on the disk', () => {
  const data = mkdtempSync(join(tmpdir(), 'coffer-test-damage-'));
  after(() => rmSync(data, { recursive: true, force: true }));

  test('are never served: the read fails by an error that says so, and is logged', async () => {
    const sizes = { '/bucket/middle': 200 * 1024, '/bucket/large': 9 * MIB };
    const bodies = new Map<string, Buffer>();
    {
      await using server = await startServer({ data });
      using client = signedClient(server.port, server.root);
      assert.equal((await client({ method: 'PUT', target: '/bucket' })).status, 200);
      for (const [target, size] of Object.entries(sizes)) {
        const body = someBytes(size);
        bodies.set(target, body);
        assert.equal((await client({ method: 'PUT', target, body })).status, 200);
      }
    }
    const [middle, large] = [...bodies.values()] as [Buffer, Buffer];
    damage(join(data, 'blobs'), middle.subarray(100, 132));
    damage(join(data, 'blobs'), large.subarray(-132, -100));

    await using server = await startServer({ data });
    using client = signedClient(server.port, server.root);
    const read = await client({ method: 'GET', target: '/bucket/middle' });
    assert.deepEqual([read.status, read.code], [500, 'InternalError']);
    assert.match(read.body.toString(), /the object is damaged/);
    // Of a large one the head was under way already: the answer is cut off.
    await assert.rejects(
      client({ method: 'GET', target: '/bucket/large' }),
      /aborted|reset|hang up/,
    );
    const head = await client({
      method: 'GET',
      target: '/bucket/large',
      headers: { range: `bytes=0-${MIB - 1}` },
    });
    assert.ok(head.status === 206 && head.body.equals(large.subarray(0, MIB)), 'the rest is whole');
    await server.said(/BlobCorruptError: Blob \S+ is damaged in its block at byte 0/);
    await server.said(/is damaged in its block at byte [1-9]\d+/);
  });
});
