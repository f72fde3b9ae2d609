import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Considered, Question } from '../access/index.ts';
import { ManualClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import { createSeal, MASTER_KEY_SIZE, type IdentityPrincipal } from '../identity/index.ts';
import { openMemoryStore } from '../kv/memory.ts';
import {
  compilePolicy,
  evaluate,
  parsePolicy,
  type PolicyKind,
  type PolicySource,
} from '../policy/index.ts';
import { DecisionLog } from './decision-log.ts';
import { NO_EXCHANGE, openExchange } from './exchange.ts';

const MAIN = '111111111111';
const OTHER = '222222222222';
const START_MS = Date.UTC(2026, 0, 2);
const KEY = 'arn:aws:s3:::bucket/folder/key';

function user(accountId: string, name: string): IdentityPrincipal {
  const named = { accountId, arn: `arn:aws:iam::${accountId}:user/${name}`, userId: `AIDA${name}` };
  return {
    kind: 'user',
    ...named,
    userName: name,
    tags: [],
    policyPrincipal: { kind: 'user', ...named },
  };
}

const ANA = user(MAIN, 'ana');
const STRANGER = user(OTHER, 'stranger');

function question(principal: IdentityPrincipal, action: string, resource = KEY): Question {
  return {
    caller: {
      principal,
      policyPrincipal: principal.policyPrincipal,
      account: principal.accountId,
      accessKeyId: 'AKIAEXAMPLE',
      proof: { kind: 'none' },
    },
    action,
    resource,
    resourceAccount: MAIN,
    context: (key) => (key === 'aws:sourceip' ? '192.0.2.7' : undefined),
    sender: { remoteAddress: '192.0.2.7', secure: false },
  };
}

function compiled(statement: object, kind: PolicyKind, source: PolicySource) {
  const parsed = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), kind);
  assert.ok(parsed.ok);
  return compilePolicy(parsed.document, source);
}

const OWN = compiled({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }, 'identity', {
  type: 'identity-based',
  id: 'own',
});
const BUCKETS = compiled(
  {
    Sid: 'Shut',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:DeleteObject',
    Resource: 'arn:aws:s3:::bucket/*',
  },
  'resource',
  { type: 'resource-based', id: 'arn:aws:s3:::bucket' },
);

function considered(asked: Question): Considered {
  const request = {
    principal: asked.caller.policyPrincipal,
    action: asked.action,
    resource: asked.resource,
    resourceAccountId: asked.resourceAccount,
    context: asked.context,
  };
  const policies = { identity: [OWN], resource: BUCKETS };
  return { request, policies, decision: evaluate(request, policies) };
}

