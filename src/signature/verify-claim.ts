import { assert } from '../base/assert.ts';
import { canonicalRequest, stringToSign } from './canonical-v4.ts';
import type { CanonicalParts } from './canonical-v4.ts';
import { stringToSignV2 } from './canonical-v2.ts';
import type { V2Parts } from './canonical-v2.ts';
import type { SignedClaim, SignedMessage, V2Claim, V4Claim } from './claim.ts';
import { malformedHeader, malformedQuery } from './claim-v4.ts';
import { canonicalPath, canonicalQuery, canonicalS3Path } from './encoding.ts';
import { SignatureError } from './errors.ts';
import { hmac, hmacKey, isSameSignature } from './hmac.ts';
import type { HmacKey } from './hmac.ts';
import type { PayloadKind } from './payload.ts';
import { SigningKeyCache, deriveSigningKey, scopeText } from './signing-key.ts';
import { formatAmzDate, formatHttpDate, formatIsoDate } from './times.ts';

/** Fifteen minutes: how far AWS lets a client's clock be from its own, either way. */
export const CLOCK_SKEW_MS_MAX = 15 * 60 * 1000;

export interface VerifyOptions {
  readonly secretAccessKey: string;
  readonly nowMs: number;
  /** The services that this endpoint answers for, as they stand in credential scopes. */
  readonly services: readonly string[];
  /** The endpoint's region. Unless it is strict, any region of a credential scope is accepted. */
  readonly region?: { readonly strict: boolean; readonly name: string };
  /** For SigV2: the bucket, when it is addressed by the host and not by the path. */
  readonly virtualHostBucket?: string | undefined;
  /** Lower-case hex of the whole body's SHA-256. Needed when the claim's payload is `collected`. */
  readonly bodySha256Hex?: string | undefined;
  readonly signingKeys?: SigningKeyCache;
}

/** What signed chunks continue from. */
export interface ChunkSeed {
  readonly key: HmacKey;
  readonly timestamp: string;
  readonly scope: string;
  readonly signature: string;
}

/** A claim that the secret has proved. */
export interface VerifiedClaim {
  readonly kind: 'verified';
  readonly claim: SignedClaim;
  readonly payload: PayloadKind;
  /** Only of SigV4. */
  readonly chunkSeed?: ChunkSeed;
}

const sharedSigningKeys = new SigningKeyCache();

/**
 * Proves a claim by the secret that belongs to its access key. Compares in constant time.
 *
 * Throws SignatureError: SignatureDoesNotMatch, RequestTimeTooSkewed, AccessDenied (expired, not
 * yet valid, headers not signed), AuthorizationHeaderMalformed or AuthorizationQueryParametersError
 * (wrong region or service).
 */
export function verifyClaim(
  claim: SignedClaim,
  request: SignedMessage,
  options: VerifyOptions,
): VerifiedClaim {
  return claim.version === 'v4'
    ? verifyV4(claim, request, options)
    : verifyV2(claim, request, options);
}

function verifyV4(claim: V4Claim, request: SignedMessage, options: VerifyOptions): VerifiedClaim {
  checkScope(claim, options);
  checkV4Time(claim, request, options.nowMs);
  checkSignedHeaders(claim, request);
  const { accessKeyId, scope, timestamp, signature } = claim;
  const { secretAccessKey, signingKeys = sharedSigningKeys } = options;
  const remembered = signingKeys.find(accessKeyId, secretAccessKey, scope);
  const key = remembered ?? deriveSigningKey(secretAccessKey, scope);
  const scopeLine = scopeText(scope);
  const likeliest = likeliestReading(claim, request, options.bodySha256Hex);
  const canonical = canonicalRequest(likeliest);
  const toSign = stringToSign(timestamp, scopeLine, canonical);
  const isProved = (text: string): boolean => isSameSignature(hmac(key, text, 'hex'), signature);
  if (
    !isProved(toSign) &&
    !otherReadings(claim, likeliest).some((reading) =>
      isProved(stringToSign(timestamp, scopeLine, canonicalRequest(reading))),
    )
  ) {
    throw mismatch(claim, toSign, canonical);
  }
  if (remembered === undefined) signingKeys.remember(accessKeyId, secretAccessKey, scope, key);
  const chunkSeed = { key, timestamp, scope: scopeLine, signature };
  return { kind: 'verified', claim, payload: claim.payload, chunkSeed };
}

