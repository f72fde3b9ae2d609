import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../../base/clock.ts';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import { bigSource, echo, MIB, openerOf, text, turns } from '../testing/listener-harness.suite.ts';
import type { RawClient } from '../testing/raw-client.suite.ts';
import { DISCARD_SIZE_MAX, FRONT_LIMITS, LINGER_MS, type FrontLimits } from './limits.ts';
import { listenLean, SWEEP_MS } from './listen-lean.ts';

type Handle = (request: HttpRequest) => Promise<HttpResponse>;

const open = openerOf(listenLean);

const PASSED_MS_MAX = 10 * FRONT_LIMITS.idleTimeoutMs;

/** A front whose sweeps come when `untilEnded` lets time pass, which says how much passed. */
async function openTimed(t: TestContext, handle: Handle, limits: Partial<FrontLimits> = {}) {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const clock = new ManualClock(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  const listener = await openerOf((options) =>
    listenLean(options, { ...FRONT_LIMITS, ...limits }, clock),
  )(t, handle);
  const pass = (ms: number) => t.mock.timers.tick(ms);
  const untilEnded = async (client: RawClient) => {
    let passedMs = 0;
    for (; !client.socket.destroyed && passedMs < PASSED_MS_MAX; passedMs += SWEEP_MS) {
      pass(SWEEP_MS);
      await turns(1);
    }
    await client.ended();
    return passedMs;
  };
  return { ...listener, pass, untilEnded };
}

/** That about this much time passed: sweeps and packets come when they come. */
function assertAbout(actualMs: number, expectedMs: number): void {
  const isAbout = actualMs >= expectedMs - SWEEP_MS && actualMs <= expectedMs + 20 * SWEEP_MS;
  assert.ok(isAbout, `${actualMs} ms instead of ${expectedMs}`);
}

test('listenLean answers 408 to a header section that does not end, however it drips', async (t) => {
  const { client, pass, untilEnded } = await openTimed(t, echo);
  const one = await client();
  one.send('GET / HTTP/1.1\r\nHost: h\r\n');
  await turns(20);
  for (let passedMs = 0; passedMs < 50_000; passedMs += SWEEP_MS) {
    one.send('x: y\r\n');
    await turns(1);
    pass(SWEEP_MS);
  }
  assertAbout(50_000 + (await untilEnded(one)), FRONT_LIMITS.headersTimeoutMs);
  assert.match(one.waiting, /^HTTP\/1\.1 408 .*<Code>RequestTimeout<\/Code>/s);
});

test('listenLean closes an idle connection without a word, after a request or before', async (t) => {
  const { client, untilEnded } = await openTimed(t, echo);
  for (const sent of ['', '\r\n', 'GET / HTTP/1.1\r\nHost: h\r\n\r\n', 'twice']) {
    const one = await client();
    const request = sent === 'twice' ? 'GET / HTTP/1.1\r\nHost: h\r\n\r\n' : sent;
    for (let count = sent === 'twice' ? 2 : 1; count > 0; count -= 1) {
      one.send(request);
      if (request.length > 2) await one.answer();
    }
    await turns(20);
    assertAbout(await untilEnded(one), FRONT_LIMITS.keepAliveTimeoutMs);
    assert.equal(one.waiting, '');
  }
});

test('listenLean ends a body that does not move', async (t) => {
  const { client, untilEnded } = await openTimed(t, echo);
  const one = await client();
  one.send('PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc');
  await turns(20);
  assertAbout(await untilEnded(one), FRONT_LIMITS.idleTimeoutMs);
});

test('listenLean ends an answer that its client does not take, and no other', async (t) => {
  const { source, state } = bigSource(128 * MIB);
  const { client, pass, untilEnded } = await openTimed(t, async () => ({
    status: 200,
    headers: [],
    body: source,
  }));
  const one = await client();
  one.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
  one.socket.removeAllListeners('data');
  one.socket.resume();
  // Time passes with what has arrived, and in all far more than a connection may stand still.
  let seen = 0;
  while (one.socket.bytesRead < 64 * MIB && !one.socket.destroyed) {
    if (one.socket.bytesRead - seen >= 2 * MIB) {
      seen = one.socket.bytesRead;
      pass(20 * SWEEP_MS);
    }
    await turns(1);
  }
  one.socket.pause();
  await turns(200);
  pass(FRONT_LIMITS.idleTimeoutMs + 2 * SWEEP_MS);
  while (state.closed === 0) await turns(1);
  one.socket.resume();
  await untilEnded(one);
  assert.ok(state.given < 128 * MIB, `${state.given} bytes were given`);
});

test('listenLean does not linger for ever after the last answer', async (t) => {
  const { listener, pass } = await openTimed(t, echo);
  const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  socket.resume();
  await once(socket, 'end');
  let passedMs = 0;
  for (; !socket.destroyed && passedMs < 2 * LINGER_MS; passedMs += SWEEP_MS) {
    socket.write('still here');
    pass(SWEEP_MS);
    await turns(5);
  }
  assert.ok(socket.destroyed && passedMs >= LINGER_MS, `${passedMs} ms`);
});

test('listenLean lets a client that writes all before it reads have its answer', async (t) => {
  const { client } = await open(t, async () => text('no', 403));
  const one = await client();
  one.socket.pause();
  one.send(`PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: ${64 * MIB}\r\n\r\n`);
  for (let count = 1; count < 64; count += 1) one.send(Buffer.alloc(MIB));
  await new Promise((resolve) => one.socket.write(Buffer.alloc(MIB), resolve));
  one.socket.resume();
  const answer = await one.answer();
  assert.deepEqual([answer.status, answer.headers.get('connection')], [403, 'close']);
  await one.ended();
});

test('listenLean closes on chunks without end that nobody reads', async (t) => {
  const { client } = await open(t, async () => text('no', 403));
  const one = await client();
  one.send('PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
  for (let size = 0; size < 2 * DISCARD_SIZE_MAX; size += chunk.length) one.send(chunk);
  assert.equal((await one.answer()).status, 403);
  await one.ended();
});

test('listenLean takes no requests ahead of a client that reads no answers', async (t) => {
  let count = 0;
  const { client } = await open(t, async () => {
    count += 1;
    return { status: 200, headers: [], body: Buffer.alloc(32 * 1024) };
  });
  const one = await client();
  one.socket.pause();
  const requests = 2000;
  one.send('GET / HTTP/1.1\r\nHost: h\r\n\r\n'.repeat(requests));
  await turns(1000);
  assert.ok(count > 0 && count < requests / 2, `${count} requests were answered`);
  one.socket.resume();
  for (let index = 0; index < 50; index += 1) {
    assert.equal((await one.answer()).body.byteLength, 32 * 1024);
  }
});

test('listenLean answers a client that has closed its side after the request', async (t) => {
  const { client } = await open(t, echo);
  const one = await client();
  one.socket.end('PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx');
  assert.equal((await one.answer()).body.toString(), 'PUT /a x');
  await one.ended();
});

test('listenLean answers 400 to a body or a header section that is cut off', async (t) => {
  const { client, logged } = await open(t, echo);
  for (const part of ['GET / HT', 'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nx']) {
    const one = await client();
    one.socket.end(part);
    assert.equal((await one.answer()).status, 400);
    await one.ended();
  }
  assert.deepEqual(logged, []);
});

const badHeaders: readonly (readonly [name: string, headers: string[]])[] = [
  ['a line feed', ['X-A', 'a\nSet-Cookie: b']],
  ['a carriage return', ['X-A', 'a\rb']],
  ['a NUL', ['X-A', '\0']],
  ['a character that is not Latin-1', ['X-A', '\u4e2d']],
  ['a colon in a name', ['X-A: b\r\nX', 'a']],
  ['an empty name', ['', 'a']],
];

for (const [name, headers] of badHeaders) {
  test(`listenLean answers 500 instead of a header with ${name}`, async (t) => {
    const { source, state } = bigSource(10);
    const { client, logged } = await open(t, async () => ({ status: 200, headers, body: source }));
    const one = await client();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    const answer = await one.answer();
    assert.equal(answer.status, 500);
    assert.match(answer.body.toString(), /<Code>InternalError<\/Code>/);
    await one.ended();
    assert.equal(logged.length, 1);
    assert.equal(state.closed, 1);
  });
}

test('listenLean frames every answer itself, whatever the headers say', async (t) => {
  const headers = ['content-length', '99', 'Transfer-Encoding', 'chunked', 'connection', 'Close'];
  const { client } = await open(t, async () => ({ status: 200, headers, body: Buffer.from('a') }));
  const one = await client();
  one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
  await one.ended();
  const given = one.waiting.replace(/Date: [^\r]*\r\n/, '');
  assert.equal(given, 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\na');
});

test('listenLean dates an answer by its clock and says how long it keeps the connection', async (t) => {
  const { client } = await openTimed(t, echo);
  const one = await client();
  one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
  const { headers } = await one.answer();
  assert.equal(headers.get('date'), 'Fri, 02 Jan 2026 03:04:05 GMT');
  assert.equal(headers.get('keep-alive'), 'timeout=75');
});

test('listenLean keeps a connection of HTTP/1.0 only when asked to', async (t) => {
  const { client } = await open(t, echo);
  const one = await client();
  one.send('GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
  assert.equal((await one.answer()).headers.get('connection'), 'keep-alive');
  one.send('GET /b HTTP/1.0\r\n\r\n');
  const answer = await one.answer();
  assert.equal(answer.headers.get('connection'), 'close');
  assert.equal(answer.body.toString(), 'GET /b ');
  await one.ended();
});

test('listenLean answers 400 at once to what does not begin as a request', async (t) => {
  const { client } = await open(t, echo);
  for (const bytes of ['\x16\x03\x01\0', '\0', ' GET', '\r\n\x80']) {
    const one = await client();
    one.send(bytes);
    assert.equal((await one.answer()).status, 400);
    await one.ended();
  }
});

test('listenLean answers 505 to another version', async (t) => {
  const { client } = await open(t, echo);
  const one = await client();
  one.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const { status, headers, body } = await one.answer();
  assert.equal(status, 505);
  const requestId = headers.get('x-amz-request-id') ?? '';
  assert.match(requestId, /^[0-9A-Z]{16}$/);
  assert.ok(body.toString().includes(`<RequestId>${requestId}</RequestId>`));
  await one.ended();
});

for (const [name, given] of [
  ['too few', 3 * MIB],
  ['too many', 5 * MIB],
] as const) {
  test(`listenLean cuts an answer off whose source gives ${name} bytes`, async (t) => {
    const { source, state } = bigSource(given);
    const body = { ...source, length: 4 * MIB };
    const { client, logged } = await open(t, async () => ({ status: 200, headers: [], body }));
    const one = await client();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await one.ended();
    const size = one.waiting.length - one.waiting.indexOf('\r\n\r\n') - 4;
    assert.ok(size <= 4 * MIB, `${size} bytes`);
    assert.equal(state.closed, 1);
    assert.equal(logged.length, 1);
  });
}

test('listenLean refuses connections past its limit', async (t) => {
  const { client } = await openTimed(t, echo, { connectionsMax: 1 });
  const one = await client();
  const two = await client();
  await two.ended();
  one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
  assert.equal((await one.answer()).status, 200);
});
