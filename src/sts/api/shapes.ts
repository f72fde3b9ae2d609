import { integer, isoDate, list, required, string, struct } from '../../wire/index.ts';
import { arn, assertion, sessionPolicy, tagKey, tagValue } from './scalars.ts';

export const Credentials = struct({
  AccessKeyId: required(string),
  SecretAccessKey: required(string),
  SessionToken: required(string),
  Expiration: required(isoDate),
});

export const AssumedRoleUser = struct({ AssumedRoleId: required(string), Arn: required(string) });
export const FederatedUser = struct({ FederatedUserId: required(string), Arn: required(string) });

export const TAGS_MAX = 50;

export const Tags = list(struct({ Key: required(tagKey), Value: required(tagValue) }), {
  max: TAGS_MAX,
});
export const TagKeys = list(tagKey, { max: TAGS_MAX });

/** Assertions of context providers, of which there are none here. */
export const ProvidedContexts = list(struct({ ProviderArn: arn, ContextAssertion: assertion }), {
  max: 5,
});

/** "You can provide up to 10 managed policy ARNs." */
const POLICY_ARNS_MAX = 10;

/** What limits a session beside what it is made from. */
export const policiesInput = {
  Policy: sessionPolicy,
  PolicyArns: list(struct({ arn }), { max: POLICY_ARNS_MAX }),
};

/** For trying how long a token programs take: AWS lengthens it to this many bytes. */
const TOKEN_SIZE_MIN_MAX = 4096;

export const tokenInput = {
  MinimumSessionTokenSize: integer({ min: 0, max: TOKEN_SIZE_MIN_MAX }),
};
export const tokenOutput = { SessionTokenUtilization: integer, SessionTokenSize: integer };

/** Absent where neither policies nor tags were passed. */
export const packedOutput = { PackedPolicySize: integer, ...tokenOutput };
