import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ManualClock } from '../base/clock.ts';
import { openIdentityStore, type IdentityStore } from '../identity/index.ts';
import { openMemoryStore } from '../kv/memory.ts';
import type { Acl, Bucket, Grant } from '../objects/model.ts';
import {
  aclAnswer,
  aclOfRequest,
  assertAclAllowed,
  cannedAcl,
  storedAcl,
  type AclInput,
} from './acl.ts';

const OWNER = '111111111111';
const FRIEND = '222222222222';
const owners = { owner: OWNER, bucketOwner: OWNER };
const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';

let identity: IdentityStore;
let ownerId: string;
let friendId: string;
before(async () => {
  identity = await openIdentityStore({
    kv: openMemoryStore(),
    clock: new ManualClock(0),
    masterKey: new Uint8Array(32),
  });
  ownerId = (await identity.createAccount({ name: 'Owner', id: OWNER })).canonicalUserId;
  const friend = { name: 'Friend', id: FRIEND, email: 'Friend@example.com' };
  friendId = (await identity.createAccount(friend)).canonicalUserId;
});

const account = (id: string): Grant['grantee'] => ({ kind: 'account', account: id });
const group = (name: 'AllUsers' | 'AuthenticatedUsers' | 'LogDelivery'): Grant['grantee'] => ({
  kind: 'group',
  group: name,
});
const own: Grant = { grantee: account(OWNER), permission: 'FULL_CONTROL' };

const canned: readonly (readonly [name: string, bucketOwner: string, more: readonly Grant[]])[] = [
  ['private', OWNER, []],
  ['public-read', OWNER, [{ grantee: group('AllUsers'), permission: 'READ' }]],
  [
    'public-read-write',
    OWNER,
    [
      { grantee: group('AllUsers'), permission: 'READ' },
      { grantee: group('AllUsers'), permission: 'WRITE' },
    ],
  ],
  ['authenticated-read', OWNER, [{ grantee: group('AuthenticatedUsers'), permission: 'READ' }]],
  [
    'log-delivery-write',
    OWNER,
    [
      { grantee: group('LogDelivery'), permission: 'WRITE' },
      { grantee: group('LogDelivery'), permission: 'READ_ACP' },
    ],
  ],
  ['bucket-owner-read', OWNER, []],
  ['bucket-owner-read', FRIEND, [{ grantee: account(FRIEND), permission: 'READ' }]],
  ['bucket-owner-full-control', OWNER, []],
  ['bucket-owner-full-control', FRIEND, [{ grantee: account(FRIEND), permission: 'FULL_CONTROL' }]],
];

for (const [name, bucketOwner, more] of canned) {
  test(`cannedAcl: ${name} in a bucket of ${bucketOwner === OWNER ? 'its owner' : 'another'}`, () => {
    const acl = cannedAcl(name, { owner: OWNER, bucketOwner });
    assert.deepEqual(acl, { owner: OWNER, grants: [own, ...more] });
    assert.equal(storedAcl(acl), more.length === 0 ? undefined : acl);
  });
}

