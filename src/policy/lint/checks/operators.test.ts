import { testPairs } from '../testing/pairs.suite.ts';
import { OPERATOR_CHECKS } from './operators.ts';

const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const DENY = { ...GET, Effect: 'Deny' };
const TAG = { ...GET, Action: 's3:PutObjectTagging' };
const when = (Condition: object, statement: object = GET) => ({ ...statement, Condition });

testPairs(OPERATOR_CHECKS, [
  {
    code: 'OperatorTypeMismatch',
    found: when({ StringEquals: { 'aws:SourceIp': '10.0.0.1' } }),
    clean: when({ IpAddress: { 'aws:SourceIp': '10.0.0.1' } }),
    says: 'aws:SourceIp is an address',
    fixed: when({ IpAddress: { 'aws:SourceIp': '10.0.0.1' } }),
  },
  {
    code: 'OperatorTypeMismatch',
    found: when({ StringNotEqualsIfExists: { 's3:max-keys': '10' } }),
    clean: when({ NumericLessThanIfExists: { 's3:max-keys': '10' } }),
    fixed: when({ NumericNotEqualsIfExists: { 's3:max-keys': '10' } }),
  },
  {
    code: 'OperatorTypeMismatch',
    found: when({ NumericEquals: { 'aws:username': '7', 'aws:userid': '7' } }),
    clean: when({
      StringEquals: { 'aws:SecureTransport': 'true' },
      StringLike: { 'aws:PrincipalArn': 'arn:*' },
      ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/*' },
      Null: { 'aws:SourceIp': 'false' },
      NumericLessThan: { 'aws:EpochTime': '1800000000' },
    }),
    fixed: null,
  },
  {
    code: 'ForAllValuesOnSingleValue',
    found: when({ 'ForAllValues:StringEquals': { 'aws:username': 'ana' } }),
    clean: when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': 'team' } }),
    fixed: when({ StringEquals: { 'aws:username': 'ana' } }),
  },
  {
    code: 'SetOperatorOnSingleValue',
    found: when({ 'ForAnyValue:StringEquals': { 'aws:username': 'ana' } }),
    clean: when({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'ana' } }),
    fixed: when({ StringEquals: { 'aws:username': 'ana' } }),
  },
  {
    code: 'SetOperatorOnSingleValue',
    found: when({ 'ForAllValues:StringEquals': { 'aws:username': 'ana' } }, DENY),
    clean: when({ StringEquals: { 'aws:username': 'ana' } }, DENY),
  },
  {
    code: 'MissingSetOperator',
    found: when({ StringEquals: { 's3:RequestObjectTagKeys': ['a', 'b'] } }, TAG),
    clean: when({ Null: { 's3:RequestObjectTagKeys': 'false' } }, TAG),
    fixed: when({ 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b'] } }, TAG),
  },
  {
    code: 'ForAllValuesWithoutNull',
    found: when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }),
    clean: when({
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] },
      Null: { 'aws:tagkeys': 'false' },
    }),
  },
  {
    code: 'WildcardWithoutLike',
    found: when({ StringNotEquals: { 'aws:username': 'a*' } }),
    clean: when({ StringNotEquals: { 'aws:username': 'a${*}' } }),
    fixed: when({ StringNotLike: { 'aws:username': 'a*' } }),
  },
  {
    code: 'DenyMissesAbsentKey',
    found: when({ Bool: { 'aws:MultiFactorAuthPresent': 'false' } }, DENY),
    clean: when({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, DENY),
    fixed: when({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, DENY),
  },
  {
    code: 'AllowWithAbsentMfa',
    found: when({ BoolIfExists: { 'aws:MultiFactorAuthPresent': 'true' } }),
    clean: when({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    fixed: when({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
  },
  {
    code: 'NullContradiction',
    found: when({ Null: { 'aws:username': ['true', 'false'] } }),
    clean: when({ Null: { 'aws:username': 'true' } }),
  },
]);
