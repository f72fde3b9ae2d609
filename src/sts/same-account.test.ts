import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, MAIN, openStsHouse, policyText, sessionOf } from './testing/house.suite.ts';

/**
 * What a bucket policy that names the caller overrides within one account: an Allow that his own
 * policies lack, the one that his boundary lacks, and the one that his session policy lacks
 * ("Policy evaluation logic": identity-based policies with resource-based policies; "Permissions
 * boundaries"; "Permissions for GetFederationToken").
 */
interface Row {
  readonly caller: 'user' | 'role session' | 'federated user';
  readonly named: string;
  readonly identity: boolean;
  readonly boundary: boolean;
  readonly session: boolean;
}

const iam = (rest: string) => `arn:aws:iam::${MAIN}:${rest}`;
const sts = (rest: string) => `arn:aws:sts::${MAIN}:${rest}`;

const ROWS: readonly Row[] = [
  { caller: 'user', named: iam('user/bob'), identity: true, boundary: true, session: true },
  { caller: 'user', named: iam('root'), identity: false, boundary: false, session: true },
  { caller: 'user', named: MAIN, identity: false, boundary: false, session: true },
  { caller: 'user', named: '*', identity: true, boundary: true, session: true },
  {
    caller: 'role session',
    named: iam('role/App'),
    identity: true,
    boundary: false,
    session: false,
  },
  {
    caller: 'role session',
    named: sts('assumed-role/App/s1'),
    identity: true,
    boundary: true,
    session: true,
  },
  { caller: 'role session', named: iam('root'), identity: false, boundary: false, session: false },
  { caller: 'role session', named: '*', identity: true, boundary: true, session: true },
  {
    caller: 'federated user',
    named: sts('federated-user/fed'),
    identity: true,
    boundary: true,
    session: true,
  },
  {
    caller: 'federated user',
    named: iam('user/bob'),
    identity: true,
    boundary: false,
    session: false,
  },
  {
    caller: 'federated user',
    named: iam('root'),
    identity: false,
    boundary: false,
    session: false,
  },
  { caller: 'federated user', named: '*', identity: true, boundary: true, session: true },
];

const EVERYTHING = allow(['s3:*', 'sts:*'], '*');
/** Lacks what the bucket's policy allows, and nothing that making a session needs. */
const LACKING = allow(['s3:ListBucket', 'sts:*'], '*');

async function setUp() {
  const house = await openStsHouse();
  const { identity, call } = house;
  const root = await house.root(MAIN);
  const bob = await house.user(MAIN, 'bob');
  await call('PUT', '/bucket', { as: root });
  await call('PUT', '/bucket/key', { as: root, body: 'x' });
  const trust = { Effect: 'Allow', Principal: { AWS: iam('user/bob') }, Action: 'sts:AssumeRole' };
  const { arn } = await house.role(MAIN, 'App', trust);
  await identity.createPolicy(MAIN, { name: 'all', text: policyText(EVERYTHING) });
  await identity.createPolicy(MAIN, { name: 'lacking', text: policyText(LACKING) });
  const put = (statement: object) => ({ name: 'inline', text: policyText(statement) });
  /** Whether the caller gets the object, when each kind of policy allows it or lacks it. */
  async function gets(
    { caller, named }: Row,
    may: { readonly identity: boolean; readonly boundary: boolean; readonly session: boolean },
  ): Promise<boolean> {
    const statement = allow('s3:GetObject', 'arn:aws:s3:::bucket/*');
    const body = policyText({ ...statement, Principal: { AWS: named } });
    assert.equal((await call('PUT', '/bucket?policy', { as: root, body })).status, 204);
    const own = put(may.identity ? EVERYTHING : LACKING);
    const boundary = iam(`policy/${may.boundary ? 'all' : 'lacking'}`);
    await identity.putUserPolicy(MAIN, 'bob', caller === 'role session' ? put(EVERYTHING) : own);
    await identity.putRolePolicy(MAIN, 'App', own);
    if (caller === 'role session') await identity.putRoleBoundary(MAIN, 'App', boundary);
    else await identity.putUserBoundary(MAIN, 'bob', boundary);
    const Policy = policyText(may.session ? EVERYTHING : LACKING);
    const as =
      caller === 'user'
        ? bob
        : caller === 'role session'
          ? sessionOf(
              await house.sts('AssumeRole', { RoleArn: arn, RoleSessionName: 's1', Policy }, bob),
            )
          : sessionOf(await house.sts('GetFederationToken', { Name: 'fed', Policy }, bob));
    return (await house.get('/bucket/key', as)).status === 200;
  }
  return { gets, house, root, bob, arn, failures: house.failures };
}

