/**
 * What the size of an account costs a decision: the same questions to an account that is nearly
 * empty and to a full one, taking turns. Run alone: `node bench/identity.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../src/base/assert.ts';
import { systemClock } from '../src/base/clock.ts';
import { openIdentityStore, policyArn, type IdentityStore } from '../src/identity/index.ts';
import { openEmbeddedStore } from '../src/kv/embedded/embedded-store.ts';
import { evaluate } from '../src/policy/index.ts';

const ACCOUNT = '111122223333';
const EMPTY = { users: 100, groups: 10, policies: 50 };
const FULL = { users: 10_000, groups: 1000, policies: 5000 };
/** Users who ask in turn: the same number in both accounts. */
const ASKING = 100;
const ROUNDS = 5;
const DECISIONS_PER_ROUND = 50_000;
/** With as many decisions between two changes as a busy server makes between two of its people's. */
const DECISIONS_PER_CHANGE = 100;
const WRITES_AT_ONCE = 200;

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
});
const textOf = (index: number): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' },
      { Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::b${index}/*` },
    ],
  });
const nameOf = (kind: string, index: number): string => `${kind}${index}`;

interface Account {
  readonly identity: IdentityStore;
  /** Of the users who ask. */
  readonly keys: readonly string[];
}

async function fill(identity: IdentityStore, size: typeof FULL): Promise<Account> {
  await identity.createAccount({ name: 'Bench', id: ACCOUNT });
  const path = '/';
  const arn = (index: number): string =>
    policyArn({ account: ACCOUNT, path, name: nameOf('policy', index % size.policies) });
  await each(size.policies, (index) =>
    identity.createPolicy(ACCOUNT, { name: nameOf('policy', index), text: textOf(index) }),
  );
  await each(size.groups, async (index) => {
    await identity.createGroup(ACCOUNT, { name: nameOf('group', index) });
    await identity.attachGroupPolicy(ACCOUNT, nameOf('group', index), arn(index));
  });
  await each(size.users, async (index) => {
    const name = nameOf('user', index);
    await identity.createUser(ACCOUNT, { name });
    await identity.attachUserPolicy(ACCOUNT, name, arn(index + 1));
    await identity.addUserToGroup(ACCOUNT, nameOf('group', index % size.groups), name);
  });
  await identity.createRole(ACCOUNT, { name: 'role', trustText: TRUST });
  await identity.attachRolePolicy(ACCOUNT, 'role', arn(0));
  const keys: string[] = [];
  for (let index = 0; index < ASKING; index += 1) {
    const owner = { kind: 'user', name: nameOf('user', index) } as const;
    keys.push((await identity.createAccessKey(ACCOUNT, owner)).id);
  }
  return { identity, keys };
}

async function each(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < count; start += WRITES_AT_ONCE) {
    const length = Math.min(WRITES_AT_ONCE, count - start);
    await Promise.all(Array.from({ length }, (_, index) => make(start + index)));
  }
}

type Found = Awaited<ReturnType<IdentityStore['findCredential']>>;

async function decide(identity: IdentityStore, credential: Found, index: number): Promise<void> {
  assert(credential !== undefined, 'the benchmark asks with keys that are there');
  const { principal } = credential;
  const found = identity.policiesOf(principal);
  const policies = found instanceof Promise ? await found : found;
  const { effect } = evaluate(
    {
      principal: principal.policyPrincipal,
      action: 's3:GetObject',
      resource: `arn:aws:s3:::b/${index}`,
      resourceAccountId: ACCOUNT,
      context: () => undefined,
    },
    policies,
  );
  assert(effect === 'Allow', 'the benchmark measures allowed requests');
}

type Measure = (account: Account, index: number) => Promise<unknown>;

const asUser: Measure = async ({ identity, keys }, index) => {
  const found = identity.findCredential(keys[index % keys.length] ?? '');
  return decide(identity, found instanceof Promise ? await found : found, index);
};

/** One session for each account, minted when it is first asked for. */
const sessions = new WeakMap<IdentityStore, { readonly id: string; readonly token: string }>();

const asRole: Measure = async ({ identity }, index) => {
  const { id, token } = sessions.get(identity) ?? (await mint(identity));
  const found = identity.findSession(id, token);
  return decide(identity, found instanceof Promise ? await found : found, index);
};

async function mint(identity: IdentityStore): Promise<{ id: string; token: string }> {
  const assumed = await identity.findAssumableRole(ACCOUNT, 'role');
  assert(assumed !== undefined, 'the role is there');
  const { accessKeyId, sessionToken } = identity.mintRoleSession(assumed.role, 'bench', 3600);
  const session = { id: accessKeyId, token: sessionToken };
  sessions.set(identity, session);
  return session;
}

const changing =
  (measure: Measure): Measure =>
  async (account, index) => {
    if (index % DECISIONS_PER_CHANGE === 0) {
      const tag = { key: 'turn', value: String(index) };
      await account.identity.tagUser(ACCOUNT, nameOf('user', ASKING - 1), [tag]);
    }
    return measure(account, index);
  };

/** Of the processor, of all threads of this process, because the machine may be shared. */
async function microsecondsOf(measure: Measure, account: Account, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) await measure(account, index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

const MEASURES: readonly [name: string, measure: Measure, count: number][] = [
  ['a user’s decision', asUser, DECISIONS_PER_ROUND],
  ['a session’s decision', asRole, DECISIONS_PER_ROUND],
  [`a user’s decision, a change each ${DECISIONS_PER_CHANGE}`, changing(asUser), 10_000],
  [`a session’s decision, a change each ${DECISIONS_PER_CHANGE}`, changing(asRole), 10_000],
  ['minting a session', async ({ identity }) => mint(identity), 5000],
];

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'coffer-bench-identity-'));
  try {
    await using stores = new AsyncDisposableStack();
    const open = async (name: string, size: typeof FULL): Promise<Account> => {
      const kv = stores.use(await openEmbeddedStore(join(folder, name)));
      const quotas = {
        usersPerAccount: FULL.users,
        groupsPerAccount: 1000,
        policiesPerAccount: 5000,
      };
      const masterKey = new Uint8Array(32).fill(1);
      const options = { kv, clock: systemClock, masterKey, quotas };
      return fill(stores.use(await openIdentityStore(options)), size);
    };
    const accounts = [await open('empty', EMPTY), await open('full', FULL)] as const;
    for (const [name, measure, count] of MEASURES) {
      const best = [Infinity, Infinity];
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const [index, account] of accounts.entries()) {
          const spent = await microsecondsOf(measure, account, count);
          best[index] = Math.min(best[index] ?? Infinity, spent);
        }
      }
      const [empty = 0, full = 0] = best;
      console.log(
        `${name.padEnd(40)} ${empty.toFixed(2).padStart(8)} ${full.toFixed(2).padStart(8)} µs` +
          `  × ${(full / empty).toFixed(2)}`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
