import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  BodyAbortedError,
  type ByteSource,
  type HttpRequest,
  type HttpResponse,
} from '../base/http.ts';
import {
  bigSource,
  echo,
  MIB,
  openerOf,
  signal,
  text,
  turns,
  type Listen,
  type Transport,
} from './testing/listener-harness.suite.ts';

type Open = ReturnType<typeof openerOf>;

/** What every front behind the seam does, seen from both sides: raw bytes below, messages above. */
export function listenerSuite(front: string, listen: Listen, transport: Transport): void {
  const open = openerOf(listen, transport);
  const name = `${front}, ${transport}`;
  requestCases(name, open);
  earlyAnswerCases(name, open);
  bodyCases(name, open);
  flowCases(name, open);
  framingCases(name, open);
  refusalCases(name, open);
  failureCases(name, open);
  closeCases(name, open);
}

const answers: readonly {
  readonly name: string;
  readonly method?: string;
  readonly answer: () => HttpResponse;
  readonly length: string | undefined;
  readonly body: string;
}[] = [
  {
    name: 'an answer without body',
    answer: () => ({ status: 200, headers: [] }),
    length: '0',
    body: '',
  },
  { name: '204', answer: () => ({ status: 204, headers: [] }), length: undefined, body: '' },
  {
    name: '304',
    answer: () => ({ status: 304, headers: ['ETag', '"x"'] }),
    length: undefined,
    body: '',
  },
  {
    name: 'an empty source',
    answer: () => ({ status: 200, headers: [], body: bigSource(0).source }),
    length: '0',
    body: '',
  },
  {
    name: 'a small source',
    answer: () => ({ status: 206, headers: [], body: bigSource(3).source }),
    length: '3',
    body: '\0\0\0',
  },
  {
    name: 'HEAD with a length of its own',
    method: 'HEAD',
    answer: () => ({ status: 200, headers: ['Content-Length', '5'] }),
    length: '5',
    body: '',
  },
  {
    name: 'HEAD without',
    method: 'HEAD',
    answer: () => ({ status: 404, headers: [] }),
    length: undefined,
    body: '',
  },
];

const malformed: readonly (readonly [name: string, bytes: string, status: number, code: string])[] =
  [
    ['no request line', 'hello\r\n\r\n', 400, 'BadRequest'],
    ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: h\r\n\r\n', 400, 'BadRequest'],
    ['a header without colon', 'GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n', 400, 'BadRequest'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: h\r\na: \0\r\n\r\n', 400, 'BadRequest'],
    [
      'two lengths',
      'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'BadRequest',
    ],
    [
      'a length and a coding',
      'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'BadRequest',
    ],
    [
      'a length that is none',
      'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n',
      400,
      'BadRequest',
    ],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400, ''],
    [
      'too long headers',
      `GET / HTTP/1.1\r\nHost: h\r\na: ${'x'.repeat(40_000)}\r\n\r\n`,
      431,
      'RequestHeaderSectionTooLarge',
    ],
    [
      'too long a target',
      `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: h\r\n\r\n`,
      431,
      'RequestHeaderSectionTooLarge',
    ],
  ];

