import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { Authority } from '../../certificates/authority.ts';
import { MAIN } from '../testing/house.suite.ts';
import { newIssuerKey, signToken, startIssuer } from '../testing/issuer.suite.ts';
import { AUDIENCE, ES, openWithIssuer } from '../testing/web.suite.ts';

test('an issuer is asked again for a new key, but not by everybody who makes one up', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, issuer, clock } = house;
  assert.equal((await assume(signToken(ES, claims()))).status, 200);
  const next = newIssuerKey('next');
  issuer.published.push(next.jwk);
  assert.equal((await assume(signToken(next, claims()))).status, 400, 'too soon');
  assert.equal(issuer.asked.length, 2);
  clock.advance(11_000);
  const made = Array.from({ length: 5 }, (_, index) => newIssuerKey(`made-up-${index}`));
  const answers = await Promise.all([next, ...made].map((key) => assume(signToken(key, claims()))));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400, 400, 400, 400, 400],
  );
  assert.equal(issuer.asked.length, 4);
  issuer.published.splice(0, issuer.published.length, next.jwk);
  clock.advance(11 * 60_000);
  assert.equal((await assume(signToken(ES, claims()))).status, 400, 'the key was withdrawn');
});

test('known keys stay good while their issuer is down, for as long as they are good', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, issuer, clock } = house;
  const good = () => assume(signToken(ES, claims({ exp: 9_999_999_999 })));
  assert.equal((await good()).status, 200);
  issuer.misbehave((response) => (response.writeHead(503).end('{}'), true));
  for (let round = 0; round < 3; round += 1) {
    clock.advance(11_000);
    // Whoever makes up key ids only makes the issuer be asked.
    const made = await assume(signToken(newIssuerKey('made-up'), claims()));
    assert.equal(made.code, 'InvalidIdentityToken');
    assert.equal((await good()).status, 200);
  }
  clock.advance(10 * 60_000);
  assert.equal((await good()).code, 'IDPCommunicationError');
  issuer.misbehave(undefined);
  assert.equal((await good()).code, 'IDPCommunicationError', 'asked a moment ago');
  clock.advance(11_000);
  assert.equal((await good()).status, 200);
});

test('an issuer that does not answer as it should', async () => {
  const ways: Readonly<
    Record<string, Parameters<Awaited<ReturnType<typeof startIssuer>>['misbehave']>[0]>
  > = {
    'says no': (response) => (response.writeHead(500).end('{}'), true),
    'hangs up': (response) => (response.destroy(), true),
    redirects: (response) => (
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      true
    ),
    'is no JSON': (response) => (response.end('<html>'), true),
    'is null': (response) => (response.end('null'), true),
    'is endless': (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
      return true;
    },
    'speaks for another issuer': (response) => (
      response.end(JSON.stringify({ issuer: 'https://example.com', jwks_uri: 'x' })),
      true
    ),
  };
  for (const [name, way] of Object.entries(ways)) {
    await using house = await openWithIssuer();
    house.issuer.misbehave(way);
    const token = signToken(ES, house.claims());
    const answer = await house.assume(token);
    assert.deepEqual([answer.status, answer.code], [400, 'IDPCommunicationError'], name);
    const asked = house.issuer.asked.length;
    await house.assume(token);
    assert.equal(house.issuer.asked.length, asked, 'it is left alone for a while');
    house.issuer.misbehave(undefined);
    house.clock.advance(11_000);
    assert.equal((await house.assume(signToken(ES, house.claims()))).status, 200, name);
    assert.deepEqual(house.failures, []);
  }
});

test('keys lie where the issuer says, over a way that is safe', async () => {
  for (const [keysAt, isTaken] of [
    ['/keys', true],
    ['http://192.0.2.1/keys', false],
    ['file:///etc/passwd', false],
    ['http://user:secret@127.0.0.1/keys', false],
    ['nonsense', false],
  ] as const) {
    await using house = await openWithIssuer();
    const { issuer } = house;
    issuer.misbehave((response, target) => {
      if (!target.endsWith('openid-configuration')) return false;
      const jwks_uri = keysAt.startsWith('/') ? `${issuer.url}${keysAt}` : keysAt;
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri }));
      return true;
    });
    const answer = await house.assume(signToken(ES, house.claims()));
    assert.equal(answer.status, isTaken ? 200 : 400, keysAt);
  }
});

test('an issuer with an authority of its own is known by the provider’s thumbprint', async () => {
  await using house = await openWithIssuer();
  const { identity, clock, role, claims, assume } = house;
  const names = { dns: [], addresses: ['127.0.0.1'] };
  const authority = Authority.create(names, 'a test', Date.now());
  const leaf = authority.issue(names, Date.now());
  const certificate = leaf.certificate + authority.pem.certificate;
  await using issuer = await startIssuer('', { certificate, key: leaf.key });
  issuer.published.push(ES.jwk);
  const arn = `arn:aws:iam::${MAIN}:oidc-provider/${issuer.name}`;
  const clientIds = [AUDIENCE];
  await identity.createOidcProvider(MAIN, { url: issuer.url, clientIds, thumbprints: [] });
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
  };
  const { arn: RoleArn } = await role(MAIN, 'Private', trust);
  const token = () => signToken(ES, claims({ iss: issuer.url }));
  assert.equal((await assume(token(), RoleArn)).code, 'IDPCommunicationError');
  const { fingerprint } = new X509Certificate(authority.pem.certificate);
  await identity.updateOidcThumbprints(MAIN, arn, [fingerprint.replaceAll(':', '')]);
  assert.equal((await assume(token(), RoleArn)).status, 200, 'the change counts at once');
  clock.advance(60_000);
  await identity.updateOidcThumbprints(MAIN, arn, ['0'.repeat(40)]);
  assert.equal((await assume(token(), RoleArn)).code, 'IDPCommunicationError');
});
