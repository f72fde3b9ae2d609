import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { accountOfTemporaryKey, newAccessKeyId } from '../ids.ts';
import { PACKED_SIZE_MAX, pack, packedPercent, unpack } from './packing.ts';
import type { Session } from './session.ts';
import { createSessionTokens } from './token.ts';

const MASTER_KEY = new Uint8Array(32).fill(7);
const tokens = createSessionTokens(MASTER_KEY);

const SESSION: Session = {
  account: '012345678901',
  source: { kind: 'role', roleId: 'AROAEXAMPLEEXAMPLEEXA', sessionName: 's1' },
  issuedAtMs: 1_767_355_200_123,
  expiresAtMs: 1_767_358_800_000,
  tags: [],
  transitiveTagKeys: [],
  policyIds: [],
};

test('a token opens beside its key to the session that was sealed', () => {
  const { accessKeyId, secretAccessKey, sessionToken } = tokens.seal(SESSION);
  assert.match(accessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.match(secretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.match(sessionToken, /^[A-Za-z0-9_-]+$/);
  const opened = tokens.open(accessKeyId, sessionToken);
  const id = sessionToken.slice(0, 24);
  assert.deepEqual(opened, { session: { ...SESSION, id }, secretAccessKey });
  const later = createSessionTokens(MASTER_KEY).open(accessKeyId, sessionToken);
  assert.deepEqual(later, opened, 'another thread or a later start has the same keys');
});

test('every session comes back as it was', () => {
  const plain = { noNullPrototype: true } as const;
  const tag = fc.record({ key: fc.string({ maxLength: 128 }), value: fc.string() }, plain);
  const session = fc.record(
    {
      account: fc.stringMatching(/^[0-9]{12}$/),
      source: fc.oneof(
        fc.record(
          {
            kind: fc.constant('role' as const),
            roleId: fc.string(),
            sessionName: fc.string(),
            isChained: fc.boolean(),
          },
          plain,
        ),
        fc.record(
          {
            kind: fc.constant('federated' as const),
            owner: fc.constantFrom({ kind: 'root' }, { kind: 'user', id: 'AIDA' } as const),
            accessKeyId: fc.string(),
            name: fc.string(),
          },
          plain,
        ),
      ),
      issuedAtMs: fc.nat(),
      expiresAtMs: fc.nat(),
      tags: fc.array(tag, { maxLength: 50 }),
      transitiveTagKeys: fc.array(fc.string()),
      policyIds: fc.array(fc.string()),
      policy: fc.string({ maxLength: 2048 }),
      sourceIdentity: fc.string(),
      mfaAtMs: fc.nat(),
    },
    {
      ...plain,
      requiredKeys: [
        'account',
        'source',
        'issuedAtMs',
        'expiresAtMs',
        'tags',
        'transitiveTagKeys',
        'policyIds',
      ],
    },
  );
  fc.assert(
    fc.property(session, (drawn) => {
      // Transitive are only keys of tags.
      const given = drawn.tags.length === 0 ? { ...drawn, transitiveTagKeys: [] } : drawn;
      const { accessKeyId, sessionToken } = tokens.seal(given as Session);
      const { id: _, ...session } = tokens.open(accessKeyId, sessionToken)!.session;
      assert.deepEqual(session, given);
      assert.equal(accountOfTemporaryKey(accessKeyId), given.account);
    }),
  );
});

test('no two tokens of one session are alike, nor their keys', () => {
  const all = Array.from({ length: 100 }, () => tokens.seal(SESSION));
  for (const part of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const) {
    assert.equal(new Set(all.map((each) => each[part])).size, all.length, part);
  }
});

test('a token that was altered anywhere, cut or lengthened does not open', () => {
  const { accessKeyId, sessionToken } = tokens.seal(SESSION);
  const bytes = Buffer.from(sessionToken, 'base64url');
  for (let index = 0; index < bytes.byteLength; index += 1) {
    const altered = Buffer.from(bytes);
    altered[index]! ^= 1 << (index % 8);
    assert.equal(tokens.open(accessKeyId, altered.toString('base64url')), undefined, `${index}`);
    const cut = bytes.subarray(0, index).toString('base64url');
    assert.equal(tokens.open(accessKeyId, cut), undefined, `cut at ${index}`);
  }
  for (const other of [
    '',
    `${sessionToken}A`,
    `${sessionToken}=`,
    ` ${sessionToken}`,
    `${sessionToken},${sessionToken}`,
    bytes.toString('base64'),
    'FwoGZXIvYXdzEBYaDPmCEXAMPLE',
    'A'.repeat(100_000),
  ]) {
    assert.equal(tokens.open(accessKeyId, other), undefined, other.slice(0, 40));
  }
});

test('a token opens beside no other key, and on no other server', () => {
  const { accessKeyId, sessionToken } = tokens.seal(SESSION);
  const { accessKeyId: another } = tokens.seal(SESSION);
  for (const id of [another, accessKeyId.toLowerCase(), newAccessKeyId(), '']) {
    assert.equal(tokens.open(id, sessionToken), undefined);
  }
  const elsewhere = createSessionTokens(new Uint8Array(32).fill(8));
  assert.equal(elsewhere.open(accessKeyId, sessionToken), undefined);
});

test('a token says nothing of its session in clear', () => {
  const session = { ...SESSION, sourceIdentity: 'NOBODYMUSTREADTHIS' };
  const { secretAccessKey, sessionToken } = tokens.seal(session);
  const bytes = Buffer.from(sessionToken, 'base64url').toString('latin1');
  for (const part of [session.sourceIdentity, 'AROAEXAMPLE', secretAccessKey]) {
    assert.ok(!bytes.includes(part));
  }
});

test('temporary keys name their account where AWS’s do', () => {
  // The key and account of a published example of AWS's form.
  assert.equal(accountOfTemporaryKey('ASIAQNZGKIQY56JQ7WML'), '029608264753');
  for (const id of ['AKIAQNZGKIQY56JQ7WML', 'ASIAQNZGKIQY56JQ7WM', 'ASIAQNZGKIQY56JQ7WM1', '']) {
    assert.equal(accountOfTemporaryKey(id), undefined, id);
  }
});

test('packing: nothing costs nothing, and the percentage is of what is allotted', () => {
  const nothing = { policyIds: [], tags: [], transitiveTagKeys: [] };
  assert.equal(pack(nothing).byteLength, 0);
  assert.deepEqual(unpack(pack(nothing)), nothing);
  assert.equal(packedPercent(pack(nothing)), 0);
  assert.equal(packedPercent(new Uint8Array(1)), 1);
  assert.equal(packedPercent(new Uint8Array(PACKED_SIZE_MAX)), 100);
  assert.equal(packedPercent(new Uint8Array(PACKED_SIZE_MAX + 1)), 101);
});
