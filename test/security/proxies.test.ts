import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signedClient } from '../harness/signed-client.ts';
import { startServer } from '../harness/server.ts';

/** Everything but this one address is shut out, which is what such a policy is written for. */
const ONLY_FROM = '192.0.2.9';
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::fenced/*',
      Condition: { NotIpAddress: { 'aws:SourceIp': ONLY_FROM } },
    },
  ],
});

const lanes = [
  { name: 'forged, a forwarded address opens nothing', flags: [], expected: 403 },
  {
    name: 'from a trusted proxy, a forwarded address is the sender',
    flags: ['--trusted-proxies', '127.0.0.0/8,::1'],
    expected: 200,
  },
  {
    name: 'from an untrusted peer, it opens nothing though others are trusted',
    flags: ['--trusted-proxies', '10.0.0.0/8'],
    expected: 403,
  },
];

for (const { name, flags, expected } of lanes) {
  test(`aws:SourceIp: ${name}`, async () => {
    await using server = await startServer({ flags });
    using send = signedClient(server.port, server.root);
    await send({ method: 'PUT', target: '/fenced' });
    await send({ method: 'PUT', target: '/fenced/key', body: Buffer.from('x') });
    await send({ method: 'PUT', target: '/fenced?policy', body: Buffer.from(POLICY) });
    const get = (forwarded: string) =>
      send({ method: 'GET', target: '/fenced/key', headers: { 'x-forwarded-for': forwarded } });
    assert.equal((await get(ONLY_FROM)).status, expected);
    assert.equal((await get('192.0.2.10')).status, 403);
  });
}
