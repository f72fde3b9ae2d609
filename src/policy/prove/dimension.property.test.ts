/**
 * What is tried for a key or a resource covers every value that it can have: for each random value
 * there is a choice that the statements see alike.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextValue } from '../index.ts';
import { compilePattern } from '../pattern.ts';
import { Budget } from './budget.ts';
import { FREE, type KnownKeys } from './context-keys.ts';
import { type Choice, keyDimensions, resourceDimension } from './dimension.ts';
import { RUN, literal } from './automaton.ts';
import { readerOf, resourcePattern } from './text-patterns.ts';
import type { Consideration } from './statements.ts';
import { compiled } from './testing/estate.ts';

const RUNS = 2000;
const budget = () => new Budget(10_000_000);

/** One Allow statement for each condition block, and its bit. */
function considerationsOf(
  blocks: readonly Record<string, unknown>[],
  resources: readonly string[] = ['*'],
): Consideration[] {
  const policy = compiled(
    blocks.map((Condition, index) => ({
      Effect: 'Allow',
      Action: '*',
      Resource: resources[index % resources.length],
      Condition,
    })),
  );
  return policy.statements.map((statement, index) => ({
    compiled: statement,
    variables: true,
    bit: 1n << BigInt(index),
  }));
}

/** Whether the choice stands for requests that exclude just these statements. */
function covers({ excludes, doubts }: Choice, excluded: bigint): boolean {
  return (excludes & ~excluded) === 0n && (excluded & ~excludes & ~doubts) === 0n;
}

const fragment = fc
  .array(fc.constantFrom('a', 'A', 'b', 'k', '\u212A', ':', '/', '😀', '1'), { maxLength: 5 })
  .map((parts) => parts.join(''));
const textPattern = fc
  .array(
    fc.constantFrom(
      'a',
      'A',
      'b',
      'k',
      'K',
      '*',
      '?',
      ':',
      '/',
      '${*}',
      '${aws:username}',
      '${app:other}',
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));
const arnText = fc
  .array(fc.constantFrom('a', 'b', '', 'ab'), { minLength: 5, maxLength: 7 })
  .map((parts) => parts.join(':'));
const arnTextPattern = fc.oneof(
  fc.constant('*'),
  fc
    .array(fc.constantFrom('a', '*', '?', 'a*', ''), { minLength: 5, maxLength: 7 })
    .map((parts) => parts.join(':')),
);
const number = fc.constantFrom(
  '0',
  '1',
  '1.0',
  '2',
  '2.5',
  '-3',
  '10',
  '1e3',
  '1000000000000000000000',
  '.5',
  '007',
);
const date = fc.constantFrom(
  '2026-01-01',
  '2026-01-01T00:00:00.001Z',
  '2026',
  '1767225600',
  '2025-12-31T23:59:59Z',
  '2027-01-01T00:00:00+02:00',
  'soon',
);
const address = fc.constantFrom(
  '10.0.0.1',
  '10.0.1.1',
  '11.0.0.0',
  '192.0.2.1',
  '::1',
  '2001:db8::5',
  '2001:db9::',
  '::ffff:10.0.0.1',
  '0.0.0.0',
);
const range = fc.constantFrom(
  '10.0.0.0/8',
  '10.0.0.0/24',
  '10.0.0.1',
  '0.0.0.0/0',
  '::/0',
  '2001:db8::/32',
  '::ffff:0:0/96',
  '::/1',
  '203.0.113.0/24',
  '203.0.113.1',
  '::/95',
);

