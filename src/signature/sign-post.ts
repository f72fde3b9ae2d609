import { hmac, hmacKey } from './hmac.ts';
import { encodePostPolicy } from './post-policy.ts';
import type { Credentials } from './sign-v4.ts';
import { V4_ALGORITHM, deriveSigningKey, scopeText } from './signing-key.ts';
import { formatAmzDate } from './times.ts';

/** As in a policy document: `{field: value}`, `[operation, $field, value]` or a range of sizes. */
export type PostConditionInput =
  | Readonly<Record<string, string>>
  | readonly [operation: string, field: string, value: string]
  | readonly [operation: 'content-length-range', min: number, max: number];

export interface SignPostOptions {
  readonly credentials: Credentials;
  readonly conditions: readonly PostConditionInput[];
  readonly expiresAtMs: number;
}

/** The fields, names in lower case, that allow a form by SigV4; their conditions are added. */
export function signPostPolicy(
  options: SignPostOptions & { readonly region: string; readonly nowMs: number },
): Record<string, string> {
  const { credentials, region } = options;
  const timestamp = formatAmzDate(options.nowMs);
  const scope = { date: timestamp.slice(0, 8), region, service: 's3' };
  const fields: Record<string, string> = {
    'x-amz-algorithm': V4_ALGORITHM,
    'x-amz-credential': `${credentials.accessKeyId}/${scopeText(scope)}`,
    'x-amz-date': timestamp,
    ...tokenField(credentials),
  };
  const policy = encodePostPolicy(options.expiresAtMs, [
    ...options.conditions,
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
  ]);
  const key = deriveSigningKey(credentials.secretAccessKey, scope);
  return { ...fields, policy, 'x-amz-signature': hmac(key, policy, 'hex') };
}

/** The fields, names in lower case, that allow a form by SigV2. */
export function signPostPolicyV2(options: SignPostOptions): Record<string, string> {
  const { credentials, conditions } = options;
  const token = tokenField(credentials);
  const policy = encodePostPolicy(options.expiresAtMs, [
    ...conditions,
    ...Object.entries(token).map(([name, value]) => ({ [name]: value })),
  ]);
  const signature = hmac(hmacKey('sha1', credentials.secretAccessKey), policy, 'base64');
  return { ...token, awsaccesskeyid: credentials.accessKeyId, policy, signature };
}

function tokenField({ sessionToken }: Credentials): Record<string, string> {
  return sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken };
}
