import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, Headers } from '../base/http.ts';
import { openIdentityStore } from '../identity/index.ts';
import { ManualClock } from '../base/clock.ts';
import { openMemoryStore } from '../kv/memory.ts';
import { presignV2, signV2 } from '../signature/index.ts';
import { createAuthenticator } from './authenticate.ts';

const NOON_MS = Date.UTC(2026, 0, 2, 12);

test('authenticate takes a V2 signature for S3 alone, because it covers no action', async () => {
  const clock = new ManualClock(NOON_MS);
  const kv = openMemoryStore();
  const identity = await openIdentityStore({ kv, clock, masterKey: new Uint8Array(32).fill(1) });
  const account = await identity.createAccount({ name: 'Main' });
  const key = await identity.createRootKey(account.id);
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secretAccessKey };
  const authenticator = createAuthenticator({
    identity,
    clock,
    region: 'us-east-1',
    strictRegion: false,
  });
  const signed = { method: 'GET', target: '/bucket/key', headers: { host: 'a' }, credentials };
  const presigned = presignV2({ ...signed, expiresAtMs: NOON_MS + 60_000 });
  const ways = [
    { target: `${presigned}&Action=CreateAccessKey`, headers: { host: 'iam.localhost' } },
    {
      target: '/bucket/key?Action=CreateAccessKey',
      headers: signV2({ ...signed, nowMs: NOON_MS }),
    },
  ];
  for (const { target, headers } of ways) {
    const request = {
      method: 'GET',
      target,
      headers: Headers.of(headers),
      body: bodyOf(new Uint8Array(0)),
      remoteAddress: '127.0.0.1',
      secure: false,
    };
    const { caller } = await authenticator.authenticate(request, { service: 's3' });
    assert.equal(caller.account, account.id);
    for (const service of ['iam', 'sts'] as const) {
      await assert.rejects(authenticator.authenticate(request, { service }), {
        name: 'AccessError',
        kind: 'MissingAuthenticationToken',
      });
    }
  }
});