function requestCases(name: string, open: Open): void {
  test(`${name} hands over method, target and headers exactly as they were sent`, async (t) => {
    const seen: HttpRequest[] = [];
    const { client, isTls } = await open(t, async (request) => {
      seen.push(request);
      return text('');
    });
    const one = await client();
    one.send(
      'PUT //a%2fb/../c?x=%zz&y HTTP/1.1\r\nHost: H\r\nX-Amz-Meta-A: é\r\nx-amz-meta-a: 2\r\n\r\n',
    );
    await one.answer();
    const [request] = seen;
    assert.equal(request?.method, 'PUT');
    assert.equal(request?.target, '//a%2fb/../c?x=%zz&y');
    assert.deepEqual(request?.headers.raw, ['Host', 'H', 'X-Amz-Meta-A', 'é', 'x-amz-meta-a', '2']);
    assert.equal(request?.remoteAddress, '127.0.0.1');
    assert.equal(request?.secure, isTls);
    assert.equal(request?.tlsVersion, isTls ? '1.3' : undefined);
    assert.equal(request?.body.length, 0);
  });

  test(`${name} sends 100 Continue when the body is asked for, and not before`, async (t) => {
    const asked = signal();
    const { client } = await open(t, async (request) => {
      await asked.promise;
      return echo(request);
    });
    const one = await client();
    one.send('PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
    await turns(50);
    assert.equal(one.waiting, '');
    asked.resolve();
    assert.equal((await one.answer()).status, 100);
    one.send('abc');
    const answer = await one.answer();
    assert.deepEqual([answer.status, answer.body.toString()], [200, 'PUT /a abc']);
  });

  test(`${name} sends 100 Continue also for an empty body, and keeps the connection`, async (t) => {
    const { client } = await open(t, echo);
    const one = await client();
    for (let turn = 0; turn < 2; turn += 1) {
      one.send('PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n');
      assert.equal((await one.answer()).status, 100);
      assert.equal((await one.answer()).status, 200);
    }
  });
}

function earlyAnswerCases(name: string, open: Open): void {
  test(`${name} answers early without 100 Continue, and closes`, async (t) => {
    const { client } = await open(t, async () => text('no', 403));
    const one = await client();
    one.send('PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n');
    const answer = await one.answer();
    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('connection'), 'close');
    await one.ended();
  });

  test(`${name} serves a request with another expectation as if it had none`, async (t) => {
    const { client } = await open(t, echo);
    const one = await client();
    one.send('PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: tea\r\n\r\nx');
    assert.equal((await one.answer()).body.toString(), 'PUT /a x');
  });

  test(`${name} answers before a body that nobody reads, and goes on with the next request`, async (t) => {
    const { client } = await open(t, async (request) =>
      request.target === '/refuse' ? text('no', 403) : echo(request),
    );
    const one = await client();
    for (let turn = 0; turn < 3; turn += 1) {
      one.send(`PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: ${2 * MIB}\r\n\r\n`);
      one.send(Buffer.alloc(2 * MIB));
      one.send('GET /next HTTP/1.1\r\nHost: h\r\n\r\n');
      assert.equal((await one.answer()).status, 403);
      assert.equal((await one.answer()).body.toString(), 'GET /next ');
    }
  });

  test(`${name} goes on after a body that was read in part`, async (t) => {
    const { client } = await open(t, async (request) => {
      if (request.target !== '/refuse') return echo(request);
      for await (const chunk of request.body) return text(`${chunk.byteLength > 0}`, 403);
      return text('empty');
    });
    const one = await client();
    one.send(`PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: ${4 * MIB}\r\n\r\n`);
    one.send(Buffer.alloc(4 * MIB));
    one.send('GET /next HTTP/1.1\r\nHost: h\r\n\r\n');
    assert.equal((await one.answer()).body.toString(), 'true');
    assert.equal((await one.answer()).body.toString(), 'GET /next ');
  });
}

