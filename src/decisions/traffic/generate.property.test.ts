import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compilePolicy, evaluate, parsePolicy } from '../../policy/index.ts';
import { generatePolicy } from './generate.ts';
import { findUnused } from './unused.ts';
import { addUse, mergeUsage, newUsage, type Usage, type Use } from './usage.ts';

const ACCOUNT = '111111111111';
const PRINCIPAL = {
  kind: 'user',
  accountId: ACCOUNT,
  arn: `arn:aws:iam::${ACCOUNT}:user/ana`,
  userId: 'AIDAEXAMPLE',
} as const;

/** Segments that clash with wildcards, variables, and with each other. */
const segment = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'logs',
    '',
    '*',
    '?',
    '${aws:username}',
    '$',
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const path = fc.array(segment, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('/'));
const bucket = fc.constantFrom('one', 'two', 'three').map((name) => `arn:aws:s3:::${name}`);
const use: fc.Arbitrary<Use> = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:ListBucket', 'iam:GetUser'),
  resource: fc.oneof(
    bucket,
    fc.tuple(bucket, path).map((parts) => parts.join('/')),
    fc.constantFrom('*', PRINCIPAL.arn),
  ),
  atMs: fc.integer({ min: 0, max: 1e12 }),
  secure: fc.boolean(),
  isForeseen: fc.boolean(),
  address: fc.constantFrom('192.0.2.1', '::ffff:192.0.2.7', '198.51.100.3', '2001:db8::1'),
});
const uses = fc.array(use, { minLength: 1, maxLength: 60 });

function compiled(text: string) {
  const parsed = parsePolicy(text, 'identity');
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compilePolicy(parsed.document, { type: 'identity-based', id: 'generated' });
}

/** As two threads gather it and the store keeps it. */
function gathered(all: readonly Use[]): Usage {
  const threads = [newUsage(), newUsage()] as const;
  for (const [index, one] of all.entries()) addUse(threads[index % 2 === 0 ? 0 : 1], one);
  const stored = JSON.parse(JSON.stringify(threads)) as typeof threads;
  const merged = newUsage();
  for (const usage of stored) mergeUsage(merged, usage);
  return merged;
}

test('generatePolicy: whatever was seen is allowed by the policy, at every level', () => {
  fc.assert(
    fc.property(uses, fc.integer({ min: 0, max: 4 }), fc.boolean(), (all, level, conditions) => {
      const { document } = generatePolicy(gathered(all), { level, conditions });
      const policy = compiled(JSON.stringify(document));
      for (const { action, resource, secure, address } of all) {
        const context = (key: string) => {
          if (key === 'aws:securetransport') return String(secure);
          return key === 'aws:sourceip' ? address : undefined;
        };
        const request = {
          principal: PRINCIPAL,
          action,
          resource,
          resourceAccountId: ACCOUNT,
          context,
        };
        assert.equal(
          evaluate(request, { identity: [policy] }).effect,
          'Allow',
          `${action} ${resource}`,
        );
      }
    }),
  );
});

test('findUnused: nothing of the policy made from the traffic counts as unused', () => {
  fc.assert(
    fc.property(uses, fc.integer({ min: 0, max: 4 }), (all, level) => {
      const usage = gathered(all);
      const { document } = generatePolicy(usage, { level, conditions: false });
      assert.deepEqual(findUnused([compiled(JSON.stringify(document))], usage).unused, []);
    }),
  );
});

test('an outline stays small whatever is put into it', () => {
  const usage = newUsage();
  for (let index = 0; index < 20_000; index += 1) {
    const folder = (index * 7919) % 1009;
    const resource = `arn:aws:s3:::bucket-${index % 100}/${folder}/${index}/deep/deeper/deepest/x`;
    addUse(usage, {
      action: 's3:GetObject',
      resource,
      atMs: index,
      secure: true,
      address: `10.0.${index % 256}.1`,
    });
  }
  assert.ok(JSON.stringify(usage).length < 64 * 1024);
});
