import { testPairs } from '../testing/pairs.suite.ts';
import { RESOURCE_CHECKS } from './resources.ts';

const BUCKET = 'arn:aws:s3:::reports';
const OBJECTS = `${BUCKET}/*`;
const USER = 'arn:aws:iam::111122223333:user/ana';
const allow = (Action: string | string[], Resource: string | string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
});

testPairs(RESOURCE_CHECKS, [
  {
    code: 'MissingObjectPattern',
    found: allow(['s3:ListBucket', 's3:GetObject', 's3:PutObject'], BUCKET),
    clean: allow(['s3:ListBucket', 's3:GetObject', 's3:PutObject'], [BUCKET, OBJECTS]),
    says: `s3:GetObject, s3:PutObject is on objects, and only buckets are named: ${OBJECTS} is missing`,
    fixed: allow(['s3:ListBucket', 's3:GetObject', 's3:PutObject'], [BUCKET, OBJECTS]),
  },
  {
    code: 'MissingObjectPattern',
    found: allow('s3:*Object', BUCKET),
    clean: allow('s3:*', BUCKET),
  },
  {
    code: 'MissingBucketPattern',
    found: allow(['s3:ListBucket', 's3:GetObject'], [OBJECTS]),
    clean: allow(['s3:ListBucket', 's3:GetObject'], [OBJECTS, BUCKET]),
    fixed: allow(['s3:ListBucket', 's3:GetObject'], [OBJECTS, BUCKET]),
  },
  {
    code: 'MissingBucketPattern',
    found: allow('s3:ListBucket', `${BUCKET}/*`),
    clean: allow('s3:ListBucket', `${BUCKET}*`),
  },
  {
    code: 'ActionNeedsAllResources',
    found: allow(['s3:ListAllMyBuckets', 's3:ListBucket'], BUCKET),
    clean: [
      allow('s3:ListAllMyBuckets', '*'),
      allow('s3:ListAllMyBuckets', 'arn:aws:s3:::*'),
      allow('iam:ListUsers', 'arn:aws:iam::111122223333:user/staff/*'),
      allow('coffer:GetDecision', '*'),
    ],
  },
  {
    code: 'ActionResourceMismatch',
    found: allow('s3:GetObject', USER),
    clean: [
      allow('iam:GetUser', USER),
      allow('s3:GetObject', '*'),
      allow('iam:GetUser', 'arn:aws:iam::*:user/${aws:username}'),
      allow('sts:AssumeRole', 'arn:aws:iam::111122223333:role/path/App'),
    ],
  },
  {
    code: 'UnusedResource',
    found: allow('s3:GetObject', [BUCKET, OBJECTS]),
    clean: allow(['s3:GetObject', 's3:ListBucket'], [BUCKET, OBJECTS]),
    fixed: allow('s3:GetObject', [OBJECTS]),
  },
  {
    code: 'RedundantResource',
    found: allow('s3:GetObject', [`${BUCKET}/a/*`, OBJECTS, 'arn:aws:s3:::other/*']),
    clean: allow('s3:GetObject', [`${BUCKET}/a?`, `${BUCKET}/?a`, `${BUCKET}/*b`]),
    fixed: allow('s3:GetObject', [OBJECTS, 'arn:aws:s3:::other/*']),
  },
  {
    code: 'RedundantResource',
    found: allow('s3:GetObject', [`${BUCKET}/home/\${aws:username}/*`, `${BUCKET}/home/*`]),
    clean: allow('s3:GetObject', [`${BUCKET}/home/\${aws:username}/*`, `${BUCKET}/home/ana/*`]),
  },
  {
    code: 'NotResourceWithAllow',
    found: { Effect: 'Allow', Action: 's3:*', NotResource: OBJECTS },
    clean: { Effect: 'Deny', Action: 's3:*', NotResource: OBJECTS },
  },
  {
    code: 'SeveralBuckets',
    kind: 'resource',
    found: { ...allow('s3:GetObject', [OBJECTS, 'arn:aws:s3:::other/*']), Principal: '*' },
    clean: { ...allow('s3:*', [OBJECTS, BUCKET, 'arn:aws:s3:::*']), Principal: '*' },
  },
]);
