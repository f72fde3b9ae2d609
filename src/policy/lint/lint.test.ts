import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { LINT_SEVERITIES, type PolicyKind, applyFix, lintPolicy, parsePolicy } from '../index.ts';
import { compileGlob } from '../glob.ts';
import { findAction, findKey } from './catalog/catalog.ts';
import { NEVER_PRESENT_KEYS } from './catalog/never-present.ts';
import { PERMISSIONS_OF_OPERATIONS } from './checks/operation-names.ts';
import { covers, createNaming } from './pattern-sets.ts';
import { randomPolicies } from '../testing/random-policies.suite.ts';
import { matchGlob } from '../glob.ts';
import { expandCodes, parseTemplate } from '../template.ts';

const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const WHEN = (Condition: object) => ({ ...GET, Condition });

test('every check is described in the documentation, and nothing else is', () => {
  const page = readFileSync(new URL('../../../docs/policy-lint.md', import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(\w+)` \| ([a-z ]+) \| .+ \|$/gm)];
  assert.deepEqual(
    described.map(([, code, severity]) => [code, severity]),
    [...LINT_SEVERITIES],
  );
  assert(LINT_SEVERITIES.size >= 60, String(LINT_SEVERITIES.size));
});

describe('the policies of guides', () => {
  const folder = new URL('../../../test/fixtures/policies/', import.meta.url);
  /** What is truly to be said of them, and nothing else. */
  const expected: Readonly<Record<string, readonly string[]>> = {
    'django-s3cmd.json': [],
    'infinit.json': [],
    'medusa.json': [
      '53:17 warning PlaceholderLeft',
      '54:17 warning PlaceholderLeft',
      '62:17 error UnknownAction',
    ],
    'orga-server.json': ['14:23 suggestion StarActionForOneService'],
  };
  for (const file of readdirSync(folder)) {
    test(file, () => {
      const findings = lintPolicy(readFileSync(new URL(file, folder), 'utf8'), 'identity');
      assert.deepEqual(
        findings.map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`),
        expected[file],
      );
    });
  }
});

