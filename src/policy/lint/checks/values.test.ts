import { testPairs } from '../testing/pairs.suite.ts';
import { VALUE_CHECKS } from './values.ts';

const GET = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const PUT = { ...GET, Action: 's3:PutObject' };
const when = (Condition: object, statement: object = GET) => ({ ...statement, Condition });
const from = (...range: readonly string[]) => when({ IpAddress: { 'aws:SourceIp': range } });

testPairs(VALUE_CHECKS, [
  {
    code: 'NumberExpected',
    found: when({ NumericLessThan: { 's3:signatureAge': '5 minutes' } }),
    clean: when({ NumericLessThan: { 's3:signatureAge': 300_000 } }),
  },
  {
    code: 'BooleanExpected',
    found: when({ Bool: { 'aws:SecureTransport': 'yes' } }),
    clean: when({ Bool: { 'aws:SecureTransport': ['TRUE', false] } }),
  },
  {
    code: 'Base64Expected',
    found: when({ BinaryEquals: { 'app:key': '???' } }),
    clean: when({ BinaryEquals: { 'app:key': 'AAAA' } }),
  },
  {
    code: 'ArnExpected',
    found: when({ ArnEquals: { 'aws:PrincipalArn': 'user/ana' } }),
    clean: when({ ArnEquals: { 'aws:PrincipalArn': ['*', 'arn:aws:iam::1:user/ana'] } }),
  },
  {
    code: 'AccountIdExpected',
    found: when({ StringEquals: { 'aws:SourceAccount': '1111-2222-3333' } }),
    clean: when({ StringEquals: { 'aws:SourceAccount': '111122223333' } }),
  },
  {
    code: 'ImpossibleValue',
    found: when({ StringEquals: { 's3:x-amz-acl': 'publicread' } }, PUT),
    clean: when({ StringEquals: { 's3:x-amz-acl': 'public-read' } }, PUT),
    fixed: when({ StringEquals: { 's3:x-amz-acl': 'public-read' } }, PUT),
  },
  {
    code: 'ImpossibleValue',
    found: when({ StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES-256' } }, PUT),
    clean: when({ StringEqualsIgnoreCase: { 's3:x-amz-server-side-encryption': 'aes256' } }, PUT),
    fixed: when({ StringNotEquals: { 's3:x-amz-server-side-encryption': 'AES256' } }, PUT),
  },
  {
    code: 'SignatureAgeInSeconds',
    found: when({ NumericGreaterThan: { 's3:signatureAge': '3600' } }),
    clean: when({ NumericGreaterThan: { 's3:signatureAge': '600000' } }),
  },
  {
    code: 'VariableNotFilledIn',
    found: when({ NumericEquals: { 's3:max-keys': '${aws:PrincipalTag/limit}' } }),
    clean: when({ StringEquals: { 'aws:userid': '${aws:PrincipalTag/limit}' } }),
  },
  {
    code: 'UnknownVariable',
    found: { ...GET, Resource: 'arn:aws:s3:::reports/${aws:user-name}/*' },
    clean: { ...GET, Resource: "arn:aws:s3:::reports/${aws:username, 'none'}/${*}/${x.net:sub}" },
    says: 'Is aws:username meant?',
    fixed: { ...GET, Resource: 'arn:aws:s3:::reports/${aws:username}/*' },
  },
  {
    code: 'UnknownVariable',
    found: { ...GET, Resource: 'arn:aws:s3:::reports/${user}/*' },
    clean: { ...GET, Resource: 'arn:aws:s3:::reports/${aws:PrincipalTag/user}/*' },
  },
  {
    code: 'MultivaluedVariable',
    found: { ...GET, Resource: 'arn:aws:s3:::reports/${aws:TagKeys}/*' },
    clean: { ...GET, Resource: 'arn:aws:s3:::reports/${aws:userid}/*' },
  },
  {
    code: 'AddressRangeHasHostBits',
    found: from('8.8.8.8/16'),
    clean: from('8.8.0.0/16', '8.8.8.8', '8.8.8.8/32', '2001:4860::1/32'),
    fixed: from('8.8.0.0/16'),
  },
  {
    code: 'AddressRangeIsEverything',
    found: from('::/0'),
    clean: from('0.0.0.0/1'),
  },
  {
    code: 'PrivateAddress',
    found: from('192.168.7.0/24'),
    clean: from('192.0.0.0/8', '8.8.8.8'),
  },
  {
    code: 'DocumentationAddress',
    found: from('203.0.113.7'),
    clean: from('203.0.114.7', '203.0.0.0/16'),
  },
]);
