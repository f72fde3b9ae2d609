import { testPairs } from '../testing/pairs.suite.ts';
import { PRINCIPAL_CHECKS } from './principals.ts';

const OWN = '111122223333';
const ANA = `arn:aws:iam::${OWN}:user/ana`;
const SESSION = `arn:aws:sts::${OWN}:assumed-role/App/s`;
const ALL = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' };
const DENY = { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::reports/*' };
const TRUST = { Effect: 'Allow', Action: 'sts:AssumeRole' };

testPairs(PRINCIPAL_CHECKS, [
  {
    code: 'NotPrincipalWithAllow',
    kind: 'resource',
    found: { ...ALL, NotPrincipal: { AWS: ANA } },
    clean: { ...DENY, NotPrincipal: { AWS: [ANA, OWN] } },
  },
  {
    code: 'PublicWrite',
    kind: 'resource',
    found: { ...ALL, Principal: '*', Action: ['s3:GetObject', 's3:PutObject'] },
    clean: { ...ALL, Principal: { AWS: ANA }, Action: 's3:PutObject' },
    says: 's3:PutObject',
  },
  {
    code: 'PublicRead',
    kind: 'resource',
    found: { ...ALL, Principal: { AWS: '*' } },
    clean: {
      ...ALL,
      Principal: '*',
      Condition: { StringEquals: { 'aws:PrincipalAccount': OWN } },
    },
  },
  {
    code: 'TrustsEverybody',
    kind: 'trust',
    found: { ...TRUST, Principal: { AWS: '*' } },
    clean: { ...TRUST, Principal: { AWS: OWN } },
  },
  {
    code: 'RedundantPrincipal',
    kind: 'resource',
    found: { ...ALL, Principal: { AWS: ['*', ANA] } },
    clean: { ...ALL, Principal: { AWS: [OWN, ANA] } },
    fixed: { ...ALL, Principal: { AWS: ['*'] } },
  },
  {
    code: 'NotPrincipalWithoutAccount',
    kind: 'resource',
    found: { ...DENY, NotPrincipal: { AWS: ANA } },
    clean: { ...DENY, NotPrincipal: { AWS: [ANA, `arn:aws:iam::${OWN}:root`] } },
    says: OWN,
  },
  {
    code: 'NotPrincipalWithoutRole',
    kind: 'resource',
    found: { ...DENY, NotPrincipal: { AWS: [SESSION, OWN] } },
    clean: { ...DENY, NotPrincipal: { AWS: [SESSION, `arn:aws:iam::${OWN}:role/App`, OWN] } },
  },
  {
    code: 'UniqueIdAsPrincipal',
    kind: 'resource',
    found: { ...ALL, Principal: { AWS: 'AIDAANAANAANAANAANA1' } },
    clean: { ...ALL, Principal: { AWS: ANA } },
  },
  {
    code: 'InvalidServicePrincipal',
    kind: 'trust',
    found: { ...TRUST, Principal: { Service: 'ec2' } },
    clean: { ...TRUST, Principal: { Service: 'ec2.amazonaws.com' } },
    fixed: { ...TRUST, Principal: { Service: 'ec2.amazonaws.com' } },
  },
  {
    code: 'ConfusedDeputy',
    kind: 'resource',
    found: { ...ALL, Principal: { Service: 'logging.s3.amazonaws.com' } },
    clean: {
      ...ALL,
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': OWN } },
    },
  },
  {
    code: 'DeniesEverybody',
    kind: 'resource',
    found: { ...DENY, Principal: '*' },
    clean: [
      { ...DENY, Principal: '*', Action: 's3:DeleteObject' },
      { ...DENY, Principal: '*', Condition: { Bool: { 'aws:SecureTransport': false } } },
    ],
  },
]);
