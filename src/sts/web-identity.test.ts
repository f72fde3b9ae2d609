import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, MAIN, OTHER, sessionOf } from './testing/house.suite.ts';
import { newIssuerKey, signToken, unsignedToken } from './testing/issuer.suite.ts';
import { AUDIENCE, ES, openWithIssuer, RS, STRANGER } from './testing/web.suite.ts';

test('a token of a trusted issuer gives a session of the role, without any other key', async () => {
  await using house = await openWithIssuer('/realms/main');
  const { assume, claims, get, sts, provider, failures } = house;
  for (const key of [RS, ES]) {
    const answer = await assume(signToken(key, claims()));
    assert.equal(answer.value('SubjectFromWebIdentityToken'), 'repo:me/app');
    assert.equal(answer.value('Audience'), AUDIENCE);
    assert.equal(answer.value('Provider'), provider);
    const session = sessionOf(answer);
    const who = await sts('GetCallerIdentity', {}, session);
    assert.equal(who.value('Arn'), `arn:aws:sts::${MAIN}:assumed-role/Web/s1`);
    assert.equal((await get('/bucket/key', session)).status, 200);
  }
  assert.deepEqual(house.issuer.asked, [
    '/realms/main/.well-known/openid-configuration',
    '/realms/main/keys',
  ]);
  assert.deepEqual(failures, []);
});

test('every algorithm of RFC 7518 that a published key can have', async () => {
  await using house = await openWithIssuer();
  for (const algorithm of ['RS384', 'RS512', 'ES384', 'ES512'] as const) {
    const key = newIssuerKey(algorithm, algorithm);
    house.issuer.published.push(key.jwk);
    house.clock.advance(60_000);
    const answer = await house.assume(signToken(key, house.claims()));
    assert.equal(answer.status, 200, answer.text);
  }
});

