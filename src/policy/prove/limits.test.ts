import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAssertions } from './parse-assertions.ts';
import { proveAll } from './prove.ts';
import { estateOf, type Statements } from './testing/estate.ts';

const letter = (index: number): string => String.fromCodePoint(97 + (index % 26));

/** Policies that make a proof as dear as they can: each must end, and may end with "unknown". */
const WORST: readonly (readonly [name: string, identity: Statements, expected: string])[] = [
  [
    'many stars in many patterns, all of them alive at once',
    Array.from({ length: 24 }, (_, index) => ({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Action: 's3:*',
      Resource: `arn:aws:s3:::*${letter(index)}*${letter(index + 1)}*${letter(index + 7)}*${letter(index + 11)}*`,
    })),
    'unknown unknown',
  ],
  [
    'one pattern of question marks behind a star',
    [{ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::*a${'?'.repeat(200)}` }],
    'unknown unknown',
  ],
  [
    'a pattern as long as a policy, of which every place stays alive',
    [{ Effect: 'Allow', Action: 's3:*', Resource: `arn:aws:s3:::*a${'?'.repeat(5000)}` }],
    'unknown unknown',
  ],
  [
    'a list of many kinds of text',
    Array.from({ length: 24 }, (_, index) => ({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Action: 's3:*',
      Resource: '*',
      Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': `*${letter(index)}` } },
    })),
    'unknown unknown',
  ],
  [
    'many keys, each of which decides between two statements',
    Array.from({ length: 40 }, (_, index) => ({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Action: 's3:*',
      Resource: '*',
      Condition: { StringEquals: { [`aws:RequestTag/${index >> 1}`]: 'a' } },
    })),
    'proved refuted',
  ],
  [
    'many prefixes, each with addresses of its own',
    Array.from({ length: 200 }, (_, index) => ({
      Effect: index % 2 === 0 ? 'Allow' : 'Deny',
      Action: 's3:*',
      Resource: `arn:aws:s3:::reports/${index >> 1}/*`,
      Condition: { IpAddress: { 'aws:SourceIp': `10.${index >> 1}.0.0/16` } },
    })),
    'proved refuted',
  ],
];

/** Of processor time, on a machine that does other things as well; the limits are far below. */
const MS_MAX = 20_000;

for (const [name, identity, expected] of WORST) {
  test(`proveAll: ends in bounded time with ${name}`, () => {
    const estate = estateOf({ users: { alice: { identity } }, buckets: { reports: {} } });
    const parsed = parseAssertions(
      'user/alice CANNOT s3:GetObject reports/*\nuser/alice CAN s3:GetObject reports/*',
    );
    assert(parsed.ok);
    const begin = process.cpuUsage();
    const results = proveAll(estate, parsed.assertions);
    const { user } = process.cpuUsage(begin);
    assert.equal(results.map(({ outcome }) => outcome.kind).join(' '), expected);
    assert(user / 1000 < MS_MAX, `${user / 1000} ms`);
  });
}
