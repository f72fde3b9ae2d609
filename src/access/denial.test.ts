import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../policy/index.ts';
import type { Question } from './authorize.ts';
import { ANONYMOUS } from './caller.ts';
import { denialOf } from './denial.ts';

const ARN = 'arn:aws:iam::111111111111:user/ada';
const caller = {
  principal: { kind: 'user', accountId: '111111111111', arn: ARN },
  account: '111111111111',
} as unknown as Question['caller'];

const question: Question = {
  caller,
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k',
  resourceAccount: '111111111111',
  context: () => undefined,
  sender: { remoteAddress: '192.0.2.7', secure: true },
};

const by = (type: string): Decision =>
  ({ effect: 'ExplicitDeny', by: { source: { type, id: 'x' }, statementIndex: 0 } }) as Decision;

const WHO = `User: ${ARN} is not authorized to perform: s3:GetObject on resource:`;
const RESOURCE = '"arn:aws:s3:::b/k"';

/** As in AWS's "Troubleshoot access denied error messages". */
const cases: readonly (readonly [name: string, Question, Decision, 's3' | 'query', string])[] = [
  [
    'no identity-based Allow',
    question,
    { effect: 'ImplicitDeny', lacking: 'identity-based' },
    's3',
    `${WHO} ${RESOURCE} because no identity-based policy allows the s3:GetObject action`,
  ],
  [
    'no Allow in the boundary',
    question,
    { effect: 'ImplicitDeny', lacking: 'permissions boundary' } as Decision,
    's3',
    `${WHO} ${RESOURCE} because no permissions boundary allows the s3:GetObject action`,
  ],
  [
    'an explicit deny of one’s own',
    question,
    by('identity-based'),
    's3',
    `${WHO} ${RESOURCE} with an explicit deny in an identity-based policy`,
  ],
  [
    'an explicit deny of the boundary',
    question,
    by('permissions boundary'),
    's3',
    `${WHO} ${RESOURCE} with an explicit deny in a permissions boundary`,
  ],
  [
    'an explicit deny of the bucket',
    question,
    by('resource-based'),
    's3',
    `${WHO} ${RESOURCE} with an explicit deny in a resource-based policy`,
  ],
  [
    'a failure',
    question,
    { effect: 'ImplicitDeny' },
    's3',
    `${WHO} ${RESOURCE} because no identity-based policy allows the s3:GetObject action`,
  ],
  [
    'IAM and STS, without quotes',
    question,
    { effect: 'ImplicitDeny' },
    'query',
    `${WHO} arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action`,
  ],
  ['nobody', { ...question, caller: ANONYMOUS }, by('resource-based'), 's3', 'Access Denied'],
  [
    'another account',
    { ...question, resourceAccount: '222222222222' },
    by('resource-based'),
    's3',
    'Access Denied',
  ],
];

for (const [name, asked, decision, service, message] of cases) {
  test(`denialOf: ${name}`, () => {
    const error = denialOf(asked, decision, service);
    assert.equal(error.kind, 'AccessDenied');
    assert.equal(error.message, message);
  });
}
