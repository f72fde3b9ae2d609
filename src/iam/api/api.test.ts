import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { systemClock } from '../../base/clock.ts';
import { compileQuery } from '../../wire/index.ts';
import { newestBotocore, roundTripBotocore } from '../../wire/testing/botocore.suite.ts';
import { driftReport } from '../../wire/testing/drift.suite.ts';
import { roundTrip } from '../../wire/testing/round-trip.suite.ts';
import { findAction } from '../../policy/lint/catalog/catalog.ts';
import { createIamService } from '../index.ts';
import { ACCOUNT } from '../testing/clients.ts';
import { GOOD } from '../testing/parameters.ts';
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

test('the README counts the operations', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  assert.match(readme, new RegExp(`\\b${Object.keys(declarations).length} operations:`));
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

/** Where we are on something else than AWS's table says, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ChangePassword: 'on root until it is known who asks',
  GetAccessKeyLastUsed: 'on root until it is known whose key it is',
  ListGroups: 'on the path, as AWS’s refusals say',
  ListInstanceProfiles: 'on the path, as AWS’s refusals say',
  ListOpenIDConnectProviders: 'on all providers',
  ListRoles: 'on the path, as AWS’s refusals say',
  ListUsers: 'on the path, as AWS’s refusals say',
};

test('operations are authorized on the types of resource that AWS’s table of actions has', () => {
  const { decode } = compileQuery(declarations, description);
  const differing: string[] = [];
  for (const [name, operation] of Object.entries(declarations)) {
    const types = findAction(`iam:${name}`)?.types;
    assert.ok(types, `${name} is no action`);
    const members = Object.keys(operation.input.members).map((member) => GOOD[member]);
    const form = new Map(Object.entries(Object.assign({ Action: name }, ...members)));
    const input = decode(operation, form as Map<string, string>);
    const on = operation.on as ((input: unknown, account: string) => string) | undefined;
    const [type] = on === undefined ? [] : on(input, ACCOUNT).split(':').slice(5).join().split('/');
    const isAlike = type === undefined ? types.length === 0 : types.includes(type);
    if (!isAlike) differing.push(name);
  }
  assert.deepEqual(differing.sort(), Object.keys(ELSEWHERE));
});
