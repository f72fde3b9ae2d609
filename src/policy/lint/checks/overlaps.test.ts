import { testPairs } from '../testing/pairs.suite.ts';
import { OVERLAP_CHECKS } from './overlaps.ts';

const OBJECTS = 'arn:aws:s3:::reports/*';
const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: OBJECTS };
const ALL = { Effect: 'Allow', Action: 's3:*', Resource: [OBJECTS, 'arn:aws:s3:::reports'] };
const TLS = { Bool: { 'aws:SecureTransport': 'true' } };

testPairs(OVERLAP_CHECKS, [
  {
    code: 'RedundantStatement',
    found: [GET, ALL],
    clean: [{ ...ALL, Condition: TLS }, GET],
    says: 'Statement 2',
    fixed: [ALL],
  },
  {
    code: 'RedundantStatement',
    found: [ALL, { ...GET, Condition: TLS }],
    clean: [ALL, { ...GET, Effect: 'Deny' }],
    fixed: [ALL],
  },
  {
    code: 'RedundantStatement',
    found: [
      { Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' },
      { Effect: 'Deny', NotAction: ['s3:Get*', 's3:Put*'], Resource: '*' },
    ],
    clean: [
      { Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' },
      { Effect: 'Deny', NotAction: 's3:Put*', Resource: '*' },
    ],
    fixed: [{ Effect: 'Deny', NotAction: 's3:Get*', Resource: '*' }],
  },
  {
    code: 'RedundantStatement',
    kind: 'resource',
    found: [
      { ...GET, Principal: { AWS: '*' } },
      { ...GET, Principal: '*', Sid: 'Again' },
    ],
    clean: [
      { ...GET, Principal: { AWS: '111122223333' } },
      { ...GET, Principal: { AWS: '444455556666' } },
    ],
  },
  {
    code: 'AllowIsDenied',
    found: [GET, { ...ALL, Effect: 'Deny' }],
    clean: [ALL, { ...GET, Effect: 'Deny' }],
  },
  {
    code: 'MergeableStatements',
    found: [GET, { ...GET, Action: 's3:PutObject' }],
    clean: [GET, { ...GET, Action: 's3:PutObject', Condition: TLS }],
  },
]);
