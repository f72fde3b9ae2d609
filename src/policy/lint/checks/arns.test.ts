import { testPairs } from '../testing/pairs.suite.ts';
import { ARN_CHECKS } from './arns.ts';

const on = (...Resource: readonly string[]) => ({ Effect: 'Allow', Action: 's3:*', Resource });

testPairs(ARN_CHECKS, [
  {
    code: 'ArnAccountNotAllowed',
    found: on('arn:aws:s3::111122223333:reports/*'),
    clean: on('arn:aws:s3:::reports/*', 'arn:aws:s3::111122223333:accesspoint/mine'),
    fixed: on('arn:aws:s3:::reports/*'),
  },
  {
    code: 'ArnRegionNotAllowed',
    found: on('arn:aws:s3:us-east-1:111122223333:reports'),
    clean: on('arn:aws:s3:us-east-1:111122223333:accesspoint/mine', 'arn:aws:s3:::reports'),
    fixed: on('arn:aws:s3:::reports'),
  },
  {
    code: 'ArnAccountMissing',
    found: on('arn:aws:iam:::user/ana'),
    clean: on('arn:aws:iam::111122223333:user/ana', 'arn:aws:iam::*:user/ana', 'arn:aws:s3:::b'),
  },
  {
    code: 'InvalidArnAccount',
    found: on('arn:aws:iam::1111:user/ana'),
    clean: on(
      'arn:aws:iam::111122223333:user/ana',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
      'arn:aws:iam::${aws:PrincipalAccount}:user/ana',
    ),
  },
  {
    code: 'ImpossibleBucketName',
    found: on('arn:aws:s3:::My_Reports/*'),
    clean: on('arn:aws:s3:::my.reports-2026/*', 'arn:aws:s3:::R*', 'arn:aws:s3:::<Bucket>'),
  },
  {
    code: 'SlashAtEndOfBucket',
    found: on('arn:aws:s3:::reports/'),
    clean: on('arn:aws:s3:::reports', 'arn:aws:s3:::reports/*', 'arn:aws:s3:::reports/a/'),
    fixed: on('arn:aws:s3:::reports/*'),
  },
  {
    code: 'SlashBeforeKey',
    found: on('arn:aws:s3:::reports//2026/*'),
    clean: on('arn:aws:s3:::reports/2026//*'),
    fixed: on('arn:aws:s3:::reports/2026/*'),
  },
  {
    code: 'PlaceholderLeft',
    found: on('arn:aws:s3:::<bucket-name>/*'),
    clean: on('arn:aws:s3:::bucket-name/*', 'arn:aws:s3:::b/${aws:username}/*'),
    says: '<bucket-name>',
  },
  {
    code: 'PlaceholderLeft',
    found: on('arn:aws:s3:::amzn-s3-demo-bucket/*'),
    clean: on('arn:aws:s3:::demo-bucket/*'),
  },
  {
    code: 'PlaceholderLeft',
    found: on('arn:aws:iam::ACCOUNT-ID:user/ana'),
    clean: on('arn:aws:iam::111122223333:user/ana'),
  },
]);
