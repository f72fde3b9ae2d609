import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT } from './testing/estate.ts';
import {
  type Rows,
  outcomeOf,
  told,
  allow,
  deny,
  arn,
  alice,
  where,
  everyone,
  names,
  ALICE,
} from './testing/told.ts';

const ROWS: Rows = [
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
