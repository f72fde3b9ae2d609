import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { signRequestV4, UNSIGNED_PAYLOAD } from '../../src/signature/index.ts';
import { eventually } from '../harness/eventually.ts';
import { someBytes } from '../harness/random.ts';
import { readAnswer, signedClient } from '../harness/signed-client.ts';
import { startServer, type TestServer } from '../harness/server.ts';

/** Far more than the threads need to hear of it. */
const REFUSED_TIMEOUT_MS = 20_000;
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
  if (method === 'PUT') {
    headers['content-length'] = String(SIZE);
    headers['expect'] = '100-continue';
  }
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
  assert.equal((await client({ method: 'PUT', target: '/bucket' })).status, 200);
  assert.equal(
    (await client({ method: 'PUT', target: '/bucket/read', body: content })).status,
    200,
  );

  const get = signedRequest(server, 'GET', '/bucket/read').end();
  const [reading] = (await once(get, 'response')) as [IncomingMessage];
  // Paused after its first bytes, it cannot be done when the signal comes.
  const head = ((await once(reading, 'data')) as [Buffer])[0];
  reading.pause();

  const put = signedRequest(server, 'PUT', '/bucket/written');
  put.flushHeaders();
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  // Once it asks for the body, the server has begun with the request.
  await once(put, 'continue');
  await new Promise((resolve) => put.write(content.subarray(0, SIZE / 2), resolve));

  const stopping = server.said(/finishes what is in flight/);
  const exit = server.stop();
  await stopping;
  await eventually('new connections are refused', REFUSED_TIMEOUT_MS, refused(server.port));

  put.end(content.subarray(SIZE / 2));
  assert.equal((await readAnswer((await answered)[0])).status, 200);
  const rest: Buffer[] = [];
  for await (const chunk of reading) rest.push(chunk as Buffer);
  assert.ok(Buffer.concat([head, ...rest]).equals(content), 'the read is whole');
  assert.equal(await exit, 0);

  await using again = await startServer({ data: server.data });
  using reader = signedClient(again.port, again.root);
  const written = await reader({ method: 'GET', target: '/bucket/written' });
  assert.ok(written.body.equals(content), 'the write is whole after a restart');
});

/** Every thread closes its own door; resolves when none is left open. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1' });
    try {
      await once(socket, 'connect');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return;
    } finally {
      socket.destroy();
    }
  }
}
