import assert from 'node:assert/strict';
import {
  newIssuerKey,
  signToken,
  startIssuer,
  unsignedToken,
} from '../../src/sts/testing/issuer.suite.ts';
import type { Credentials } from '../harness/server.ts';
import type { Answer } from '../harness/signed-client.ts';
import { allow, deny, keyOf, policyText, type Cast } from './cast.ts';
import type { Row } from './row.ts';

/** Faults of the peers' temporary credentials and of what they believe of identity providers. */

const CLIENT = 'client-of-the-rows';
const key = newIssuerKey('published', 'RS256');
let roles = 0;

/** An issuer whose tokens the account takes, and a role that trusts one of its subjects. */
async function openIssuer(cast: Cast) {
  const issuer = cast.kept.use(await startIssuer());
  issuer.published.push(key.jwk);
  await cast.iam(cast.main, {
    Action: 'CreateOpenIDConnectProvider',
    Url: issuer.url,
    'ClientIDList.member.1': CLIENT,
  });
  const role = await makeRole(cast, {
    Effect: 'Allow',
    Principal: { Federated: `arn:aws:iam::${cast.account}:oidc-provider/${issuer.name}` },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${issuer.name}:sub`]: 'trusted' } },
  });
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer.url, aud: CLIENT, sub: 'trusted', iat: now, exp: now + 300 };
  const assume = (token: string) => assumeWith(cast, role, token);
  return { issuer, role, claims, assume };
}

function assumeWith(cast: Cast, RoleArn: string, WebIdentityToken: string): Promise<Answer> {
  const call = { RoleArn, RoleSessionName: 'session', WebIdentityToken };
  return cast.query('sts', undefined, { Action: 'AssumeRoleWithWebIdentity', ...call });
}

async function makeRole(cast: Cast, trust: object, ...statements: object[]): Promise<string> {
  const RoleName = `role-${(roles += 1)}`;
  const AssumeRolePolicyDocument = policyText([trust]);
  const made = await cast.iam(cast.main, {
    Action: 'CreateRole',
    RoleName,
    AssumeRolePolicyDocument,
  });
  assert.equal(made.status, 200, made.body.toString());
  if (statements.length > 0) {
    const PolicyDocument = policyText(statements);
    await cast.iam(cast.main, {
      Action: 'PutRolePolicy',
      RoleName,
      PolicyName: 'p',
      PolicyDocument,
    });
  }
  return `arn:aws:iam::${cast.account}:role/${RoleName}`;
}

const trusts = (arn: string) => ({
  Effect: 'Allow',
  Principal: { AWS: arn },
  Action: 'sts:AssumeRole',
});

async function assume(cast: Cast, who: Credentials, RoleArn: string, Policy?: string) {
  const call = { Action: 'AssumeRole', RoleArn, RoleSessionName: 'session' };
  const answer = await cast.query('sts', who, Policy === undefined ? call : { ...call, Policy });
  assert.equal(answer.status, 200, answer.body.toString());
  return sessionOf(answer);
}

function sessionOf({ body }: Answer): Credentials & { readonly sessionToken: string } {
  const text = body.toString();
  return { ...keyOf(text), sessionToken: /<SessionToken>([^<]+)</.exec(text)![1]! };
}

export const SESSIONS: readonly Row[] = [
  {
    id: 'CVE-2026-33322',
    peer: 'MinIO',
    family: 'F9 a token that proves nothing',
    what: 'a token signed with what everybody knows of the issuer, or with nothing',
    requests: async (cast) => {
      const { claims, assume: ask } = await openIssuer(cast);
      const secrets = [CLIENT, JSON.stringify(key.jwk), String(key.jwk.n)];
      const confused = secrets.flatMap((secret) =>
        ['HS256', 'RS256'].map((algorithm) => unsignedToken(claims, algorithm, secret)),
      );
      const others = [
        unsignedToken(claims),
        signToken(newIssuerKey('published', 'RS256'), claims),
        signToken(newIssuerKey('own', 'ES256'), claims, { jwk: newIssuerKey('own').jwk }),
      ];
      return [...confused, ...others].map(ask);
    },
    expected: [400, 'InvalidIdentityToken'],
  },
  {
    id: 'GHSA-7m6v',
    peer: 'MinIO Operator',
    family: 'F9 a token that proves nothing',
    what: 'a token for another audience, or for none',
    requests: async (cast) => {
      const { claims, assume: ask } = await openIssuer(cast);
      const audiences = ['other', ['other', 'another'], [], '', undefined, 7, null, { CLIENT }];
      return audiences.map((aud) => ask(signToken(key, { ...claims, aud })));
    },
    expected: [400, 'InvalidIdentityToken'],
  },
  {
    id: 'CVE-2026-77298',
    peer: 'SeaweedFS',
    family: 'F9 a token that proves nothing',
    what: 'a good token is nothing to a role that does not trust its subject, nor by itself',
    requests: async (cast) => {
      const { claims, assume: ask } = await openIssuer(cast);
      const byUsers = await makeRole(cast, trusts(`arn:aws:iam::${cast.account}:root`));
      const stranger = signToken(key, { ...claims, sub: 'stranger' });
      const bearer = { headers: { authorization: `Bearer ${stranger}` } };
      const direct = await cast.s3(undefined, 'GET /vault/secret', bearer);
      assert.ok(direct.status >= 400, String(direct.status));
      return [ask(stranger), assumeWith(cast, byUsers, signToken(key, claims))];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SeaweedFS #10097',
    peer: 'SeaweedFS',
    family: 'F7 a user who raises himself',
    what: 'whatever a user’s own policies say, a role that trusts others is not his',
    requests: async (cast) => {
      const boss = await cast.user(allow('*', '*'));
      const admin = allow('*', '*');
      const arns = [
        await makeRole(cast, trusts(cast.userArn(boss.name)), admin),
        await makeRole(cast, { ...trusts('*'), Effect: 'Deny' }, admin),
        await makeRole(
          cast,
          { ...trusts(cast.account), Principal: { Service: 'ec2.amazonaws.com' } },
          admin,
        ),
        await makeRole(
          cast,
          { ...trusts(cast.account), Condition: { StringEquals: { 'sts:ExternalId': 'x' } } },
          admin,
        ),
      ];
      const user = await cast.user(allow('sts:*', '*'));
      return arns.map((RoleArn) =>
        cast.query('sts', user, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'session' }),
      );
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'SeaweedFS #10103',
    peer: 'SeaweedFS',
    family: 'F7 a user who raises himself',
    what: 'a Deny is not lost on the way through a chain of roles',
    requests: async (cast) => {
      const user = await cast.user();
      const first = await makeRole(cast, trusts(cast.userArn(user.name)), allow('*', '*'));
      const second = await makeRole(
        cast,
        trusts(first),
        allow('*', '*'),
        deny('s3:GetObject', 'arn:aws:s3:::vault/secret'),
      );
      const one = await assume(cast, user, first);
      const two = await assume(cast, one, second);
      const narrow = await assume(cast, user, first, policyText([allow('s3:ListBucket', '*')]));
      const RoleArn = second;
      return [
        cast.s3(two, 'GET /vault/secret'),
        cast.s3(narrow, 'GET /vault/secret'),
        // A session that may not assume roles does not shed its policy in the next one.
        cast.query('sts', narrow, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'session' }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2025-62506 (sessions)',
    peer: 'MinIO',
    family: 'F7 a user who raises himself',
    what: 'a session that was given less makes nothing that has more',
    requests: async (cast) => {
      const user = await cast.user();
      const all = await makeRole(cast, trusts(cast.userArn(user.name)), allow('*', '*'));
      const narrow = await assume(cast, user, all, policyText([allow('s3:GetObject', '*')]));
      const UserName = user.name;
      const PolicyDocument = policyText([allow('*', '*')]);
      return [
        cast.query('iam', narrow, { Action: 'CreateAccessKey', UserName }),
        cast.query('iam', narrow, { Action: 'CreateUser', UserName: 'child' }),
        cast.query('iam', narrow, {
          Action: 'PutUserPolicy',
          UserName,
          PolicyName: 'p',
          PolicyDocument,
        }),
        cast.query('sts', narrow, { Action: 'GetSessionToken' }),
        cast.query('sts', narrow, { Action: 'GetFederationToken', Name: 'child' }),
      ];
    },
    expected: [403, 'AccessDenied'],
  },
  {
    id: 'CVE-2021-21287 CVE-2026-73080 GHSA-3j72 9pjf 4x2q xvpm m479',
    peer: 'MinIO, SeaweedFS, RustFS',
    family: 'F14 what an answer says',
    what: 'nobody makes this server ask an address of his choice, and no issuer leads it elsewhere',
    requests: async (cast) => {
      const { issuer, claims, assume: ask } = await openIssuer(cast);
      const trap = cast.kept.use(await startIssuer());
      traps.push(trap);
      trap.published.push(key.jwk);
      const named = [
        trap.url,
        `${issuer.url}@127.0.0.1:${trap.port}`,
        'http://169.254.169.254/latest',
        'file:///etc/passwd',
        `${issuer.url}/../..`,
      ].map((iss) => ask(signToken(key, { ...claims, iss })));
      const led: Promise<Answer>[] = [];
      for (const answer of [
        { status: 302, headers: { location: `${trap.url}/keys` }, body: '' },
        { status: 200, headers: {}, body: { issuer: issuer.url, jwks_uri: 'http://192.0.2.1/' } },
        { status: 200, headers: {}, body: { issuer: trap.url, jwks_uri: `${trap.url}/keys` } },
      ]) {
        const { issuer: liar, claims: lies, assume: askLiar } = await openIssuer(cast);
        liar.misbehave((response) => {
          const body = { ...(answer.body as object) };
          response.writeHead(answer.status, answer.headers as Record<string, string>);
          response.end(JSON.stringify(body));
          return true;
        });
        led.push(askLiar(signToken(key, lies)));
      }
      return [...named, ...led];
    },
    expected: [400],
    afterwards: async (answers) => {
      for (const { code } of answers) {
        assert.ok(code === 'InvalidIdentityToken' || code === 'IDPCommunicationError', code);
      }
      assert.deepEqual(
        traps.flatMap(({ asked }) => asked),
        [],
      );
    },
  },
  {
    id: 'ccrv 48rf xvfh m77q jxrr',
    peer: 'RustFS',
    family: 'F9 a token that proves nothing',
    what: 'no session lasts longer than it may, whatever is asked',
    requests: async (cast) => {
      const user = await cast.user(allow('sts:*', '*'));
      const RoleArn = await makeRole(cast, trusts(cast.userArn(user.name)));
      const lasting = ['129601', '99999999999', '-1', '0', '1e9', 'Infinity'];
      return lasting.flatMap((DurationSeconds) => [
        cast.query('sts', user, { Action: 'GetSessionToken', DurationSeconds }),
        cast.query('sts', user, { Action: 'GetFederationToken', Name: 'fed', DurationSeconds }),
        cast.query('sts', user, {
          Action: 'AssumeRole',
          RoleArn,
          RoleSessionName: 'session',
          DurationSeconds,
        }),
      ]);
    },
    expected: [400, 'ValidationError'],
  },
];

/** Servers that nobody may be made to ask. */
const traps: Awaited<ReturnType<typeof startIssuer>>[] = [];
