import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog, type Log } from '../base/log.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { Denials } from './denials.ts';
import type { Trace } from './trace.ts';

const NOTHING = {
  request: {
    principal: { kind: 'anonymous' },
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::b/k',
    resourceAccountId: '111111111111',
    context: {},
  },
  decision: { effect: 'ImplicitDeny' },
  policies: [],
  denials: [],
  missing: [],
} as const satisfies Trace['explanation'];

function trace(
  requestId: string,
  atMs: number,
  explanation: Trace['explanation'] = NOTHING,
): Trace {
  return {
    requestId,
    atMs,
    principalArn: undefined,
    principalAccount: undefined,
    accessKeyId: undefined,
    explanation,
  };
}

async function newest(denials: Denials): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { requestId } of denials.newest(Number.MAX_SAFE_INTEGER)) ids.push(requestId);
  return ids;
}

test('Denials: the oldest go when there are too many', async () => {
  const denials = new Denials(openMemoryStore(), silentLog);
  for (let index = 0; index < 10_500; index += 1) {
    denials.add(trace(`R${index}`, index));
    if (index % 500 === 0) await denials.settle();
  }
  await denials.settle();
  const ids = await newest(denials);
  assert.ok(ids.length <= 10_000 && ids.length > 9500, String(ids.length));
  assert.equal(ids[0], 'R10499');
  assert.equal((await denials.of('R0')).length, 0);
  assert.equal((await denials.of('R10499')).length, 1);
});

test('Denials: several of one request are all kept', async () => {
  const denials = new Denials(openMemoryStore(), silentLog);
  for (let index = 0; index < 3; index += 1) denials.add(trace('ONE', index));
  await denials.settle();
  assert.deepEqual(
    (await denials.of('ONE')).map(({ atMs }) => atMs),
    [0, 1, 2],
  );
});

test('Denials: a large one is kept without its statements', async () => {
  const denials = new Denials(openMemoryStore(), silentLog);
  const policy = {
    source: { type: 'session', id: 'x'.repeat(80_000) },
    statementCount: 0,
    statements: [],
  };
  denials.add(trace('ONE', 1, { ...NOTHING, policies: [policy as never] }));
  await denials.settle();
  assert.deepEqual((await denials.of('ONE'))[0]?.explanation.policies, []);
});

test('Denials: a store that fails costs the record, is logged, and no more', async () => {
  const said: string[] = [];
  const log: Log = { write: (_, message) => said.push(message) };
  const kv = openMemoryStore();
  const denials = new Denials(
    { ...kv, commit: () => Promise.reject(new Error('full')) } as never,
    log,
  );
  denials.add(trace('ONE', 1));
  await denials.settle();
  assert.deepEqual(said, ['Refusals were not kept']);
  assert.deepEqual(await new Denials(kv, log).of('ONE'), []);
});

test('Denials: those of others are passed over, and not read', async () => {
  const kv = openMemoryStore();
  let reads = 0;
  const counting = { ...kv, get: (key: Uint8Array) => ((reads += 1), kv.get(key)) };
  const denials = new Denials(
    {
      ...counting,
      range: (range) => kv.range(range),
      commit: (commit) => kv.commit(commit),
    } as typeof kv,
    silentLog,
  );
  for (let index = 0; index < 500; index += 1) denials.add(trace(`R${index}`, index));
  const own = { ...trace('OWN', 250), principalAccount: '222222222222' };
  denials.add(own);
  await denials.settle();
  reads = 0;
  const found: string[] = [];
  const isWanted = ({ principalAccount }: { readonly principalAccount?: string }) =>
    principalAccount === '222222222222';
  for await (const { requestId } of denials.newest(1000, isWanted)) found.push(requestId);
  assert.deepEqual(found, ['OWN']);
  assert.equal(reads, 1);
});