function openLog(
  options: { readonly kv?: ReturnType<typeof openMemoryStore>; readonly key?: number } = {},
) {
  const { kv = openMemoryStore(), key = 1 } = options;
  const clock = new ManualClock(START_MS);
  const seal = createSeal(new Uint8Array(MASTER_KEY_SIZE).fill(key));
  const log = new DecisionLog({ kv, clock, seal, log: silentLog, exchange: NO_EXCHANGE });
  return { kv, clock, log };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function deny(log: DecisionLog, id: string, asked: Question) {
  return log.denied(id, asked, considered(asked));
}

describe('DecisionLog', () => {
  test('remembers what was allowed and what was refused', async () => {
    const { log } = openLog();
    const read = question(ANA, 's3:GetObject');
    log.allowed('ONE', read, considered(read));
    deny(log, 'TWO', question(ANA, 's3:DeleteObject'));
    const [allowed] = await log.find('ONE', MAIN);
    assert.equal(allowed?.explanation.decision.effect, 'Allow');
    const [refused] = await log.find('TWO', MAIN);
    assert.equal(refused?.explanation.decision.effect, 'ExplicitDeny');
    assert.deepEqual(await log.find('THREE', MAIN), []);
  });

  test('keeps refusals over a restart, the newest first', async () => {
    const { kv, log, clock } = openLog();
    for (const id of ['A', 'B', 'C']) {
      deny(log, id, question(ANA, 's3:PutObject'));
      clock.advance(1000);
    }
    await log[Symbol.asyncDispose]();
    const { log: next } = openLog({ kv });
    const [found] = await next.find('B', MAIN);
    assert.equal(found?.principalArn, ANA.arn);
    assert.equal(found?.explanation.missing[0]?.statement.Action, 's3:PutObject');
    const listed = await collect(next.denials(MAIN, clock.nowMs()));
    assert.deepEqual(
      listed.map(({ requestId }) => requestId),
      ['C', 'B', 'A'],
    );
  });

  test('a sealed trace opens after a restart, and neither altered nor elsewhere', () => {
    const { log, kv } = openLog();
    const { EncodedMessage = '' } = deny(log, 'ONE', question(ANA, 's3:PutObject'));
    assert.equal(openLog({ kv }).log.open(EncodedMessage, MAIN)?.requestId, 'ONE');
    assert.equal(openLog({ key: 2 }).log.open(EncodedMessage, MAIN), undefined);
    const last = EncodedMessage.at(-3) === 'A' ? 'B' : 'A';
    const altered = `${EncodedMessage.slice(0, -3)}${last}${EncodedMessage.slice(-2)}`;
    for (const text of [altered, '', '1.', 'x', EncodedMessage.slice(0, 40)]) {
      assert.equal(log.open(text, MAIN), undefined);
    }
  });

  test('an account sees its own policies and not those of another', async () => {
    const { log } = openLog();
    deny(log, 'ONE', question(STRANGER, 's3:DeleteObject'));
    const seen = async (account: string) => {
      const [trace] = await log.find('ONE', account);
      const { policies, decision, denials } = trace?.explanation ?? {};
      return {
        policies: policies?.map(({ source }) => source.id),
        by: decision?.by?.sid,
        denials: denials?.length,
        key: trace?.accessKeyId,
      };
    };
    assert.deepEqual(await seen(MAIN), {
      policies: ['arn:aws:s3:::bucket'],
      by: 'Shut',
      denials: 1,
      key: undefined,
    });
    assert.deepEqual(await seen(OTHER), {
      policies: ['own'],
      by: undefined,
      denials: 0,
      key: 'AKIAEXAMPLE',
    });
    assert.deepEqual(await log.find('ONE', '333333333333'), []);
  });

  test('explains no more refusals than it can afford, and more again with time', () => {
    const { log, clock } = openLog();
    let explained = 0;
    const flood = (): void => {
      for (let index = 0; index < 1000; index += 1) {
        if ('EncodedMessage' in deny(log, `R${index}`, question(ANA, 's3:PutObject')))
          explained += 1;
      }
    };
    flood();
    assert.equal(explained, 200);
    clock.advance(1000);
    flood();
    assert.equal(explained, 250);
  });

  test('what many policies had a say in is explained seldom, since it takes long', () => {
    const { log, clock } = openLog();
    const asked = question(ANA, 's3:PutObject');
    const { request, policies, decision } = considered(asked);
    const many = { ...policies, identity: Array.from({ length: 2000 }, () => OWN) };
    const explained = (): number => {
      let count = 0;
      for (let index = 0; index < 1000; index += 1) {
        const said = log.denied(`R${index}`, asked, { request, policies: many, decision });
        if ('EncodedMessage' in said) count += 1;
      }
      return count;
    };
    assert.equal(explained(), 4);
    clock.advance(10_000);
    assert.equal(explained(), 4);
    // Time without any pays for it, and nobody is shut out for good.
    clock.advance(60_000);
    assert.ok('EncodedMessage' in deny(log, 'R', asked));
  });

  test('a flood of the anonymous leaves what explains the refusals of others', () => {
    const { log } = openLog();
    const read = question(ANA, 's3:PutObject');
    const anonymous: Question = {
      ...read,
      caller: {
        principal: undefined,
        policyPrincipal: { kind: 'anonymous' },
        account: undefined,
        accessKeyId: undefined,
        proof: { kind: 'none' },
      },
    };
    let explained = 0;
    for (let index = 0; index < 1000; index += 1) {
      if ('EncodedMessage' in deny(log, `A${index}`, anonymous)) explained += 1;
    }
    assert.equal(explained, 50);
    assert.ok('EncodedMessage' in deny(log, 'ANA', read));
  });

  test('usage is that of every thread, and goes on over days', async () => {
    const { kv, log, clock } = openLog();
    const { log: other } = openLog({ kv });
    const use = (by: DecisionLog, id: string, resource: string): void => {
      const asked = question(ANA, 's3:GetObject', resource);
      by.allowed(id, asked, considered(asked));
    };
    use(log, 'A', 'arn:aws:s3:::bucket/a/1');
    use(other, 'B', 'arn:aws:s3:::bucket/b/1');
    await other[Symbol.asyncDispose]();
    const sinceStart = await log.usage({ account: MAIN, id: ANA.userId }, START_MS);
    assert.equal(sinceStart['s3:GetObject']?.count, 2);
    clock.advance(2 * 86_400_000);
    use(log, 'C', 'arn:aws:s3:::bucket/c/1');
    const of = { account: MAIN, id: ANA.userId };
    assert.equal((await log.usage(of, START_MS))['s3:GetObject']?.count, 3);
    assert.equal((await log.usage(of, clock.nowMs()))['s3:GetObject']?.count, 1);
  });

  test('who sends parts of an upload may have to take it back, and is not said to have', async () => {
    const { log } = openLog();
    const send = (makesObject: string): void => {
      const context: Question['context'] = (key) =>
        key === 's3:objectcreationoperation' ? makesObject : undefined;
      const asked = { ...question(ANA, 's3:PutObject'), context };
      log.allowed('A', asked, considered(asked));
    };
    const used = async () => {
      const usage = await log.usage({ account: MAIN, id: ANA.userId }, START_MS);
      return Object.entries(usage).map(([action, { count }]) => `${count} ${action}`);
    };
    send('true');
    assert.deepEqual(await used(), ['1 s3:PutObject']);
    send('false');
    send('false');
    assert.deepEqual((await used()).toSorted(), ['0 s3:AbortMultipartUpload', '3 s3:PutObject']);
  });

  test('an account sees of the request what its own policies asked, and no tag of another', async () => {
    const { log } = openLog();
    const tag = 's3:ExistingObjectTag/class';
    const own = compiled(
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: `arn:aws:s3:::bucket/\${${tag}}/*`,
        Condition: { StringEquals: { [tag]: 'secret', 'aws:SourceIp': '192.0.2.7' } },
      },
      'identity',
      { type: 'identity-based', id: 'own' },
    );
    const theirs = compiled(
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::bucket/*',
        Condition: { StringEquals: { [tag]: 'secret', 'aws:PrincipalTag/team': 'sales' } },
      },
      'resource',
      { type: 'resource-based', id: 'arn:aws:s3:::bucket' },
    );
    const context = new Map([
      [tag.toLowerCase(), 'secret'],
      ['aws:sourceip', '192.0.2.7'],
      ['aws:principaltag/team', 'sales'],
    ]);
    const asked = {
      ...question(STRANGER, 's3:GetObject'),
      context: (key: string) => context.get(key),
    };
    const { request } = considered(asked);
    const policies = { identity: [own], resource: theirs };
    log.denied('ONE', asked, { request, policies, decision: evaluate(request, policies) });
    const [owners] = await log.find('ONE', MAIN);
    assert.deepEqual(Object.keys(owners?.explanation.request.context ?? {}).sort(), [
      'aws:principaltag/team',
      tag.toLowerCase(),
    ]);
    const [strangers] = await log.find('ONE', OTHER);
    assert.deepEqual(strangers?.explanation.request.context, { 'aws:sourceip': '192.0.2.7' });
    const [statement] = strangers?.explanation.policies[0]?.statements ?? [];
    assert.equal(statement?.conditions.find(({ key }) => key === tag)?.asked, null);
    assert.equal(statement?.resource?.values[0]?.meaning, null);
  });

  test('folders of any name are folders, and nothing else on this machine changes', async () => {
    const { log } = openLog();
    const of = { account: MAIN, id: ANA.userId };
    const before = Object.getOwnPropertyNames(Object.prototype);
    const names = ['plain', '__proto__', 'constructor', 'toString'];
    for (const name of names) {
      const asked = question(ANA, 's3:GetObject', `arn:aws:s3:::bucket/${name}/key`);
      log.allowed(name, asked, considered(asked));
      // Each is stored by itself, so that all but the first meet what was stored before.
      await log.usage(of, 0);
    }
    const { folders } = (await log.usage(of, 0))['s3:GetObject']?.resources[
      'arn:aws:s3:::bucket/'
    ] ?? { folders: {} };
    assert.deepEqual(Object.keys(folders ?? {}).sort(), names.sort());
    assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), before);
  });

  test('however many keys are made up, little of them is remembered', async () => {
    const { log, kv } = openLog();
    const of = { account: MAIN, id: ANA.userId };
    const base = question(ANA, 's3:GetObject');
    const decided = considered(base);
    for (let index = 0; index < 16 ** 3; index += 1) {
      const digits = index.toString(16).padStart(3, '0').split('');
      const resource = `arn:aws:s3:::bucket/${digits.join('/')}/${'n'.repeat(200)}`;
      log.allowed('A', { ...base, resource }, decided);
    }
    const { count, resources } = (await log.usage(of, 0))['s3:GetObject'] ?? {};
    assert.equal(count, 16 ** 3);
    assert.ok(JSON.stringify(resources).length <= 128 * 1024);
    // What comes later is added to what is stored.
    log.allowed('B', base, decided);
    assert.equal((await openLog({ kv }).log.usage(of, 0))['s3:GetObject']?.count, 16 ** 3);
    assert.equal((await log.usage(of, 0))['s3:GetObject']?.count, 16 ** 3 + 1);
  });

  test('forgets what is older than is kept', async () => {
    const { kv, log, clock } = openLog();
    const asked = question(ANA, 's3:GetObject');
    log.allowed('A', asked, considered(asked));
    const of = { account: MAIN, id: ANA.userId };
    await log.usage(of, 0);
    clock.advance(91 * 86_400_000);
    log.allowed('B', asked, considered(asked));
    assert.equal((await log.usage(of, 0))['s3:GetObject']?.count, 1);
    assert.equal((await openLog({ kv }).log.usage(of, 0))['s3:GetObject']?.count, 1);
  });
});

describe('openExchange', () => {
  const asked = question(ANA, 's3:GetObject');

  test('asks the others, and never itself', async () => {
    using first = openExchange('test-asks', 'first', 2);
    using second = openExchange('test-asks', 'second', 2);
    using third = openExchange('test-asks', 'third', 2);
    const traces = (exchange: typeof first, name: string) =>
      exchange.answer(async (ask) => {
        return ask.kind === 'find' ? [{ requestId: `${ask.requestId} of ${name}` } as never] : [];
      });
    traces(first, 'first');
    traces(second, 'second');
    traces(third, 'third');
    const answers = await first.askAll({ kind: 'find', requestId: 'ONE' });
    const found = answers.map(({ requestId }) => requestId).toSorted();
    assert.deepEqual(found, ['ONE of second', 'ONE of third']);
    assert.deepEqual(await second.askAll({ kind: 'flush' }), []);
  });

  test('one that fails answers nothing, and keeps nobody waiting', async () => {
    using first = openExchange('test-fails', 'first', 1);
    using second = openExchange('test-fails', 'second', 1);
    second.answer(() => Promise.reject(new Error('no')));
    assert.deepEqual(await first.askAll({ kind: 'find', requestId: 'ONE' }), []);
  });

  test('a log asks the threads that have it', async () => {
    const kv = openMemoryStore();
    const clock = new ManualClock(START_MS);
    const seal = createSeal(new Uint8Array(MASTER_KEY_SIZE));
    const parts = { kv, clock, seal, log: silentLog };
    await using one = new DecisionLog({ ...parts, exchange: openExchange('test-log', 'one', 1) });
    await using two = new DecisionLog({ ...parts, exchange: openExchange('test-log', 'two', 1) });
    one.allowed('ONE', asked, considered(asked));
    assert.equal((await two.find('ONE', MAIN)).length, 1);
    const usage = await two.usage({ account: MAIN, id: ANA.userId }, 0);
    assert.equal(usage['s3:GetObject']?.count, 1);
  });
});
