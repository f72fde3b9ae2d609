import { testPairs } from '../testing/pairs.suite.ts';
import { ACTION_CHECKS } from './actions.ts';

const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };

testPairs(ACTION_CHECKS, [
  {
    code: 'UnknownAction',
    found: { ...GET, Action: ['s3:GetObject', 's3:HeadBucket'], Resource: '*' },
    clean: { ...GET, Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
    says: 'authorized as s3:ListBucket',
    fixed: { ...GET, Action: ['s3:GetObject', 's3:ListBucket'], Resource: '*' },
  },
  {
    code: 'UnknownAction',
    found: { ...GET, Action: 's3:GetObjct' },
    clean: { ...GET, Action: 's3:getobject' },
    says: 'Is s3:GetObject meant?',
    fixed: GET,
  },
  {
    code: 'UnknownAction',
    found: { ...GET, Action: 's3:CopyObject' },
    clean: { ...GET, Action: ['s3:GetObject', 's3:PutObject'] },
    says: 's3:GetObject and s3:PutObject',
    fixed: null,
  },
  {
    code: 'UnknownAction',
    found: { ...GET, NotAction: 'iam:Frobnicate', Action: undefined },
    clean: { ...GET, NotAction: 'iam:GetUser', Action: undefined },
    fixed: null,
  },
  {
    code: 'ActionPatternMatchesNothing',
    found: { ...GET, Action: 's3:Fetch*' },
    clean: { ...GET, Action: 's3:Get*' },
  },
  {
    code: 'UnknownService',
    found: { ...GET, Action: 's4:GetObject' },
    clean: { ...GET, Action: ['*:GetObject', 'ec2:RunInstances', 's3:GetObject', 'coffer:*'] },
    says: 'Is s3 meant?',
    fixed: GET,
  },
  {
    code: 'ServiceNotServed',
    found: { ...GET, Action: 'ec2:RunInstances', Resource: '*' },
    clean: { ...GET, Action: ['s3:GetObject', 'sts:AssumeRole', 'iam:GetUser'] },
  },
  {
    code: 'ActionCase',
    found: { ...GET, Action: 'S3:getObject' },
    clean: GET,
    fixed: GET,
  },
  {
    code: 'RedundantAction',
    found: { ...GET, Action: ['s3:GetObject', 's3:Get*', 's3:PutObject'] },
    clean: { ...GET, Action: ['s3:Get*', 's3:PutObject'] },
    fixed: { ...GET, Action: ['s3:Get*', 's3:PutObject'] },
  },
  {
    code: 'RedundantAction',
    found: { ...GET, Action: ['s3:GetObject', 's3:getobject'] },
    clean: { ...GET, Action: ['s3:GetObject', 's3:GetObjectAcl'] },
    fixed: { ...GET, Action: ['s3:GetObject'] },
  },
  {
    code: 'NotActionWithAllow',
    found: { Effect: 'Allow', NotAction: 's3:DeleteBucket', Resource: '*' },
    clean: { Effect: 'Deny', NotAction: 's3:DeleteBucket', Resource: '*' },
  },
  {
    code: 'StarActionForOneService',
    found: { ...GET, Action: '*' },
    clean: [
      { ...GET, Action: '*', Resource: '*' },
      { ...GET, Action: '*', Resource: ['arn:aws:s3:::a', 'arn:aws:iam::111122223333:user/b'] },
    ],
    fixed: { ...GET, Action: 's3:*' },
  },
  {
    code: 'NotABucketAction',
    kind: 'resource',
    found: { ...GET, Principal: '*', Action: 'sqs:SendMessage' },
    clean: { ...GET, Principal: '*' },
  },
]);
