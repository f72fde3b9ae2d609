import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Assertion } from './assertion.ts';
import { parseAssertions } from './parse-assertions.ts';

function only(text: string): Assertion {
  const parsed = parseAssertions(text);
  assert(parsed.ok, JSON.stringify(parsed));
  const [assertion, ...more] = parsed.assertions.list;
  assert(assertion !== undefined && more.length === 0);
  return assertion;
}

/** `line:column message` of the first fault. */
function faultOf(text: string): string {
  const parsed = parseAssertions(text);
  assert(!parsed.ok, `${text} was accepted`);
  const [{ line, column, message } = assert.fail()] = parsed.faults;
  return `${line}:${column} ${message}`;
}

test('parseAssertions: principals', () => {
  const rows: readonly (readonly [text: string, pattern: object])[] = [
    ['user/alice', { kind: 'user', name: 'alice' }],
    ['"user/alice"', { kind: 'user', name: 'alice' }],
    ['role/app-*', { kind: 'role', name: 'app-*' }],
    ['group/staff', { kind: 'group', name: 'staff' }],
    ['anyone', { kind: 'anyone' }],
    ['Anonymous', { kind: 'anonymous' }],
    ['outsiders', { kind: 'outsiders' }],
    ['root', { kind: 'root', account: undefined }],
    ['account/111122223333', { kind: 'account', account: '111122223333' }],
    ['111122223333', { kind: 'account', account: '111122223333' }],
    ['account', { kind: 'account', account: undefined }],
    ['root/111122223333', { kind: 'root', account: '111122223333' }],
    ['arn:aws:iam::111122223333:root', { kind: 'root', account: '111122223333' }],
    ['arn:aws:iam::*:user/a*', { kind: 'arn', arn: 'arn:aws:iam::*:user/a*' }],
    [
      'arn:aws:sts::111122223333:assumed-role/app/s',
      { kind: 'arn', arn: 'arn:aws:sts::111122223333:assumed-role/app/s' },
    ],
  ];
  for (const [text, pattern] of rows) {
    assert.deepEqual(only(`${text} CAN s3:GetObject a/*`).principals.of, [pattern], text);
  }
});

test('parseAssertions: lists, exceptions, comments and continued lines', () => {
  const assertion = only(
    '# nobody reads wages\n' +
      'anyone EXCEPT role/payroll, user/boss   # but these\n' +
      '  cannot s3:* except s3:ListBucket\n' +
      '\n' +
      '\tpayroll, "payroll/a key, with #"   EXCEPT payroll/public/*\r\n' +
      '  WHERE aws:SourceIp NOT IN 10.0.0.0/8, ::1 AND s3:prefix EXISTS\n',
  );
  assert.equal(assertion.verb, 'CANNOT');
  assert.equal(assertion.line, 2);
  assert.deepEqual(assertion.principals.except, [
    { kind: 'role', name: 'payroll' },
    { kind: 'user', name: 'boss' },
  ]);
  assert.deepEqual(assertion.actions, { of: ['s3:*'], except: ['s3:ListBucket'] });
  assert.deepEqual(assertion.resources.of, [
    'arn:aws:s3:::payroll',
    'arn:aws:s3:::payroll/a key, with #',
  ]);
  assert.deepEqual(assertion.resources.except, ['arn:aws:s3:::payroll/public/*']);
  assert.equal(
    assertion.text,
    'anyone EXCEPT role/payroll, user/boss cannot s3:* except s3:ListBucket payroll, ' +
      '"payroll/a key, with #" EXCEPT payroll/public/* WHERE aws:SourceIp NOT IN 10.0.0.0/8, ::1 ' +
      'AND s3:prefix EXISTS',
  );
});

test('parseAssertions: resources without arn: belong to the service of the actions', () => {
  const rows: readonly (readonly [rest: string, resource: string])[] = [
    ['s3:GetObject *', '*'],
    ['s3:ListBucket reports', 'arn:aws:s3:::reports'],
    ['s3:GetObject reports/*', 'arn:aws:s3:::reports/*'],
    ['* role/admin', 'arn:aws:s3:::role/admin'],
    ['iam:PassRole role/admin', 'arn:aws:iam::*:role/admin'],
    ['sts:AssumeRole, iam:PassRole role/admin', 'arn:aws:iam::*:role/admin'],
    ['s3:GetObject arn:aws:s3:::a/b', 'arn:aws:s3:::a/b'],
  ];
  for (const [rest, resource] of rows) {
    assert.deepEqual(only(`user/a CAN ${rest}`).resources.of, [resource], rest);
  }
});

