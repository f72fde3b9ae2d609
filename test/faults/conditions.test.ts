import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { signedClient, type Answer, type SignedClient } from '../harness/signed-client.ts';
import { startServer, type TestServer } from '../harness/server.ts';
import { isLinearizable, type Event, type Operation } from './linearizable.ts';

/** Enough that the kernel spreads the connections over all threads. */
const CONTENDERS = 24;
const ROUNDS = 12;
const THREADS = 4;

describe('conditional writes', () => {
  let server: TestServer;
  let clients: SignedClient[];
  let keys = 0;
  const newTarget = (): string => `/bucket/key-${(keys += 1)}`;

  before(async () => {
    server = await startServer({ flags: ['--threads', String(THREADS)] });
    clients = Array.from({ length: CONTENDERS }, () => signedClient(server.port, server.root));
    assert.equal((await clients[0]!({ method: 'PUT', target: '/bucket' })).status, 200);
  });
  after(async () => {
    for (const client of clients) client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const get = async (target: string): Promise<string | undefined> => {
    const { status, body } = await clients[0]!({ method: 'GET', target });
    return status === 404 ? undefined : body.toString();
  };

  /** Lets all contend at once; gives the index of the one that won. */
  async function oneWins(
    contend: (client: SignedClient, index: number) => Promise<Answer>,
  ): Promise<number> {
    const answers = await Promise.all(clients.map(contend));
    const statuses = answers.map((answer) => answer.status);
    const winners = [...statuses.keys()].filter((index) => statuses[index]! < 300);
    assert.equal(winners.length, 1, `one wins: ${statuses.join(' ')}`);
    for (const { status, code } of answers.filter((one) => one.status >= 300)) {
      const refusal = `${status} ${code}`;
      assert.match(refusal, /^(412 PreconditionFailed|409 ConditionalRequestConflict)$/);
    }
    return winners[0]!;
  }

  test('If-None-Match: * on put: of many writers one wins', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = newTarget();
      const headers = { 'if-none-match': '*' };
      const winner = await oneWins((client, index) =>
        client({ method: 'PUT', target, headers, body: Buffer.from(`of ${index}`) }),
      );
      assert.equal(await get(target), `of ${winner}`);
    }
  });

  test('If-None-Match: * on put of bodies too large for the record: one wins', async () => {
    const target = newTarget();
    const headers = { 'if-none-match': '*' };
    const winner = await oneWins((client, index) =>
      client({ method: 'PUT', target, headers, body: Buffer.alloc(300_000, `of ${index};`) }),
    );
    assert.equal(await get(target), Buffer.alloc(300_000, `of ${winner};`).toString());
  });

  test('If-None-Match: * on completing uploads: one wins', async () => {
    for (let round = 0; round < 3; round += 1) {
      const target = newTarget();
      const uploads = await Promise.all(
        clients.map((client, index) => uploadOne(client, target, `of ${index}`)),
      );
      const headers = { 'if-none-match': '*' };
      const winner = await oneWins((client, index) => {
        const { uploadId, xml } = uploads[index]!;
        const asked = `${target}?uploadId=${encodeURIComponent(uploadId)}`;
        return client({ method: 'POST', target: asked, headers, body: Buffer.from(xml) });
      });
      assert.equal(await get(target), `of ${winner}`);
    }
  });

  test('If-None-Match: * on copy: one wins', async () => {
    const sources = clients.map((_, index) => `${newTarget()}-source-${index}`);
    await Promise.all(
      sources.map((target, index) =>
        clients[index]!({ method: 'PUT', target, body: Buffer.from(`of ${index}`) }),
      ),
    );
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = newTarget();
      const winner = await oneWins((client, index) => {
        const headers = { 'if-none-match': '*', 'x-amz-copy-source': sources[index]! };
        return client({ method: 'PUT', target, headers });
      });
      assert.equal(await get(target), `of ${winner}`);
    }
  });

  test('If-Match on put: every update of a counter counts', async () => {
    const target = newTarget();
    await clients[0]!({ method: 'PUT', target, body: Buffer.from('0') });
    let updates = 0;
    const count = async (client: SignedClient): Promise<void> => {
      for (let attempt = 0; attempt < ROUNDS; attempt += 1) {
        const { headers: found, body } = await client({ method: 'GET', target });
        const next = Buffer.from(String(Number(body.toString()) + 1));
        const headers = { 'if-match': found.etag! };
        const { status } = await client({ method: 'PUT', target, headers, body: next });
        assert.ok([200, 409, 412].includes(status), String(status));
        if (status === 200) updates += 1;
      }
    };
    await Promise.all(clients.map(count));
    assert.ok(updates >= ROUNDS, `${updates} updates`);
    assert.equal(await get(target), String(updates));
  });

  test('If-Match on delete: it never takes what a put with the same ETag has replaced', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const target = newTarget();
      const put = await clients[0]!({ method: 'PUT', target, body: Buffer.from(`${round}`) });
      const headers = { 'if-match': put.headers.etag! };
      const answers = await Promise.all(
        clients.map((client, index) =>
          index % 2 === 0
            ? client({ method: 'DELETE', target, headers })
            : client({ method: 'PUT', target, headers, body: Buffer.from(`of ${index}`) }),
        ),
      );
      const statuses = answers.map((answer) => answer.status);
      const told = statuses.join(' ');
      for (const status of statuses) assert.ok([200, 204, 404, 409, 412].includes(status), told);
      const puts = [...statuses.keys()].filter((index) => statuses[index] === 200);
      const deletes = statuses.filter((status) => status === 204).length;
      assert.equal(puts.length + deletes, 1, `one put or one delete: ${told}`);
      assert.equal(await get(target), puts.length === 1 ? `of ${puts[0]}` : undefined);
    }
  });

  test('If-Match on delete: one that names another ETag deletes nothing', async () => {
    const target = newTarget();
    await clients[0]!({ method: 'PUT', target, body: Buffer.from('kept') });
    const headers = { 'if-match': '"00000000000000000000000000000000"' };
    const answers = await Promise.all(
      clients.map((client) => client({ method: 'DELETE', target, headers })),
    );
    for (const { status } of answers) assert.equal(status, 412);
    assert.equal(await get(target), 'kept');
  });

  test('histories of reads, writes, deletes and conditional writes are linearizable', async () => {
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      const events = await recordHistory(clients.slice(0, 6), newTarget(), 6);
      assert.ok(isLinearizable(events), `not linearizable:\n${shown(events)}`);
    }
  });
});

