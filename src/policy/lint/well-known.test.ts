/**
 * Policies of the kinds that AWS's guides teach, as people write them: what is not wrong with them
 * must not be said.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PolicyKind, lintPolicy } from '../index.ts';

const OWN = '111122223333';
const OBJECTS = 'arn:aws:s3:::reports/*';
const BUCKET = 'arn:aws:s3:::reports';
const GITHUB = 'token.actions.githubusercontent.com';
const EKS = 'oidc.eks.us-east-1.amazonaws.com/id/ABC';

interface Known {
  readonly name: string;
  readonly kind?: PolicyKind;
  readonly statements: readonly object[];
  readonly codes?: readonly string[];
}

const allow = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
});
const deny = (Action: string | string[], Resource: string | string[], Condition?: object) => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
});
const to = (Principal: object | string, statement: object) => ({ ...statement, Principal });
const trust = (Principal: object, Action: string | string[], Condition?: object) => ({
  Effect: 'Allow',
  Principal,
  Action,
  ...(Condition && { Condition }),
});
const provider = (issuer: string) => ({
  Federated: `arn:aws:iam::${OWN}:oidc-provider/${issuer}`,
});

const KNOWN: readonly Known[] = [
  {
    name: 'home folders',
    statements: [
      allow(['s3:ListAllMyBuckets', 's3:GetBucketLocation'], 'arn:aws:s3:::*'),
      allow('s3:ListBucket', BUCKET, {
        StringEquals: { 's3:prefix': ['', 'home/'], 's3:delimiter': ['/'] },
      }),
      allow('s3:ListBucket', BUCKET, {
        StringLike: { 's3:prefix': ['home/${aws:username}/*', 'home/${aws:username}'] },
      }),
      allow('s3:*', `${BUCKET}/home/\${aws:username}/*`),
    ],
  },
  {
    name: 'users manage their own second factor',
    statements: [
      allow(['iam:GetAccountPasswordPolicy', 'iam:ListVirtualMFADevices'], '*'),
      allow(['iam:ChangePassword', 'iam:GetUser'], 'arn:aws:iam::*:user/${aws:username}'),
      allow('iam:CreateVirtualMFADevice', 'arn:aws:iam::*:mfa/*'),
      {
        Effect: 'Deny',
        NotAction: ['iam:EnableMFADevice', 'iam:ResyncMFADevice', 'sts:GetSessionToken'],
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  },
  {
    name: 'everything from one network',
    statements: [
      deny('*', '*', {
        NotIpAddress: { 'aws:SourceIp': ['8.8.4.0/24', '9.9.9.0/24'] },
        Bool: { 'aws:ViaAWSService': 'false' },
      }),
    ],
  },
  {
    name: 'TLS only',
    kind: 'resource',
    statements: [
      to('*', deny('s3:*', [BUCKET, OBJECTS], { Bool: { 'aws:SecureTransport': 'false' } })),
    ],
  },
  {
    name: 'young signatures and new TLS only',
    kind: 'resource',
    statements: [
      to(
        { AWS: '*' },
        deny('s3:*', OBJECTS, { NumericGreaterThan: { 's3:signatureAge': 600000 } }),
      ),
      to({ AWS: '*' }, deny('s3:*', OBJECTS, { NumericLessThan: { 's3:TlsVersion': '1.2' } })),
    ],
  },
  {
    name: 'uploads of another account that the owner controls',
    kind: 'resource',
    statements: [
      to(
        { AWS: OWN },
        allow('s3:PutObject', OBJECTS, {
          StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' },
        }),
      ),
      to(
        { AWS: OWN },
        deny('s3:PutObject', OBJECTS, {
          StringNotEquals: { 's3:x-amz-grant-full-control': 'id=a' },
        }),
      ),
    ],
  },
  {
    name: 'access logs',
    kind: 'resource',
    statements: [
      to(
        { Service: 'logging.s3.amazonaws.com' },
        allow('s3:PutObject', `${BUCKET}/logs*`, {
          ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::source' },
          StringEquals: { 'aws:SourceAccount': OWN },
        }),
      ),
    ],
  },
  {
    name: 'a public web site',
    kind: 'resource',
    statements: [to('*', allow('s3:GetObject', OBJECTS))],
    codes: ['PublicRead'],
  },
  {
    name: 'tags of objects',
    statements: [
      allow('s3:PutObjectTagging', OBJECTS, {
        'ForAllValues:StringLike': { 's3:RequestObjectTagKeys': ['Owner', 'Created'] },
        Null: { 's3:RequestObjectTagKeys': 'false' },
      }),
      allow('s3:GetObject', OBJECTS, { StringEquals: { 's3:ExistingObjectTag/team': 'red' } }),
    ],
  },
  {
    name: 'teams by tag',
    statements: [
      allow(['iam:TagUser', 'iam:UntagUser'], '*', {
        StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] },
        Null: { 'aws:TagKeys': 'false' },
      }),
    ],
  },
  {
    name: 'administration within a boundary',
    statements: [
      allow(['iam:CreateUser', 'iam:AttachUserPolicy', 'iam:PutUserPermissionsBoundary'], '*', {
        StringEquals: { 'iam:PermissionsBoundary': `arn:aws:iam::${OWN}:policy/Edge` },
      }),
    ],
  },
  {
    name: 'passing roles of one name to one service',
    statements: [
      allow('iam:PassRole', `arn:aws:iam::${OWN}:role/EC2-*`, {
        StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' },
      }),
    ],
  },
  {
    name: 'sessions that are older than a breach',
    statements: [
      deny('*', '*', { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } }),
    ],
  },
  {
    name: 'replication',
    statements: [
      allow(['s3:GetReplicationConfiguration', 's3:ListBucket'], BUCKET),
      allow(['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl'], OBJECTS),
      allow(['s3:ReplicateObject', 's3:ReplicateDelete'], 'arn:aws:s3:::copies/*'),
    ],
  },
  {
    name: 'an administrator',
    statements: [allow('*', '*')],
    codes: ['FullAccess'],
  },
  {
    name: 'machines',
    kind: 'trust',
    statements: [trust({ Service: 'ec2.amazonaws.com' }, 'sts:AssumeRole')],
  },
  {
    name: 'a third party',
    kind: 'trust',
    statements: [
      trust({ AWS: `arn:aws:iam::${OWN}:root` }, 'sts:AssumeRole', {
        StringEquals: { 'sts:ExternalId': '12345' },
      }),
    ],
  },
  {
    name: 'an account, with a fresh second factor',
    kind: 'trust',
    statements: [
      trust({ AWS: OWN }, ['sts:AssumeRole', 'sts:TagSession'], {
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
        NumericLessThan: { 'aws:MultiFactorAuthAge': '3600' },
      }),
    ],
  },
  {
    name: 'a repository’s workflow',
    kind: 'trust',
    statements: [
      trust(provider(GITHUB), 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: {
          [`${GITHUB}:aud`]: 'sts.amazonaws.com',
          [`${GITHUB}:sub`]: 'repo:me/app:ref:refs/heads/main',
        },
      }),
    ],
  },
  {
    name: 'a service account of a cluster',
    kind: 'trust',
    statements: [
      trust(provider(EKS), 'sts:AssumeRoleWithWebIdentity', {
        StringEquals: {
          [`${EKS}:sub`]: 'system:serviceaccount:default:app',
          [`${EKS}:aud`]: 'sts.amazonaws.com',
        },
      }),
    ],
  },
  {
    name: 'a company’s sign-in',
    kind: 'trust',
    statements: [
      trust({ Federated: `arn:aws:iam::${OWN}:saml-provider/idp` }, 'sts:AssumeRoleWithSAML', {
        StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' },
      }),
    ],
  },
];

describe('well-known policies', () => {
  for (const { name, kind = 'identity', statements, codes = [] } of KNOWN) {
    test(name, () => {
      const text = JSON.stringify({ Version: '2012-10-17', Statement: statements });
      assert.deepEqual(
        lintPolicy(text, kind).map(({ code }) => code),
        codes,
      );
    });
  }
});
