import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeal, MASTER_KEY_SIZE } from '../identity/index.ts';
import { compilePolicy, parsePolicy } from '../policy/index.ts';
import { openTrace, sealTrace } from './sealed-trace.ts';
import { traceOf } from './trace.ts';

/** "EncodedMessage … Length Constraints: … Maximum length of 10240." */
const MESSAGE_LENGTH_MAX = 10_240;
const ACCOUNT = '111111111111';

/** A trace of a refusal by so many statements, whose texts do not compress. */
function traceWith(statements: number, kind: 'Allow' | 'Deny') {
  const noise = (seed: number): string =>
    Array.from({ length: 30 }, (_, index) =>
      ((seed * 7919 + index * 104_729) ** 3 % 1e9).toString(36),
    ).join('');
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: Array.from({ length: statements }, (_, index) => ({
      Sid: `S${index}`,
      Effect: kind,
      Action: 's3:GetObject',
      Resource: kind === 'Deny' ? '*' : `arn:aws:s3:::bucket/${noise(index)}`,
      Condition: kind === 'Deny' ? { StringNotEquals: { 'aws:Referer': noise(index) } } : {},
    })),
  });
  const parsed = parsePolicy(text, 'identity');
  assert.ok(parsed.ok);
  const policy = compilePolicy(parsed.document, { type: 'identity-based', id: 'p'.repeat(100) });
  const principal = {
    kind: 'user',
    accountId: ACCOUNT,
    arn: `arn:aws:iam::${ACCOUNT}:user/ana`,
    userId: 'AIDAEXAMPLE',
  } as const;
  const request = {
    principal,
    action: 's3:GetObject',
    resource: 'arn:aws:s3:::bucket/key',
    resourceAccountId: ACCOUNT,
    context: () => undefined,
  };
  const decision = { effect: 'ImplicitDeny' } as const;
  const caller = {
    principal: undefined,
    policyPrincipal: principal,
    account: ACCOUNT,
    accessKeyId: 'AKIAEXAMPLE',
    proof: { kind: 'none' },
  } as const;
  return traceOf('REQUEST', 0, { caller }, { request, policies: { identity: [policy] }, decision });
}

test('however large a trace is, the message that it becomes is one that STS decodes', () => {
  const seal = createSeal(new Uint8Array(MASTER_KEY_SIZE));
  for (const kind of ['Allow', 'Deny'] as const) {
    for (let statements = 1; statements <= 120; statements += 1) {
      const trace = traceWith(statements, kind);
      const message = sealTrace(seal, trace);
      assert.ok(message.length <= MESSAGE_LENGTH_MAX, `${statements} ${kind}: ${message.length}`);
      const opened = openTrace(seal, message);
      assert.equal(opened?.requestId, 'REQUEST');
      assert.deepEqual(opened?.explanation.decision, trace.explanation.decision);
    }
  }
});
