import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from './prove.ts';
import { parseAssertions } from './parse-assertions.ts';
import { proveAll } from './prove.ts';
import { ACCOUNT, type Described, type Statements, estateOf } from './testing/estate.ts';

const OTHER = '444455556666';

function outcomeOf(described: Described, text: string): Outcome {
  const parsed = parseAssertions(text);
  assert(parsed.ok, JSON.stringify(parsed));
  const [result] = proveAll(estateOf(described), parsed.assertions);
  assert(result !== undefined);
  return result.outcome;
}

/** What was said, in a few words: the verdict, and of a counter-example who does what with what. */
function told(outcome: Outcome): string {
  if (outcome.kind === 'proved') return 'proved';
  if (outcome.kind === 'unknown') return `unknown: ${outcome.reasons.join(' ')}`;
  const { principal, action, resource, context } = outcome.by;
  const who = principal.replace(/^arn:aws:(iam|sts)::/, '').replace(`${ACCOUNT}:`, '');
  const keys = Object.entries(context).map(([key, value]) => ` ${key}=${String(value)}`);
  return `${who} ${action} ${resource.replace('arn:aws:s3:::', '')}${keys.join('')}`;
}

const allow = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});
const deny = (Action: unknown, Resource: unknown, more: object = {}) => ({
  Effect: 'Deny',
  Action,
  Resource,
  ...more,
});
const arn = (path: string): string => `arn:aws:s3:::${path}`;
const alice = (...identity: Statements): Described => ({
  users: { alice: { identity } },
  buckets: { reports: {}, payroll: {} },
});

const where = (operator: string, key: string, value: unknown) => ({
  Condition: { [operator]: { [key]: value } },
});
const bucketOf = (...policy: Statements): Described => ({
  users: { alice: {}, bob: { identity: [allow('s3:*', '*')] } },
  buckets: { reports: policy.length === 0 ? {} : { policy } },
});
const everyone = { Principal: '*' };
const names = (AWS: unknown) => ({ Principal: { AWS } });
const ALICE = `arn:aws:iam::${ACCOUNT}:user/alice`;

