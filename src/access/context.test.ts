import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import { NEVER_PRESENT_KEYS, type ContextValue } from '../policy/index.ts';
import { ANONYMOUS, type Caller, type Proof } from './caller.ts';
import { contextReader, type ContextFacts } from './context.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const principal: NonNullable<Caller['principal']> = {
  kind: 'user',
  accountId: '111111111111',
  arn: 'arn:aws:iam::111111111111:user/team/ada',
  userId: 'AIDAEXAMPLE',
  userName: 'ada',
  path: '/team/',
  tags: [{ key: 'Project', value: 'coffer' }],
  policyPrincipal: {
    kind: 'user',
    accountId: '111111111111',
    arn: 'arn:aws:iam::111111111111:user/team/ada',
    userId: 'AIDAEXAMPLE',
  },
};

const V4: Proof = {
  kind: 'signature',
  version: 'v4',
  at: 'header',
  signedAtMs: NOW_MS - 1500,
  region: 'eu-west-1',
};

function caller(proof: Proof = V4): Caller {
  return {
    principal,
    policyPrincipal: principal.policyPrincipal,
    account: principal.accountId,
    accessKeyId: 'AKIA',
    proof,
  };
}

function facts(
  given: Partial<ContextFacts> & { readonly headers?: Readonly<Record<string, string>> } = {},
): ContextFacts {
  const { headers = {}, ...rest } = given;
  return {
    request: {
      method: 'GET',
      target: '/',
      headers: Headers.of(headers),
      remoteAddress: '192.0.2.7',
      secure: true,
    },
    caller: caller(),
    nowMs: NOW_MS,
    region: 'eu-west-1',
    resourceAccount: '222222222222',
    query: new Map(),
    existingTags: undefined,
    requestTags: undefined,
    ...rest,
  };
}

const anonymous = { caller: ANONYMOUS };
const root: Partial<ContextFacts> = {
  caller: { ...caller(), policyPrincipal: { ...principal.policyPrincipal, kind: 'root' } as never },
};
const tags = [
  { key: 'Level', value: 'low' },
  { key: 'b', value: '' },
];

const cases: readonly (readonly [
  key: string,
  Parameters<typeof facts>[0],
  ContextValue | undefined,
])[] = [
  ['aws:currenttime', {}, '2026-01-02T03:04:05.678Z'],
  ['aws:epochtime', {}, '1767323045'],
  ['aws:sourceip', {}, '192.0.2.7'],
  ['aws:securetransport', {}, 'true'],
  ['aws:useragent', { headers: { 'User-Agent': 'x/1' } }, 'x/1'],
  ['aws:useragent', {}, undefined],
  ['aws:referer', { headers: { Referer: 'http://a/' } }, 'http://a/'],
  ['aws:requestedregion', {}, 'eu-west-1'],
  ['aws:principalarn', {}, principal.arn],
  ['aws:principalarn', anonymous, undefined],
  ['aws:principalaccount', {}, '111111111111'],
  ['aws:principalaccount', anonymous, 'anonymous'],
  ['aws:principaltype', {}, 'User'],
  ['aws:principaltype', root, 'Account'],
  ['aws:principaltype', anonymous, 'Anonymous'],
  ['aws:userid', {}, 'AIDAEXAMPLE'],
  ['aws:userid', anonymous, 'anonymous'],
  ['aws:username', {}, 'ada'],
  ['aws:username', anonymous, undefined],
  ['aws:resourceaccount', {}, '222222222222'],
  ['s3:resourceaccount', {}, '222222222222'],
  ['aws:principalisawsservice', {}, 'false'],
  ['aws:viaawsservice', {}, 'false'],
  ['aws:principaltag/project', {}, 'coffer'],
  ['aws:principaltag/other', {}, undefined],
  ['aws:principaltag/project', anonymous, undefined],
  ['aws:multifactorauthpresent', {}, undefined],
  ['aws:unknown', {}, undefined],
  ['s3:x-amz-acl', { headers: { 'X-Amz-Acl': 'private' } }, 'private'],
  ['s3:x-amz-acl', {}, undefined],
  ['s3:x-amz-grant-read', { headers: { 'x-amz-grant-read': 'id=1' } }, 'id=1'],
  [
    's3:x-amz-server-side-encryption',
    { headers: { 'x-amz-server-side-encryption': 'AES256' } },
    'AES256',
  ],
  ['s3:if-none-match', { headers: { 'if-none-match': '*' } }, '*'],
  ['s3:authorization', { headers: { authorization: 'secret' } }, undefined],
  ['s3:host', { headers: { host: 'h' } }, undefined],
  ['s3:prefix', { query: new Map([['prefix', 'a/']]) }, 'a/'],
  ['s3:prefix', { query: new Map([['prefix', '']]) }, ''],
  ['s3:prefix', {}, undefined],
  ['s3:delimiter', { query: new Map([['delimiter', '/']]) }, '/'],
  ['s3:max-keys', { query: new Map([['max-keys', '5']]) }, '5'],
  ['s3:versionid', { query: new Map([['versionId', 'v']]) }, 'v'],
  ['s3:authtype', {}, 'REST-HEADER'],
  ['s3:authtype', { caller: caller({ ...V4, at: 'query' } as Proof) }, 'REST-QUERY-STRING'],
  ['s3:authtype', { caller: caller({ ...V4, at: 'form' } as Proof) }, 'POST'],
  ['s3:authtype', anonymous, undefined],
  ['s3:signatureversion', {}, 'AWS4-HMAC-SHA256'],
  ['s3:signatureversion', { caller: caller({ ...V4, version: 'v2' } as Proof) }, 'AWS'],
  ['s3:signatureversion', anonymous, undefined],
  ['s3:signatureage', {}, '1500'],
  ['s3:signatureage', { caller: caller({ ...V4, signedAtMs: undefined } as Proof) }, undefined],
  ['s3:signatureage', anonymous, undefined],
  ['s3:existingobjecttag/level', { existingTags: tags }, 'low'],
  ['s3:existingobjecttag/b', { existingTags: tags }, ''],
  ['s3:existingobjecttag/c', { existingTags: tags }, undefined],
  ['s3:existingobjecttag/level', { requestTags: tags }, undefined],
  ['s3:requestobjecttag/level', { requestTags: tags }, 'low'],
  ['s3:requestobjecttag/level', { existingTags: tags }, undefined],
  ['s3:requestobjecttagkeys', { requestTags: tags }, ['Level', 'b']],
  ['s3:requestobjecttagkeys', {}, undefined],
  ['s3:own', { own: (key) => (key === 's3:own' ? 'mine' : undefined) }, 'mine'],
  ['s3:prefix', { own: () => 'overridden', query: new Map([['prefix', 'a']]) }, 'overridden'],
  ['aws:sourceip', { own: () => 'forged' }, '192.0.2.7'],
  ['iam:policyarn', { own: (key) => `value of ${key}` }, 'value of iam:policyarn'],
];

for (const [key, given, expected] of cases) {
  test(`contextReader: ${key} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(contextReader(facts(given))(key), expected);
  });
}

test('contextReader: a key that the lint calls never present is never present', () => {
  for (const key of NEVER_PRESENT_KEYS) {
    const asked = key.replace('/*', '/x');
    const headers = { [asked.slice(asked.indexOf(':') + 1)]: 'sent' };
    const query = new Map([[asked.slice(asked.indexOf(':') + 1), 'sent']]);
    assert.equal(contextReader(facts({ headers, query }))(asked), undefined, asked);
  }
});
