import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as IAM from '@aws-sdk/client-iam';
import { ACCOUNT, openClients } from './testing/clients.ts';
import {
  allow,
  arnOf,
  deny,
  document,
  lines,
  REPORTS,
  type Statement,
} from './testing/simulation.suite.ts';

const OTHER = '444455556666';

type CustomInput = Partial<IAM.SimulateCustomPolicyRequest>;

async function custom(input: CustomInput) {
  const { iam, logged } = await openClients();
  const answer = await iam().send(
    new IAM.SimulateCustomPolicyCommand({
      PolicyInputList: [],
      ActionNames: ['s3:GetObject'],
      ...input,
    }),
  );
  assert.deepEqual(logged, []);
  return answer;
}

describe('SimulateCustomPolicy', () => {
  test('every action on every resource, and the statements that decide', async () => {
    const answer = await custom({
      PolicyInputList: [
        document(allow('s3:Get*', `${REPORTS}/*`), deny('s3:DeleteObject')),
        document(allow('s3:*')),
      ],
      ActionNames: ['s3:GetObject', 's3:DeleteObject', 'iam:GetUser'],
      ResourceArns: [`${REPORTS}/a`, 'arn:aws:s3:::other/a'],
    });
    assert.deepEqual(lines(answer), [
      `s3:GetObject ${REPORTS}/a allowed none:PolicyInputList.1 none:PolicyInputList.2`,
      's3:GetObject arn:aws:s3:::other/a allowed none:PolicyInputList.2',
      `s3:DeleteObject ${REPORTS}/a explicitDeny none:PolicyInputList.1`,
      's3:DeleteObject arn:aws:s3:::other/a explicitDeny none:PolicyInputList.1',
      `iam:GetUser ${REPORTS}/a implicitDeny`,
      'iam:GetUser arn:aws:s3:::other/a implicitDeny',
    ]);
    assert.equal(answer.IsTruncated, false);
    const [first] = answer.EvaluationResults ?? [];
    assert.deepEqual(first?.ResourceSpecificResults, [
      {
        EvalResourceName: `${REPORTS}/a`,
        EvalResourceDecision: 'allowed',
        MatchedStatements: first?.MatchedStatements,
        MissingContextValues: [],
        EvalDecisionDetails: {},
      },
    ]);
  });

  test('statements are told by where they stand', async () => {
    const text = `{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
    {
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "*"
    }
  ]
}`;
    const { EvaluationResults } = await custom({ PolicyInputList: [text] });
    assert.deepEqual(EvaluationResults?.[0]?.MatchedStatements, [
      {
        SourcePolicyId: 'PolicyInputList.1',
        SourcePolicyType: 'none',
        StartPosition: { Line: 5, Column: 5 },
        EndPosition: { Line: 9, Column: 6 },
      },
    ]);
    assert.equal(EvaluationResults?.[0]?.EvalResourceName, '*');
    assert.equal(EvaluationResults?.[0]?.ResourceSpecificResults?.length ?? 0, 0);
  });

  test('only keys that could change the answer are missing', async () => {
    const when = (Condition: Statement) => ({ Condition });
    const answer = await custom({
      PolicyInputList: [
        document(
          allow('s3:GetObject', '*', when({ Bool: { 'aws:SecureTransport': 'true' } })),
          allow('s3:PutObject', '*', when({ StringEquals: { 's3:x-amz-acl': 'private' } })),
          allow('s3:GetObject', '*', when({ DateLessThan: { 'aws:CurrentTime': '2020-01-01' } })),
        ),
      ],
      ActionNames: ['s3:GetObject', 's3:PutObject'],
    });
    assert.deepEqual(
      answer.EvaluationResults?.map((result) => result.MissingContextValues),
      [['aws:SecureTransport'], ['s3:x-amz-acl']],
    );
  });

  const values: readonly [type: IAM.ContextKeyTypeEnum, values: string[], Condition: Statement][] =
    [
      ['string', ['a'], { StringEquals: { 'app:key': 'a' } }],
      ['stringList', ['a', 'b'], { 'ForAllValues:StringEquals': { 'app:key': ['a', 'b', 'c'] } }],
      ['numeric', ['7'], { NumericLessThan: { 'app:key': '8' } }],
      ['numericList', ['7', '9'], { 'ForAnyValue:NumericLessThan': { 'app:key': '8' } }],
      ['boolean', ['true'], { Bool: { 'app:key': 'true' } }],
      ['booleanList', ['true'], { 'ForAnyValue:Bool': { 'app:key': 'true' } }],
      ['ip', ['10.1.2.3'], { IpAddress: { 'app:key': '10.0.0.0/8' } }],
      ['ipList', ['::1', '10.1.2.3'], { 'ForAnyValue:IpAddress': { 'app:key': '10.0.0.0/8' } }],
      ['binary', ['AAEC'], { BinaryEquals: { 'app:key': 'AAEC' } }],
      ['binaryList', ['AAEC'], { 'ForAnyValue:BinaryEquals': { 'app:key': 'AAEC' } }],
      ['date', ['2026-01-02T03:04:05Z'], { DateGreaterThan: { 'app:key': '2026-01-01' } }],
      ['dateList', ['2026-01-02'], { 'ForAnyValue:DateEquals': { 'app:key': '2026-01-02' } }],
    ];
  for (const [ContextKeyType, ContextKeyValues, Condition] of values) {
    test(`context entries of type ${ContextKeyType}`, async () => {
      const answer = await custom({
        PolicyInputList: [document(allow('s3:*', '*', { Condition }))],
        ContextEntries: [{ ContextKeyName: 'App:Key', ContextKeyType, ContextKeyValues }],
      });
      assert.equal(answer.EvaluationResults?.[0]?.EvalDecision, 'allowed');
    });
  }

  test('who asks: variables and the principals of a resource policy', async () => {
    const CallerArn = arnOf('user', 'team/ana');
    const home = document(allow('s3:GetObject', `${REPORTS}/\${aws:username}/*`));
    const ResourceArns = [`${REPORTS}/ana/x`];
    const own = await custom({ PolicyInputList: [home], CallerArn, ResourceArns });
    assert.equal(own.EvaluationResults?.[0]?.EvalDecision, 'allowed');
    const ResourcePolicy = document({
      ...allow('s3:GetObject', `${REPORTS}/*`),
      Principal: { AWS: CallerArn },
    });
    const granted = await custom({ CallerArn, ResourceArns, ResourcePolicy });
    assert.deepEqual(lines(granted), [
      `s3:GetObject ${REPORTS}/ana/x allowed resource:ResourcePolicy`,
    ]);
  });

  test('between two accounts both sides must allow, and each is told', async () => {
    const CallerArn = arnOf('user', 'ana');
    const ResourcePolicy = document({
      ...allow('s3:GetObject', `${REPORTS}/*`),
      Principal: { AWS: ACCOUNT },
    });
    const asked = { CallerArn, ResourceArns: [`${REPORTS}/a`], ResourcePolicy };
    const outside = { ...asked, ResourceOwner: `arn:aws:iam::${OTHER}:root` };
    const lacking = await custom(outside);
    assert.equal(lacking.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny');
    assert.deepEqual(lacking.EvaluationResults?.[0]?.EvalDecisionDetails, {
      'IAM Policy': 'implicitDeny',
      'Resource Policy': 'allowed',
    });
    const both = await custom({ ...outside, PolicyInputList: [document(allow('s3:*'))] });
    assert.equal(both.EvaluationResults?.[0]?.EvalDecision, 'allowed');
    const inside = await custom(asked);
    assert.equal(inside.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny', 'it only delegates');
  });

  test('a trust policy stands for the policy of the role', async () => {
    const trust = document({
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { AWS: arnOf('user', 'ana') },
    });
    const asked = {
      ActionNames: ['sts:AssumeRole'],
      ResourceArns: [arnOf('role', 'App')],
      ResourcePolicy: trust,
    };
    const ana = await custom({ ...asked, CallerArn: arnOf('user', 'ana') });
    assert.equal(ana.EvaluationResults?.[0]?.EvalDecision, 'allowed');
    const bob = await custom({
      ...asked,
      PolicyInputList: [document(allow('sts:*'))],
      CallerArn: arnOf('user', 'bob'),
    });
    assert.equal(bob.EvaluationResults?.[0]?.EvalDecision, 'implicitDeny');
  });

  test('a boundary and an organization limit what is allowed', async () => {
    const PolicyInputList = [document(allow(['s3:*', 'iam:*']))];
    const answer = await custom({
      PolicyInputList,
      PermissionsBoundaryPolicyInputList: [document(allow('s3:*'))],
      OrderedOrganizationPolicyInputList: [
        { ServiceControlPolicyInputList: [document(allow('*'))] },
        { ServiceControlPolicyInputList: [document(allow('s3:Get*'), allow('iam:*'))] },
      ],
      ActionNames: ['s3:GetObject', 's3:PutObject', 'iam:GetUser'],
    });
    assert.deepEqual(
      answer.EvaluationResults?.map((result) => [
        result.EvalDecision,
        result.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
        result.OrganizationsDecisionDetail?.AllowedByOrganizations,
      ]),
      [
        ['allowed', true, true],
        ['implicitDeny', true, false],
        ['implicitDeny', false, true],
      ],
    );
    const plain = await custom({ PolicyInputList });
    const [result] = plain.EvaluationResults ?? [];
    assert.equal(result?.PermissionsBoundaryDecisionDetail, undefined);
    assert.equal(result?.OrganizationsDecisionDetail, undefined);
  });

  test('comes in pages', async () => {
    const { iam } = await openClients();
    const input = {
      PolicyInputList: [document(allow('s3:*'))],
      ActionNames: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      ResourceArns: [`${REPORTS}/a`, `${REPORTS}/b`],
      MaxItems: 4,
    };
    const found: string[] = [];
    const pages: number[] = [];
    for await (const page of IAM.paginateSimulateCustomPolicy({ client: iam() }, input)) {
      found.push(...lines(page));
      pages.push(page.EvaluationResults?.length ?? 0);
    }
    assert.deepEqual(pages, [4, 2]);
    assert.equal(new Set(found).size, 6);
  });

  test('a page ends early where policies are large, and all pages together are whole', async () => {
    const { iam } = await openClients();
    const many = Array.from({ length: 900 }, () => allow('s3:*'));
    const input = {
      PolicyInputList: [document(...many)],
      ActionNames: ['s3:GetObject'],
      ResourceArns: Array.from({ length: 40 }, (_, index) => `${REPORTS}/${index}`),
    };
    const pages: number[] = [];
    for await (const page of IAM.paginateSimulateCustomPolicy({ client: iam() }, input)) {
      const results = page.EvaluationResults ?? [];
      pages.push(results.length);
      for (const { MatchedStatements } of results) assert.equal(MatchedStatements?.length, 900);
    }
    assert(
      pages.every((length) => length <= 12),
      String(pages),
    );
    assert.equal(
      pages.reduce((sum, length) => sum + length, 0),
      40,
    );
  });

  const bad: readonly [name: string, input: CustomInput, message: RegExp][] = [
    ['a text that is no policy', { PolicyInputList: ['{'] }, /^PolicyInputList\.1: .*line 1/],
    [
      'a resource policy in the place of an identity policy',
      { PolicyInputList: [document({ ...allow('s3:*'), Principal: '*' })] },
      /should not specify a principal/,
    ],
    ['an action without a service', { ActionNames: ['GetObject'] }, /GetObject is not valid/],
    ['an action with a star', { ActionNames: ['s3:Get*'] }, /s3:Get\* is not valid/],
    ['an operation that is no action', { ActionNames: ['s3:HeadBucket'] }, /as s3:ListBucket/],
    ['a caller who is none', { CallerArn: arnOf('group', 'g') }, /CallerArn .* nobody/],
    ['an owner who is none', { ResourceOwner: 'me' }, /ResourceOwner me/],
    [
      'a resource policy and nobody who asks',
      { ResourcePolicy: document({ ...allow('s3:*'), Principal: '*' }) },
      /CallerArn is required/,
    ],
    [
      'two boundaries',
      { PermissionsBoundaryPolicyInputList: [document(allow('*')), document(allow('*'))] },
      /Only one/,
    ],
    [
      'a number that is none',
      {
        ContextEntries: [
          { ContextKeyName: 'app:key', ContextKeyType: 'numeric', ContextKeyValues: ['x'] },
        ],
      },
      /app:key: x is not of type numeric/,
    ],
    [
      'several values of one',
      {
        ContextEntries: [
          { ContextKeyName: 'app:key', ContextKeyType: 'string', ContextKeyValues: ['x', 'y'] },
        ],
      },
      /app:key of type string has one value/,
    ],
    [
      'a key twice',
      {
        ContextEntries: ['app:key', 'APP:Key'].map((ContextKeyName) => ({
          ContextKeyName,
          ContextKeyValues: ['x'],
        })),
      },
      /given twice/,
    ],
    ['a value without its key', { ContextEntries: [{ ContextKeyValues: ['x'] }] }, /no ContextKey/],
  ];
  for (const [name, input, message] of bad) {
    test(`refuses ${name}`, async () => {
      await assert.rejects(custom(input), (error: IAM.IAMServiceException) => {
        assert.equal(error.name, 'InvalidInputException');
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