const ROWS: readonly (readonly [
  name: string,
  described: Described,
  assertion: string,
  expected: string,
])[] = [
  [
    'granted',
    alice(allow('s3:GetObject', arn('reports/*'))),
    'user/alice CAN s3:GetObject reports/*',
    'proved',
  ],
  [
    'granted too little',
    alice(allow('s3:GetObject', arn('reports/2024/*'))),
    'user/alice CAN s3:GetObject reports/*',
    'user/alice s3:GetObject reports/x',
  ],
  [
    'granted in two halves',
    alice(allow('s3:GetObject', arn('reports/*')), allow('s3:PutObject', arn('rep*'))),
    'user/alice CAN s3:GetObject, s3:PutObject reports/*',
    'proved',
  ],
  [
    'not granted',
    alice(allow('s3:GetObject', arn('reports/*'))),
    'user/alice CANNOT s3:* payroll, payroll/*',
    'proved',
  ],
  [
    'granted by a wildcard that is too wide',
    alice(allow('s3:*', arn('*a*/*'))),
    'user/alice CANNOT s3:* payroll/*',
    'user/alice s3:AbortMultipartUpload payroll/x',
  ],
  [
    'a pattern across the slash reaches the key',
    alice(allow('s3:GetObject', arn('*payroll*'))),
    'user/alice CANNOT s3:GetObject reports/*',
    'user/alice s3:GetObject reports/payroll',
  ],
  [
    'denied, but for one character',
    alice(allow('s3:*', '*'), deny('s3:*', arn('payroll/?*'))),
    'user/alice CANNOT s3:GetObject payroll/*',
    'proved',
  ],
  [
    'denied, but for empty names between slashes',
    alice(allow('s3:*', '*'), deny('s3:*', arn('payroll/?*/?*'))),
    'user/alice CANNOT s3:GetObject payroll/*/*',
    'user/alice s3:GetObject payroll//',
  ],
  [
    'allowed under a condition',
    alice(allow('s3:*', '*', where('IpAddress', 'aws:SourceIp', '10.0.0.0/8'))),
    'user/alice CAN s3:GetObject reports/*',
    'user/alice s3:GetObject reports/x aws:sourceip=203.0.113.1',
  ],
  [
    'allowed under the condition that is assumed',
    alice(allow('s3:*', '*', where('IpAddress', 'aws:SourceIp', '10.0.0.0/8'))),
    'user/alice CAN s3:GetObject reports/* WHERE aws:SourceIp IN 10.1.0.0/16, 10.2.0.0/16',
    'proved',
  ],
  [
    'a gap between ranges',
    alice(
      allow('s3:*', '*'),
      deny('s3:*', '*', where('IpAddress', 'aws:SourceIp', ['0.0.0.0/1', '128.0.0.0/1'])),
    ),
    'user/alice CANNOT s3:GetObject reports/*',
    'user/alice s3:GetObject reports/x aws:sourceip=2001:db8::1',
  ],
  [
    'a Deny without TLS',
    alice(allow('s3:*', '*'), deny('s3:*', '*', where('Bool', 'aws:SecureTransport', 'false'))),
    'user/alice CANNOT s3:DeleteObject * WHERE aws:SecureTransport = false',
    'proved',
  ],
  [
    'a Deny without TLS, asserted of all requests',
    alice(allow('s3:*', '*'), deny('s3:*', '*', where('Bool', 'aws:SecureTransport', 'false'))),
    'user/alice CANNOT s3:DeleteObject reports/*',
    'user/alice s3:DeleteObject reports/x aws:securetransport=true',
  ],
  [
    'a key that is missing slips through StringNotEquals',
    alice(
      allow('s3:PutObject', '*'),
      deny('s3:PutObject', '*', where('StringEquals', 's3:x-amz-acl', 'public-read')),
    ),
    'user/alice CANNOT s3:PutObject reports/* WHERE s3:x-amz-acl != private',
    'user/alice s3:PutObject reports/x',
  ],
  [
    'ForAllValues holds for no values',
    alice(allow('s3:PutObject', '*', where('ForAllValues:StringEquals', 'aws:TagKeys', ['team']))),
    'user/alice CANNOT s3:PutObject reports/* WHERE aws:TagKeys MISSING',
    'user/alice s3:PutObject reports/x',
  ],
  [
    'one list for two wishes',
    alice(
      allow('s3:PutObject', '*', {
        Condition: {
          'ForAnyValue:StringEquals': { 'aws:TagKeys': 'a' },
          'ForAnyValue:StringLike': { 'aws:TagKeys': 'b*' },
        },
      }),
    ),
    'user/alice CANNOT s3:PutObject reports/*',
    'user/alice s3:PutObject reports/x aws:tagkeys=a,b',
  ],
  [
    'a window of time that never opens',
    alice(
      allow('s3:*', '*', {
        Condition: {
          DateGreaterThan: { 'aws:CurrentTime': '2026-06-01T00:00:00Z' },
          NumericLessThan: { 'aws:EpochTime': '1767225600' },
        },
      }),
    ),
    'user/alice CANNOT s3:* reports, reports/*',
    'proved',
  ],
  [
    'a limit between numbers',
    alice(
      allow('s3:ListBucket', '*', where('NumericLessThanEquals', 's3:max-keys', '10')),
      deny('s3:ListBucket', '*', where('NumericLessThan', 's3:max-keys', '10')),
    ),
    'user/alice CANNOT s3:ListBucket reports',
    'user/alice s3:ListBucket reports s3:max-keys=10',
  ],
  [
    'a variable of who asks',
    alice(allow('s3:*', arn('reports/${aws:username}/*'))),
    'user/* CAN s3:GetObject reports/${aws:username}/*',
    'proved',
  ],
  [
    'a variable of who asks, and the homes of others',
    alice(allow('s3:*', arn('reports/${aws:username}*'))),
    'user/alice CANNOT s3:GetObject reports/* EXCEPT reports/${aws:username}/*',
    'user/alice s3:GetObject reports/alice',
  ],
  [
    'a variable of the request',
    alice(allow('s3:ListBucket', arn('${s3:prefix}'))),
    'user/alice CANNOT s3:ListBucket reports WHERE s3:prefix LIKE reports*',
    'user/alice s3:ListBucket reports s3:prefix=reports',
  ],
  [
    'a boundary',
    {
      users: { alice: { identity: [allow('*', '*')], boundary: [allow('s3:Get*', '*')] } },
      buckets: { reports: {} },
    },
    'user/alice CANNOT s3:PutObject reports/*',
    'proved',
  ],
  [
    'a bucket policy that names the user passes the boundary',
    {
      users: { alice: { boundary: [allow('s3:Get*', '*')] } },
      buckets: { reports: { policy: [allow('s3:*', arn('reports/*'), names(ALICE))] } },
    },
    'user/alice CANNOT s3:PutObject reports/*',
    'user/alice s3:PutObject reports/x',
  ],
  [
    'a Deny in the bucket policy',
    bucketOf(deny('s3:DeleteObject', arn('reports/*'), everyone)),
    'anyone CANNOT s3:DeleteObject reports/*',
    'proved',
  ],
  [
    'another user is granted more',
    bucketOf(deny('s3:DeleteObject', arn('reports/*'), names(ALICE))),
    'anyone CANNOT s3:DeleteObject reports/*',
    'user/bob s3:DeleteObject reports/x',
  ],
  [
    'but for him',
    bucketOf(deny('s3:DeleteObject', arn('reports/*'), names(ALICE))),
    'anyone EXCEPT user/bob CANNOT s3:DeleteObject reports/*',
    'proved',
  ],
  [
    'public',
    bucketOf(allow('s3:GetObject', arn('reports/*'), everyone)),
    'anonymous CAN s3:GetObject reports/*',
    'proved',
  ],
  [
    'public under a prefix',
    bucketOf(allow('s3:GetObject', arn('reports/public/*'), everyone)),
    'anonymous CANNOT s3:GetObject reports/* EXCEPT reports/public/*',
    'proved',
  ],
  [
    'public but for a condition on the account',
    bucketOf(
      allow('s3:GetObject', arn('reports/*'), {
        ...everyone,
        ...where('StringEquals', 'aws:PrincipalAccount', ACCOUNT),
      }),
    ),
    'anonymous, outsiders CANNOT s3:* reports, reports/*',
    'proved',
  ],
  [
    'open to a pattern of accounts',
    bucketOf(
      allow('s3:GetObject', arn('reports/*'), {
        ...everyone,
        ...where('StringLike', 'aws:PrincipalArn', 'arn:aws:iam::4444*:role/*'),
      }),
    ),
    'outsiders CANNOT s3:GetObject reports/*',
    '444400000000:user/:role/x s3:GetObject reports/x',
  ],
  [
    'another account',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(OTHER))),
    'outsiders CANNOT s3:GetObject reports/*',
    `${OTHER}:root s3:GetObject reports/x`,
  ],
  [
    'a user of another account',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(`arn:aws:iam::${OTHER}:user/eve`))),
    'outsiders CANNOT s3:GetObject reports/*',
    `${OTHER}:user/eve s3:GetObject reports/x`,
  ],
  [
    'NotPrincipal with Allow',
    bucketOf({
      Effect: 'Allow',
      NotPrincipal: { AWS: ALICE },
      Action: 's3:GetObject',
      Resource: arn('reports/*'),
    }),
    'anonymous CANNOT s3:GetObject reports/*',
    'anonymous s3:GetObject reports/x',
  ],
  [
    'restricted public buckets',
    {
      buckets: {
        reports: { isRestricted: true, policy: [allow('s3:*', arn('reports*'), everyone)] },
      },
    },
    'anonymous, outsiders CANNOT s3:* reports, reports/*',
    'proved',
  ],
  [
    'strangers at home',
    { users: { alice: {} }, buckets: { reports: {} } },
    'anyone CANNOT * *',
    'proved',
  ],
  [
    'root is bound by nothing but a Deny',
    bucketOf(),
    'root CANNOT s3:GetObject reports/*',
    'root s3:GetObject reports/x',
  ],
  [
    'root may mend the policy of its bucket',
    bucketOf(deny('*', '*', everyone)),
    'root CANNOT s3:PutBucketPolicy reports',
    'root s3:PutBucketPolicy reports',
  ],
  [
    'root is denied all else',
    bucketOf(deny('*', '*', everyone)),
    'root CANNOT s3:* EXCEPT s3:*BucketPolicy reports, reports/*',
    'proved',
  ],
  [
    'sessions of a role',
    {
      roles: { app: { identity: [allow('s3:GetObject', arn('reports/*'))] } },
      buckets: { reports: {} },
    },
    'role/app CAN s3:GetObject reports/*',
    'proved',
  ],
  [
    'a session by its name',
    {
      roles: {
        app: { identity: [allow('s3:*', '*', where('StringLike', 'aws:userid', '*:admin*'))] },
      },
      buckets: { reports: {} },
    },
    'role/app CANNOT s3:GetObject reports/*',
    'assumed-role/app/admin s3:GetObject reports/x',
  ],
  [
    'who may assume a role',
    {
      users: { alice: { identity: [allow('sts:AssumeRole', '*')] }, bob: {} },
      roles: {
        admin: { trust: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...names(ACCOUNT) }] },
      },
    },
    'anyone CANNOT sts:AssumeRole role/admin',
    `user/alice sts:AssumeRole arn:aws:iam::${ACCOUNT}:role/admin`,
  ],
  [
    'who may not',
    {
      users: { alice: { identity: [allow('sts:AssumeRole', '*')] }, bob: {} },
      roles: {
        admin: { trust: [{ Effect: 'Allow', Action: 'sts:AssumeRole', ...names(ACCOUNT) }] },
      },
    },
    'user/bob, anonymous, outsiders CANNOT sts:AssumeRole role/admin',
    'proved',
  ],
  [
    'a path to more power',
    alice(allow('iam:*', `arn:aws:iam::${ACCOUNT}:user/\${aws:username}`)),
    'user/alice CANNOT iam:AttachUserPolicy, iam:PutUserPolicy user/*',
    `user/alice iam:AttachUserPolicy arn:aws:iam::${ACCOUNT}:user/alice`,
  ],
  [
    'members of a group',
    {
      users: {
        alice: { groups: ['staff'], identity: [allow('s3:GetObject', '*')] },
        bob: { groups: ['guests'] },
      },
      buckets: { reports: {} },
    },
    'group/staff CAN s3:GetObject reports/*',
    'proved',
  ],
  [
    'the tags of a user',
    {
      users: {
        alice: {
          tags: [{ key: 'Team', value: 'red' }],
          identity: [allow('s3:*', arn('reports/${aws:PrincipalTag/team}/*'))],
        },
      },
      buckets: { reports: {} },
    },
    'user/alice CANNOT s3:* reports/* EXCEPT reports/red/*',
    'proved',
  ],
  [
    'all buckets, also those that are still to be made',
    alice(allow('s3:GetObject', arn('reports/*'))),
    'user/alice CANNOT s3:GetObject * EXCEPT reports/*',
    'proved',
  ],
  [
    'a bucket that is still to be made',
    alice(allow('s3:*', arn('tmp-*'))),
    'user/alice CANNOT s3:CreateBucket *',
    'user/alice s3:CreateBucket tmp-',
  ],
  [
    'a bucket that exists is not made again',
    {
      users: { alice: { identity: [allow('s3:*', '*')] } },
      buckets: { reports: { policy: [deny('*', '*', everyone)] } },
    },
    'user/alice CANNOT s3:* reports, reports/*',
    'proved',
  ],
  [
    'a federated session by its name',
    alice(allow('sts:GetFederationToken', `arn:aws:sts::${ACCOUNT}:federated-user/app-*`)),
    'user/alice CANNOT sts:GetFederationToken *',
    `user/alice sts:GetFederationToken arn:aws:sts::${ACCOUNT}:federated-user/app-`,
  ],
  [
    'the account itself',
    alice(allow('s3:ListAllMyBuckets', '*')),
    'user/alice CAN s3:ListAllMyBuckets *',
    'proved',
  ],
  [
    'nobody of that name',
    alice(allow('s3:*', '*')),
    'user/alicia CANNOT s3:* payroll/*',
    'unknown: It describes nobody: there is no such principal.',
  ],
  [
    'conditions that exclude each other',
    alice(allow('s3:*', '*')),
    'user/alice CANNOT s3:* payroll/* WHERE s3:prefix = a AND s3:prefix = b',
    'unknown: It describes no request: nothing is asked of such resources under such conditions.',
  ],
  [
    'a comparison of two keys',
    alice(allow('s3:ListBucket', '*', where('StringEquals', 's3:prefix', '${s3:delimiter}z'))),
    'user/alice CANNOT s3:ListBucket reports WHERE s3:delimiter = / AND s3:prefix = //',
    `unknown: Whether ${ALICE} may take s3:ListBucket depends on more than can be told: policies make variables of what a request may choose (s3:delimiter).`,
  ],
  [
    'objects with ACLs of their own',
    {
      users: { alice: {} },
      buckets: { reports: { objectAcls: 'public' } },
    },
    'anonymous CANNOT s3:GetObject reports/*',
    "unknown: Objects of the bucket reports may have ACLs and owners of their own: enforce the bucket owner's ownership (BucketOwnerEnforced), or write ASSUME no object ACLs.",
  ],
  [
    'objects that are assumed to have none',
    { buckets: { reports: { objectAcls: 'public' } } },
    'anonymous CANNOT s3:GetObject reports/*\nASSUME no object ACLs',
    'proved',
  ],
];

for (const [name, described, assertion, expected] of ROWS) {
  test(`prove: ${name}`, () => assert.equal(told(outcomeOf(described, assertion)), expected));
}