/** As nearly every client signs a request. */
function likeliestReading(
  { at, scope, signedHeaders, payloadHashes, target }: V4Claim,
  { method, headers }: SignedMessage,
  bodySha256Hex: string | undefined,
): CanonicalParts {
  const isS3 = scope.service === 's3';
  const payloadHash = isS3 ? payloadHashes[0] : bodySha256Hex;
  assert(payloadHash !== undefined, 'The SHA-256 of a collected body is given');
  return {
    method,
    path: isS3 ? canonicalS3Path(target.rawPath) : canonicalPath(target.rawPath),
    query: canonicalQuery(target.query, at === 'query' ? 'X-Amz-Signature' : undefined),
    headers,
    signedHeaders,
    host: undefined,
    payloadHash,
  };
}

/**
 * The other ways to read a request, likeliest first. Clients and proxies disagree about default
 * ports, about slashes sent as `%2F`, and about the payload of a presigned URL; each reading still
 * binds the whole request.
 */
function otherReadings(claim: V4Claim, likeliest: CanonicalParts): CanonicalParts[] {
  const { rawPath } = claim.target;
  const { path, headers } = likeliest;
  const isS3 = claim.scope.service === 's3';
  const hashes = isS3 ? claim.payloadHashes : [likeliest.payloadHash];
  const paths = isS3 && path !== rawPath ? [path, rawPath] : [path];
  const hosts = [undefined, ...otherHosts(headers.get('host') ?? '')];
  return hosts
    .flatMap((host) => paths.map((path) => ({ ...likeliest, host, path })))
    .flatMap((reading) => hashes.map((payloadHash) => ({ ...reading, payloadHash })))
    .slice(1);
}

/** The same host as spelled by a client that adds or drops the default port. */
function otherHosts(host: string): string[] {
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port === undefined) return [`${host}:443`, `${host}:80`];
  return port === '443' || port === '80' ? [host.slice(0, -port.length - 1)] : [];
}

function checkScope({ at, scope }: V4Claim, { services, region }: VerifyOptions): void {
  const refuse = (detail: string, fields?: Readonly<Record<string, string>>): SignatureError =>
    at === 'header'
      ? malformedHeader(detail, fields)
      : malformedQuery(`Error parsing the X-Amz-Credential parameter; ${detail}`, fields);
  if (region?.strict === true && scope.region !== region.name) {
    throw refuse(`the region '${scope.region}' is wrong; expecting '${region.name}'`, {
      Region: region.name,
    });
  }
  if (services.includes(scope.service)) return;
  const expected = services[0] ?? '';
  if (services.includes('s3')) {
    throw refuse(`incorrect service "${scope.service}". This endpoint belongs to "${expected}".`);
  }
  throw new SignatureError(
    'SignatureDoesNotMatch',
    `Credential should be scoped to correct service: '${expected}'.`,
  );
}

function checkV4Time(claim: V4Claim, request: SignedMessage, nowMs: number): void {
  if (claim.expiresInSeconds === undefined) {
    const text = request.headers.get('x-amz-date') ?? request.headers.get('date') ?? '';
    checkSkew(claim.signedAtMs, nowMs, text);
    return;
  }
  const expiresAtMs = claim.signedAtMs + claim.expiresInSeconds * 1000;
  if (nowMs + CLOCK_SKEW_MS_MAX < claim.signedAtMs) {
    throw new SignatureError('AccessDenied', 'Request is not yet valid', {
      'X-Amz-Date': formatAmzDate(claim.signedAtMs),
      ServerTime: formatIsoDate(nowMs),
    });
  }
  if (nowMs >= expiresAtMs) {
    throw expired(expiresAtMs, nowMs, { 'X-Amz-Expires': String(claim.expiresInSeconds) });
  }
}

