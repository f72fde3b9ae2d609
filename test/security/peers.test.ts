import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as iamDeclarations from '../../src/iam/api/index.ts';
import * as s3Declarations from '../../src/s3/api/index.ts';
import * as stsDeclarations from '../../src/sts/api/index.ts';
import { GOOD } from '../../src/iam/testing/parameters.ts';
import { ABSENT } from './absent.ts';
import { allow, Cast } from './cast.ts';
import { PUBLISHED } from './published.ts';
import { CEPH, OTHERS } from './rows-others.ts';
import { MINIO } from './rows-minio.ts';
import { RUSTFS } from './rows-rustfs.ts';
import { SESSIONS } from './rows-sessions.ts';
import { SILO } from './rows-silo.ts';
import { SEAWEEDFS } from './rows-seaweedfs.ts';

/**
 * Every published fault of another S3 server, tried on this one over HTTP. A row that is published
 * and stands in no table fails.
 */
const ROWS = [...MINIO, ...SILO, ...SEAWEEDFS, ...RUSTFS, ...CEPH, ...OTHERS, ...SESSIONS];

const STS_PARAMETERS = {
  RoleArn: 'arn:aws:iam::123456789012:role/admin',
  RoleSessionName: 'session',
  Name: 'fed',
  AccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  EncodedMessage: 'x',
};

test('every published fault is tried, or has a reason not to be', () => {
  const named = [...ROWS, ...ABSENT].map(({ id }) => id).join(' ');
  const missing = PUBLISHED.filter((id) => !named.includes(id));
  assert.deepEqual(missing, []);
});

describe('faults of other servers', () => {
  let cast: Cast;

  before(async () => {
    cast = await Cast.open();
  });
  after(() => cast[Symbol.asyncDispose]());

  for (const row of ROWS) {
    const [status, code] = row.expected;
    test(`${row.id} | ${row.peer} | ${row.family} | ${row.what} | ${status} ${code ?? ''}`, async () => {
      const answers = await Promise.all(await row.requests(cast));
      assert.ok(answers.length > 0);
      for (const [index, answer] of answers.entries()) {
        const told = `request ${index + 1}: ${answer.status} ${answer.body.toString().slice(0, 500)}`;
        assert.equal(answer.status, status, told);
        if (code !== undefined) assert.equal(answer.code, code, told);
      }
      await row.afterwards?.(answers, cast);
    });
  }

  test('every action of IAM is refused to nobody and to the powerless', async () => {
    const actions = Object.values(iamDeclarations).flatMap((declared) =>
      'action' in declared ? [declared.action] : [],
    );
    assert.ok(actions.length > 30);
    const parameters = Object.assign({}, ...Object.values(GOOD)) as Record<string, string>;
    for (const Action of actions) {
      const call = { Action, ...parameters };
      const byNobody = await cast.query('iam', undefined, call, {
        headers: { host: 'iam.localhost' },
      });
      assert.equal(byNobody.code, 'MissingAuthenticationToken', `${Action} ${byNobody.body}`);
      const byPowerless = await cast.iam(cast.powerless, call);
      assert.equal(byPowerless.code, 'AccessDenied', `${Action} ${byPowerless.body}`);
    }
  });

  test('every action of STS but one is refused to nobody', async () => {
    const actions = Object.values(stsDeclarations).map(({ action }) => action);
    assert.ok(actions.length >= 7);
    for (const Action of actions.filter((action) => action !== 'AssumeRoleWithWebIdentity')) {
      const headers = { host: 'sts.localhost' };
      const answer = await cast.query('sts', undefined, { Action, ...STS_PARAMETERS }, { headers });
      assert.equal(answer.code, 'MissingAuthenticationToken', `${Action} ${answer.body}`);
    }
  });

  test('every operation of S3 is refused to nobody, to the powerless and to another account', async () => {
    const operations = Object.entries(s3Declarations).flatMap(([name, declared]) =>
      'literals' in declared ? [{ name, ...declared }] : [],
    );
    assert.ok(operations.length > 40);
    for (const { name, method, level, literals } of operations) {
      if (name === 'CreateBucket') continue;
      const path = { service: '/', bucket: '/vault', key: '/vault/secret' }[level];
      const words = literals.map(([word, value]) =>
        value === undefined ? word : `${word}=${value}`,
      );
      const line = `${method} ${path}?${words.join('&')}`;
      for (const who of [undefined, cast.powerless, cast.other]) {
        // Everybody may list the buckets of his own account.
        if (level === 'service' && who === cast.other) continue;
        const { status, body } = await cast.s3(who, line);
        assert.ok(status === 403 || status === 400, `${name}: ${status} ${body}`);
      }
    }
  });

  test('a revoked key stays revoked when the server starts again', async () => {
    const user = await cast.user(allow('s3:*', '*'));
    const { name: UserName, accessKeyId: AccessKeyId } = user;
    const answer = await cast.iam(cast.main, { Action: 'DeleteAccessKey', UserName, AccessKeyId });
    assert.equal(answer.status, 200);
    await cast.restart();
    assert.equal((await cast.s3(user, 'GET /vault')).code, 'InvalidAccessKeyId');
    assert.equal((await cast.s3(cast.main, 'GET /vault')).status, 200);
  });

  test('no secret and no signature is in what was written (r54g 8cm2 333v CVE-2017-8761)', () => {
    const written = cast.written();
    const times = (secret: string): number => written.split(secret).length - 1;
    // Root's own key is shown once, on the first start.
    assert.ok(times(cast.main.secretAccessKey) <= 1);
    assert.equal(times(cast.other.secretAccessKey) + times(cast.powerless.secretAccessKey), 0);
    assert.doesNotMatch(written, /Signature=|X-Amz-Signature|security-token/i);
    assert.doesNotMatch(written, /"level":"error"/);
  });
});
