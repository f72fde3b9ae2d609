import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type AccessRequest,
  type ApplicablePolicies,
  type ContextValue,
  type PolicyKind,
  type PolicySource,
  compilePolicy,
  describeExplanation,
  describePolicies,
  explain,
  joinPolicies,
  parsePolicy,
  withoutAllows,
} from '../index.ts';

const OWN = '111122223333';
const ANA = {
  kind: 'user',
  accountId: OWN,
  arn: `arn:aws:iam::${OWN}:user/staff/ana`,
  userId: 'AIDAANAANAANAANAANA1',
} as const;
const APP = {
  kind: 'assumed-role',
  accountId: OWN,
  arn: `arn:aws:sts::${OWN}:assumed-role/App/s`,
  roleArn: `arn:aws:iam::${OWN}:role/App`,
  roleId: 'AROAAPPAPPAPPAPPAPP1',
  userId: 'AROAAPPAPPAPPAPPAPP1:s',
} as const;
const REPORTS = 'arn:aws:s3:::reports';

function policy(type: PolicySource['type'], id: string, ...Statement: readonly object[]) {
  const kind: PolicyKind =
    type === 'resource-based' ? 'resource' : type === 'trust' ? 'trust' : 'identity';
  const text = JSON.stringify({ Version: '2012-10-17', Statement });
  const parsed = parsePolicy(text, kind);
  assert(parsed.ok, text.slice(0, 200));
  return compilePolicy(parsed.document, { type, id });
}

function request(
  asked: Partial<Omit<AccessRequest, 'context'>>,
  context: Readonly<Record<string, ContextValue>> = {},
): AccessRequest {
  return {
    principal: ANA,
    action: 's3:PutObjectTagging',
    resource: `${REPORTS}/2026/a.csv`,
    resourceAccountId: OWN,
    ...asked,
    context: (key) => context[key],
  };
}

const NONE: ApplicablePolicies = { identity: [] };
const ALLOW_ALL = policy('identity-based', 'all', {
  Effect: 'Allow',
  Action: '*',
  Resource: '*',
});

