import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as STS from '@aws-sdk/client-sts';
import { compileQuery } from '../../wire/index.ts';
import { newestBotocore, roundTripBotocore } from '../../wire/testing/botocore.suite.ts';
import { driftReport } from '../../wire/testing/drift.suite.ts';
import { roundTrip } from '../../wire/testing/round-trip.suite.ts';
import { createStsService } from '../index.ts';
import * as declarations from './index.ts';

const description = createStsService({
  identity: undefined as never,
  clock: undefined as never,
  decisions: undefined as never,
});

test('declarations differ in nothing from AWS’s client, and every other operation is known', () => {
  const report = driftReport(declarations, STS as never);
  assert.deepEqual(report.differences, []);
  assert.deepEqual(report.missingMembers, []);
  const unknown = report.missingOperations.filter((name) => !description.isKnownAction(name));
  assert.deepEqual(unknown, []);
});

test('every operation survives a round trip through AWS’s client', async () => {
  const count = await roundTrip(declarations, STS as never, {
    protocol: compileQuery(declarations, description),
    client: (options) => new STS.STSClient(options as never) as never,
  });
  assert.equal(count, Object.keys(declarations).length);
});

const botocore = newestBotocore();
const skip = botocore === undefined ? 'botocore is not installed' : false;

test('every operation survives a round trip through botocore', { skip }, async (t) => {
  const newer = /\.(?:MinimumSessionTokenSize|SessionTokenUtilization|SessionTokenSize)$/;
  const options = { protocol: compileQuery(declarations, description), runs: 5, newer };
  const count = await roundTripBotocore(t, 'sts', botocore!, declarations, STS as never, options);
  assert.equal(count, Object.keys(declarations).length);
});
