import { malformedQuery, parseCredential } from './claim-v4.ts';
import { SignatureError, invalidArgument } from './errors.ts';
import { hmac, hmacKey, isSameSignature } from './hmac.ts';
import { parsePostPolicy } from './post-policy.ts';
import type { PostPolicy } from './post-policy.ts';
import { SigningKeyCache, V4_ALGORITHM, deriveSigningKey } from './signing-key.ts';
import type { CredentialScope } from './signing-key.ts';
import { parseAmzDate } from './times.ts';

/** Who a form says has allowed it, by signing its policy. */
export interface PostClaim {
  readonly kind: 'post';
  readonly version: 'v2' | 'v4';
  readonly accessKeyId: string;
  readonly sessionToken?: string;
  /** Only of SigV4. */
  readonly scope?: CredentialScope;
  /** Only of SigV4. */
  readonly signedAtMs?: number;
  /** In base64, which is what is signed. */
  readonly policy: string;
  readonly signature: string;
}

export interface VerifyPostOptions {
  readonly secretAccessKey: string;
  /** The endpoint's region. Unless it is strict, any region of a credential scope is accepted. */
  readonly region?: { readonly strict: boolean; readonly name: string };
  readonly signingKeys?: SigningKeyCache;
}

const CREDENTIAL_FIELDS = [
  'policy',
  'signature',
  'awsaccesskeyid',
  'x-amz-signature',
  'x-amz-credential',
  'x-amz-algorithm',
];

const sharedSigningKeys = new SigningKeyCache();

/**
 * Finds who a POST form claims to come from. `fields` are those before the file, their names in
 * lower case. A form with a policy but no signature is refused, one with neither is anonymous.
 */
export function parsePostClaim(
  fields: ReadonlyMap<string, string>,
): PostClaim | { readonly kind: 'anonymous' } {
  if (!CREDENTIAL_FIELDS.some((name) => fields.has(name))) return { kind: 'anonymous' };
  const policy = requireField(fields, 'policy');
  const token = fields.get('x-amz-security-token');
  const sessionToken = token === undefined ? {} : { sessionToken: token };
  if (fields.has('signature') || fields.has('awsaccesskeyid')) {
    if (fields.has('x-amz-signature') || fields.has('x-amz-credential')) {
      throw invalidArgument('Only one auth mechanism allowed', 'signature', '');
    }
    return {
      kind: 'post',
      version: 'v2',
      accessKeyId: requireField(fields, 'awsaccesskeyid'),
      ...sessionToken,
      policy,
      signature: requireField(fields, 'signature'),
    };
  }
  const signature = requireField(fields, 'x-amz-signature');
  const algorithm = requireField(fields, 'x-amz-algorithm');
  if (algorithm !== V4_ALGORITHM) {
    throw invalidArgument(
      `x-amz-algorithm only supports "${V4_ALGORITHM}"`,
      'x-amz-algorithm',
      algorithm,
    );
  }
  const { accessKeyId, scope } = parseCredential(
    requireField(fields, 'x-amz-credential'),
    malformedCredential,
  );
  const timestamp = requireField(fields, 'x-amz-date');
  const signedAtMs = parseAmzDate(timestamp);
  if (signedAtMs === undefined || !timestamp.startsWith(scope.date)) {
    throw malformedCredential(
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${timestamp}".`,
    );
  }
  if (scope.service !== 's3') {
    throw malformedCredential(
      `incorrect service "${scope.service}". This endpoint belongs to "s3".`,
    );
  }
  return {
    kind: 'post',
    version: 'v4',
    accessKeyId,
    ...sessionToken,
    scope,
    signedAtMs,
    policy,
    signature,
  };
}

/**
 * Proves the claim of a form by the secret that belongs to its access key, and reads the policy
 * that is thereby known to be its owner's. Whether the form obeys it is for `checkPostPolicy`.
 */
export function verifyPostClaim(claim: PostClaim, options: VerifyPostOptions): PostPolicy {
  const { accessKeyId, policy, scope } = claim;
  const { secretAccessKey, region, signingKeys = sharedSigningKeys } = options;
  if (scope === undefined) {
    const expected = hmac(hmacKey('sha1', secretAccessKey), policy, 'base64');
    if (!isSameSignature(expected, claim.signature)) throw mismatch(claim);
    return parsePostPolicy(policy);
  }
  if (region?.strict === true && scope.region !== region.name) {
    throw malformedCredential(`the region '${scope.region}' is wrong; expecting '${region.name}'`, {
      Region: region.name,
    });
  }
  const remembered = signingKeys.find(accessKeyId, secretAccessKey, scope);
  const key = remembered ?? deriveSigningKey(secretAccessKey, scope);
  if (!isSameSignature(hmac(key, policy, 'hex'), claim.signature)) throw mismatch(claim);
  if (remembered === undefined) signingKeys.remember(accessKeyId, secretAccessKey, scope, key);
  return parsePostPolicy(policy);
}

function requireField(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name);
  if (value !== undefined && value !== '') return value;
  throw invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );
}

function malformedCredential(
  detail: string,
  fields?: Readonly<Record<string, string>>,
): SignatureError {
  return malformedQuery(`Error parsing the X-Amz-Credential parameter; ${detail}`, fields);
}

function mismatch({ accessKeyId, policy, signature }: PostClaim): SignatureError {
  return new SignatureError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    { AWSAccessKeyId: accessKeyId, StringToSign: policy, SignatureProvided: signature },
  );
}