test('parseAssertions: conditions', () => {
  const rows: readonly (readonly [text: string, operator: string, values: readonly string[]])[] = [
    ['a:b = x', 'StringEquals', ['x']],
    ['a:b = x, y', 'StringEquals', ['x', 'y']],
    ['a:b = true', 'Bool', ['true']],
    ['a:b != x', 'not StringEquals', ['x']],
    ['a:b like x*', 'StringLike', ['x*']],
    ['a:b NOT LIKE x*', 'not StringLike', ['x*']],
    ['a:b < 5', 'NumericLessThan', ['5']],
    ['a:b >= 5.5', 'NumericGreaterThanEquals', ['5.5']],
    ['a:b <= 2026-01-01', 'DateLessThanEquals', ['2026-01-01']],
    ['aws:CurrentTime > 2026', 'DateGreaterThan', ['2026']],
    ['a:b IN 10.0.0.0/8', 'IpAddress', ['10.0.0.0/8']],
    ['a:b NOT IN 10.0.0.0/8', 'not IpAddress', ['10.0.0.0/8']],
    ['a:b IN x, y', 'StringEquals', ['x', 'y']],
    ['a:b EXISTS', 'Null', ['false']],
    ['a:b missing', 'Null', ['true']],
    ['a:b ForAnyValue:StringLikeIfExists x', 'ForAnyValue StringLike IfExists', ['x']],
    ['a:b ArnLike arn:aws:iam::*:role/x', 'ArnLike', ['arn:aws:iam::*:role/x']],
    ['a:b = "and"', 'StringEquals', ['and']],
  ];
  for (const [text, operator, values] of rows) {
    const [condition, ...more] = only(`user/a CAN s3:GetObject b/* WHERE ${text}`).where;
    assert(condition !== undefined && more.length === 0);
    const { test: base, negated, ifExists, quantifier } = condition.operator;
    const told = [negated ? 'not' : '', quantifier ?? '', base, ifExists ? 'IfExists' : ''];
    assert.equal(told.filter((word) => word !== '').join(' '), operator, text);
    assert.deepEqual(condition.values, values, text);
  }
});

test('parseAssertions: says what is wrong, and where', () => {
  const rows: readonly (readonly [text: string, expected: string])[] = [
    ['alice CAN s3:GetObject a/*', '1:1 "alice" is no principal'],
    ['\nuser/alice MAY s3:GetObject a/*', '2:12 Expected CAN or CANNOT'],
    ['user/alice', '1:11 Expected CAN or CANNOT'],
    ['user/alice CAN', '1:15 Expected an action'],
    ['user/alice CAN s3:GetObject', '1:28 Expected a resource'],
    [
      'user/alice CAN s3:GetObjct a/*',
      '1:16 No action of this server is called "s3:GetObjct". Is s3:GetObject meant?',
    ],
    ['user/alice CAN s3:HeadBucket a', '1:16 No action'],
    ['user/alice CAN GetObject a/*', '1:16 "GetObject" is no action'],
    [
      'user/alice CAN s3:GetObject a',
      '1:29 s3:GetObject is not taken on buckets: objects are bucket/*',
    ],
    ['user/alice CAN s3:ListBucket a/*', '1:30 s3:ListBucket is not taken on objects'],
    ['user/alice CAN s3:GetObject EXCEPT s3:* a/*', '1:41 EXCEPT leaves nothing'],
    ['user/alice CAN s3:GetObject a/${b', '1:29 "a/${b" has a malformed variable'],
    ['user/alice CAN iam:PassRole bucket/x', '1:29 "bucket/x" is no resource of IAM'],
    ['user/alice CAN s3:GetObject a/* b/*', '1:33 WHERE or the end'],
    ['user/alice CAN s3:GetObject a/* WHERE', '1:38 Expected a condition key'],
    ['user/alice CAN s3:GetObject a/* WHERE tls = true', '1:39 "tls" is no condition key'],
    ['user/alice CAN s3:GetObject a/* WHERE a:b ~ c', '1:43 "~" is no operator'],
    ['user/alice CAN s3:GetObject a/* WHERE a:b NOT = c', '1:47 "NOT =" is no operator'],
    ['user/alice CAN s3:GetObject a/* WHERE a:b < c', '1:45 "c" is no value'],
    ['user/alice CAN s3:GetObject a/* WHERE a:b IpAddress c', '1:53 "c" is no value'],
    ['user/alice CAN s3:GetObject "a/*', '1:29 The quoted text does not end'],
    ['ASSUME that all is well', '1:8 The one thing to assume is "no object ACLs"'],
  ];
  for (const [text, expected] of rows) {
    const fault = faultOf(text);
    assert(fault.startsWith(expected), `${text}: ${fault}`);
  }
});

test('parseAssertions: every line that is wrong is told', () => {
  const parsed = parseAssertions('x\nuser/a CAN s3:GetObject b/*\ny\n');
  assert(!parsed.ok);
  assert.deepEqual(
    parsed.faults.map(({ line }) => line),
    [1, 3],
  );
});

test('parseAssertions: any text is answered, and never with an exception', () => {
  const word = fc.oneof(
    fc.constantFrom('user/a', 'CAN', 'CANNOT', 's3:*', 'a/*', 'WHERE', 'AND', ',', 'EXCEPT'),
    fc.constantFrom('=', 'IN', '"', '#', '\n', '\n ', 'ASSUME', 'no', '*', 'aws:SourceIp'),
    fc.string({ maxLength: 4 }),
  );
  const text = fc.array(word, { maxLength: 20 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(text, (each) => {
      const parsed = parseAssertions(each);
      assert(parsed.ok || parsed.faults.length > 0);
    }),
    { numRuns: 3000 },
  );
});