const FAMILIES: readonly {
  operators: readonly string[];
  policy: fc.Arbitrary<string>;
  request: fc.Arbitrary<string>;
}[] = [
  {
    operators: [
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
    ],
    policy: textPattern,
    request: fragment,
  },
  {
    operators: ['ArnLike', 'ArnNotEquals'],
    policy: arnTextPattern,
    request: fc.oneof(arnText, fragment),
  },
  {
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
    ],
    policy: number,
    request: number,
  },
  {
    operators: ['DateEquals', 'DateLessThan', 'DateGreaterThanEquals', 'DateNotEquals'],
    policy: date.filter((text) => text !== 'soon'),
    request: date,
  },
  {
    operators: ['Bool'],
    policy: fc.constantFrom('true', 'false', 'x'),
    request: fc.constantFrom('true', 'FALSE', 'x', ''),
  },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    policy: range,
    request: fc.oneof(address, fc.constant('nowhere')),
  },
  {
    operators: ['BinaryEquals'],
    policy: fc.constantFrom('AA==', 'AAA=', 'eA=='),
    request: fc.constantFrom('AA==', 'eA==', 'eQ==', '', '-'),
  },
];

function block(family: (typeof FAMILIES)[number], key: string, quantified: boolean) {
  const prefix = quantified
    ? fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:')
    : fc.constant('');
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(
          prefix,
          fc.constantFrom(...family.operators),
          fc.constantFrom('', '', 'IfExists'),
          fc.array(family.policy, { minLength: 1, maxLength: 3 }),
        )
        .map(([before, operator, after, values]) => ({
          [`${before}${operator}${after}`]: { [key]: values },
        })),
    },
    { weight: 1, arbitrary: fc.boolean().map((value) => ({ Null: { [key]: String(value) } })) },
  );
}

const known: KnownKeys = (key) => (key === 'aws:username' ? 'ab' : FREE);