function checkSkew(signedAtMs: number, nowMs: number, requestTime: string): void {
  if (Math.abs(nowMs - signedAtMs) <= CLOCK_SKEW_MS_MAX) return;
  throw new SignatureError(
    'RequestTimeTooSkewed',
    'The difference between the request time and the current time is too large.',
    {
      RequestTime: requestTime,
      ServerTime: formatIsoDate(nowMs),
      MaxAllowedSkewMilliseconds: String(CLOCK_SKEW_MS_MAX),
    },
  );
}

function expired(
  expiresAtMs: number,
  nowMs: number,
  fields: Readonly<Record<string, string>> = {},
): SignatureError {
  return new SignatureError('AccessDenied', 'Request has expired', {
    ...fields,
    Expires: formatIsoDate(expiresAtMs),
    ServerTime: formatIsoDate(nowMs),
  });
}

/**
 * Every `x-amz-*` header changes what a request does, so one that is not signed may have been added
 * by somebody else. `x-amz-content-sha256` alone may be missing: it is in the canonical request by
 * itself, or only makes the server check more.
 */
function checkSignedHeaders({ signedHeaders }: V4Claim, { headers }: SignedMessage): void {
  const missing: string[] = [];
  if (!signedHeaders.includes('host')) missing.push('host');
  for (const name of headers.byName.keys()) {
    if (!name.startsWith('x-amz-') || name === 'x-amz-content-sha256') continue;
    if (!signedHeaders.includes(name)) missing.push(name);
  }
  if (missing.length === 0) return;
  throw new SignatureError(
    'AccessDenied',
    'There were headers present in the request which were not signed',
    { HeadersNotSigned: missing.join(', ') },
  );
}

function verifyV2(claim: V2Claim, request: SignedMessage, options: VerifyOptions): VerifiedClaim {
  const { nowMs, virtualHostBucket } = options;
  if (claim.signedAtMs !== undefined) {
    checkSkew(claim.signedAtMs, nowMs, claim.dateText || formatHttpDate(claim.signedAtMs));
  }
  if (claim.expiresAtMs !== undefined && nowMs >= claim.expiresAtMs) {
    throw expired(claim.expiresAtMs, nowMs);
  }
  const { target, dateText } = claim;
  const { method, headers } = request;
  const queryHeaders = claim.at === 'query';
  const parts = { method, headers, target, dateText, queryHeaders, virtualHostBucket };
  const key = hmacKey('sha1', options.secretAccessKey);
  const toSign = stringToSignV2(parts);
  const isProved = (text: string): boolean =>
    isSameSignature(hmac(key, text, 'base64'), claim.signature);
  if (!isProved(toSign) && !otherV2Readings(parts).some(isProved)) throw mismatch(claim, toSign);
  return { kind: 'verified', claim, payload: claim.payload };
}

/** A path-style bucket without a key, which means the same with and without a slash behind it. */
const BARE_BUCKET = /^\/[^/]+$/;

function otherV2Readings(parts: V2Parts): string[] {
  const texts: string[] = [];
  if (parts.target.query.some(({ value, hasEquals }) => hasEquals && value === '')) {
    texts.push(stringToSignV2({ ...parts, dropEmptyValues: true }));
  }
  if (parts.virtualHostBucket === undefined && BARE_BUCKET.test(parts.target.rawPath)) {
    texts.push(stringToSignV2({ ...parts, endsInSlash: true }));
  }
  const amzDate = parts.headers.get('x-amz-date');
  if (amzDate !== undefined && !parts.queryHeaders) {
    texts.push(stringToSignV2({ ...parts, dateText: amzDate, amzDateAsDate: true }));
  }
  return texts;
}

function mismatch(claim: SignedClaim, toSign: string, canonical?: string): SignatureError {
  return new SignatureError(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: toSign,
      SignatureProvided: claim.signature,
      StringToSignBytes: bytesText(toSign),
      ...(canonical === undefined
        ? {}
        : { CanonicalRequest: canonical, CanonicalRequestBytes: bytesText(canonical) }),
    },
  );
}

function bytesText(text: string): string {
  return Buffer.from(text, 'latin1')
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
}