const headers: readonly (readonly [
  name: string,
  input: () => AclInput,
  expected: readonly Grant[] | { readonly code: string } | undefined,
])[] = [
  ['nothing', () => ({}), undefined],
  ['a canned ACL', () => ({ ACL: 'private' }), [own]],
  [
    'an id',
    () => ({ GrantRead: `id="${friendId}"` }),
    [{ grantee: account(FRIEND), permission: 'READ' }],
  ],
  [
    'an id without quotes',
    () => ({ GrantRead: `id=${friendId}` }),
    [{ grantee: account(FRIEND), permission: 'READ' }],
  ],
  [
    'an address in any case',
    () => ({ GrantReadACP: 'emailAddress="FRIEND@example.com"' }),
    [{ grantee: account(FRIEND), permission: 'READ_ACP' }],
  ],
  [
    'a group',
    () => ({ GrantWriteACP: `uri="${ALL_USERS}"` }),
    [{ grantee: group('AllUsers'), permission: 'WRITE_ACP' }],
  ],
  [
    'several',
    () => ({
      GrantFullControl: `id=${ownerId}, ID = "${friendId}"`,
      GrantWrite: `uri=${ALL_USERS}`,
    }),
    [
      { grantee: group('AllUsers'), permission: 'WRITE' },
      own,
      { grantee: account(FRIEND), permission: 'FULL_CONTROL' },
    ],
  ],
  [
    'a canned ACL beside a grant',
    () => ({ ACL: 'private', GrantRead: `id=${friendId}` }),
    { code: 'InvalidRequest' },
  ],
  ['an unknown id', () => ({ GrantRead: 'id=abc' }), { code: 'InvalidArgument' }],
  [
    'an unknown address',
    () => ({ GrantRead: 'emailAddress=no@example.com' }),
    { code: 'UnresolvableGrantByEmailAddress' },
  ],
  [
    'an unknown group',
    () => ({ GrantRead: 'uri=http://example.com/' }),
    { code: 'InvalidArgument' },
  ],
  ['an unknown kind', () => ({ GrantRead: 'name=x' }), { code: 'InvalidArgument' }],
  ['no kind', () => ({ GrantRead: 'x' }), { code: 'InvalidArgument' }],
  ['nothing between commas', () => ({ GrantRead: `id=${friendId},` }), { code: 'InvalidArgument' }],
  [
    'a hundred and one grants',
    () => ({ GrantRead: Array(101).fill(`id=${friendId}`).join(',') }),
    { code: 'MalformedACLError' },
  ],
  [
    'a document',
    () => ({
      AccessControlPolicy: {
        Owner: { ID: ownerId },
        Grants: [{ Grantee: { Type: 'Group', URI: ALL_USERS }, Permission: 'READ' }],
      },
    }),
    [{ grantee: group('AllUsers'), permission: 'READ' }],
  ],
  [
    'a document without grants',
    () => ({ AccessControlPolicy: { Owner: { ID: ownerId }, Grants: [] } }),
    [],
  ],
  [
    'a document without a list',
    () => ({ AccessControlPolicy: { Owner: { ID: ownerId } } }),
    { code: 'MalformedACLError' },
  ],
  [
    'a document of another owner',
    () => ({ AccessControlPolicy: { Owner: { ID: friendId }, Grants: [] } }),
    { code: 'AccessDenied' },
  ],
  [
    'a grant without grantee',
    () => ({ AccessControlPolicy: { Grants: [{ Permission: 'READ' }] } }),
    { code: 'MalformedACLError' },
  ],
  [
    'a grant without permission',
    () => ({
      AccessControlPolicy: { Grants: [{ Grantee: { Type: 'CanonicalUser', ID: friendId } }] },
    }),
    { code: 'MalformedACLError' },
  ],
];

for (const [name, input, expected] of headers) {
  test(`aclOfRequest: ${name}`, async () => {
    if (expected !== undefined && 'code' in expected) {
      await assert.rejects(aclOfRequest(input(), owners, identity), expected);
      return;
    }
    const acl = await aclOfRequest(input(), owners, identity);
    assert.deepEqual(acl, expected === undefined ? undefined : { owner: OWNER, grants: expected });
  });
}

const publicAcl = cannedAcl('public-read', owners);
const privateAcl = cannedAcl('private', owners);
const enforced = { owner: OWNER, ownership: 'BucketOwnerEnforced' } as Bucket;
const block = (blockPublicAcls: boolean) =>
  ({ owner: OWNER, ownership: 'ObjectWriter', publicAccessBlock: { blockPublicAcls } }) as Bucket;

const rules: readonly (readonly [
  name: string,
  acl: Acl | undefined,
  Bucket,
  canned: string | undefined,
  code?: string,
])[] = [
  ['no ACL where there are none', undefined, enforced, undefined],
  [
    'private by name where there are none',
    privateAcl,
    enforced,
    'private',
    'AccessControlListNotSupported',
  ],
  ['the owner’s by grants where there are none', privateAcl, enforced, undefined],
  ['the bucket owner’s where there are none', privateAcl, enforced, 'bucket-owner-full-control'],
  [
    'public where there are none',
    publicAcl,
    enforced,
    'public-read',
    'AccessControlListNotSupported',
  ],
  [
    'another’s own where there are none',
    cannedAcl('private', { owner: FRIEND, bucketOwner: OWNER }),
    enforced,
    'private',
    'AccessControlListNotSupported',
  ],
  ['public where that is blocked', publicAcl, block(true), 'public-read', 'AccessDenied'],
  ['private where public is blocked', privateAcl, block(true), 'private'],
  ['public where that is not blocked', publicAcl, block(false), 'public-read'],
];

for (const [name, acl, bucket, name2, code] of rules) {
  test(`assertAclAllowed: ${name} ${code ?? 'passes'}`, () => {
    if (code === undefined) assertAclAllowed(acl, bucket, name2);
    else assert.throws(() => assertAclAllowed(acl, bucket, name2), { code });
  });
}

test('aclAnswer says owners and groups as S3 does', async () => {
  const grants: Grant[] = [own, { grantee: group('LogDelivery'), permission: 'WRITE' }];
  assert.deepEqual(await aclAnswer({ owner: OWNER, grants }, identity), {
    Owner: { ID: ownerId, DisplayName: 'Owner' },
    Grants: [
      {
        Grantee: { Type: 'Group', URI: 'http://acs.amazonaws.com/groups/s3/LogDelivery' },
        Permission: 'WRITE',
      },
      {
        Grantee: { Type: 'CanonicalUser', ID: ownerId, DisplayName: 'Owner' },
        Permission: 'FULL_CONTROL',
      },
    ],
  });
});