function bodyCases(name: string, open: Open): void {
  test(`${name} fails the body of a client that goes away`, async (t) => {
    const started = signal();
    const failed = signal<unknown>();
    const { client, logged } = await open(t, async (request) => {
      try {
        for await (const chunk of request.body) if (chunk.byteLength > 0) started.resolve();
      } catch (error) {
        failed.resolve(error);
        throw error;
      }
      return text('whole');
    });
    for (const head of [
      'Content-Length: 100\r\n\r\nabc',
      'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    ]) {
      const one = await client();
      one.send(`PUT /a HTTP/1.1\r\nHost: h\r\n${head}`);
      await started.promise;
      one.close();
      const error = await failed.promise;
      assert.ok(error instanceof BodyAbortedError, String(error));
    }
    await turns(20);
    assert.deepEqual(logged, [], 'nobody is there to be told');
  });

  test(`${name} reads a chunked body, whose length nobody knows`, async (t) => {
    const lengths: unknown[] = [];
    const { client } = await open(t, (request) => {
      lengths.push(request.body.length);
      return echo(request);
    });
    const one = await client();
    one.send(
      'PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n',
    );
    assert.equal((await one.answer()).body.toString(), 'PUT /a abcde');
    assert.deepEqual(lengths, [undefined]);
  });
}

function flowCases(name: string, open: Open): void {
  test(`${name} answers pipelined requests in their order, one after the other`, async (t) => {
    const first = signal();
    const { client } = await open(t, async (request) => {
      if (request.target === '/1') await first.promise;
      const { source } = bigSource(request.target === '/2' ? 3 * MIB : 10);
      return request.target === '/3' ? text('three') : { status: 200, headers: [], body: source };
    });
    const one = await client();
    one.send(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''));
    await turns(20);
    assert.equal(one.waiting, '');
    first.resolve();
    assert.equal((await one.answer()).body.byteLength, 10);
    const second = await one.answer();
    assert.deepEqual([second.status, second.body.byteLength], [200, 3 * MIB]);
    assert.equal((await one.answer()).body.toString(), 'three');
  });

  test(`${name} holds no more of an answer than its client takes`, async (t) => {
    const { source, state } = bigSource(64 * MIB);
    const { client } = await open(t, async () => ({ status: 200, headers: [], body: source }));
    const one = await client();
    one.socket.pause();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await turns(3000);
    assert.ok(state.given > 0 && state.given < 32 * MIB, `${state.given} bytes were read ahead`);
    one.socket.resume();
    const { body } = await one.answer();
    assert.equal(body.byteLength, 64 * MIB);
    assert.deepEqual([body[0], body[MIB - 1], body[2 * MIB]], [0, 0, 2]);
    await turns(5);
    assert.equal(state.closed, 1);
  });

  test(`${name} takes no more of a body than its reader does`, async (t) => {
    const go = signal();
    const { client } = await open(t, async (request) => {
      let size = 0;
      for await (const chunk of request.body) {
        if (size === 0) await go.promise;
        size += chunk.byteLength;
      }
      return text(String(size));
    });
    const one = await client();
    one.send(`PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: ${64 * MIB}\r\n\r\n`);
    for (let count = 0; count < 64; count += 1) one.send(Buffer.alloc(MIB));
    await turns(3000);
    const taken = one.socket.bytesWritten - one.socket.writableLength;
    assert.ok(taken < 32 * MIB, `${taken} bytes were taken`);
    go.resolve();
    assert.equal((await one.answer()).body.toString(), String(64 * MIB));
  });

  test(`${name} closes the source of an answer whose client went away`, async (t) => {
    const { source, state } = bigSource(64 * MIB);
    const { client, logged } = await open(t, async () => ({
      status: 200,
      headers: [],
      body: source,
    }));
    const one = await client();
    one.socket.pause();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await turns(200);
    one.close();
    while (state.closed === 0) await turns(1);
    await turns(20);
    assert.equal(state.closed, 1);
    assert.deepEqual(logged, []);
  });
}

function framingCases(name: string, open: Open): void {
  for (const { name: what, method = 'GET', answer, length, body } of answers) {
    test(`${name} frames ${what} so that the next answer is understood`, async (t) => {
      const { client } = await open(t, async (request) =>
        request.target === '/next' ? text('next') : answer(),
      );
      const one = await client();
      one.send(`${method} /a HTTP/1.1\r\nHost: h\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n`);
      const given = await one.answer(method === 'HEAD');
      assert.equal(given.headers.get('content-length'), length);
      assert.equal(given.headers.get('transfer-encoding'), undefined);
      assert.ok(given.headers.has('date'));
      assert.equal(given.body.toString(), body);
      assert.equal((await one.answer()).body.toString(), 'next');
    });
  }
}