/** What is asked, and what is said of it. */
const SENTENCES: readonly {
  name: string;
  asked: AccessRequest;
  policies: ApplicablePolicies;
  says: readonly string[];
}[] = [
  {
    name: 'nothing allows',
    asked: request({}),
    policies: NONE,
    says: [
      `Denied: ${ANA.arn} asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:PutObjectTagging on ${REPORTS}/2026/a.csv in an identity-based policy of user ana.`,
    ],
  },
  {
    name: 'an Allow of the bucket where its objects are meant',
    asked: request({ action: 's3:GetObject' }),
    policies: {
      identity: [
        policy('identity-based', 'read', {
          Sid: 'Read',
          Effect: 'Allow',
          Action: 's3:Get*',
          Resource: REPORTS,
        }),
      ],
    },
    says: [
      `Denied: ${ANA.arn} asks for s3:GetObject on ${REPORTS}/2026/a.csv.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:GetObject on ${REPORTS}/2026/a.csv in an identity-based policy of user ana.`,
      `  Statement 1 (Read) of the identity-based policy read allows it but for its Resource: ${REPORTS}/2026/a.csv is not ${REPORTS}.`,
    ],
  },
  {
    name: 'a condition fails, and another statement lacks the action',
    asked: request({}, { 'aws:sourceip': '192.0.2.7' }),
    policies: {
      identity: [
        policy(
          'identity-based',
          'tags',
          { Effect: 'Allow', Action: 's3:PutObject', Resource: `${REPORTS}/*` },
          { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
          {
            Effect: 'Allow',
            Action: 's3:PutObject*',
            Resource: `${REPORTS}/*`,
            Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } },
          },
        ),
      ],
    },
    says: [
      `Denied: ${ANA.arn} asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:PutObjectTagging on ${REPORTS}/2026/a.csv in an identity-based policy of user ana.`,
      '  Statement 3 of the identity-based policy tags allows it but for a condition: aws:SourceIp is "192.0.2.7", held against IpAddress 10.0.0.0/8, 2001:db8::/32.',
      '  Statement 1 of the identity-based policy tags allows it but for its Action: s3:PutObjectTagging is not s3:PutObject.',
    ],
  },
  {
    name: 'a variable brings another name',
    asked: request(
      { action: 's3:GetObject', resource: `${REPORTS}/home/bob/x` },
      { 'aws:username': 'ana' },
    ),
    policies: {
      identity: [
        policy('identity-based', 'home', {
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: `${REPORTS}/home/\${aws:username}/*`,
        }),
      ],
    },
    says: [
      `Denied: ${ANA.arn} asks for s3:GetObject on ${REPORTS}/home/bob/x.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:GetObject on ${REPORTS}/home/bob/x in an identity-based policy of user ana.`,
      `  Statement 1 of the identity-based policy home allows it but for its Resource: ${REPORTS}/home/bob/x is not ${REPORTS}/home/\${aws:username}/* (here ${REPORTS}/home/ana/*).`,
    ],
  },
  {
    name: 'a Deny, and nothing else missing',
    asked: request({}, { 'aws:securetransport': 'false' }),
    policies: {
      identity: [ALLOW_ALL],
      resource: policy('resource-based', REPORTS, {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: [REPORTS, `${REPORTS}/*`],
        Condition: { Bool: { 'aws:SecureTransport': false } },
      }),
    },
    says: [
      `Denied: ${ANA.arn} asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'A Deny statement applies, and a Deny is final.',
      `Change statement 1 (TlsOnly) of the resource-based policy ${REPORTS}, which denies it.`,
      '  It applies because aws:SecureTransport is "false", held against Bool false.',
    ],
  },
  {
    name: 'another account: both sides lack a grant, the session too',
    asked: request({ principal: APP, resourceAccountId: '444455556666' }),
    policies: {
      identity: [],
      session: [
        policy('session', 'inline', { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }),
      ],
    },
    says: [
      `Denied: ${APP.arn} asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'No identity-based policy allows it.',
      `Missing: allow s3:PutObjectTagging on ${REPORTS}/2026/a.csv in an identity-based policy of role App.`,
      `Missing: allow s3:PutObjectTagging on ${REPORTS}/2026/a.csv in a session policy of ${APP.arn}.`,
      '  Statement 1 of the session policy inline allows it but for its Action: s3:PutObjectTagging is not s3:GetObject.',
      `Missing: allow s3:PutObjectTagging on ${REPORTS}/2026/a.csv to ${APP.roleArn} in a resource-based policy of ${REPORTS}.`,
    ],
  },
  {
    name: 'a boundary leaves it out',
    asked: request({ action: 's3:ListAllMyBuckets', resource: '*' }),
    policies: {
      identity: [ALLOW_ALL],
      boundary: policy('permissions boundary', `arn:aws:iam::${OWN}:policy/edge`, {
        Effect: 'Allow',
        NotAction: ['iam:*', 's3:List*'],
        Resource: '*',
      }),
    },
    says: [
      `Denied: ${ANA.arn} asks for s3:ListAllMyBuckets on *.`,
      'No permissions boundary allows it.',
      `Missing: allow s3:ListAllMyBuckets on * in a permissions boundary of arn:aws:iam::${OWN}:policy/edge.`,
      `  Statement 1 of the permissions boundary arn:aws:iam::${OWN}:policy/edge allows it but for its NotAction: s3:ListAllMyBuckets is among s3:List*, iam:*.`,
    ],
  },
  {
    name: 'what blocked public access sets aside',
    asked: request({ principal: { kind: 'anonymous' }, action: 's3:GetObject' }),
    policies: {
      identity: [],
      resource: withoutAllows(
        policy('resource-based', REPORTS, {
          Effect: 'Allow',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `${REPORTS}/*`,
        }),
      ),
    },
    says: [
      `Denied: anonymous asks for s3:GetObject on ${REPORTS}/2026/a.csv.`,
      'No resource-based policy allows it.',
      `Missing: allow s3:GetObject on ${REPORTS}/2026/a.csv to everybody in a resource-based policy of ${REPORTS}.`,
      `  Statement 1 of the resource-based policy ${REPORTS} allows it but is set aside here.`,
    ],
  },
  {
    name: 'an ACL that gives less',
    asked: request({ principal: { kind: 'anonymous' }, action: 's3:PutObject' }),
    policies: {
      identity: [],
      resource: policy('resource-based', 'bucket ACL', {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:ListBucket',
        Resource: '*',
      }),
    },
    says: [
      `Denied: anonymous asks for s3:PutObject on ${REPORTS}/2026/a.csv.`,
      'No resource-based policy allows it.',
      `Missing: allow s3:PutObject on ${REPORTS}/2026/a.csv to everybody in a resource-based policy of ${REPORTS}.`,
      '  Statement 1 of the resource-based policy bucket ACL allows it but for its Action: s3:PutObject is not s3:ListBucket.',
    ],
  },
  {
    name: 'an Allow names its statement',
    asked: request({}),
    policies: { identity: [ALLOW_ALL] },
    says: [
      `Allowed: ${ANA.arn} asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'Statement 1 of the identity-based policy all allows it.',
    ],
  },
  {
    name: 'root needs no statement',
    asked: request({
      principal: { kind: 'root', accountId: OWN, arn: `arn:aws:iam::${OWN}:root`, userId: OWN },
    }),
    policies: NONE,
    says: [
      `Allowed: arn:aws:iam::${OWN}:root asks for s3:PutObjectTagging on ${REPORTS}/2026/a.csv.`,
      'The root user may do in its own account whatever no policy denies.',
    ],
  },
];

describe('an explanation in sentences', () => {
  for (const { name, asked, policies, says } of SENTENCES) {
    test(name, () => {
      assert.deepEqual(describeExplanation(explain(asked, policies)), says);
    });
  }

  test('every statement with what each element answered', () => {
    const first = policy('resource-based', REPORTS, {
      Sid: 'Own',
      Effect: 'Allow',
      Principal: { AWS: [OWN, ANA.arn], Service: 'logging.s3.amazonaws.com' },
      Action: ['s3:GetObject', 's3:Put*'],
      NotResource: `${REPORTS}/secret/*`,
      Condition: { 'ForAllValues:StringLikeIfExists': { 's3:RequestObjectTagKeys': 'a*' } },
    });
    const second = policy('resource-based', 'acl', {
      Effect: 'Deny',
      NotPrincipal: { AWS: OWN },
      Action: 's3:DeleteObject',
      Resource: '*',
    });
    const resource = joinPolicies([first, second]);
    assert(resource !== undefined);
    const asked = request({}, { 's3:requestobjecttagkeys': ['a1', 'b'] });
    assert.deepEqual(describePolicies(explain(asked, { identity: [], resource })), [
      `Resource-based policy ${REPORTS}`,
      '  Statement 1 (Own): Allow, does not apply',
      `    yes Principal ${OWN}, ${ANA.arn}, logging.s3.amazonaws.com: ${ANA.arn}`,
      '    yes Action s3:Put*, s3:GetObject: s3:PutObjectTagging',
      `    yes NotResource ${REPORTS}/secret/*: ${REPORTS}/2026/a.csv`,
      '    no  s3:RequestObjectTagKeys is ["a1","b"], held against ForAllValues:StringLikeIfExists a*',
      'Resource-based policy acl',
      '  Statement 1: Deny, does not apply',
      `    yes NotPrincipal ${OWN}: ${ANA.arn}`,
      '    no  Action s3:DeleteObject: s3:PutObjectTagging',
      `    yes Resource *: ${REPORTS}/2026/a.csv`,
    ]);
  });
});

describe('an explanation as data', () => {
  test('says what the context was asked, and that a key is not there', () => {
    const condition = (key: string) => ({ StringEquals: { [key]: 'x' } });
    const identity = ['aws:PrincipalTag/team', 's3:prefix'].map((key) =>
      policy('identity-based', key, {
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: condition(key),
      }),
    );
    const asked = request({}, { 's3:prefix': 'y', 'aws:username': 'ana' });
    assert.deepEqual(explain(asked, { identity }).request.context, {
      'aws:principaltag/team': null,
      's3:prefix': 'y',
    });
  });

  test('an error while deciding denies, in words and with no advice', () => {
    const identity = [
      policy('identity-based', 'p', {
        Effect: 'Allow',
        Action: '*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:username': 'ana' } },
      }),
    ];
    const broken: AccessRequest = {
      ...request({}),
      context() {
        throw new Error('The store is away');
      },
    };
    const explanation = explain(broken, { identity });
    assert.deepEqual(explanation.decision, {
      effect: 'ImplicitDeny',
      error: 'The store is away',
    });
    assert.deepEqual(explanation.missing, []);
    assert.equal(
      describeExplanation(explanation)[1],
      'It could not be decided, which denies: The store is away',
    );
  });

  test('stays small whatever the policies say, and keeps the statements of the action', () => {
    const long = Array.from({ length: 900 }, (_, index) => `${REPORTS}/${index}/${'x'.repeat(40)}`);
    const filler = Array.from({ length: 500 }, () => ({
      Effect: 'Allow',
      Action: 's3:DeleteObject',
      Resource: '*',
    }));
    const identity = [
      policy('identity-based', 'filler', ...filler, {
        Effect: 'Allow',
        Action: 's3:Put*',
        Resource: long,
      }),
      ...Array.from({ length: 20 }, (_, index) =>
        policy('identity-based', `p${index}`, { Effect: 'Allow', Action: '*', Resource: long }),
      ),
    ];
    const explanation = explain(request({ resource: `${REPORTS}/${'k'.repeat(5000)}` }), {
      identity,
    });
    const size = JSON.stringify(explanation).length;
    assert(size < 600_000, `${size}`);
    const [filled] = explanation.policies;
    assert.equal(filled?.statementCount, 501);
    assert.equal(filled?.statements.at(-1)?.index, 500);
    assert.equal(filled?.statements.at(-1)?.resource?.omitted, 880);
  });

  test('a grant spells out what would be a wildcard or a variable', () => {
    const odd = `${REPORTS}/a*b?\${aws:username}$`;
    const [grant] = explain(request({ resource: odd }), NONE).missing;
    assert.equal(grant?.statement.Resource, `${REPORTS}/a\${*}b\${?}\${$}{aws:username}$`);
  });
});
