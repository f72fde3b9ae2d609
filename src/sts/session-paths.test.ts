import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, test } from 'node:test';
import { encodeForm } from '../s3/testing/form.suite.ts';
import { elements, type Answer } from '../s3/testing/house.suite.ts';
import { signPostPolicy, signPostPolicyV2 } from '../signature/index.ts';
import { openWithBob, ROOT, to } from './testing/bob.suite.ts';
import { allow, MAIN, policyText, sessionOf, type Session } from './testing/house.suite.ts';

/**
 * What limits a session (its own policy, its role's boundary, a Deny in either) holds on every way to
 * S3, and not only where an object is simply got.
 */
type House = Awaited<ReturnType<typeof openWithBob>>;

/** Reading, listing and writing below `in/`, and nothing else. */
const INSIDE = [
  allow(['s3:GetObject*', 's3:PutObject', 's3:DeleteObject'], 'arn:aws:s3:::bucket/in/*'),
  {
    ...allow('s3:ListBucket', 'arn:aws:s3:::bucket'),
    Condition: { StringLike: { 's3:prefix': 'in/*' } },
  },
];
const ALL = allow(['s3:*', 'sts:*'], '*');
const BUT_INSIDE = [
  ALL,
  {
    Effect: 'Deny',
    Action: 's3:*',
    NotResource: ['arn:aws:s3:::bucket', 'arn:aws:s3:::bucket/in/*'],
  },
  {
    Effect: 'Deny',
    Action: 's3:ListBucket*',
    Resource: '*',
    Condition: { StringNotLike: { 's3:prefix': 'in/*' } },
  },
  {
    Effect: 'Deny',
    NotAction: ['s3:GetObject*', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket', 'sts:*'],
    Resource: '*',
  },
];

/** How a session of a role that may do everything comes to be limited to `in/`. */
const LIMITS: Readonly<Record<string, (house: House) => Promise<Session>>> = {
  'a session policy that allows': (house) => inRole(house, [ALL], policyText(...INSIDE)),
  'a session policy that denies': (house) => inRole(house, [ALL], policyText(...BUT_INSIDE)),
  'a boundary that allows': async (house) => {
    await bound(house, ...INSIDE);
    return inRole(house, [ALL]);
  },
  'a boundary that denies': async (house) => {
    await bound(house, ...BUT_INSIDE);
    return inRole(house, [ALL]);
  },
  'the policy of a federated user': async (house) => {
    const body = { name: 'inline', text: policyText(ALL) };
    await house.identity.putUserPolicy(MAIN, 'bob', body);
    const Policy = policyText(...INSIDE);
    return sessionOf(await house.sts('GetFederationToken', { Name: 'fed', Policy }, house.bob));
  },
  'the policy of a federated user of root': async (house) => {
    const Policy = policyText(...INSIDE);
    return sessionOf(await house.sts('GetFederationToken', { Name: 'fed', Policy }, house.root));
  },
};

async function inRole(house: House, own: readonly object[], Policy?: string): Promise<Session> {
  await house.identity.putRolePolicy(MAIN, 'App', { name: 'inline', text: policyText(...own) });
  const arn = `arn:aws:iam::${MAIN}:role/App`;
  return sessionOf(await house.assume(arn, house.bob, Policy === undefined ? {} : { Policy }));
}

async function bound({ identity }: House, ...statements: readonly object[]): Promise<void> {
  await identity.createPolicy(MAIN, { name: 'bound', text: policyText(...statements) });
  await identity.putRoleBoundary(MAIN, 'App', `arn:aws:iam::${MAIN}:policy/bound`);
}

async function setUp(limit: (house: House) => Promise<Session>) {
  const house = await openWithBob();
  const { call, root } = house;
  await house.role(MAIN, 'App', to({ AWS: ROOT }));
  await house.identity.putUserPolicy(MAIN, 'bob', { name: 'inline', text: policyText(ALL) });
  for (const key of ['in/a', 'out/a', 'out/b']) {
    await call('PUT', `/bucket/${key}`, { as: root, body: 'x' });
  }
  await call('PUT', '/second', { as: root });
  const created = await call('POST', '/bucket/in/parts?uploads', { as: root });
  const upload = elements(created.text, 'UploadId')[0] ?? '';
  return { house, as: await limit(house), upload };
}

const DELETE = (...keys: string[]) =>
  `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
const md5 = (text: string) => hash('md5', text, 'base64');

for (const [name, limit] of Object.entries(LIMITS)) {
  describe(name, () => {
    test('is what every way to sign is held to', async () => {
      const { house, as } = await setUp(limit);
      for (const sign of ['header', 'query', 'v2', 'v2-query'] as const) {
        assert.equal((await house.call('GET', '/bucket/in/a', { as, sign })).status, 200, sign);
        for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
          const answer = await house.call(method, '/bucket/out/a', { as, sign });
          assert.equal(answer.status, 403, `${method} ${sign}`);
        }
      }
    });

    test('is what sources of copies are held to', async () => {
      const { house, as, upload } = await setUp(limit);
      const copy = (target: string, source: string): Promise<Answer> =>
        house.call('PUT', target, { as, headers: { 'x-amz-copy-source': source } });
      const part = `/bucket/in/parts?partNumber=1&uploadId=${upload}`;
      for (const target of ['/bucket/in/copy', part]) {
        assert.equal((await copy(target, '/bucket/in/a')).status, 200, target);
        for (const source of [
          '/bucket/out/a',
          'bucket/out/a',
          '/bucket/in/../out/a',
          '/bucket/out%2Fa',
        ]) {
          const answer = await copy(target, source);
          assert.ok(answer.status === 403 || answer.status === 404, `${target} ${source}`);
        }
      }
      assert.equal((await copy('/bucket/out/copy', '/bucket/in/a')).status, 403);
    });

    test('is what each key of a deletion is held to', async () => {
      const { house, as } = await setUp(limit);
      const body = DELETE('out/a', 'in/a', 'out/b');
      const headers = { 'content-md5': md5(body) };
      const answer = await house.call('POST', '/bucket?delete', { as, headers, body });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(elements(answer.text, 'Code'), ['AccessDenied', 'AccessDenied']);
      assert.match(answer.text, /<Deleted><Key>in\/a<\/Key>/);
      assert.equal((await house.call('GET', '/bucket/out/a', { as: house.root })).status, 200);
    });

    test('is what forms are held to', async () => {
      const { house, as } = await setUp(limit);
      const nowMs = house.clock.nowMs();
      for (const [key, status] of [
        ['in/form', 204],
        ['out/form', 403],
      ] as const) {
        const conditions = [{ bucket: 'bucket' }, { key }];
        const options = { credentials: as, conditions, expiresAtMs: nowMs + 60_000 };
        const { awsaccesskeyid = '', ...v2 } = signPostPolicyV2(options);
        const v4 = signPostPolicy({ ...options, region: 'us-east-1', nowMs });
        for (const fields of [v4, { AWSAccessKeyId: awsaccesskeyid, ...v2 }]) {
          const answer = await house.call('POST', '/bucket', {
            headers: { 'content-type': 'multipart/form-data; boundary=a-b-c' },
            body: encodeForm({ fields: { key, ...fields } }),
          });
          assert.equal(answer.status, status, answer.text);
        }
      }
    });

    test('is what everything beside getting and putting is held to', async () => {
      const { house, as, upload } = await setUp(limit);
      const attributes = { 'x-amz-object-attributes': 'ETag' };
      const rows: readonly (readonly [
        method: string,
        target: string,
        status: number,
        headers?: Record<string, string>,
      ])[] = [
        ['GET', '/bucket?list-type=2&prefix=in/', 200],
        ['GET', '/bucket?list-type=2&prefix=out/', 403],
        ['GET', '/bucket?list-type=2', 403],
        ['GET', '/bucket?prefix=out/', 403],
        ['GET', '/bucket?versions', 403],
        ['GET', '/bucket?uploads', 403],
        ['GET', '/bucket?policy', 403],
        ['GET', '/bucket?acl', 403],
        ['GET', '/', 403],
        ['HEAD', '/second', 403],
        ['PUT', '/third', 403],
        ['DELETE', '/second', 403],
        ['GET', '/bucket/out/a?attributes', 403, attributes],
        ['GET', '/bucket/in/a?attributes', 200, attributes],
        ['GET', '/bucket/out/a?tagging', 403],
        ['GET', '/bucket/out/a?acl', 403],
        ['GET', '/bucket/out/missing', 403],
        ['POST', '/bucket/out/b?uploads', 403],
        ['PUT', `/bucket/out/b?partNumber=1&uploadId=${upload}`, 403],
        ['GET', `/bucket/in/parts?uploadId=${upload}`, 403],
        ['DELETE', `/bucket/in/parts?uploadId=${upload}`, 403],
      ];
      for (const [method, target, status, headers = {}] of rows) {
        const answer = await house.call(method, target, { as, headers });
        assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
      }
    });
  });
}