function refusalCases(name: string, open: Open): void {
  for (const [what, bytes, status, code] of malformed) {
    test(`${name} refuses ${what} in a document, and closes`, async (t) => {
      let count = 0;
      const { client } = await open(t, async (request) => {
        count += 1;
        return echo(request);
      });
      const one = await client();
      one.send(bytes);
      const answer = await one.answer();
      assert.equal(answer.status, status);
      assert.match(answer.body.toString(), new RegExp(code === '' ? '' : `<Code>${code}</Code>`));
      await one.ended();
      assert.equal(count, 0);
    });
  }

  test(`${name} fails the body that stops being chunks`, async (t) => {
    const failed = signal<unknown>();
    const { client } = await open(t, async (request) => {
      try {
        return await echo(request);
      } catch (error) {
        failed.resolve(error);
        throw error;
      }
    });
    const one = await client();
    one.send('PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcNO\r\n');
    assert.ok((await failed.promise) instanceof BodyAbortedError);
    await one.ended();
  });
}

function failureCases(name: string, open: Open): void {
  test(`${name} cuts off and logs what cannot be answered`, async (t) => {
    const { client, logged } = await open(t, async () => {
      throw new Error('broken handler');
    });
    const one = await client();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await one.ended();
    assert.equal(one.waiting, '');
    assert.match(logged[0] ?? '', /broken handler/);
  });

  for (const [size, room] of [
    [1000, 'one write'],
    [8 * MIB, 'many writes'],
  ] as const) {
    test(`${name} answers instead where the source of ${room} fails at its first byte`, async (t) => {
      const { client } = await open(t, async ({ target }) => ({
        status: 200,
        headers: [],
        ...(target === '/bad' && {
          body: { ...bigSource(size).source, read: () => Promise.reject(new Error('bad disk')) },
          instead: (error) => ({ status: 500, headers: [], body: Buffer.from(String(error)) }),
        }),
      }));
      const one = await client();
      for (const target of ['/bad', '/good', '/bad']) {
        one.send(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
        const { status, body } = await one.answer();
        const expected = target === '/bad' ? [500, 'Error: bad disk'] : [200, ''];
        assert.deepEqual([status, body.toString()], expected);
      }
    });
  }

  test(`${name} cuts an answer off whose source fails, so that nobody takes it for whole`, async (t) => {
    const { source, state } = bigSource(8 * MIB);
    const failing: ByteSource = {
      ...source,
      read: (into) => {
        if (state.given >= 4 * MIB) throw new Error('bad disk');
        return source.read(into);
      },
    };
    const { client, logged } = await open(t, async () => ({
      status: 200,
      headers: [],
      body: failing,
    }));
    const one = await client();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    const { headers, body } = await one.answer();
    assert.equal(headers.get('content-length'), String(8 * MIB));
    assert.ok(body.byteLength < 8 * MIB);
    assert.equal(state.closed, 1);
    assert.match(logged[0] ?? '', /bad disk/);
  });
}

function closeCases(name: string, open: Open): void {
  test(`${name}: close lets what is under way finish, and takes nothing new`, async (t) => {
    const started = signal();
    const go = signal();
    const { client, listener } = await open(t, async (request) => {
      if (request.target === '/idle') return text('');
      started.resolve();
      await go.promise;
      return text('done');
    });
    const one = await client();
    const idle = await client();
    idle.send('GET /idle HTTP/1.1\r\nHost: h\r\n\r\n');
    await idle.answer();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await started.promise;
    const closed = listener.close(60_000);
    await idle.ended();
    await assert.rejects(client(), { code: 'ECONNREFUSED' });
    go.resolve();
    assert.equal((await one.answer()).body.toString(), 'done');
    await closed;
  });

  test(`${name}: close ends what does not finish in time`, async (t) => {
    const started = signal();
    const { client, listener } = await open(t, async () => {
      started.resolve();
      return new Promise(() => {});
    });
    const one = await client();
    one.send('GET /a HTTP/1.1\r\nHost: h\r\n\r\n');
    await started.promise;
    const ended = once(one.socket, 'close');
    await listener.close(1);
    await ended;
  });
}