test('tokens that are not to be believed', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, now, issuer, failures } = house;
  const good = signToken(ES, claims());
  const [head = '', body = '', signature = ''] = good.split('.');
  const weak = newIssuerKey('weak', 'RS256', 1024);
  issuer.published.push(weak.jwk);
  const forEncryption = newIssuerKey('enc');
  issuer.published.push({ ...forEncryption.jwk, use: 'enc' });
  const publicPem = JSON.stringify(RS.jwk);
  const altered = Buffer.from(body, 'base64url').toString().replace('repo:me', 'repo:eve');
  const rows = [
    ['alg none', unsignedToken(claims()), 'InvalidIdentityToken', /valid JWT/],
    ['alg none, signed', unsignedToken(claims(), 'none', 'x'), 'InvalidIdentityToken', /algorithm/],
    ['alg NONE', unsignedToken(claims(), 'NONE', 'x'), 'InvalidIdentityToken', /algorithm/],
    [
      'HMAC with the public key',
      unsignedToken(claims(), 'HS256', publicPem),
      'InvalidIdentityToken',
      /algorithm/,
    ],
    [
      'claims altered',
      `${head}.${Buffer.from(altered).toString('base64url')}.${signature}`,
      'InvalidIdentityToken',
      /signature/,
    ],
    [
      'signature altered',
      `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'InvalidIdentityToken',
      /signature/,
    ],
    [
      'signed by a stranger under a published id',
      signToken(STRANGER, claims()),
      'InvalidIdentityToken',
      /signature/,
    ],
    [
      'a key that is not published',
      signToken(newIssuerKey('new'), claims()),
      'InvalidIdentityToken',
      /retrieve verification key/,
    ],
    [
      'a key for encryption',
      signToken(forEncryption, claims()),
      'InvalidIdentityToken',
      /retrieve verification key/,
    ],
    ['a weak key', signToken(weak, claims()), 'InvalidIdentityToken', /retrieve verification key/],
    [
      'an algorithm that the key is not for',
      signToken({ ...RS, algorithm: 'RS512' }, claims()),
      'InvalidIdentityToken',
      /retrieve verification key/,
    ],
    [
      'an embedded key',
      signToken(STRANGER, claims(), { kid: undefined, jwk: STRANGER.jwk }),
      'InvalidIdentityToken',
      /signature/,
    ],
    [
      'a critical extension',
      signToken(ES, claims(), { crit: ['exp'] }),
      'InvalidIdentityToken',
      /valid JWT/,
    ],
    [
      'wrong audience',
      signToken(ES, claims({ aud: 'other' })),
      'InvalidIdentityToken',
      /^Incorrect token audience$/,
    ],
    [
      'wrong audiences',
      signToken(ES, claims({ aud: ['a', 'b'] })),
      'InvalidIdentityToken',
      /audience/,
    ],
    [
      'wrong party for a right audience',
      signToken(ES, claims({ azp: 'other' })),
      'InvalidIdentityToken',
      /audience/,
    ],
    [
      'no audience',
      signToken(ES, claims({ aud: undefined })),
      'InvalidIdentityToken',
      /required claim: aud/,
    ],
    [
      'expired',
      signToken(ES, claims({ exp: now() })),
      'ExpiredTokenException',
      /^Token expired: current date\/time \d+ must be before the expiration date\/time \d+$/,
    ],
    [
      'no end',
      signToken(ES, claims({ exp: undefined })),
      'InvalidIdentityToken',
      /required claim: exp/,
    ],
    [
      'an end that is no number',
      signToken(ES, claims({ exp: '9999999999' })),
      'InvalidIdentityToken',
      /exp/,
    ],
    [
      'not valid yet',
      signToken(ES, claims({ nbf: now() + 120 })),
      'InvalidIdentityToken',
      /not valid yet/,
    ],
    [
      'issued in the future',
      signToken(ES, claims({ iat: now() + 120 })),
      'InvalidIdentityToken',
      /not valid yet/,
    ],
    [
      'no subject',
      signToken(ES, claims({ sub: undefined })),
      'InvalidIdentityToken',
      /required claim: sub/,
    ],
    [
      'a subject that is too long',
      signToken(ES, claims({ sub: 's'.repeat(256) })),
      'IDPRejectedClaim',
      /sub/,
    ],
    [
      'a malformed source identity',
      signToken(ES, claims({ 'https://aws.amazon.com/source_identity': 'a b' })),
      'IDPRejectedClaim',
      /source_identity/,
    ],
    [
      'malformed tags',
      signToken(
        ES,
        claims({ 'https://aws.amazon.com/tags': { principal_tags: { a: ['1', '2'] } } }),
      ),
      'IDPRejectedClaim',
      /tags/,
    ],
    [
      'a tag that cannot be',
      signToken(ES, claims({ 'https://aws.amazon.com/tags': { principal_tags: { '<': 'v' } } })),
      'IDPRejectedClaim',
      /tags: Member must satisfy/,
    ],
    [
      'too many tags',
      signToken(
        ES,
        claims({
          'https://aws.amazon.com/tags': {
            principal_tags: Object.fromEntries(
              Array.from({ length: 51 }, (_, index) => [`k${index}`, ['v']]),
            ),
          },
        }),
      ),
      'IDPRejectedClaim',
      /more than 50/,
    ],
    [
      'no issuer',
      signToken(ES, claims({ iss: undefined })),
      'InvalidIdentityToken',
      /required claim: iss/,
    ],
    [
      'another issuer',
      signToken(ES, claims({ iss: 'https://example.com' })),
      'InvalidIdentityToken',
      /No OpenIDConnect provider found in your account for https:\/\/example\.com/,
    ],
    [
      'an issuer over plain HTTP elsewhere',
      signToken(ES, claims({ iss: 'http://192.0.2.1' })),
      'InvalidIdentityToken',
      /No OpenIDConnect provider/,
    ],
    [
      'an issuer that is a file',
      signToken(ES, claims({ iss: 'file:///etc/passwd' })),
      'InvalidIdentityToken',
      /No OpenIDConnect provider/,
    ],
    ['no token at all', 'nothing', 'InvalidIdentityToken', /valid JWT/],
    ['two parts', `${head}.${body}`, 'InvalidIdentityToken', /valid JWT/],
    ['four parts', `${good}.${signature}`, 'InvalidIdentityToken', /valid JWT/],
    ['padded parts', `${head}=.${body}.${signature}`, 'InvalidIdentityToken', /valid JWT/],
    ['claims that are a list', signToken(ES, [] as never), 'InvalidIdentityToken', /valid JWT/],
    ['too long', 'x'.repeat(20_001), 'ValidationError', /webIdentityToken/],
  ] as const;
  for (const [name, token, code, message] of rows) {
    const answer = await assume(token);
    const status = code === 'IDPRejectedClaim' ? 403 : 400;
    assert.deepEqual([answer.status, answer.code], [status, code], `${name}: ${answer.text}`);
    assert.match(answer.message ?? '', message, name);
    assert.ok(!answer.text.includes(token), 'a token is not repeated');
  }
  assert.equal((await assume(good)).status, 200);
  assert.deepEqual(failures, []);
});

test('what trust policies ask of a token', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, issuer, trust, role } = house;
  const key = (name: string) => `${issuer.name}:${name}`;
  const token = signToken(
    ES,
    claims({ amr: ['authenticated', 'mfa'], Environment: 'prod', admin: true, level: 3 }),
  );
  const party = signToken(ES, claims({ aud: ['x', 'y'], azp: AUDIENCE }));
  const rows = [
    [{ StringEquals: { [key('aud')]: AUDIENCE } }, token, true],
    [{ StringEquals: { [key('aud')]: 'other' } }, token, false],
    [{ StringLike: { [key('sub')]: 'repo:me/*' } }, token, true],
    [{ StringLike: { [key('sub')]: 'repo:you/*' } }, token, false],
    [{ 'ForAnyValue:StringEquals': { [key('amr')]: 'mfa' } }, token, true],
    [{ 'ForAnyValue:StringEquals': { [key('amr')]: 'sms' } }, token, false],
    [{ StringEquals: { [key('environment')]: 'prod' } }, token, true],
    [{ Bool: { [key('admin')]: 'true' } }, token, true],
    [{ NumericLessThan: { [key('level')]: '3' } }, token, false],
    [{ StringEquals: { [key('azp')]: AUDIENCE } }, party, true],
    [{ StringEquals: { [key('aud')]: AUDIENCE } }, party, true],
    [{ 'ForAllValues:StringEquals': { [key('oaud')]: ['x', 'y'] } }, party, true],
    [{ StringEquals: { 'example.com:sub': 'repo:me/app' } }, token, false],
    [{ StringEquals: { 'sts:RoleSessionName': 's1' } }, token, true],
    [{ StringEquals: { 'sts:RoleSessionName': 's2' } }, token, false],
  ] as const;
  for (const [index, [condition, sent, isAllowed]] of rows.entries()) {
    const { arn } = await role(MAIN, `Role${index}`, trust(condition));
    const answer = await assume(sent, arn);
    assert.equal(answer.status, isAllowed ? 200 : 403, JSON.stringify(condition));
    if (isAllowed) continue;
    assert.equal(answer.message, 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  }
});

test('a claim is not taken for another that is spelled alike', async () => {
  await using house = await openWithIssuer();
  const { issuer, trust, claims, assume, role } = house;
  const condition = { StringEquals: { [`${issuer.name}:sub`]: 'repo:me/app' } };
  const { arn } = await role(MAIN, 'Mine', trust(condition));
  const forged = [{ SUB: 'repo:me/app' }, { Sub: 'repo:me/app', sUb: 'repo:me/app' }];
  for (const more of forged) {
    const other = claims({ sub: 'repo:you/app', ...more });
    const answer = await assume(signToken(ES, other), arn);
    assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
  }
  const mine = claims({ SUB: 'repo:you/app' });
  assert.equal((await assume(signToken(ES, mine), arn)).status, 200);
});

test('only the provider that the role trusts, in the role’s own account', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, role, trust, identity, issuer } = house;
  const token = signToken(ES, claims());
  const user = { Effect: 'Allow', Principal: { AWS: MAIN }, Action: 'sts:*' };
  const { arn } = await role(MAIN, 'NotFederated', user);
  assert.equal((await assume(token, arn)).code, 'AccessDenied');
  const other = {
    ...trust(),
    Principal: { Federated: `arn:aws:iam::${MAIN}:oidc-provider/example.com` },
  };
  const { arn: elsewhere } = await role(MAIN, 'Elsewhere', other);
  assert.equal((await assume(token, elsewhere)).code, 'AccessDenied');
  // Another account has not said that it takes this issuer's tokens.
  const { arn: stranger } = await role(OTHER, 'Web', trust());
  assert.equal((await assume(token, stranger)).code, 'InvalidIdentityToken');
  await identity.createOidcProvider(OTHER, {
    url: issuer.url,
    clientIds: [AUDIENCE],
    thumbprints: [],
  });
  assert.equal((await assume(token, stranger)).code, 'AccessDenied', 'the provider is MAIN’s');
  assert.equal((await assume(token, `arn:aws:iam::${MAIN}:role/None`)).code, 'AccessDenied');
  assert.equal((await assume(token, 'arn:aws:iam::1:user/x/y/z/aa')).code, 'ValidationError');
});

test('a provider that is gone, or takes another audience, is so at once', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, identity, provider } = house;
  const token = signToken(ES, claims());
  assert.equal((await assume(token)).status, 200);
  await identity.removeOidcClientId(MAIN, provider, AUDIENCE);
  assert.equal((await assume(token)).message, 'Incorrect token audience');
  await identity.addOidcClientId(MAIN, provider, AUDIENCE);
  assert.equal((await assume(token)).status, 200);
  await identity.deleteOidcProvider(MAIN, provider);
  assert.match((await assume(token)).message ?? '', /No OpenIDConnect provider/);
});

test('session tags and a source identity come with the token, by permission', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, role, trust, get, provider, issuer } = house;
  const token = signToken(
    ES,
    claims({
      'https://aws.amazon.com/tags': {
        principal_tags: { Team: ['red'], Cost: ['1'] },
        transitive_tag_keys: ['Team'],
      },
      'https://aws.amazon.com/source_identity': 'Ann',
    }),
  );
  assert.equal((await assume(token)).status, 403, 'the role lets nobody tag');
  const read = {
    ...allow('s3:GetObject', "arn:aws:s3:::${aws:PrincipalTag/Bucket, 'bucket'}/*"),
    Condition: {
      StringEquals: {
        'aws:PrincipalTag/team': 'red',
        'aws:SourceIdentity': 'Ann',
        'aws:FederatedProvider': provider,
        [`${issuer.name}:sub`]: 'repo:me/app',
        [`${issuer.name}:aud`]: AUDIENCE,
      },
    },
  };
  const { arn } = await role(
    MAIN,
    'Tagged',
    trust({}, 'sts:TagSession', 'sts:SetSourceIdentity'),
    read,
  );
  const answer = await assume(token, arn);
  assert.equal(answer.value('SourceIdentity'), 'Ann');
  assert.equal((await get('/bucket/key', sessionOf(answer))).status, 200);
});

test('a session policy, a duration and a signature that nobody needs', async () => {
  await using house = await openWithIssuer();
  const { assume, claims, get, user, ask } = house;
  const token = signToken(ES, claims());
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: allow('s3:ListBucket', '*'),
  });
  const limited = sessionOf(await assume(token, undefined, { Policy, DurationSeconds: 900 }));
  assert.equal((await get('/bucket/key', limited)).status, 403);
  const named = await assume(token, undefined, { ProviderId: 'www.amazon.com' });
  assert.equal(named.code, 'InvalidParameterValue');
  const long = await assume(token, undefined, { DurationSeconds: 3601 });
  assert.equal(long.code, 'ValidationError');
  // The signature of a user who may nothing adds nothing, and takes nothing away.
  const eve = await user(MAIN, 'eve');
  const signed = await ask(
    'sts',
    'AssumeRoleWithWebIdentity',
    {
      RoleArn: `arn:aws:iam::${MAIN}:role/Web`,
      RoleSessionName: 's1',
      WebIdentityToken: token,
    },
    eve,
  );
  assert.equal(signed.status, 200, signed.text);
});

test('a session whose token nobody could use is not given', async () => {
  await using house = await openWithIssuer();
  const { claims, role, trust, assume, get } = house;
  const read = allow('s3:GetObject', '*');
  const { arn } = await role(MAIN, 'Tagged', trust({}, 'sts:TagSession'), read);
  const noise = (length: number, seed: number): string =>
    Array.from({ length }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * index * 31 + index * 7919 + seed * 977) % 20_000)),
    ).join('');
  const tokenOf = (tags: number, claimLength: number) =>
    signToken(
      ES,
      claims({
        sub: noise(250, 1),
        aud: [AUDIENCE, noise(claimLength, 2)],
        'https://aws.amazon.com/tags': {
          principal_tags: Object.fromEntries(
            Array.from({ length: tags }, (_, index) => [`k${index}`, noise(250, index)]),
          ),
        },
      }),
    );
  let refused = 0;
  for (const tags of [5, 6, 7, 8]) {
    for (const claimLength of [10, 700]) {
      const answer = await assume(tokenOf(tags, claimLength), arn);
      if (answer.status === 200) {
        assert.equal((await get('/bucket/key', sessionOf(answer))).status, 200);
      } else {
        assert.equal(answer.code, 'PackedPolicyTooLarge', answer.text);
        refused += 1;
      }
    }
  }
  assert.ok(refused > 0 && refused < 8, String(refused));
});
