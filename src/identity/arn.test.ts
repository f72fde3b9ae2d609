import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { groupArn, instanceProfileArn, parseIamArn, policyArn, roleArn, userArn } from './arn.ts';

const name = fc.string({ unit: fc.constantFrom(...'aZ09_+=,.@-'), minLength: 1, maxLength: 64 });
const pathUnit = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const path = fc
  .option(fc.string({ unit: pathUnit, minLength: 1, maxLength: 40 }))
  .map((inner) => (inner === null ? '/' : `/${inner}/`));
const account = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 12, maxLength: 12 });

test('parseIamArn takes apart what the ARNs of entities put together', () => {
  fc.assert(
    fc.property(fc.record({ account, path, name }), (entity) => {
      assert.deepEqual(parseIamArn(userArn(entity)), { kind: 'user', ...entity });
      assert.deepEqual(parseIamArn(groupArn(entity)), { kind: 'group', ...entity });
      assert.deepEqual(parseIamArn(roleArn(entity)), { kind: 'role', ...entity });
      assert.deepEqual(parseIamArn(policyArn(entity)), { kind: 'policy', ...entity });
      const profile = { kind: 'instance-profile', ...entity };
      assert.deepEqual(parseIamArn(instanceProfileArn(entity)), profile);
    }),
  );
});

test('parseIamArn refuses what is no ARN of IAM', () => {
  const refused = [
    '',
    'arn:aws:iam::123456789012:',
    'arn:aws:iam::123456789012:root/x',
    'arn:aws:iam::aws:root',
    'arn:aws:iam::aws:user/x',
    'arn:aws:iam::12345678901:user/x',
    'arn:aws:iam::123456789012:user',
    'arn:aws:iam::123456789012:user/',
    'arn:aws:iam::123456789012:user/a b/x',
    'arn:aws:iam::123456789012:roles/x',
    'arn:aws:iam::aws:role/x',
    'arn:aws:iam:us-east-1:123456789012:user/x',
    'arn:aws-cn:iam::123456789012:user/x',
    'arn:aws:sts::123456789012:user/x',
    ' arn:aws:iam::123456789012:user/x',
  ];
  for (const text of refused) assert.equal(parseIamArn(text), undefined, text);
  const root = { kind: 'root', account: '123456789012' };
  assert.deepEqual(parseIamArn('arn:aws:iam::123456789012:root'), root);
});

test('parseIamArn takes linear time', () => {
  const long = `arn:aws:iam::123456789012:user${'/a'.repeat(500_000)}/`;
  // Time of the processor, of which others on this machine take none away.
  const before = process.cpuUsage();
  assert.equal(parseIamArn(long), undefined);
  const { user } = process.cpuUsage(before);
  assert.ok(user < 1_000_000, `${user} µs`);
});
