import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { startServer } from '../harness/server.ts';
import { signedClient } from '../harness/signed-client.ts';

const CONNECTIONS = 10_000;
/** Files that the server and this process need beside their ends of the connections. */
const FILES_BESIDE = 500;
/** Connections opened at a time: the system's queue of those not yet taken is bounded. */
const AT_ONCE = 200;
const MIB = 1024 * 1024;
/** 40 KiB for each connection, of the server's memory. */
const GROWTH_MAX = 400 * MIB;

function tooFewFiles(): string | false {
  const limit = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout);
  return limit < CONNECTIONS + FILES_BESIDE && `${CONNECTIONS} connections take more files`;
}

function residentSize(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

test(
  `${CONNECTIONS} open connections cost little, and nobody waits for them`,
  { skip: tooFewFiles() },
  async () => {
    await using server = await startServer();
    using client = signedClient(server.port, server.root);
    assert.equal((await client({ method: 'PUT', target: '/bucket' })).status, 200);
    const before = residentSize(server.pid);
    const sockets: Socket[] = [];
    try {
      while (sockets.length < CONNECTIONS) {
        const opened = Array.from({ length: AT_ONCE }, () =>
          connect({ port: server.port, host: '127.0.0.1' }),
        );
        sockets.push(...opened);
        await Promise.all(opened.map((socket) => once(socket, 'connect')));
        // Half of them have begun a request that they do not end.
        for (const socket of opened.slice(AT_ONCE / 2))
          socket.write('GET / HTTP/1.1\r\nHost: h\r\n');
      }
      const body = Buffer.from('here');
      assert.equal((await client({ method: 'PUT', target: '/bucket/key', body })).status, 200);
      const read = await client({ method: 'GET', target: '/bucket/key' });
      assert.deepEqual([read.status, read.body.toString()], [200, 'here']);
      const growth = residentSize(server.pid) - before;
      assert.ok(growth < GROWTH_MAX, `${Math.round(growth / MIB)} MiB`);
      console.log(`${CONNECTIONS} connections: ${Math.round(growth / MIB)} MiB`);
      assert.equal(sockets.filter(({ destroyed }) => destroyed).length, 0);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  },
);