describe('where the grammar is broken', () => {
  /** Texts and objects, the one code that is found, and what its fix makes of it. */
  const rows: readonly {
    code: string;
    kind?: PolicyKind;
    found: string | object;
    fixed?: object;
  }[] = [
    { code: 'DocumentTooLarge', found: ' '.repeat(131_073) },
    { code: 'InvalidJson', found: '{"Statement": [}' },
    { code: 'WrongType', found: { ...GET, Action: 7 } },
    { code: 'WrongType', found: { ...GET, Effect: 'Alow' }, fixed: GET },
    { code: 'UnknownElement', found: { ...GET, Sidd: 'a' }, fixed: { ...GET, Sid: 'a' } },
    {
      code: 'UnknownElement',
      found: { version: '2012-10-17', Statement: GET },
      fixed: { Version: '2012-10-17', Statement: GET },
    },
    { code: 'MissingElement', found: { Action: 's3:GetObject', Resource: '*' } },
    { code: 'ConflictingElements', found: { ...GET, NotAction: 's3:*' } },
    { code: 'ProhibitedElement', found: { ...GET, Principal: '*' } },
    {
      code: 'TooManyValues',
      found: { ...GET, Action: Array.from({ length: 5001 }, () => 's3:*') },
    },
    {
      code: 'InvalidVersion',
      found: { Version: '2020-01-01', Statement: GET },
      fixed: { Version: '2012-10-17', Statement: GET },
    },
    { code: 'InvalidEffect', found: { ...GET, Effect: 'allow' }, fixed: GET },
    { code: 'InvalidSid', found: { ...GET, Sid: 'my sid' }, fixed: { ...GET, Sid: 'mysid' } },
    { code: 'DuplicateSid', found: [1, 2].map(() => ({ ...GET, Sid: 'a' })) },
    { code: 'MissingPrincipal', kind: 'resource', found: GET },
    { code: 'InvalidPrincipal', kind: 'resource', found: { ...GET, Principal: { AWS: 'ana' } } },
    { code: 'MissingAction', found: { ...GET, Action: [] } },
    { code: 'InvalidAction', found: { ...GET, Action: 'GetObject' } },
    { code: 'MissingResource', found: { ...GET, Resource: [] } },
    { code: 'InvalidResource', found: { ...GET, Resource: 's3://reports' } },
    { code: 'InvalidVariable', found: { ...GET, Resource: 'arn:aws:s3:::b/${aws:username' } },
    {
      code: 'UnknownOperator',
      found: WHEN({ 'ForAnyValue:StringEqualIfExists': { 'aws:TagKeys': 'a' } }),
      fixed: WHEN({ 'ForAnyValue:StringEqualsIfExists': { 'aws:TagKeys': 'a' } }),
    },
    { code: 'UnknownOperator', found: WHEN({ Frobnicate: { 'aws:TagKeys': 'a' } }) },
    { code: 'InvalidConditionValue', found: WHEN({ IpAddress: { 'aws:SourceIp': '10.0.0' } }) },
  ];
  const documentOf = (part: object): object =>
    'Statement' in part ? part : { Version: '2012-10-17', Statement: part };

  for (const { code, kind = 'identity', found, fixed } of rows) {
    test(`${code} ${JSON.stringify(found).slice(0, 40)}`, () => {
      const text = typeof found === 'string' ? found : JSON.stringify(documentOf(found));
      const findings = lintPolicy(text, kind);
      const finding = findings.find((each) => each.code === code);
      assert.equal(finding?.severity, 'error', JSON.stringify(findings).slice(0, 300));
      if (fixed === undefined) return assert.equal(finding.fix, undefined);
      assert(finding.fix !== undefined);
      const mended = applyFix(text, finding.fix);
      assert.deepEqual(JSON.parse(mended), documentOf(fixed));
      assert.deepEqual(
        lintPolicy(mended, kind).filter((each) => each.code === code),
        [],
      );
    });
  }

  test('nothing of it is found in a document that keeps the grammar', () => {
    const codes = new Set(rows.map(({ code }) => code));
    const text = JSON.stringify(documentOf(GET));
    assert.deepEqual(
      lintPolicy(text, 'identity').filter(({ code }) => codes.has(code)),
      [],
    );
  });
});

test('positions are those of the value, and findings stand in the order of the text', () => {
  const text = `{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": ["s3:GetObject",
               "s3:HeadObject"],
    "Resource": "arn:aws:s3:::reports/",
    "Condition": {"StringEquals": {"aws:sourceip/x~y": "7"}}
  }]
}`;
  assert.deepEqual(
    lintPolicy(text, 'identity').map(({ code, path, line, column }) => [code, path, line, column]),
    [
      ['UnknownAction', '/Statement/0/Action/1', 6, 16],
      ['SlashAtEndOfBucket', '/Statement/0/Resource', 7, 17],
      ['UnknownConditionKey', '/Statement/0/Condition/StringEquals/aws:sourceip~1x~0y', 8, 36],
    ],
  );
});

