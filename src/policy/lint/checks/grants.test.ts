import { testPairs } from '../testing/pairs.suite.ts';
import { GRANT_CHECKS } from './grants.ts';

const ROLE = 'arn:aws:iam::111122223333:role/App';
const allow = (Action: string | string[], Resource: string, Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const service = (key: string) => ({ StringEquals: { [key]: 'ec2.amazonaws.com' } });

testPairs(GRANT_CHECKS, [
  { code: 'FullAccess', found: allow('*', '*'), clean: allow('*', 'arn:aws:s3:::reports/*') },
  { code: 'FullIamAccess', found: allow('IAM:*', '*'), clean: allow('iam:Get*', '*') },
  {
    code: 'PrivilegeEscalation',
    found: allow(['s3:GetObject', 'iam:Put*Policy'], '*'),
    clean: [
      allow('iam:PutUserPolicy', 'arn:aws:iam::111122223333:user/bots/*'),
      allow('iam:AttachUserPolicy', '*', {
        ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::111122223333:policy/Reader' },
      }),
    ],
    says: 'iam:PutGroupPolicy',
  },
  {
    code: 'PassRoleWithStar',
    found: allow('iam:PassRole', '*'),
    clean: [
      allow('iam:PassRole', ROLE),
      allow('iam:PassRole', '*', service('iam:PassedToService')),
    ],
  },
  {
    code: 'ServiceLinkedRoleWithStar',
    found: allow('iam:CreateServiceLinkedRole', '*'),
    clean: allow('iam:CreateServiceLinkedRole', '*', service('iam:AWSServiceName')),
  },
  { code: 'AssumeAnyRole', found: allow('sts:Assume*', '*'), clean: allow('sts:Assume*', ROLE) },
  {
    code: 'BypassGovernance',
    found: allow('s3:BypassGovernanceRetention', 'arn:aws:s3:::*'),
    clean: allow('s3:BypassGovernanceRetention', 'arn:aws:s3:::reports/*'),
  },
  {
    code: 'OpensEveryBucket',
    found: allow('s3:PutBucketPolicy', '*'),
    clean: allow('s3:PutBucketPolicy', 'arn:aws:s3:::reports'),
  },
  {
    code: 'DenyOfNothing',
    found: { Effect: 'Deny', NotAction: '*', Resource: '*' },
    clean: { Effect: 'Deny', NotAction: 's3:*', Resource: '*' },
  },
  {
    code: 'AllowOfNothing',
    found: { Effect: 'Allow', Action: 's3:GetObject', NotResource: '*' },
    clean: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    fixed: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
  },
]);
