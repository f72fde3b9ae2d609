import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import type { IdentityPrincipal, LiveSession } from '../identity/index.ts';
import type { ContextValue } from '../policy/index.ts';
import { contextReader } from './context.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const ACCOUNT = '111111111111';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/team/App`;

const SESSION: LiveSession = {
  id: 'id',
  account: ACCOUNT,
  source: { kind: 'role', roleId: 'AROAEXAMPLE', sessionName: 's1' },
  issuedAtMs: NOW_MS - 90_500,
  expiresAtMs: NOW_MS + 1000,
  tags: [],
  transitiveTagKeys: [],
  policyIds: [],
};

function roleSession(session: Partial<LiveSession> = {}): IdentityPrincipal {
  const named = {
    accountId: ACCOUNT,
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/App/s1`,
    userId: 'AROAEXAMPLE:s1',
  };
  return {
    kind: 'assumed-role',
    ...named,
    tags: [{ key: 'Team', value: 'red' }],
    policyPrincipal: {
      kind: 'assumed-role',
      ...named,
      roleArn: ROLE,
      roleId: 'AROAEXAMPLE',
    },
    session: { ...SESSION, ...session },
  };
}

const named = {
  accountId: ACCOUNT,
  arn: `arn:aws:sts::${ACCOUNT}:federated-user/fed`,
  userId: `${ACCOUNT}:fed`,
};
const federated: IdentityPrincipal = {
  kind: 'federated-user',
  ...named,
  tags: [],
  policyPrincipal: {
    kind: 'federated-user',
    ...named,
    userArn: `arn:aws:iam::${ACCOUNT}:user/bob`,
  },
  session: SESSION,
};
const web = roleSession({
  sourceIdentity: 'Ann',
  web: {
    providerArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`,
    claims: { 'login.example.com:sub': 'me', 'login.example.com:amr': ['pwd', 'otp'] },
  },
});
const strong = roleSession({ mfaAtMs: NOW_MS - 90_500 });

const cases: readonly (readonly [string, IdentityPrincipal, ContextValue | undefined])[] = [
  ['aws:principalarn', roleSession(), ROLE],
  ['aws:principalarn', federated, named.arn],
  ['aws:principaltype', roleSession(), 'AssumedRole'],
  ['aws:principaltype', federated, 'FederatedUser'],
  ['aws:principalaccount', roleSession(), ACCOUNT],
  ['aws:userid', roleSession(), 'AROAEXAMPLE:s1'],
  ['aws:userid', federated, `${ACCOUNT}:fed`],
  ['aws:username', roleSession(), undefined],
  ['aws:username', federated, undefined],
  ['aws:principaltag/team', roleSession(), 'red'],
  ['aws:tokenissuetime', roleSession(), '2026-01-02T03:02:35.178Z'],
  ['aws:multifactorauthpresent', roleSession(), 'false'],
  ['aws:multifactorauthpresent', strong, 'true'],
  ['aws:multifactorauthage', roleSession(), undefined],
  ['aws:multifactorauthage', strong, '90'],
  ['aws:federatedprovider', roleSession(), undefined],
  ['aws:federatedprovider', web, `arn:aws:iam::${ACCOUNT}:oidc-provider/login.example.com`],
  ['aws:sourceidentity', roleSession(), undefined],
  ['aws:sourceidentity', web, 'Ann'],
  ['login.example.com:sub', web, 'me'],
  ['login.example.com:amr', web, ['pwd', 'otp']],
  ['login.example.com:aud', web, undefined],
  ['login.example.com:sub', roleSession(), undefined],
  ['constructor', web, undefined],
];

for (const [key, principal, expected] of cases) {
  test(`${key} of ${principal.arn} is ${JSON.stringify(expected)}`, () => {
    const reader = contextReader({
      request: {
        method: 'GET',
        target: '/',
        headers: Headers.of({}),
        remoteAddress: '192.0.2.7',
        secure: true,
      },
      caller: {
        principal,
        policyPrincipal: principal.policyPrincipal,
        account: ACCOUNT,
        accessKeyId: 'ASIA',
        proof: { kind: 'none' },
      },
      nowMs: NOW_MS,
      region: 'us-east-1',
      resourceAccount: ACCOUNT,
      query: new Map(),
      existingTags: undefined,
      requestTags: undefined,
    });
    assert.deepEqual(reader(key), expected);
  });
}
