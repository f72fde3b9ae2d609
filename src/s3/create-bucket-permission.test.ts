import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, MAIN, openHouse, type Call } from './testing/house.suite.ts';

const LOCK = ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'];
const TAGS =
  '<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags></CreateBucketConfiguration>';

const cases: readonly (readonly [name: string, call: Call, needed: readonly string[]])[] = [
  ['nothing else', {}, []],
  ['an ACL', { headers: { 'x-amz-acl': 'public-read' } }, ['s3:PutBucketAcl']],
  [
    'ownership',
    { headers: { 'x-amz-object-ownership': 'BucketOwnerEnforced' } },
    ['s3:PutBucketOwnershipControls'],
  ],
  ['object lock', { headers: { 'x-amz-bucket-object-lock-enabled': 'true' } }, LOCK],
  ['tags', { body: TAGS }, ['s3:TagResource']],
];

test('CreateBucket needs a right for each thing that it sets', async (t) => {
  const house = await openHouse();
  for (const [index, [name, call, needed]] of cases.entries()) {
    await t.test(name, async () => {
      const all = ['s3:CreateBucket', ...needed];
      const may = await house.user(MAIN, `may${index}`, allow(all, '*'));
      for (const missing of all) {
        const others = all.filter((action) => action !== missing);
        const user = await house.user(
          MAIN,
          `may-not${index}-${missing.slice(3)}`,
          allow(['s3:GetObject', ...others], '*'),
        );
        const refused = await house.call('PUT', `/bucket${index}`, { ...call, as: user });
        assert.equal(refused.code, 'AccessDenied', missing);
      }
      const made = await house.call('PUT', `/bucket${index}`, { ...call, as: may });
      assert.equal(made.status, 200, made.text);
    });
  }
});
