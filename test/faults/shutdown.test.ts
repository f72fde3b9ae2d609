import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { signRequestV4, UNSIGNED_PAYLOAD } from '../../src/signature/index.ts';
import { someBytes } from '../harness/random.ts';
import { readAnswer, signedClient } from '../harness/signed-client.ts';
import { startServer, type TestServer } from '../harness/server.ts';

const SIZE = 64 * 1024 * 1024;

function signedRequest(
  server: TestServer,
  method: string,
  target: string,
): ReturnType<typeof request> {
  const { headers } = signRequestV4({
    method,
    target,
    headers: { host: `127.0.0.1:${server.port}` },
    credentials: server.root,
    region: 'us-east-1',
    service: 's3',
    nowMs: Date.now(),
    payloadHash: UNSIGNED_PAYLOAD,
  });
  if (method === 'PUT') headers['content-length'] = String(SIZE);
  return request({
    port: server.port,
    host: '127.0.0.1',
    method,
    path: target,
    headers,
    agent: false,
  });
}

test('SIGTERM: a PUT and a GET of 64 MiB in flight finish, new ones do not begin, status 0', async () => {
  await using server = await startServer();
  using client = signedClient(server.port, server.root);
  const content = someBytes(SIZE);
  assert.equal((await client({ method: 'PUT', target: '/b' })).status, 200);
  assert.equal((await client({ method: 'PUT', target: '/b/read', body: content })).status, 200);

  const get = signedRequest(server, 'GET', '/b/read').end();
  const [reading] = (await once(get, 'response')) as [IncomingMessage];
  // Paused after its first bytes, it cannot be done when the signal comes.
  const head = ((await once(reading, 'data')) as [Buffer])[0];
  reading.pause();

  const put = signedRequest(server, 'PUT', '/b/written');
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  await new Promise((resolve) => put.write(content.subarray(0, SIZE / 2), resolve));

  const stopping = server.said(/finishes what is in flight/);
  const exit = server.stop();
  await stopping;
  await assert.rejects(connected(server.port), { code: 'ECONNREFUSED' });

  put.end(content.subarray(SIZE / 2));
  assert.equal((await readAnswer((await answered)[0])).status, 200);
  const rest: Buffer[] = [];
  for await (const chunk of reading) rest.push(chunk as Buffer);
  assert.ok(Buffer.concat([head, ...rest]).equals(content), 'the read is whole');
  assert.equal(await exit, 0);

  await using again = await startServer({ data: server.data });
  using reader = signedClient(again.port, again.root);
  const written = await reader({ method: 'GET', target: '/b/written' });
  assert.ok(written.body.equals(content), 'the write is whole after a restart');
});

async function connected(port: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
