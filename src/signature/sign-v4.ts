import { Headers } from '../base/http.ts';
import { canonicalRequest, stringToSign } from './canonical-v4.ts';
import {
  canonicalPath,
  canonicalQuery,
  canonicalS3Path,
  parseTarget,
  uriEncode,
} from './encoding.ts';
import { hmac } from './hmac.ts';
import { UNSIGNED_PAYLOAD } from './payload.ts';
import { V4_ALGORITHM, deriveSigningKey, scopeText } from './signing-key.ts';
import type { CredentialScope } from './signing-key.ts';
import { formatAmzDate } from './times.ts';
import type { ChunkSeed } from './verify-claim.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SignV4Options {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** Must hold `host`. Values are latin1, as they go onto the wire. */
  readonly headers: Readonly<Record<string, string>>;
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  readonly nowMs: number;
  /** The lower-case hex SHA-256 of the body, or one of the keywords that stand for it. */
  readonly payloadHash: string;
}

export interface SignedRequest {
  /** All headers to send, names in lower case. */
  readonly headers: Record<string, string>;
  /** What signed chunks continue from. */
  readonly seed: ChunkSeed;
}

/** These are set or changed by whatever lies between the signer and the server. */
const UNSIGNABLE = new Set(['authorization', 'connection', 'expect', 'transfer-encoding']);

/** Signs a request in its Authorization header; every header is signed that can be. */
export function signRequestV4(options: SignV4Options): SignedRequest {
  const { credentials, payloadHash, service } = options;
  const timestamp = formatAmzDate(options.nowMs);
  const headers = lowerCase(options.headers);
  headers['x-amz-date'] = timestamp;
  if (service === 's3') headers['x-amz-content-sha256'] = payloadHash;
  if (credentials.sessionToken !== undefined) {
    headers['x-amz-security-token'] = credentials.sessionToken;
  }
  const signedHeaders = Object.keys(headers)
    .filter((name) => !UNSIGNABLE.has(name))
    .sort();
  const seed = sign(options, options.target, headers, signedHeaders, timestamp);
  headers['authorization'] =
    `${V4_ALGORITHM} Credential=${credentials.accessKeyId}/${seed.scope}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${seed.signature}`;
  return { headers, seed };
}

/** A signed target that can be used for `expiresInSeconds` without further credentials. */
export function presignV4(
  options: Omit<SignV4Options, 'payloadHash'> & {
    readonly expiresInSeconds: number;
    readonly payloadHash?: string;
  },
): string {
  const { credentials, expiresInSeconds } = options;
  const timestamp = formatAmzDate(options.nowMs);
  const headers = lowerCase(options.headers);
  const signedHeaders = Object.keys(headers).sort();
  const parameters: [string, string][] = [
    ['X-Amz-Algorithm', V4_ALGORITHM],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scopeText(scopeOf(options, timestamp))}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresInSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ];
  if (credentials.sessionToken !== undefined) {
    parameters.push(['X-Amz-Security-Token', credentials.sessionToken]);
  }
  const { payloadHash = UNSIGNED_PAYLOAD } = options;
  // Unless the URL says so itself, only an unsigned payload is expected of S3.
  if (options.service === 's3' && payloadHash !== UNSIGNED_PAYLOAD) {
    parameters.push(['X-Amz-Content-Sha256', payloadHash]);
  }
  const target = appendQuery(options.target, parameters);
  const seed = sign({ ...options, payloadHash }, target, headers, signedHeaders, timestamp);
  return appendQuery(target, [['X-Amz-Signature', seed.signature]]);
}

/** Adds parameters to a target that may have some already. */
export function appendQuery(target: string, parameters: readonly [string, string][]): string {
  const text = parameters
    .map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`)
    .join('&');
  return `${target}${target.includes('?') ? '&' : '?'}${text}`;
}

export function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function sign(
  options: SignV4Options,
  target: string,
  headers: Readonly<Record<string, string>>,
  signedHeaders: readonly string[],
  timestamp: string,
): ChunkSeed {
  const { rawPath, query } = parseTarget(target);
  const scope = scopeOf(options, timestamp);
  const key = deriveSigningKey(options.credentials.secretAccessKey, scope);
  const request = canonicalRequest({
    method: options.method,
    path: options.service === 's3' ? canonicalS3Path(rawPath) : canonicalPath(rawPath),
    query: canonicalQuery(query),
    headers: Headers.of(headers),
    signedHeaders,
    payloadHash: options.payloadHash,
  });
  const signature = hmac(key, stringToSign(timestamp, scopeText(scope), request), 'hex');
  return { key, timestamp, scope: scopeText(scope), signature };
}

function scopeOf(
  { region, service }: { readonly region: string; readonly service: string },
  timestamp: string,
): CredentialScope {
  return { date: timestamp.slice(0, 8), region, service };
}
