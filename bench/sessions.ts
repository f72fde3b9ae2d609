/**
 * What sessions cost: AssumeRole through the whole service but the socket, and a session's requests
 * beside a user's. On one core, over memory. Run alone: `node bench/sessions.ts`.
 */
import { hash } from 'node:crypto';
import { authorize, createAuthenticator, SILENT_OBSERVER } from '../src/access/index.ts';
import { assert } from '../src/base/assert.ts';
import { systemClock } from '../src/base/clock.ts';
import { bodyOf, Headers, type HttpRequest } from '../src/base/http.ts';
import { silentLog } from '../src/base/log.ts';
import { openIdentityStore } from '../src/identity/index.ts';
import { createSessionTokens } from '../src/identity/sessions/token.ts';
import { openMemoryStore } from '../src/kv/memory.ts';
import { createQueryService } from '../src/server/query-service.ts';
import { signRequestV4, type Credentials } from '../src/signature/index.ts';
import { createStsService } from '../src/sts/index.ts';
import type { BenchResult } from './policy.ts';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';
const ROUNDS = 5;
const ROUND_MS = 300;
/** Requests that are signed before the clock runs. */
const REQUESTS = 2000;

const allow = (action: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: '*' },
  });

async function openStore() {
  const kv = openMemoryStore();
  const masterKey = new Uint8Array(32).fill(7);
  const identity = await openIdentityStore({ kv, clock: systemClock, masterKey });
  await identity.createAccount({ name: 'Main', id: ACCOUNT });
  await identity.createUser(ACCOUNT, { name: 'bob' });
  await identity.putUserPolicy(ACCOUNT, 'bob', { name: 'p', text: allow('*') });
  const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
  const trustText = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  const role = await identity.createRole(ACCOUNT, { name: 'App', trustText });
  await identity.putRolePolicy(ACCOUNT, 'App', { name: 'p', text: allow('s3:*') });
  const key = await identity.createAccessKey(ACCOUNT, { kind: 'user', name: 'bob' });
  const bob = { accessKeyId: key.id, secretAccessKey: key.secretAccessKey };
  const authenticator = createAuthenticator({
    identity,
    clock: systemClock,
    region: REGION,
    strictRegion: false,
  });
  return { identity, authenticator, role, bob, masterKey };
}

interface Signing {
  readonly service: 's3' | 'sts';
  readonly method: string;
  readonly target: string;
  readonly body: string;
  readonly credentials: Credentials;
}

function signed({ service, method, target, body, credentials }: Signing): HttpRequest {
  const { headers } = signRequestV4({
    method,
    target,
    headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded' },
    credentials,
    region: REGION,
    service,
    nowMs: systemClock.nowMs(),
    payloadHash: hash('sha256', body, 'hex'),
  });
  return {
    method,
    target,
    headers: Headers.of(headers),
    body: bodyOf(Buffer.from(body)),
    remoteAddress: '127.0.0.1',
    secure: false,
  };
}

/** How often a second, in the best of several rounds, which other programs disturbed least. */
async function ratesPerSecond(
  works: readonly ((index: number) => unknown)[],
): Promise<readonly number[]> {
  const best = works.map(() => 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [which, work] of works.entries()) {
      const begin = performance.now();
      let count = 0;
      while (performance.now() - begin < ROUND_MS) {
        for (let step = 0; step < 50; step += 1) await work((count += 1) % REQUESTS);
      }
      const rate = (count * 1000) / (performance.now() - begin);
      best[which] = Math.max(best[which] ?? 0, rate);
    }
  }
  return best;
}

export async function benchSessions(): Promise<BenchResult[]> {
  const { identity, authenticator, role, bob, masterKey } = await openStore();
  const parts = {
    identity,
    authenticator,
    observer: SILENT_OBSERVER,
    clock: systemClock,
    log: silentLog,
    region: REGION,
    decisions: { open: () => undefined },
  };
  const sts = createQueryService(createStsService(parts as never), parts);
  const calls = Array.from({ length: REQUESTS }, (_, index) => {
    const form = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/App`,
      RoleSessionName: `session-${index}`,
    });
    const body = form.toString();
    return signed({ service: 'sts', method: 'POST', target: '/', body, credentials: bob });
  });
  const assumeRole = async (index: number): Promise<void> => {
    const answer = await sts(calls[index]!, 'REQUEST');
    assert(answer.status === 200, 'AssumeRole is refused');
  };

  const session = identity.mintRoleSession(role, 'bench', 3600);
  const policy = identity.mintSession({
    account: ACCOUNT,
    source: { kind: 'role', roleId: role.id, sessionName: 'bench' },
    durationSeconds: 3600,
    policy: allow('s3:*'),
  });
  const gets = [bob, session, policy].map((credentials) =>
    Array.from({ length: REQUESTS }, (_, index) =>
      signed({ service: 's3', method: 'GET', target: `/b/${index}`, body: '', credentials }),
    ),
  );
  const decide = (requests: readonly HttpRequest[]) => async (index: number) => {
    const { caller } = await authenticator.authenticate(requests[index]!, { service: 's3' });
    const decision = await authorize(identity, {
      caller,
      action: 's3:GetObject',
      resource: `arn:aws:s3:::b/${index}`,
      resourceAccount: ACCOUNT,
      context: () => undefined,
      sender: { remoteAddress: '127.0.0.1', secure: false },
    });
    assert(decision.effect === 'Allow', 'a request of the benchmark is refused');
  };
  const tokens = createSessionTokens(masterKey);
  const open = () =>
    assert(tokens.open(session.accessKeyId, session.sessionToken) !== undefined, '');
  const works = [assumeRole, ...gets.map(decide), open];
  const [assumed = 0, user = 0, plain = 0, limited = 0, opened = 0] = await ratesPerSecond(works);
  const row = (name: string, value: number, unit: string) => ({ name, value, unit });
  return [
    row('AssumeRole, whole but for the socket', Math.round(assumed), 'requests/s'),
    row('signature and decision, a user', Number((1e6 / user).toFixed(1)), 'µs'),
    row('signature and decision, a role’s session', Number((1e6 / plain).toFixed(1)), 'µs'),
    row('the same with a session policy', Number((1e6 / limited).toFixed(1)), 'µs'),
    row('a session’s request over a user’s', Number((user / plain).toFixed(2)), 'times'),
    row('opening a token for the first time', Number((1e6 / opened).toFixed(1)), 'µs'),
  ];
}

if (import.meta.main) {
  for (const { name, value, unit } of await benchSessions()) {
    console.log(`${name.padEnd(42)} ${value.toLocaleString('en-US').padStart(10)} ${unit}`);
  }
}
