import assert from 'node:assert/strict';
import type { Outcome } from '../prove.ts';
import { parseAssertions } from '../parse-assertions.ts';
import { proveAll } from '../prove.ts';
import { ACCOUNT, type Described, type Statements, estateOf } from './estate.ts';

export const OTHER = '444455556666';

export function outcomeOf(described: Described, text: string): Outcome {
  const parsed = parseAssertions(text);
  assert(parsed.ok, JSON.stringify(parsed));
  const [result] = proveAll(estateOf(described), parsed.assertions);
  assert(result !== undefined);
  return result.outcome;
}

/** What was said, in a few words: the verdict, and of a counter-example who does what with what. */
export function told(outcome: Outcome): string {
  if (outcome.kind === 'proved') return 'proved';
  if (outcome.kind === 'unknown') return `unknown: ${outcome.reasons.join(' ')}`;
  const { principal, action, resource, context } = outcome.by;
  const who = principal.replace(/^arn:aws:(iam|sts)::/, '').replace(`${ACCOUNT}:`, '');
  const keys = Object.entries(context).map(([key, value]) => ` ${key}=${String(value)}`);
  return `${who} ${action} ${resource.replace('arn:aws:s3:::', '')}${keys.join('')}`;
}

export const allow = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
export const deny = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});
export const arn = (path: string): string => `arn:aws:s3:::${path}`;
export const alice = (...identity: Statements): Described => ({
  users: { alice: { identity } },
  buckets: { reports: {}, payroll: {} },
});

export const where = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
export const bucketOf = (...policy: Statements): Described => ({
  users: { alice: {}, bob: { identity: [allow('s3:*', '*')] } },
  buckets: { reports: policy.length === 0 ? {} : { policy } },
});
export const everyone = { Principal: '*' };
export const names = (AWS: unknown) => ({ Principal: { AWS } });
export const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`;

export type Rows = readonly (readonly [
  name: string,
  described: Described,
  assertion: string,
  expected: string,
])[];
