import { assumedRoleArn, type Role, type TemporaryCredentials } from '../identity/index.ts';

export function toCredentials(minted: TemporaryCredentials) {
  return {
    AccessKeyId: minted.accessKeyId,
    SecretAccessKey: minted.secretAccessKey,
    SessionToken: minted.sessionToken,
    Expiration: new Date(minted.expiresAtMs),
  };
}

export function tokenSizes({ sessionToken, tokenPercent }: TemporaryCredentials) {
  return { SessionTokenSize: sessionToken.length, SessionTokenUtilization: tokenPercent };
}

/** With the size of policies and tags, where there are any. */
export function sizes(minted: TemporaryCredentials) {
  const { packedPercent } = minted;
  return {
    ...tokenSizes(minted),
    ...(packedPercent === 0 ? {} : { PackedPolicySize: packedPercent }),
  };
}

export function toAssumedRole({ id, account, name }: Role, sessionName: string) {
  return {
    AssumedRoleId: `${id}:${sessionName}`,
    Arn: assumedRoleArn(account, name, sessionName),
  };
}
