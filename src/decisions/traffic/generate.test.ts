import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy, parsePolicy } from '../../policy/index.ts';
import { generatePolicy } from './generate.ts';
import { findUnused } from './unused.ts';
import { addUse, newUsage, type Usage } from './usage.ts';

const at = { atMs: 0, secure: true, address: '192.0.2.1' };

function seen(...uses: readonly (readonly [action: string, ...resources: string[]])[]): Usage {
  const usage = newUsage();
  for (const [action, ...resources] of uses) {
    for (const resource of resources) {
      addUse(usage, {
        action,
        resource: resource === '*' ? '*' : `arn:aws:s3:::${resource}`,
        ...at,
      });
    }
  }
  return usage;
}

function many(count: number, name: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

const rows: readonly {
  readonly name: string;
  readonly usage: Usage;
  readonly level?: number;
  readonly expected: readonly (readonly [actions: string, resources: string])[];
}[] = [
  { name: 'nothing was seen', usage: newUsage(), expected: [] },
  {
    name: 'actions on one resource share a statement',
    usage: seen(['s3:ListBucket', 'b'], ['s3:GetBucketLocation', 'b']),
    expected: [['s3:GetBucketLocation s3:ListBucket', 'b']],
  },
  {
    name: 'keys count by their first folder',
    usage: seen(['s3:GetObject', 'b/in/1/x', 'b/in/2/y', 'b/out/z']),
    expected: [['s3:GetObject', 'b/in/* b/out/*']],
  },
  {
    name: 'or by none',
    level: 0,
    usage: seen(['s3:GetObject', 'b/in/1/x', 'b/out/z']),
    expected: [['s3:GetObject', 'b/*']],
  },
  {
    name: 'or by more',
    level: 2,
    usage: seen(['s3:GetObject', 'b/in/1/x', 'b/in/2/y', 'b/out/z']),
    expected: [['s3:GetObject', 'b/in/1/* b/in/2/* b/out/*']],
  },
  {
    name: 'a few names at the top of a bucket are files of their own',
    usage: seen(['s3:GetObject', 'b/config.json', 'b/data/1']),
    expected: [['s3:GetObject', 'b/config.json b/data/*']],
  },
  {
    name: 'many are a program’s',
    usage: seen(['s3:GetObject', ...many(50, (index) => `b/${index}`)]),
    expected: [['s3:GetObject', 'b/*']],
  },
  {
    name: 'and so are many folders',
    usage: seen(['s3:GetObject', ...many(50, (index) => `b/${index}/x`)]),
    expected: [['s3:GetObject', 'b/*']],
  },
  {
    name: 'many buckets are all',
    usage: seen(['s3:ListBucket', ...many(50, (index) => `b${index}`)]),
    expected: [['s3:ListBucket', '*']],
  },
  {
    name: 'an action on the account keeps its star',
    usage: seen(['s3:ListAllMyBuckets', '*']),
    expected: [['s3:ListAllMyBuckets', '*']],
  },
  {
    name: 'wildcards in a key are no wildcards',
    usage: seen(['s3:GetObject', 'b/a*b', 'b/c?']),
    expected: [['s3:GetObject', 'b/a${*}b b/c${?}']],
  },
];

for (const { name, usage, level = 1, expected } of rows) {
  test(`generatePolicy: ${name}`, () => {
    const { document } = generatePolicy(usage, { level, conditions: false });
    const found = document.Statement.map(({ Action, Resource }) => [
      Action.join(' '),
      Resource.map((arn) => arn.replace('arn:aws:s3:::', '')).join(' '),
    ]);
    assert.deepEqual(found, expected);
  });
}

test('generatePolicy: conditions are those that held of every request', () => {
  const usage = seen(['s3:GetObject', 'b/k']);
  const conditionOf = () =>
    generatePolicy(usage, { level: 1, conditions: true }).document.Statement[0]?.Condition;
  const fromHere = { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } };
  assert.deepEqual(conditionOf(), { Bool: { 'aws:SecureTransport': 'true' }, ...fromHere });
  addUse(usage, { action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', ...at, secure: false });
  assert.deepEqual(conditionOf(), fromHere);
});

const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { Sid: 'Whole', Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
    {
      Sid: 'Wide',
      Effect: 'Allow',
      Action: ['s3:Get*', 's3:PutObject'],
      Resource: ['arn:aws:s3:::b/*', 'arn:aws:s3:::c/*'],
    },
    { Sid: 'Never', Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::d' },
  ],
};

test('findUnused: names whole statements, single actions and resources, and wide patterns', () => {
  const parsed = parsePolicy(JSON.stringify(POLICY), 'identity');
  assert.ok(parsed.ok);
  const policy = compilePolicy(parsed.document, { type: 'identity-based', id: 'p' });
  const { unused, wide } = findUnused([policy], seen(['s3:GetObject', 'b/in/1/x']));
  assert.deepEqual(
    unused.map(({ sid, what, pattern }) => [sid, what, pattern]),
    [
      ['Whole', 'statement', undefined],
      ['Wide', 'action', 's3:PutObject'],
      ['Wide', 'resource', 'arn:aws:s3:::c/*'],
    ],
  );
  assert.deepEqual(
    wide.map(({ pattern, used }) => [pattern, used]),
    [['s3:Get*', ['s3:GetObject']]],
  );
});
