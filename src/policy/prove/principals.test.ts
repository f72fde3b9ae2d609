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
  where,
  bucketOf,
  everyone,
  names,
  ALICE,
  OTHER,
} from './testing/told.ts';

const ROWS: Rows = [
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
    'a denied user of another account is not taken for all of them',
    bucketOf(
      allow('s3:GetObject', arn('reports/*'), {
        ...everyone,
        ...where('ArnLike', 'aws:PrincipalArn', `arn:aws:iam::${OTHER}:user/*`),
      }),
      deny('s3:GetObject', '*', names(`arn:aws:iam::${OTHER}:user/x`)),
    ),
    'outsiders CANNOT s3:GetObject reports/*',
    `${OTHER}:user/y s3:GetObject reports/x`,
  ],
  [
    'a user of another account, named in full',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(`arn:aws:iam::${OTHER}:user/eve`))),
    `arn:aws:iam::${OTHER}:user/eve CAN s3:GetObject reports/*`,
    'proved',
  ],
  [
    'another user of another account, named in full',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(`arn:aws:iam::${OTHER}:user/eve`))),
    `arn:aws:iam::${OTHER}:user/adam CANNOT s3:GetObject reports/*`,
    'proved',
  ],
  [
    'all of another account but one',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(`arn:aws:iam::${OTHER}:user/eve`))),
    `account/${OTHER} EXCEPT arn:aws:iam::${OTHER}:user/eve CANNOT s3:* reports, reports/*`,
    'proved',
  ],
  [
    'all of another account',
    bucketOf(allow('s3:GetObject', arn('reports/*'), names(OTHER))),
    `account/${OTHER} CAN s3:GetObject reports/*`,
    'proved',
  ],
  [
    'a denied session is not taken for all of them',
    {
      roles: { app: { identity: [allow('s3:*', '*')] } },
      buckets: {
        reports: {
          policy: [
            deny(
              's3:*',
              arn('reports/*'),
              names(`arn:aws:sts::${ACCOUNT}:assumed-role/app/session`),
            ),
          ],
        },
      },
    },
    'role/app CANNOT s3:GetObject reports/*',
    'assumed-role/app/sessionx s3:GetObject reports/x',
  ],
  [
    'a denied session of another account is not taken for all of the role',
    bucketOf(
      allow('s3:GetObject', arn('reports/*'), names(`arn:aws:iam::${OTHER}:role/app`)),
      deny('s3:GetObject', '*', names(`arn:aws:sts::${OTHER}:assumed-role/app/session`)),
    ),
    'outsiders CANNOT s3:GetObject reports/*',
    `${OTHER}:assumed-role/app/sessionx s3:GetObject reports/x`,
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
];

for (const [name, described, assertion, expected] of ROWS) {
  test(`prove: ${name}`, () => assert.equal(told(outcomeOf(described, assertion)), expected));
}