test('random policies are linted without fail, and their fixes keep the grammar', () => {
  fc.assert(
    fc.property(randomPolicies, ({ identity, resource, isTrust }) => {
      const all: [object | undefined, PolicyKind][] = [
        ...identity.map((each): [object, PolicyKind] => [each, 'identity']),
        [resource, isTrust === true ? 'trust' : 'resource'],
      ];
      for (const [raw, kind] of all) {
        if (raw === undefined) continue;
        const text = JSON.stringify(raw, undefined, 1);
        for (const { fix, code } of lintPolicy(text, kind)) {
          if (fix === undefined) continue;
          const mended = applyFix(text, fix);
          assert(parsePolicy(mended, kind).ok, `${code}: ${text} -> ${mended}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('the largest documents are linted in bounded time', () => {
  const pattern = `arn:aws:s3:::${'*a'.repeat(500)}`;
  const foreign = Array.from(
    { length: 100 },
    (_, index) => `arn:aws:sqs:::${index}${'*a'.repeat(590)}`,
  );
  const varied = Array.from({ length: 300 }, (_, index) => ({
    ...WHEN({ StringEquals: { 'aws:username': [`a${index}`] } }),
    Effect: index % 2 === 0 ? 'Allow' : 'Deny',
    Action: ['s3:GetObject', `s3:Put${index}*`],
    Resource: `arn:aws:s3:::b${index}/*`,
  }));
  const texts = [
    JSON.stringify({ Statement: varied }),
    JSON.stringify({
      Statement: { ...GET, Action: ['s3:*', 'iam:*', 'sts:*'], Resource: foreign },
    }),
    JSON.stringify({ Statement: { ...GET, Resource: `arn:aws:s3:::${'${'.repeat(60_000)}` } }),
    JSON.stringify({ Statement: { ...GET, Resource: `arn:aws:s3:::${'<{a'.repeat(40_000)}` } }),
    JSON.stringify({ Statement: Array.from({ length: 900 }, () => GET) }),
    JSON.stringify({
      Statement: { ...GET, Action: 's3:*', Resource: Array.from({ length: 120 }, () => pattern) },
    }),
    JSON.stringify({
      Statement: WHEN({
        StringEquals: {
          'aws:x': Array.from({ length: 4900 }, (_, index) => `\${aws:usernam${index}}`),
        },
      }),
    }),
    JSON.stringify({
      Statement: { ...GET, Action: Array.from({ length: 4900 }, (_, index) => `s3:Get${index}`) },
    }),
  ];
  for (const text of texts) {
    const begin = process.cpuUsage();
    lintPolicy(text, 'identity');
    const { user } = process.cpuUsage(begin);
    assert(user < 5_000_000, `${user} µs for ${text.slice(0, 80)}`);
  }
});

test('the catalog knows what the tables beside it name', () => {
  for (const [operation, actions] of Object.entries(PERMISSIONS_OF_OPERATIONS)) {
    assert.equal(findAction(operation), undefined, operation);
    for (const action of actions) assert.notEqual(findAction(action), undefined, action);
  }
  for (const key of NEVER_PRESENT_KEYS) {
    assert.notEqual(findKey(key.replace('/*', '/x')), undefined, key);
  }
  assert.deepEqual(findAction('S3:getobject')?.types, ['accesspointobject', 'object']);
  assert.equal(findAction('s3:GetObject')?.keys.has('s3:existingobjecttag/*'), true);
  assert.equal(findAction('s3:GetObject')?.keys.has('s3:tlsversion'), true);
  assert.equal(findAction('s3:GetObject')?.keys.has('s3:prefix'), false);
});

describe('patterns as sets', () => {
  const fragment = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/'), maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 6 });
  const matches = (pattern: string, value: string): boolean => {
    const template = parseTemplate(pattern, { variables: false, wildcards: true });
    return matchGlob(compileGlob(expandCodes(template ?? [], () => undefined) ?? []), value);
  };

  test('covers: what the inner pattern matches, the outer does', () => {
    let covered = 0;
    fc.assert(
      fc.property(fragment, fragment, text, (outer, inner, value) => {
        if (!covers(outer, inner, false)) return;
        covered++;
        if (matches(inner, value)) assert(matches(outer, value), `${outer} ${inner} ${value}`);
      }),
      { numRuns: 20_000 },
    );
    assert(covered > 500, String(covered));
  });

  test('naming: is true of a pattern that matches an ARN of the form', () => {
    const bucket = 'arn:${Partition}:s3:::${BucketName}';
    const naming = createNaming(false);
    const forms = [bucket, `${bucket}/\${ObjectName}`];
    fc.assert(
      fc.property(fragment, text, (pattern, value) => {
        if (!matches(pattern, value)) return;
        const form = value.includes('/') ? forms[1]! : forms[0]!;
        assert(naming(`arn:aws:s3:::${pattern}`, form), `${pattern} ${value}`);
      }),
      { numRuns: 5000 },
    );
    assert.equal(naming('arn:aws:s3:::b', forms[1]!), false);
    assert.equal(naming('arn:aws:s3:::b/*', forms[0]!), false);
    assert.equal(naming('arn:aws:s3:::b*', forms[0]!), true);
    assert.equal(naming('arn:aws:s3:::b*', forms[1]!), true);
    assert.equal(naming('arn:aws:iam::1:user/*', forms[1]!), false);
  });
});