async function uploadOne(
  client: SignedClient,
  target: string,
  content: string,
): Promise<{ uploadId: string; xml: string }> {
  const created = await client({ method: 'POST', target: `${target}?uploads=` });
  const uploadId = /<UploadId>([^<]+)</.exec(created.body.toString())![1]!;
  const asked = `${target}?partNumber=1&uploadId=${encodeURIComponent(uploadId)}`;
  const part = await client({ method: 'PUT', target: asked, body: Buffer.from(content) });
  const xml =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
    `<ETag>${part.headers.etag}</ETag></Part></CompleteMultipartUpload>`;
  return { uploadId, xml };
}

/** Lets each client do some operations on one key, and notes when each began and ended. */
async function recordHistory(
  clients: readonly SignedClient[],
  target: string,
  each: number,
): Promise<Event[]> {
  const events: Event[] = [];
  await Promise.all(
    clients.map(async (client, index) => {
      for (let turn = 0; turn < each; turn += 1) {
        const startedAt = performance.now();
        const operation = await operate(client, target, `${index}.${turn}`);
        // A refusal for a conflict says that nothing was done, and nothing about the state.
        if (operation === undefined) continue;
        events.push({ operation, startedAt, endedAt: performance.now() });
      }
    }),
  );
  return events;
}

async function operate(
  client: SignedClient,
  target: string,
  value: string,
): Promise<Operation | undefined> {
  const body = Buffer.from(value);
  switch (randomInt(5)) {
    case 0:
      await client({ method: 'PUT', target, body });
      return { kind: 'write', value };
    case 1:
      await client({ method: 'DELETE', target });
      return { kind: 'delete' };
    case 2: {
      const { status } = await client({
        method: 'PUT',
        target,
        body,
        headers: { 'if-none-match': '*' },
      });
      if (status === 409) return undefined;
      return { kind: 'create', value, outcome: status === 200 ? 'done' : 'refused' };
    }
    case 3: {
      // ETags of equal contents are equal, and no two writes have the same content.
      const { status, headers, body: found } = await client({ method: 'GET', target });
      if (status !== 200) return undefined;
      const conditions = { 'if-match': headers.etag! };
      const replaced = await client({ method: 'PUT', target, body, headers: conditions });
      if (replaced.status === 409) return undefined;
      const outcome = replaced.status === 200 ? 'done' : 'refused';
      return { kind: 'replace', expected: found.toString(), value, outcome };
    }
    default: {
      const { status, body: found } = await client({ method: 'GET', target });
      return { kind: 'read', value: status === 404 ? undefined : found.toString() };
    }
  }
}

function shown(events: readonly Event[]): string {
  return events
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map(({ operation, startedAt, endedAt }) => {
      return `${startedAt.toFixed(2)} ${endedAt.toFixed(2)} ${JSON.stringify(operation)}`;
    })
    .join('\n');
}
