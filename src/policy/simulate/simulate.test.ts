import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  compilePolicy,
  contextKeys,
  parsePolicy,
  principalContext,
  simulate,
  simulatedPrincipal,
  statementSpans,
  verdictOf,
  type ContextValue,
  type PolicySource,
} from '../index.ts';

const OWN = '111122223333';
const ANA = `arn:aws:iam::${OWN}:user/staff/ana`;
const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };

function policy(type: PolicySource['type'], ...Statement: readonly object[]) {
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  const parsed = parsePolicy(text, type === 'resource-based' ? 'resource' : 'identity');
  assert(parsed.ok, text);
  return compilePolicy(parsed.document, { type, id: type });
}

function request(context: Readonly<Record<string, ContextValue>> = {}) {
  const principal = simulatedPrincipal(ANA);
  assert(principal !== undefined);
  return {
    principal,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::reports/a',
    resourceAccountId: OWN,
    context: (key: string) => context[key],
  };
}

describe('who an ARN stands for', () => {
  const kinds: readonly [text: string, kind: string | undefined][] = [
    [ANA, 'user'],
    [`arn:aws:iam::${OWN}:root`, 'root'],
    [`arn:aws:iam::${OWN}:role/path/App`, 'assumed-role'],
    [`arn:aws:sts::${OWN}:assumed-role/App/session`, 'assumed-role'],
    [`arn:aws:sts::${OWN}:federated-user/fred`, 'federated-user'],
    ['ec2.amazonaws.com', 'service'],
    ['anonymous', 'anonymous'],
    [`arn:aws:iam::${OWN}:group/staff`, undefined],
    [`arn:aws:sts::${OWN}:assumed-role/App`, undefined],
    [`arn:aws:sts::${OWN}:federated-user/a/b`, undefined],
    ['arn:aws:iam::1234:user/ana', undefined],
    ['ana', undefined],
    ['', undefined],
  ];
  for (const [text, kind] of kinds) {
    test(JSON.stringify(text), () => assert.equal(simulatedPrincipal(text)?.kind, kind));
  }

  test('and what it brings along', () => {
    const role = simulatedPrincipal(`arn:aws:sts::${OWN}:assumed-role/App/session`);
    assert(role !== undefined);
    assert.deepEqual(principalContext(role), {
      'aws:principaltype': 'AssumedRole',
      'aws:principalarn': `arn:aws:iam::${OWN}:role/App`,
      'aws:principalaccount': OWN,
      'aws:userid': 'AROASIMULATED:session',
      'aws:principalisawsservice': 'false',
    });
    assert.equal(principalContext(request().principal)['aws:username'], 'ana');
  });
});

describe('the keys that a request lacks', () => {
  const when = (Condition: object, statement: object = GET) => ({ ...statement, Condition });
  const tls = when({ Bool: { 'aws:SecureTransport': 'true' } });
  const tag = when({ StringEquals: { 's3:ExistingObjectTag/Level': 'low' } });
  const rows: readonly {
    name: string;
    statements: readonly object[];
    context?: Readonly<Record<string, ContextValue>>;
    missing: readonly string[];
    effect: string;
  }[] = [
    {
      name: 'of every statement that could allow',
      statements: [tls, tag],
      missing: ['aws:SecureTransport', 's3:ExistingObjectTag/Level'],
      effect: 'ImplicitDeny',
    },
    {
      name: 'not of one that concerns another action or resource',
      statements: [
        { ...tls, Action: 's3:PutObject' },
        { ...tag, Resource: 'arn:aws:s3:::other/*' },
      ],
      missing: [],
      effect: 'ImplicitDeny',
    },
    {
      name: 'not of one that another condition keeps out',
      statements: [
        when({
          Bool: { 'aws:SecureTransport': 'true' },
          StringEquals: { 'aws:username': 'bob' },
        }),
      ],
      context: { 'aws:username': 'ana' },
      missing: [],
      effect: 'ImplicitDeny',
    },
    {
      name: 'not of what could allow too, once it is allowed',
      statements: [GET, tls],
      missing: [],
      effect: 'Allow',
    },
    {
      name: 'of what could deny',
      statements: [GET, { ...tls, Effect: 'Deny' }],
      missing: ['aws:SecureTransport'],
      effect: 'Allow',
    },
    {
      name: 'of a Deny that holds only as long as the key is not there',
      statements: [
        GET,
        when({ StringNotEquals: { 'aws:PrincipalTag/team': 'red' } }, { ...GET, Effect: 'Deny' }),
      ],
      missing: ['aws:PrincipalTag/team'],
      effect: 'ExplicitDeny',
    },
    {
      name: 'none, once it is denied for certain',
      statements: [{ ...GET, Effect: 'Deny' }, { ...tls, Effect: 'Deny' }, tag],
      missing: [],
      effect: 'ExplicitDeny',
    },
    {
      name: 'of variables in resources and values',
      statements: [
        { ...GET, Resource: 'arn:aws:s3:::reports/${aws:PrincipalTag/team}' },
        when({ StringEquals: { 'aws:username': '${aws:SourceIdentity}' } }),
      ],
      context: { 'aws:username': 'ana' },
      missing: ['aws:principaltag/team', 'aws:sourceidentity'],
      effect: 'ImplicitDeny',
    },
  ];
  for (const { name, statements, context, missing, effect } of rows) {
    test(name, () => {
      const identity = [policy('identity-based', ...statements)];
      const found = simulate(request(context), { identity });
      assert.equal(found.decision.effect, effect);
      assert.deepEqual(found.missingKeys, missing);
    });
  }
});

test('verdictOf: what one kind of policies says alone', () => {
  const allow = policy('identity-based', GET);
  const deny = policy('identity-based', { ...GET, Effect: 'Deny' });
  assert.equal(verdictOf([], request(), false), 'ImplicitDeny');
  assert.equal(verdictOf([allow], request(), false), 'Allow');
  assert.equal(verdictOf([allow, deny], request(), false), 'ExplicitDeny');
});

test('contextKeys: conditions and variables, each once', () => {
  const { document } = policy('identity-based', {
    ...GET,
    Resource: ['arn:aws:s3:::b/${aws:username}/${*}', "arn:aws:s3:::b/${aws:PrincipalTag/a, 'x'}"],
    Condition: {
      StringEquals: { 'aws:UserName': '${AWS:userid}' },
      NumericLessThan: { 's3:max-keys': '10' },
    },
  });
  assert.deepEqual(contextKeys(document), [
    'aws:UserName',
    's3:max-keys',
    'aws:principaltag/a',
    'aws:userid',
  ]);
});

test('statementSpans: from the opening brace to after the closing one', () => {
  assert.deepEqual(statementSpans('{"Statement":\n [{"a":1},\n  {"b":\n2}]}'), [
    { start: { line: 2, column: 3 }, end: { line: 2, column: 10 } },
    { start: { line: 3, column: 3 }, end: { line: 4, column: 3 } },
  ]);
  assert.deepEqual(statementSpans('{"Statement":{}}'), [
    { start: { line: 1, column: 14 }, end: { line: 1, column: 16 } },
  ]);
  assert.deepEqual(statementSpans('['), []);
});