const ALL = { identity: true, boundary: true, session: true };

for (const row of ROWS) {
  test(`${row.caller}, where the bucket’s policy names ${row.named}`, async () => {
    const { gets, failures } = await setUp();
    assert.equal(await gets(row, ALL), true, 'everything allows');
    const found = {
      caller: row.caller,
      named: row.named,
      identity: await gets(row, { ...ALL, identity: false }),
      boundary: await gets(row, { ...ALL, boundary: false }),
      session: await gets(row, { ...ALL, session: false }),
    };
    assert.deepEqual(found, row);
    assert.deepEqual(failures, []);
  });
}

/**
 * Whom a Deny with NotPrincipal spares: those whose every name is listed, and nobody who has a
 * boundary ("AWS JSON policy elements: NotPrincipal"; "Permissions boundaries").
 */
const SPARED: readonly (readonly [
  caller: 'user' | 'user session' | 'role session' | 'federated user' | 'root',
  named: readonly string[],
  isSpared: boolean,
  isSparedWithBoundary: boolean,
])[] = [
  ['root', [MAIN], true, true],
  ['root', [iam('user/bob')], false, false],
  ['user', [MAIN, iam('user/bob')], true, false],
  ['user', [iam('user/bob')], false, false],
  ['user', [MAIN], false, false],
  ['user session', [MAIN, iam('user/bob')], true, false],
  ['user session', [MAIN], false, false],
  ['role session', [MAIN, iam('role/App'), sts('assumed-role/App/s1')], true, false],
  ['role session', [MAIN, iam('role/App')], false, false],
  ['role session', [MAIN, iam('role/App'), sts('assumed-role/App/s2')], false, false],
  ['federated user', [MAIN, iam('user/bob'), sts('federated-user/fed')], true, false],
  ['federated user', [MAIN, iam('user/bob')], false, false],
];

for (const [caller, named, isSpared, isSparedWithBoundary] of SPARED) {
  test(`${caller}, where all but ${named.join(' and ')} are denied`, async () => {
    const { house, root, bob, arn } = await setUp();
    const { identity, call } = house;
    const everything = { name: 'inline', text: policyText(EVERYTHING) };
    await identity.putUserPolicy(MAIN, 'bob', everything);
    await identity.putRolePolicy(MAIN, 'App', everything);
    const Policy = policyText(EVERYTHING);
    const callers = {
      root: async () => root,
      user: async () => bob,
      'user session': async () => sessionOf(await house.sts('GetSessionToken', {}, bob)),
      'role session': async () =>
        sessionOf(await house.sts('AssumeRole', { RoleArn: arn, RoleSessionName: 's1' }, bob)),
      'federated user': async () =>
        sessionOf(await house.sts('GetFederationToken', { Name: 'fed', Policy }, bob)),
    };
    const as = await callers[caller]();
    const others = {
      Effect: 'Deny',
      NotPrincipal: { AWS: named },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::bucket/*',
    };
    const body = policyText(others);
    assert.equal((await call('PUT', '/bucket?policy', { as: root, body })).status, 204);
    assert.equal((await house.get('/bucket/key', as)).status === 200, isSpared);
    await identity.putUserBoundary(MAIN, 'bob', iam('policy/all'));
    await identity.putRoleBoundary(MAIN, 'App', iam('policy/all'));
    assert.equal((await house.get('/bucket/key', as)).status === 200, isSparedWithBoundary);
    assert.equal((await house.get('/bucket/key')).status, 403);
  });
}