for (const [index, family] of FAMILIES.entries()) {
  test(`keyDimensions: cover every value of a key compared by ${family.operators[0]}`, () => {
    const other = FAMILIES[(index + 1) % FAMILIES.length]!;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 9, arbitrary: block(family, 'app:Key', true) },
            { weight: 1, arbitrary: block(other, 'app:Key', true) },
          ),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        fc.array(
          fc.oneof(
            family.request,
            other.request,
            fc.array(family.request, { maxLength: 3 }),
            fc.constant(undefined),
          ),
          { minLength: 8, maxLength: 8 },
        ),
        fragment,
        (blocks, values, chosen) => {
          const considered = considerationsOf(blocks);
          const [dimension, ...more] = keyDimensions(
            { considered, where: [], known, budget: budget() },
            () => undefined,
          );
          assert(dimension !== undefined && more.length === 0);
          for (const value of values as (ContextValue | undefined)[]) {
            const context = (key: string): ContextValue | undefined =>
              key === 'app:key' ? value : key === 'app:other' ? chosen : readerOf(known)(key);
            const excluded = excludedBy(considered, context);
            assert(
              dimension.choices.some((choice) => covers(choice, excluded)),
              `${JSON.stringify(value)} is like none of the choices`,
            );
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
}

function excludedBy(
  considered: readonly Consideration[],
  context: (key: string) => ContextValue | undefined,
): bigint {
  return considered.reduce(
    (set, { compiled: { conditions }, bit }) =>
      conditions.every((holds) => holds(context)) ? set : set | bit,
    0n,
  );
}

test('keyDimensions: cover every address of a request, and one value where there is no list', () => {
  const addresses = FAMILIES[5]!;
  const texts = FAMILIES[0]!;
  fc.assert(
    fc.property(
      fc.array(fc.oneof(block(addresses, 'aws:SourceIp', true), block(texts, 's3:prefix', true)), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(fc.tuple(address, fc.option(fragment, { nil: undefined })), {
        minLength: 8,
        maxLength: 8,
      }),
      (blocks, values) => {
        const considered = considerationsOf(blocks);
        const dimensions = keyDimensions(
          { considered, where: [], known, budget: budget() },
          () => undefined,
        );
        for (const [ip, prefix] of values) {
          for (const { choices } of dimensions) {
            const keys = choices[0]!.keys.map(([key]) => key);
            const about = considered.filter(({ compiled: { statement } }) =>
              keys.includes(statement.conditions[0]!.key.toLowerCase()),
            );
            const excluded = excludedBy(about, (key) =>
              key === 'aws:sourceip'
                ? ip
                : key === 's3:prefix'
                  ? prefix
                  : key === 'app:other'
                    ? 'b'
                    : readerOf(known)(key),
            );
            assert(
              choices.some((choice) => covers(choice, excluded)),
              `${ip} ${prefix}`,
            );
          }
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test('keyDimensions: cover every moment, told as a date and in seconds', () => {
  const dates = FAMILIES[3]!;
  const seconds = fc.constantFrom('1767225600', '1767225600.5', '1767225601', '1767225599');
  const numeric = { operators: FAMILIES[2]!.operators, policy: seconds, request: seconds };
  const moment = fc.oneof(
    fc.integer({ min: 1_767_225_598_000, max: 1_767_225_603_000 }),
    fc
      .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
      .map((each) => each.getTime()),
    fc.constantFrom(1_767_225_600_000, 1_767_225_600_001, 1_767_225_601_000, 1_767_218_400_000),
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          block(dates, 'aws:CurrentTime', false),
          block({ ...dates, policy: fc.oneof(dates.policy, seconds) }, 'aws:EpochTime', false),
          block(numeric, 'aws:EpochTime', false),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.array(moment, { minLength: 20, maxLength: 20 }),
      (blocks, moments) => {
        const considered = considerationsOf(blocks);
        const [dimension] = keyDimensions(
          { considered, where: [], known, budget: budget() },
          () => undefined,
        );
        for (const ms of moments) {
          const excluded = excludedBy(considered, (key) =>
            key === 'aws:currenttime' ? new Date(ms).toISOString() : String(Math.floor(ms / 1000)),
          );
          assert(
            dimension!.choices.some((choice) => covers(choice, excluded)),
            String(ms),
          );
        }
      },
    ),
    { numRuns: RUNS },
  );
});

test('resourceDimension: covers every resource of the question, and no other', () => {
  const pattern = fc
    .array(fc.constantFrom('a', 'b', '*', '?', '/', 'ab', '${aws:username}', '${app:other}'), {
      minLength: 1,
      maxLength: 5,
    })
    .map((parts) => parts.join(''));
  const text = fc
    .array(fc.constantFrom('a', 'b', '/', '😀', 'ab', '*'), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.array(pattern, { minLength: 1, maxLength: 4 }),
      fc.array(pattern, { minLength: 1, maxLength: 2 }),
      pattern,
      fc.array(text, { minLength: 20, maxLength: 20 }),
      text,
      (patterns, meant, except, texts, chosen) => {
        const considered = considerationsOf(
          patterns.map(() => ({})),
          patterns.map((each) => `arn:aws:s3:::${each}`),
        );
        const oneOf = meant.map((each) => resourcePattern(`arn:aws:s3:::${each}`, true, known));
        const excepted = resourcePattern(`arn:aws:s3:::${except}`, true, known);
        const { choices } = resourceDimension(
          { considered, where: [], known, budget: budget() },
          {
            oneOf: oneOf.map((each) => each.pattern!),
            required: [[...literal('arn:aws:s3:::'), RUN]],
            prefix: 'arn:aws:s3:::',
            forbidden: excepted.freeKeys.length > 0 ? [] : [excepted.pattern!],
          },
        );
        const context = (key: string) => (key === 'app:other' ? chosen : readerOf(known)(key));
        const names = (each: string, on: string) =>
          compilePattern(`arn:aws:s3:::${each}`, true)(on, context);
        for (const each of texts) {
          const on = `arn:aws:s3:::${each}`;
          if (!meant.some((own) => names(own, on)) || names(except, on)) continue;
          const excluded = considered.reduce(
            (set, { compiled: { matchesResource }, bit }) =>
              matchesResource(on, context) ? set : set | bit,
            0n,
          );
          assert(
            choices.some((choice) => covers(choice, excluded)),
            on,
          );
        }
        for (const { resource = '', doubts, excludes } of choices) {
          const excluded = considered.reduce(
            (set, { compiled: { matchesResource }, bit }) =>
              matchesResource(resource, context) ? set : set | bit,
            0n,
          );
          assert.equal(excluded & ~doubts, excludes & ~doubts, resource);
        }
      },
    ),
    { numRuns: RUNS },
  );
});
