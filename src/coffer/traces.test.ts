import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trace } from '../decisions/index.ts';
import { openWithAccount } from '../identity/testing/open.ts';
import { compilePolicy, explain, parsePolicy } from '../policy/index.ts';
import { tracesAsJson } from './traces.ts';

test('a trace shows the users whom a policy names by their ARN, and nothing else so', async () => {
  const { identity, account } = await openWithAccount();
  const ana = await identity.createUser(account, { name: 'ana' });
  const gone = await identity.createUser(account, { name: 'gone' });
  await identity.deleteUser(account, 'gone');
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: [ana.id, gone.id, `arn:aws:iam::${account}:root`] },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::b/*',
    Condition: { StringEquals: { 'aws:userid': ana.id } },
  };
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  const parsed = parsePolicy(text, 'resource');
  assert.ok(parsed.ok);
  const source = { type: 'resource-based', id: 'arn:aws:s3:::b' } as const;
  const explanation = explain(
    {
      principal: { kind: 'anonymous' },
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::b/k',
      resourceAccountId: account,
      context: () => undefined,
    },
    { identity: [], resource: compilePolicy(parsed.document, source) },
  );
  const trace: Trace = {
    requestId: 'R',
    atMs: 0,
    principalArn: undefined,
    principalAccount: undefined,
    accessKeyId: undefined,
    explanation,
  };
  const [shown] = JSON.parse(await tracesAsJson(identity, [trace])) as [Trace];
  const [asked] = shown.explanation.policies[0]?.statements ?? [];
  assert.deepEqual(
    asked?.principal?.values.map((value) => value.text).toSorted(),
    [`arn:aws:iam::${account}:root`, `arn:aws:iam::${account}:user/ana`, gone.id].toSorted(),
  );
  assert.match(JSON.stringify(asked?.conditions), new RegExp(ana.id));
});
