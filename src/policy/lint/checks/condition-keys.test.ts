import { testPairs } from '../testing/pairs.suite.ts';
import { CONDITION_KEY_CHECKS } from './condition-keys.ts';

const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const LIST = { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::reports' };
const when = (Condition: object, statement: object = GET) => ({ ...statement, Condition });
const equals = (key: string, value: string, statement: object = GET) =>
  when({ StringEquals: { [key]: value } }, statement);

testPairs(CONDITION_KEY_CHECKS, [
  {
    code: 'UnknownConditionKey',
    found: when({ IpAddress: { 'aws:SourceIP4': '10.0.0.0/8' } }),
    clean: when({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
    says: 'Is aws:SourceIp meant?',
    fixed: when({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }),
  },
  {
    code: 'UnknownConditionKey',
    found: equals('s3:nothing-of-the-kind', 'x'),
    clean: equals('sso.example.net:department', 'x'),
    fixed: null,
  },
  {
    code: 'KeyWithoutPrefix',
    found: equals('username', 'ana'),
    clean: equals('aws:username', 'ana'),
  },
  {
    code: 'TagKeyMissing',
    found: equals('aws:PrincipalTag', 'red'),
    clean: equals('aws:PrincipalTag/team', 'red'),
  },
  {
    code: 'TagKeyMissing',
    found: equals('s3:ExistingObjectTag/', 'red'),
    clean: equals('s3:ExistingObjectTag/team', 'red'),
  },
  {
    code: 'ConditionKeyCase',
    found: equals('aws:principaltag/Team', 'red'),
    clean: equals('aws:PrincipalTag/Team', 'red'),
    fixed: equals('aws:PrincipalTag/Team', 'red'),
  },
  {
    code: 'ConditionKeyCase',
    found: equals('AWS:UserName', 'ana'),
    clean: equals('aws:UserId', 'AIDAANA'),
    fixed: equals('aws:username', 'ana'),
  },
  {
    code: 'DeprecatedConditionKey',
    found: equals('iam:ResourceTag/team', 'red', { ...GET, Action: 'iam:GetRole', Resource: '*' }),
    clean: equals('aws:ResourceTag/team', 'red', { ...GET, Action: 'iam:GetRole', Resource: '*' }),
    fixed: equals('aws:ResourceTag/team', 'red', { ...GET, Action: 'iam:GetRole', Resource: '*' }),
  },
  {
    code: 'KeyNeverPresent',
    found: equals('aws:SourceVpce', 'vpce-1'),
    clean: equals('aws:PrincipalAccount', '111122223333'),
  },
  {
    code: 'KeyNotOfActions',
    found: equals('s3:prefix', 'home/'),
    clean: equals('s3:prefix', 'home/', LIST),
  },
  {
    code: 'KeyNotOfActions',
    found: equals('sts:ExternalId', 'x'),
    clean: equals('s3:ResourceAccount', '111122223333'),
  },
  {
    code: 'KeyNotOfSomeActions',
    found: equals('s3:prefix', 'home/', { ...LIST, Action: ['s3:ListBucket', 's3:Get*Object'] }),
    clean: when(
      { StringLikeIfExists: { 's3:prefix': 'home/*' } },
      { ...LIST, Action: ['s3:ListBucket', 's3:GetObject'] },
    ),
    says: 's3:Get*Object never has the key s3:prefix, and so is never allowed',
  },
  {
    code: 'ForgeableKey',
    kind: 'resource',
    found: when(
      { StringLike: { 'aws:Referer': 'https://example.com/*' } },
      { ...GET, Principal: '*' },
    ),
    clean: when(
      {
        StringLike: { 'aws:Referer': 'https://example.com/*' },
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      },
      { ...GET, Principal: '*' },
    ),
  },
]);
