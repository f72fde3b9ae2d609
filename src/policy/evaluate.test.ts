import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy, evaluate, parsePolicy } from './index.ts';
import type { AccessRequest, ApplicablePolicies, PolicyPrincipal } from './index.ts';

const USER: PolicyPrincipal = {
  kind: 'user',
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/ana',
  userId: 'AIDAANAANAANAANAANA1',
};

function identityPolicies(statement: unknown): ApplicablePolicies {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  const parsed = parsePolicy(text, 'identity');
  assert(parsed.ok);
  return {
    identity: [compilePolicy(parsed.document, { type: 'identity-based', id: 'inline' })],
  };
}

function requestTo(resource: string, context: AccessRequest['context']): AccessRequest {
  return {
    principal: USER,
    action: 's3:GetObject',
    resource,
    resourceAccountId: '111122223333',
    context,
  };
}

test('evaluate: names the statement that allowed, and the kind of policy that did not', () => {
  const policies = identityPolicies([
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: '*' },
    { Sid: 'Home', Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::b/home/*' },
  ]);
  const context = () => undefined;
  assert.deepEqual(evaluate(requestTo('arn:aws:s3:::b/home/x', context), policies), {
    effect: 'Allow',
    by: { source: { type: 'identity-based', id: 'inline' }, statementIndex: 1, sid: 'Home' },
  });
  assert.deepEqual(evaluate(requestTo('arn:aws:s3:::b/other', context), policies), {
    effect: 'ImplicitDeny',
    lacking: 'identity-based',
  });
});

test('evaluate: a context reader that throws denies, and the error is kept', () => {
  const policies = identityPolicies({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { 'aws:username': 'ana' } },
  });
  const error = new Error('no such thing');
  const decision = evaluate(
    requestTo('arn:aws:s3:::b/k', () => {
      throw error;
    }),
    policies,
  );
  assert.deepEqual(decision, { effect: 'ImplicitDeny', error });
});

test('evaluate: asks the context only for keys that a matching statement names, in lower case', () => {
  const policies = identityPolicies([
    {
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: '*',
      Condition: { StringEquals: { 'aws:Unasked': 'x' } },
    },
    {
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::b/${aws:username}/*',
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    },
  ]);
  const asked: string[] = [];
  const decision = evaluate(
    requestTo('arn:aws:s3:::b/ana/k', (key) => {
      asked.push(key);
      return key === 'aws:username' ? 'ana' : 'true';
    }),
    policies,
  );
  assert.equal(decision.effect, 'Allow');
  assert.deepEqual(asked, ['aws:username', 'aws:securetransport']);
});

test('evaluate: deciding makes no new object for the same statement', () => {
  const policies = identityPolicies({ Effect: 'Allow', Action: '*', Resource: '*' });
  const request = requestTo('arn:aws:s3:::b/k', () => undefined);
  assert.equal(evaluate(request, policies), evaluate(request, policies));
});
