import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy, isPublicPolicy, parsePolicy, policySize } from './index.ts';

const GRANT = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' };
const TO_ALL = { ...GRANT, Principal: '*' };

function isPublic(statement: unknown, version = '2012-10-17'): boolean {
  const parsed = parsePolicy(
    JSON.stringify({ Version: version, Statement: statement }),
    'resource',
  );
  assert(parsed.ok, JSON.stringify(parsed));
  const compiled = compilePolicy(parsed.document, { type: 'resource-based', id: 'b' });
  assert.equal(isPublicPolicy(compiled), isPublicPolicy(parsed.document));
  return isPublicPolicy(compiled);
}

test('isPublicPolicy: who is named', () => {
  const rows: readonly [principal: object, expected: boolean][] = [
    [{ Principal: '*' }, true],
    [{ Principal: { AWS: '*' } }, true],
    [{ Principal: { AWS: ['111122223333', '*'] } }, true],
    [{ Principal: { Service: '*' } }, true],
    [{ NotPrincipal: { AWS: '111122223333' } }, true],
    [{ Principal: { AWS: '111122223333' } }, false],
    [{ Principal: { AWS: 'arn:aws:iam::111122223333:user/ana' } }, false],
    [{ Principal: { Service: 'logging.s3.amazonaws.com' } }, false],
    [{ Principal: { CanonicalUser: 'c1' } }, false],
  ];
  for (const [principal, expected] of rows) {
    assert.equal(isPublic({ ...GRANT, ...principal }), expected, JSON.stringify(principal));
  }
});

test('isPublicPolicy: one public statement is enough, and denials change nothing', () => {
  const toOne = { ...GRANT, Principal: { AWS: '111122223333' } };
  assert.equal(isPublic([toOne, TO_ALL]), true);
  assert.equal(isPublic([TO_ALL, { ...TO_ALL, Effect: 'Deny' }]), true);
  assert.equal(isPublic([{ ...TO_ALL, Effect: 'Deny' }]), false);
});

test('isPublicPolicy: which conditions keep strangers out', () => {
  const rows: readonly [condition: object, expected: boolean][] = [
    [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, false],
    [{ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } }, false],
    [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, true],
    [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/1' } }, true],
    [{ IpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '::/0'] } }, true],
    [{ IpAddress: { 'aws:SourceIp': '2001::/31' } }, true],
    [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, true],
    [{ IpAddressIfExists: { 'aws:SourceIp': '203.0.113.0/24' } }, true],
    [{ IpAddress: { 'aws:VpcSourceIp': '203.0.113.0/24' } }, true],
    [{ StringEquals: { 'aws:SourceVpc': 'vpc-91237329' } }, false],
    [{ StringLike: { 'aws:SourceVpc': 'vpc-*' } }, true],
    [{ StringLike: { 'aws:SourceVpc': 'vpc-1' } }, false],
    [{ StringEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] } }, false],
    [{ 'ForAnyValue:StringEquals': { 'aws:PrincipalOrgPaths': 'o-1/r-1/' } }, false],
    [{ 'ForAllValues:StringEquals': { 'aws:PrincipalOrgPaths': 'o-1/r-1/' } }, true],
    [{ StringNotEquals: { 'aws:SourceVpc': 'vpc-1' } }, true],
    [{ StringEqualsIfExists: { 'aws:SourceVpc': 'vpc-1' } }, true],
    [{ StringEquals: { 'aws:SourceVpc': '${aws:username}' } }, true],
    [{ StringEquals: { 'AWS:SOURCEACCOUNT': '111122223333' } }, false],
    [{ ArnEquals: { 'aws:SourceArn': 'arn:aws:sns:eu-west-1:111122223333:t' } }, false],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:sns:*:111122223333:*' } }, true],
    [{ StringEquals: { 'aws:userid': 'AIDAANAANAANAANAANA1' } }, false],
    [{ StringLike: { 'aws:userid': 'AROAAPPAPPAPPAPPAPP1:*' } }, true],
    [
      {
        StringLike: { 's3:DataAccessPointArn': 'arn:aws:s3:eu-west-1:111122223333:accesspoint/*' },
      },
      false,
    ],
    [{ ArnLike: { 's3:DataAccessPointArn': 'arn:aws:s3:eu-west-1:*:accesspoint/*' } }, true],
    [{ StringEquals: { 's3:DataAccessPointAccount': '111122223333' } }, false],
    [{ StringEquals: { 'aws:Referer': 'https://example.com/' } }, true],
    [{ StringEquals: { 'aws:UserAgent': 'x' } }, true],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, true],
    [
      { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:SourceVpce': 'vpce-1' } },
      false,
    ],
    [{ Null: { 'aws:SourceVpc': 'false' } }, true],
    [{}, true],
  ];
  for (const [condition, expected] of rows) {
    const statement = { ...TO_ALL, Condition: condition };
    assert.equal(isPublic(statement), expected, JSON.stringify(condition));
  }
});

test('policySize: counts all but white space', () => {
  const rows: readonly [text: string, size: number][] = [
    ['', 0],
    [' \t\r\n', 0],
    ['{"a": "b c"}', 10],
    ['{\r\n\t"é😀":\t1\r\n}\n', 8],
  ];
  for (const [text, size] of rows) assert.equal(policySize(text), size, text);
});
