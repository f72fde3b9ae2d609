import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWithAccount } from '../identity/testing/open.ts';
import type { Acl, Bucket, ObjectVersion } from '../objects/model.ts';
import { authorize, type Question } from './authorize.ts';
import { ANONYMOUS, type Caller } from './caller.ts';

const SENDER = { remoteAddress: '192.0.2.7', secure: true };

const MAIN = '123456789012';
const OTHER = '222222222222';
const KEY = 'arn:aws:s3:::b/k';

async function openCallers() {
  const { identity } = await openWithAccount();
  await identity.createAccount({ name: 'Other', id: OTHER });
  const callerOf = async (
    account: string,
    user?: string,
    ...statements: readonly object[]
  ): Promise<Caller> => {
    const owner =
      user === undefined ? ({ kind: 'root' } as const) : ({ kind: 'user', name: user } as const);
    if (user !== undefined) {
      await identity.createUser(account, { name: user });
      if (statements.length > 0) {
        const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
        await identity.putUserPolicy(account, user, { name: 'inline', text });
      }
    }
    const { id } = await identity.createAccessKey(account, owner);
    const credential = await identity.findCredential(id);
    assert.ok(credential !== undefined);
    const { principal } = credential;
    return {
      principal,
      policyPrincipal: principal.policyPrincipal,
      account,
      accessKeyId: id,
      proof: { kind: 'signature', version: 'v4', at: 'header', signedAtMs: 0, region: 'r' },
    };
  };
  return { identity, callerOf };
}

const PRIVATE: Acl = { owner: MAIN, grants: [] };
const PUBLIC: Acl = {
  owner: MAIN,
  grants: [{ grantee: { kind: 'group', group: 'AllUsers' }, permission: 'READ' }],
};

function bucket(given: Partial<Bucket> = {}): Bucket {
  return { name: 'b', owner: MAIN, ownership: 'ObjectWriter', acl: PRIVATE, ...given } as Bucket;
}

