import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type PolicyKind, documentPrincipals, documentResources, parsePolicy } from './index.ts';

const OK = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const LEGACY = 'The policy failed legacy parsing';
const SYNTAX = 'Syntax errors in policy.';
const NO_VENDOR = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';

function document(statement: unknown, more: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', ...more, Statement: statement });
}

function firstFinding(text: string, kind: PolicyKind) {
  const parsed = parsePolicy(text, kind);
  return parsed.ok ? undefined : parsed.findings[0];
}

test('parsePolicy: IAM refuses with its own sentence', () => {
  const rows: readonly [statement: unknown, message: string][] = [
    [[], SYNTAX],
    ['x', SYNTAX],
    [[OK, 'x'], SYNTAX],
    [{ ...OK, Extra: 1 }, SYNTAX],
    [{ ...OK, Effect: 'invalid' }, SYNTAX],
    [{ ...OK, Effect: 'allow' }, LEGACY],
    [{ Action: 's3:*', Resource: '*' }, SYNTAX],
    [{ ...OK, Sid: 1 }, SYNTAX],
    [
      { ...OK, Sid: 'a b' },
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [
      [
        { ...OK, Sid: 'a' },
        { ...OK, Sid: 'a' },
      ],
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [{ Effect: 'Allow', Resource: '*' }, 'Policy statement must contain actions.'],
    [{ ...OK, Action: [] }, 'Policy statement must contain actions.'],
    [{ Effect: 'Allow' }, 'Policy statement must contain actions.'],
    [{ Effect: 'Allow', Action: 's3:*' }, 'Policy statement must contain resources.'],
    [{ ...OK, Resource: [] }, 'Policy statement must contain resources.'],
    [{ ...OK, Action: 'invalid' }, NO_VENDOR],
    [{ ...OK, Action: '' }, NO_VENDOR],
    [{ ...OK, Action: 's3*' }, NO_VENDOR],
    [{ ...OK, Action: 'a a:List' }, 'Vendor a a is not valid'],
    [{ ...OK, Action: 's3:List:Bucket' }, 'Actions/Condition can contain only one colon.'],
    [{ ...OK, Action: [['s3:*']] }, SYNTAX],
    [{ ...OK, Action: {} }, SYNTAX],
    [{ ...OK, NotAction: 's3:*' }, SYNTAX],
    [{ ...OK, NotResource: '*' }, SYNTAX],
    [{ ...OK, Resource: 'mybucket' }, 'Resource mybucket must be in ARN format or "*".'],
    [{ ...OK, Resource: '' }, 'Resource  must be in ARN format or "*".'],
    [{ ...OK, Resource: ['*', 'adf'] }, 'Resource adf must be in ARN format or "*".'],
    [
      { ...OK, Resource: 'arn:error:s3:::b' },
      'Partition "error" is not valid for resource "arn:error:s3:::b".',
    ],
    [{ ...OK, Resource: 'aws:s3:::b' }, 'Partition "s3" is not valid for resource "arn:s3:::b:*".'],
    [
      { ...OK, Resource: 'arn:aws' },
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    [
      { ...OK, Resource: 'arn:aws:s*:::b' },
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    [{ ...OK, Resource: 'arn:aws:s3::b' }, LEGACY],
    [{ ...OK, Resource: 'arn:aws::::b' }, LEGACY],
    [
      { ...OK, Resource: 'arn:aws:s3:us-east-1::b' },
      'Resource arn:aws:s3:us-east-1::b can not contain region information.',
    ],
    [
      { ...OK, Resource: 'arn:aws:iam:us-east-1::user/a' },
      'IAM resource arn:aws:iam:us-east-1::user/a cannot contain region information.',
    ],
    [
      { ...OK, Resource: 'arn:aws:iam:::b' },
      'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, ' +
        'instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, saml-provider/, ' +
        'oidc-provider/, report/, access-report/.',
    ],
    [{ ...OK, Resource: 'arn:aws:s3:::b/${aws:username' }, LEGACY],
    [{ ...OK, Resource: 'arn:aws:s3:::b/${}' }, LEGACY],
    [{ ...OK, Resource: 'arn:aws:s3:::b/${a, b}' }, LEGACY],
    [{ ...OK, Principal: '*' }, 'Policy document should not specify a principal.'],
    [{ ...OK, NotPrincipal: '*' }, 'Policy document should not specify a principal.'],
    [{ ...OK, Condition: [] }, SYNTAX],
    [{ ...OK, Condition: 'a' }, SYNTAX],
    [{ ...OK, Condition: { StringEqual: { a: 'b' } } }, SYNTAX],
    [{ ...OK, Condition: { x: { a: '1' } } }, SYNTAX],
    [{ ...OK, Condition: { 'ForAnyValue::StringEquals': { a: 'b' } } }, SYNTAX],
    [{ ...OK, Condition: { 'ForSomeValues:StringEquals': { a: 'b' } } }, SYNTAX],
    [{ ...OK, Condition: { StringEqualsIfExistsIfExists: { a: 'b' } } }, SYNTAX],
    [{ ...OK, Condition: { NullIfExists: { a: 'true' } } }, SYNTAX],
    [{ ...OK, Condition: { 'ForAnyValue:Null': { a: 'true' } } }, SYNTAX],
    [{ ...OK, Condition: { NotBool: { a: 'true' } } }, SYNTAX],
    [{ ...OK, Condition: { StringEquals: 'a' } }, SYNTAX],
    [{ ...OK, Condition: { StringEquals: { a: {} } } }, SYNTAX],
    [{ ...OK, Condition: { StringEquals: { a: null } } }, SYNTAX],
    [{ ...OK, Condition: { StringEquals: { a: ['b', ['c']] } } }, SYNTAX],
    [{ ...OK, Condition: { DateGreaterThan: { a: 'sdfdsf' } } }, LEGACY],
    [{ ...OK, Condition: { DateLessThan: { a: '2026-02-30' } } }, LEGACY],
    [{ ...OK, Condition: { DateLessThan: { a: '9223372036854775808' } } }, LEGACY],
    [{ ...OK, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } }, LEGACY],
    [{ ...OK, Condition: { IpAddress: { 'aws:SourceIp': '${aws:username}' } } }, LEGACY],
    [{ ...OK, Condition: { StringLike: { a: '${aws:username' } } }, LEGACY],
  ];
  for (const [statement, message] of rows) {
    const text = document(statement);
    assert.equal(firstFinding(text, 'identity')?.message, message, text);
  }
});

test('parsePolicy: the finding that IAM names comes first', () => {
  const parsed = parsePolicy(
    document([
      { Effect: 'Allow', Action: 'nope', Resource: 'nope' },
      { Effect: 'Allow', Resource: '*', Condition: { Wrong: { a: 'b' } } },
    ]),
    'identity',
  );
  assert(!parsed.ok);
  assert.deepEqual(
    parsed.findings.map(({ code, path }) => [code, path]),
    [
      ['UnknownOperator', '/Statement/1/Condition/Wrong'],
      ['MissingAction', '/Statement/1'],
      ['InvalidResource', '/Statement/0/Resource'],
      ['InvalidAction', '/Statement/0/Action'],
    ],
  );
});

test('parsePolicy: S3 refuses a bucket policy with its own sentence', () => {
  const good = { ...OK, Principal: '*' };
  const principal = 'Invalid principal in policy';
  const rows: readonly [statement: unknown, message: string][] = [
    [OK, 'Missing required field Principal'],
    [{ ...good, Action: undefined }, 'Missing required field Action'],
    [{ ...good, Resource: undefined }, 'Missing required field Resource'],
    [{ ...good, Effect: undefined }, 'Missing required field Effect'],
    [{ ...good, Effect: 'allow' }, 'Invalid effect: allow'],
    [{ ...good, Extra: 1 }, 'Unknown field Extra'],
    [{ ...good, Action: 'GetObject' }, 'Policy has invalid action'],
    [{ ...good, Resource: 'b/*' }, 'Policy has invalid resource'],
    [{ ...good, Principal: 'ana' }, 'Invalid policy syntax.'],
    [{ ...good, Principal: {} }, 'Invalid policy syntax.'],
    [{ ...good, Principal: { AWS: [] } }, 'Invalid policy syntax.'],
    [{ ...good, Principal: { aws: '*' } }, 'Unknown field aws'],
    [{ ...good, Principal: { AWS: 'ana' } }, principal],
    [{ ...good, Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } }, principal],
    [{ ...good, Principal: { AWS: 'arn:aws:iam::1111:root' } }, principal],
    [{ ...good, Principal: { AWS: 'arn:aws:iam::111122223333:group/g' } }, principal],
    [{ ...good, Principal: { AWS: ['111122223333', '*x'] } }, principal],
    [{ ...good, Principal: { Federated: '*' } }, principal],
    [{ ...good, Principal: { CanonicalUser: 'x y' } }, principal],
    [{ ...good, Condition: { BoolIfExist: { a: true } } }, 'Invalid Condition type : BoolIfExist'],
  ];
  for (const [statement, message] of rows) {
    const text = document(statement);
    assert.equal(firstFinding(text, 'resource')?.message, message, text);
  }
  const notJson = "Policies must be valid JSON and the first byte must be '{'";
  assert.equal(firstFinding('[]', 'resource')?.message, notJson);
  assert.equal(firstFinding('', 'resource')?.message, notJson);
});

test('parsePolicy: a trust policy names principals and no resource', () => {
  const good = {
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Principal: { Service: 'ec2.amazonaws.com' },
  };
  assert(parsePolicy(document(good), 'trust').ok);
  const rows: readonly [statement: unknown, message: string][] = [
    [{ ...good, Resource: '*' }, 'Has prohibited field Resource'],
    [{ ...good, NotResource: '*' }, 'Has prohibited field NotResource'],
    [{ Effect: 'Allow', Action: 'sts:AssumeRole' }, 'Missing required field Principal'],
    [{ ...good, Principal: { AWS: 'ana' } }, 'Invalid principal in policy: "AWS":"ana"'],
  ];
  for (const [statement, message] of rows) {
    assert.equal(firstFinding(document(statement), 'trust')?.message, message);
  }
});

test('parsePolicy: accepts what people paste', () => {
  const plain = document(OK);
  const rows: readonly string[] = [
    plain,
    `\uFEFF${plain}`,
    `  \r\n\t${plain}\r\n\n\t `,
    JSON.stringify(JSON.parse(plain), undefined, '\t').replaceAll('\n', '\r\n'),
    JSON.stringify({ Statement: OK }),
    JSON.stringify({ Version: '2008-10-17', Id: 'x', Statement: [OK] }),
    document({ ...OK, Action: ['s3:HeadBucket', 'nosuch:Thing', '*', '*:*', 's3.x-y:Z z'] }),
    document({ ...OK, Sid: '' }),
    document([
      { ...OK, Sid: '' },
      { ...OK, Sid: '' },
    ]),
    document({ ...OK, Resource: ['arn:aws:s3:::${aws:username}/*', 'arn:aws:fdsasf'] }),
    document({ ...OK, Resource: 'arn:aws:s3:eu-west-1:111122223333:accesspoint/x' }),
    document({ ...OK, Resource: ['arn:aws:iam::*:*', 'arn:aws:iam::111122223333:us*'] }),
    document({ ...OK, Condition: {} }),
    document({ ...OK, Condition: { DateGreaterThan: {}, Bool: { a: [] } } }),
    document({ ...OK, Condition: { Bool: { a: true }, NumericLessThan: { b: 1.5 } } }),
    document({
      ...OK,
      Condition: { DateLessThan: { a: ['2016-12-13T21:20:37.593194+00:00', 1] } },
    }),
  ];
  for (const text of rows) {
    const parsed = parsePolicy(text, 'identity');
    assert(parsed.ok, `${text}: ${JSON.stringify(parsed)}`);
  }
});

test('parsePolicy: says where', () => {
  const text =
    '{\r\n\t"Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow",\n     "Action": ["s3:*", "x"], "Resource": "*"}]}';
  const { line, column, path } = firstFinding(text, 'identity')!;
  assert.deepEqual({ line, column, path }, { line: 5, column: 25, path: '/Statement/0/Action/1' });
  const broken = firstFinding('{\n "Version" "x"}', 'identity')!;
  assert.deepEqual([broken.code, broken.line, broken.column], ['InvalidJson', 2, 12]);
  const odd = firstFinding(
    document({ ...OK, Condition: { Bool: { 'a/b~c': null } } }),
    'identity',
  )!;
  assert.equal(odd.path, '/Statement/Condition/Bool/a~1b~0c');
});

test('parsePolicy: refuses texts that could mean two things or break a reader', () => {
  const rows: readonly string[] = [
    '',
    'null',
    '"x"',
    '[]',
    '{}',
    '{',
    '{"Statement":[]',
    `${document(OK)}x`,
    `${document(OK)}${document(OK)}`,
    "{'Statement': {}}",
    '{"Version":"2012-10-17",}',
    '{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}]}',
    '{"Statement":[{"Effect":"Allow","effect":"Deny","Action":"*","Resource":"*"}]}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"},"statement":[]}',
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a":"true","A":"false"}}}}',
    '{"Statement":{"Effect":"Allow","Action":"*\\ud800","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*\\x","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"*\\u12","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"s3:\t*","Resource":"*"}}',
    '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"a":01}}}}',
    '{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"NumericEquals":{"a":NaN}}}}',
    '[',
    '['.repeat(100_000),
    '{"a":'.repeat(20_000),
    document(OK).padEnd(200_000, ' '),
    document(Array.from({ length: 1001 }, () => OK)),
    JSON.stringify({ Version: '2013-10-17', Statement: OK }),
    JSON.stringify({ Version: 2012, Statement: OK }),
    JSON.stringify({ Version: '2012-10-17', Id: [], Statement: OK }),
    JSON.stringify({ Version: '2012-10-17', Extra: 1, Statement: OK }),
  ];
  for (const text of rows) {
    const parsed = parsePolicy(text, 'identity');
    assert.equal(parsed.ok, false, text.slice(0, 200));
  }
});

test('parsePolicy: any text is answered, and never with an exception', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.tuple(fc.nat(), fc.nat(), fc.string({ maxLength: 3 })).map(([at, length, noise]) => {
      const whole = document([{ ...OK, Condition: { StringLike: { a: ['${b}', 'c'] } } }]);
      const from = at % whole.length;
      return whole.slice(0, from) + noise + whole.slice(from + (length % 4));
    }),
  );
  fc.assert(
    fc.property(
      text,
      fc.constantFrom<PolicyKind[]>('identity', 'resource', 'trust'),
      (each, kind) => {
        const parsed = parsePolicy(each, kind);
        assert(parsed.ok || parsed.findings.length > 0);
      },
    ),
    { numRuns: 3000 },
  );
});

test('parsePolicy: ten thousand faults are found in time linear in the text, and some are listed', () => {
  const lines = Array.from({ length: 4900 }, () => '"x"').join(',\n');
  const text = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[${lines}],"Resource":[${lines}]}}`;
  const parsed = parsePolicy(text, 'identity');
  assert(!parsed.ok);
  assert.equal(parsed.findings.length, 100);
  const many = document({
    ...OK,
    Condition: { Bool: { a: Array.from({ length: 5001 }, () => 1) } },
  });
  assert.equal(firstFinding(many, 'identity')?.code, 'TooManyValues');
});

test('documentResources and documentPrincipals: each name once', () => {
  const parsed = parsePolicy(
    document([
      { ...OK, Principal: { AWS: ['111122223333', '*'] }, Resource: ['arn:aws:s3:::b', '*'] },
      { Effect: 'Deny', Action: '*', NotPrincipal: { AWS: '111122223333' }, NotResource: '*' },
    ]),
    'resource',
  );
  assert(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(documentResources(parsed.document), ['arn:aws:s3:::b', '*']);
  assert.deepEqual(documentPrincipals(parsed.document), ['111122223333']);
});
