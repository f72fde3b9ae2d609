import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Acl, Bucket, Grant } from '../objects/model.ts';
import { compilePolicy, evaluate, parsePolicy, type PolicyPrincipal } from '../policy/index.ts';
import { aclPolicy, aclsEnabled, isPublicAcl } from './acl.ts';

const OWNER = '111111111111';
const FRIEND = '222222222222';
const STRANGER = '333333333333';

const user = (accountId: string): PolicyPrincipal => ({
  kind: 'user',
  accountId,
  arn: `arn:aws:iam::${accountId}:user/u`,
  userId: 'AIDAEXAMPLE',
});

const BUCKET_ACTIONS = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: ['s3:PutObject', 's3:DeleteObject'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
};
const NEW_OBJECT_ACTIONS = {
  READ: [],
  WRITE: ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging'],
  READ_ACP: [],
  WRITE_ACP: [],
};
const OBJECT_ACTIONS = {
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
};
const TABLE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  bucket: BUCKET_ACTIONS,
  newObject: NEW_OBJECT_ACTIONS,
  object: OBJECT_ACTIONS,
};
/** Whatever any permission grants, and some that none does. */
const EVERY = new Set([
  ...Object.values(TABLE).flatMap((table) => Object.values(table).flat()),
  's3:DeleteBucket',
  's3:PutBucketPolicy',
  's3:GetObjectTagging',
  's3:DeleteObjectVersion',
  's3:BypassGovernanceRetention',
]);

/** Across accounts the asker's own policies must allow as well. */
const ALLOW_ALL = (() => {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*' };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  const parsed = parsePolicy(text, 'identity');
  assert.ok(parsed.ok);
  return compilePolicy(parsed.document, { type: 'identity-based', id: 'all' });
})();

function allowed(
  acl: Acl,
  subject: 'bucket' | 'newObject' | 'object',
  who: PolicyPrincipal,
  ignores = false,
) {
  const policy = aclPolicy(acl, subject, ignores);
  const isSigned = who.kind !== 'anonymous';
  return [...EVERY].filter((action) => {
    const decision = evaluate(
      {
        principal: who,
        action,
        resource: 'arn:aws:s3:::b/k',
        resourceAccountId: OWNER,
        context: (key) =>
          isSigned && key === 'aws:principalarn' ? 'arn:aws:iam::1:user/u' : undefined,
      },
      {
        identity: isSigned ? [ALLOW_ALL] : [],
        ...(policy === undefined ? {} : { resource: policy }),
      },
    );
    return decision.effect === 'Allow';
  });
}

const grantees: readonly (readonly [
  Grant['grantee'],
  ReadonlySet<PolicyPrincipal['kind'] | string>,
])[] = [
  [{ kind: 'account', account: FRIEND }, new Set([FRIEND])],
  [{ kind: 'group', group: 'AllUsers' }, new Set([FRIEND, STRANGER, 'anonymous'])],
  [{ kind: 'group', group: 'AuthenticatedUsers' }, new Set([FRIEND, STRANGER])],
  [{ kind: 'group', group: 'LogDelivery' }, new Set(['logging.s3.amazonaws.com'])],
];

for (const subject of ['bucket', 'newObject', 'object'] as const) {
  for (const permission of ['READ', 'WRITE', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'] as const) {
    for (const [grantee, meant] of grantees) {
      const name = 'account' in grantee ? 'an account' : grantee.group;
      test(`aclPolicy: ${permission} on ${subject} to ${name}`, () => {
        const acl: Acl = { owner: OWNER, grants: [{ grantee, permission }] };
        const table = TABLE[subject]!;
        const actions = new Set(
          permission === 'FULL_CONTROL' ? Object.values(table).flat() : table[permission],
        );
        const expected = [...EVERY].filter((action) => actions.has(action));
        for (const [who, key] of [
          [user(FRIEND), FRIEND],
          [user(STRANGER), STRANGER],
          [{ kind: 'anonymous' }, 'anonymous'],
        ] as const) {
          assert.deepEqual(allowed(acl, subject, who), meant.has(key) ? expected : [], key);
        }
      });
    }
  }
}

test('aclPolicy: IgnorePublicAcls leaves what named accounts were granted', () => {
  const acl: Acl = {
    owner: OWNER,
    grants: [
      { grantee: { kind: 'group', group: 'AllUsers' }, permission: 'READ' },
      { grantee: { kind: 'group', group: 'AuthenticatedUsers' }, permission: 'READ' },
      { grantee: { kind: 'account', account: FRIEND }, permission: 'READ' },
    ],
  };
  assert.deepEqual(allowed(acl, 'object', { kind: 'anonymous' }, true), []);
  assert.deepEqual(allowed(acl, 'object', user(STRANGER), true), []);
  assert.ok(allowed(acl, 'object', user(FRIEND), true).length > 0);
  assert.ok(allowed(acl, 'object', user(STRANGER), false).length > 0);
});

test('aclPolicy: grants its owner nothing by itself, so that the account’s own policies decide', () => {
  const acl: Acl = {
    owner: OWNER,
    grants: [{ grantee: { kind: 'account', account: OWNER }, permission: 'FULL_CONTROL' }],
  };
  assert.equal(aclPolicy(acl, 'bucket', false), undefined);
});

test('aclPolicy: is compiled once for an ACL', () => {
  const acl: Acl = {
    owner: OWNER,
    grants: [{ grantee: { kind: 'group', group: 'AllUsers' }, permission: 'READ' }],
  };
  assert.equal(aclPolicy(acl, 'bucket', false), aclPolicy(acl, 'bucket', false));
  assert.notEqual(aclPolicy(acl, 'bucket', false), aclPolicy(acl, 'object', false));
});

test('isPublicAcl: only groups of strangers make an ACL public', () => {
  for (const [grantee] of grantees) {
    const acl: Acl = { owner: OWNER, grants: [{ grantee, permission: 'READ_ACP' }] };
    const isPublic = grantee.kind === 'group' && grantee.group !== 'LogDelivery';
    assert.equal(isPublicAcl(acl), isPublic);
  }
});

test('aclsEnabled: everywhere but where the bucket owner owns everything', () => {
  for (const [ownership, expected] of [
    ['ObjectWriter', true],
    ['BucketOwnerPreferred', true],
    ['BucketOwnerEnforced', false],
  ] as const) {
    assert.equal(aclsEnabled({ ownership } as Bucket), expected);
  }
});
