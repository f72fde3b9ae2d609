import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { systemClock } from '../../base/clock.ts';
import { compileQuery } from '../../wire/index.ts';
import { newestBotocore, roundTripBotocore } from '../../wire/testing/botocore.suite.ts';
import { driftReport } from '../../wire/testing/drift.suite.ts';
import { roundTrip } from '../../wire/testing/round-trip.suite.ts';
import { createIamService } from '../index.ts';
import * as declarations from './index.ts';
import { NOT_SERVED } from './not-served.ts';

const description = createIamService({ identity: undefined as never, clock: systemClock });

test('declarations differ in nothing from AWS’s client', () => {
  const report = driftReport(declarations, IAM as never, {
    ignore: { '*.output.**.UserName.required': 'Root, who is no user, has no name.' },
  });
  assert.deepEqual(report.differences, []);
  assert.deepEqual(
    report.missingMembers.filter((line) => !line.endsWith(': body SourceRoleTemplate')),
    [],
    'There are no role templates here.',
  );
  assert.deepEqual(report.missingOperations, [...NOT_SERVED.keys()].sort());
});

test('every operation that AWS’s client knows is either served or refused by name', () => {
  const known = Object.keys(IAM)
    .filter((name) => /^[A-Z]\w*Command$/.test(name))
    .map((name) => name.replace(/Command$/, ''));
  const served = Object.keys(declarations);
  assert.deepEqual([...served, ...NOT_SERVED.keys()].sort(), known.sort());
});

test('every operation survives a round trip through AWS’s client', async () => {
  const count = await roundTrip(declarations, IAM as never, {
    protocol: compileQuery(declarations, description),
    client: (options) => new IAM.IAMClient(options as never) as never,
    runs: 5,
  });
  assert.equal(count, Object.keys(declarations).length);
});

const botocore = newestBotocore();
const skip = botocore === undefined ? 'botocore is not installed' : false;

test('every operation survives a round trip through botocore', { skip }, async (t) => {
  const options = {
    protocol: compileQuery(declarations, description),
    runs: 2,
    newer: /^Simulate\w+\.input\.(OrderedOrganizationPolicyInputList|PolicyExclusionList)$/,
  };
  const count = await roundTripBotocore(t, 'iam', botocore!, declarations, IAM as never, options);
  assert.equal(count, Object.keys(declarations).length);
});

test('every operation is authorized as an action of IAM, named after itself', () => {
  for (const [name, operation] of Object.entries(declarations)) {
    const input = { UserName: 'u', GroupName: 'g', PolicyName: 'p', PolicyArn: 'a' };
    const { allows } = operation;
    const actions = typeof allows === 'function' ? allows(input as never) : allows;
    assert.deepEqual([actions].flat(), [`iam:${name}`]);
  }
});
