import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { collectBody, type HttpRequest } from '../../base/http.ts';
import { RawClient } from '../testing/raw-client.suite.ts';
import { listenLean } from './listen-lean.ts';
import { REFUSED_CHUNKS, REFUSED_HEADS } from './smuggling.suite.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n';

async function open(t: TestContext) {
  const targets: string[] = [];
  const listener = await listenLean({
    host: '127.0.0.1',
    port: 0,
    reusePort: false,
    log: { write: (_, message) => assert.fail(message) },
    async handle(request: HttpRequest) {
      targets.push(request.target);
      const body = await collectBody(request.body, Number.POSITIVE_INFINITY);
      return { status: 200, headers: [], body };
    },
  });
  t.after(() => listener.close(0));
  const client = await RawClient.open(listener.port);
  t.after(() => client.close());
  return { client, targets };
}

/** Sends bytes whole or one by one, then what must not be taken for a request. */
const WAYS: readonly (readonly [name: string, send: (client: RawClient, text: string) => void])[] =
  [
    ['in one packet', (client, text) => client.send(text + SMUGGLED)],
    [
      'byte by byte',
      (client, text) => {
        client.socket.setNoDelay(true);
        for (const character of text) client.send(character);
        client.send(SMUGGLED);
      },
    ],
  ];

test('listenLean answers 400 and closes for every header section that leaves a doubt', async (t) => {
  for (const [way, send] of WAYS) {
    for (const [name, text] of REFUSED_HEADS) {
      const { client, targets } = await open(t);
      send(client, text);
      const answer = await client.answer();
      assert.equal(answer.status, 400, `${name}, ${way}`);
      assert.equal(answer.headers.get('connection'), 'close');
      await client.ended();
      assert.equal(client.waiting, '', `${name}, ${way}`);
      assert.deepEqual(targets, []);
    }
  }
});

test('listenLean answers 400 and closes for every chunk that leaves a doubt', async (t) => {
  for (const [name, text] of REFUSED_CHUNKS) {
    const { client, targets } = await open(t);
    const head = 'PUT /first HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';
    client.send(head + text + SMUGGLED);
    const answer = await client.answer();
    assert.equal(answer.status, 400, name);
    await client.ended();
    assert.equal(client.waiting, '', name);
    assert.deepEqual(targets, ['/first'], name);
  }
});