const policy = (...statements: readonly object[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
const statement = (Effect: string, Principal: unknown, Action = 's3:GetObject') => ({
  Effect,
  Principal,
  Action,
  Resource: [KEY, 'arn:aws:s3:::b'],
});
const READ = { Effect: 'Allow', Action: 's3:GetObject', Resource: KEY };

const blocked = (more: Partial<NonNullable<Bucket['publicAccessBlock']>>) => ({
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
  ...more,
});

type Who = 'nobody' | 'root' | 'user' | 'reader' | 'stranger' | 'strangerReader';

const cases: readonly (readonly [
  name: string,
  given: Partial<Question> & { readonly bucket: Bucket },
  allowed: readonly Who[],
])[] = [
  ['a private bucket', { bucket: bucket() }, ['root', 'reader']],
  [
    'a policy for everyone',
    { bucket: bucket({ policy: policy(statement('Allow', '*')) }) },
    ['nobody', 'root', 'user', 'reader', 'strangerReader'],
  ],
  [
    'a policy for the other account',
    { bucket: bucket({ policy: policy(statement('Allow', { AWS: OTHER })) }) },
    ['root', 'reader', 'strangerReader'],
  ],
  [
    'a policy that denies everyone',
    { bucket: bucket({ policy: policy(statement('Deny', '*')) }) },
    [],
  ],
  [
    'a policy for everyone, where the object is the other account’s',
    { bucket: bucket({ policy: policy(statement('Allow', '*')) }), resourceAccount: OTHER },
    ['strangerReader'],
  ],
  [
    'a policy that denies everyone, where the object is the other account’s',
    { bucket: bucket({ policy: policy(statement('Deny', '*')) }), resourceAccount: OTHER },
    [],
  ],
  [
    'an ACL for everyone on the object',
    { bucket: bucket(), object: { acl: PUBLIC } as ObjectVersion },
    ['nobody', 'root', 'user', 'reader', 'strangerReader'],
  ],
  ['an ACL for everyone on the bucket', { bucket: bucket({ acl: PUBLIC }) }, ['root', 'reader']],
  [
    'an ACL for everyone, but a policy that denies',
    {
      bucket: bucket({ policy: policy(statement('Deny', '*')) }),
      object: { acl: PUBLIC } as ObjectVersion,
    },
    [],
  ],
  [
    'an ACL where there are none',
    {
      bucket: bucket({ ownership: 'BucketOwnerEnforced' }),
      object: { acl: PUBLIC } as ObjectVersion,
    },
    ['root', 'reader'],
  ],
  [
    'a public ACL that is ignored',
    {
      bucket: bucket({ publicAccessBlock: blocked({ ignorePublicAcls: true }) }),
      object: { acl: PUBLIC } as ObjectVersion,
    },
    ['root', 'reader'],
  ],
  [
    'a public policy that is restricted',
    {
      bucket: bucket({
        policy: policy(statement('Allow', '*')),
        publicAccessBlock: blocked({ restrictPublicBuckets: true }),
      }),
    },
    ['root', 'user', 'reader'],
  ],
  [
    'a policy that is not public, restricted',
    {
      bucket: bucket({
        policy: policy(statement('Allow', { AWS: OTHER })),
        publicAccessBlock: blocked({ restrictPublicBuckets: true }),
      }),
    },
    ['root', 'reader', 'strangerReader'],
  ],
  [
    'a restricted policy whose denials still hold',
    {
      bucket: bucket({
        policy: policy(statement('Allow', '*'), statement('Deny', { AWS: OTHER })),
        publicAccessBlock: blocked({ restrictPublicBuckets: true }),
      }),
      object: { acl: PUBLIC } as ObjectVersion,
    },
    ['nobody', 'root', 'user', 'reader'],
  ],
  ['a policy that cannot be read', { bucket: bucket({ policy: '{' }) }, []],
  [
    'a context that fails',
    {
      bucket: bucket({
        policy: policy({
          ...statement('Allow', '*'),
          Condition: { StringEquals: { 'aws:SourceIp': 'x' } },
        }),
      }),
      context: () => {
        throw new Error('broken');
      },
    },
    [],
  ],
];

test('authorize: who may read what', async (t) => {
  const { identity, callerOf } = await openCallers();
  const who: Readonly<Record<Who, Caller>> = {
    nobody: ANONYMOUS,
    root: await callerOf(MAIN),
    user: await callerOf(MAIN, 'user'),
    reader: await callerOf(MAIN, 'reader', READ),
    stranger: await callerOf(OTHER, 'stranger'),
    strangerReader: await callerOf(OTHER, 'reader', READ),
  };
  for (const [name, given, allowed] of cases) {
    await t.test(name, async () => {
      const found: string[] = [];
      for (const [id, caller] of Object.entries(who)) {
        const question: Question = {
          caller,
          action: 's3:GetObject',
          resource: KEY,
          resourceAccount: MAIN,
          sender: SENDER,
          context: (key) => (key === 'aws:principalarn' ? caller.principal?.arn : undefined),
          ...given,
        };
        if ((await authorize(identity, question)).effect === 'Allow') found.push(id);
      }
      assert.deepEqual(found, [...allowed]);
    });
  }
});

test('authorize: what goes wrong denies and is told', async () => {
  const { identity, callerOf } = await openCallers();
  const decision = await authorize(identity, {
    caller: await callerOf(MAIN),
    action: 's3:GetObject',
    resource: KEY,
    resourceAccount: MAIN,
    context: () => undefined,
    sender: SENDER,
    bucket: bucket({ policy: 'not a policy' }),
  });
  assert.equal(decision.effect, 'ImplicitDeny');
  assert.match(String(decision.error), /bucket b cannot be read/);
});

test('authorize: a bucket’s policy is another one as soon as the bucket is', async () => {
  const { identity } = await openCallers();
  const ask = async (given: Bucket) =>
    (
      await authorize(identity, {
        caller: ANONYMOUS,
        action: 's3:GetObject',
        resource: KEY,
        resourceAccount: MAIN,
        context: () => undefined,
        sender: SENDER,
        bucket: given,
      })
    ).effect;
  const open = bucket({ policy: policy(statement('Allow', '*')) });
  assert.equal(await ask(open), 'Allow');
  assert.equal(await ask({ ...open, policy: undefined }), 'ImplicitDeny');
  assert.equal(await ask({ ...open, policy: policy(statement('Deny', '*')) }), 'ExplicitDeny');
});
