import { testPairs } from '../testing/pairs.suite.ts';
import { TRUST_CHECKS } from './trust.ts';

const OWN = '111122223333';
const GITHUB = 'token.actions.githubusercontent.com';
const WEB = {
  Effect: 'Allow',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: `arn:aws:iam::${OWN}:oidc-provider/${GITHUB}` },
};
const bound = (claims: Readonly<Record<string, string>>, operator = 'StringLike') => ({
  ...WEB,
  Condition: {
    [operator]: Object.fromEntries(
      Object.entries(claims).map(([claim, value]) => [`${GITHUB}:${claim}`, value]),
    ),
  },
});
const USER = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: OWN } };

const kind = 'trust';
testPairs(TRUST_CHECKS, [
  {
    code: 'NotATrustAction',
    kind,
    found: { ...USER, Action: ['sts:AssumeRole', 's3:GetObject'] },
    clean: { ...USER, Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] },
  },
  {
    code: 'TrustActionMismatch',
    kind,
    found: { ...WEB, Action: 'sts:AssumeRole' },
    clean: WEB,
    fixed: WEB,
  },
  {
    code: 'TrustActionMismatch',
    kind,
    found: { ...USER, Action: 'sts:AssumeRoleWithSAML' },
    clean: {
      ...USER,
      Action: 'sts:AssumeRoleWithSAML',
      Principal: { Federated: `arn:aws:iam::${OWN}:saml-provider/idp` },
    },
    fixed: USER,
  },
  {
    code: 'InvalidFederatedPrincipal',
    kind,
    found: { ...WEB, Principal: { Federated: 'github' } },
    clean: { ...WEB, Principal: { Federated: 'accounts.google.com' } },
  },
  {
    code: 'CanonicalUserInTrust',
    kind,
    found: { ...USER, Principal: { CanonicalUser: 'a'.repeat(64) } },
    clean: USER,
  },
  {
    code: 'MissingAudience',
    kind,
    found: bound({ sub: 'repo:me/app:*' }),
    clean: bound({ sub: 'repo:me/app:*', aud: 'sts.amazonaws.com' }),
    says: `${GITHUB}:aud`,
  },
  {
    code: 'MissingSubject',
    kind,
    found: bound({ aud: 'sts.amazonaws.com' }),
    clean: bound({ aud: 'sts.amazonaws.com', sub: 'repo:me/app:ref:refs/heads/main' }),
  },
  {
    code: 'MissingSubject',
    kind,
    found: bound({ aud: 'a', sub: 'b' }, 'StringLikeIfExists'),
    clean: {
      ...WEB,
      Principal: { Federated: `arn:aws:iam::${OWN}:oidc-provider/sso.example.net` },
      Condition: { StringEquals: { 'sso.example.net:aud': 'coffer' } },
    },
  },
  {
    code: 'SubjectTooWide',
    kind,
    found: bound({ aud: 'sts.amazonaws.com', sub: 'repo:*' }),
    clean: bound({ aud: 'sts.amazonaws.com', sub: 'repo:me/*' }),
  },
  {
    code: 'IssuerKeyMismatch',
    kind,
    found: { ...WEB, Condition: { StringEquals: { 'accounts.google.com:aud': 'x' } } },
    clean: bound({ aud: 'x' }),
  },
  {
    code: 'ForeignAccountWithoutExternalId',
    kind,
    found: { ...USER, Principal: { AWS: [OWN, 'arn:aws:iam::444455556666:root'] } },
    clean: {
      ...USER,
      Principal: { AWS: [OWN, 'arn:aws:iam::444455556666:root'] },
      Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
    },
  },
]);
