import type { Headers } from '../base/http.ts';
import type { SignedMessage, V4Claim } from './claim.ts';
import { decodeQueryText } from './encoding.ts';
import type { QueryParameter, Target } from './encoding.ts';
import { SignatureError, missingDate } from './errors.ts';
import { Memo } from './memo.ts';
import {
  UNSIGNED_PAYLOAD,
  chunksWithoutSeed,
  parsePayloadKind,
  signedPayloadKind,
  unsignedPayloadKind,
} from './payload.ts';
import type { PayloadKind } from './payload.ts';
import { SCOPE_TERMINAL, V4_ALGORITHM } from './signing-key.ts';
import type { CredentialScope } from './signing-key.ts';
import { formatAmzDate, parseAmzDate, parseHttpDate } from './times.ts';

/** Seven days, the longest that AWS lets a presigned URL live. */
export const PRESIGN_EXPIRES_SECONDS_MAX = 604_800;

/** What AWS lets a presigned request of another service than S3 live when it does not say. */
const EXPIRES_SECONDS_DEFAULT = 900;

const CREDENTIAL_FORM = '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request"';
const SCOPE_DATE = /^\d{8}$/;

/** The claim in an Authorization header of SigV4, whose `parameters` follow the algorithm. */
export function parseV4HeaderClaim(
  request: SignedMessage,
  target: Target,
  parameters: string,
): V4Claim {
  const { headers } = request;
  const { credential, signedHeaders, signature } = parseParameters(parameters);
  const { accessKeyId, scope } = parseCredential(credential, malformedHeader);
  const { signedAtMs, timestamp } = parseRequestTime(headers);
  if (!timestamp.startsWith(scope.date)) throw malformedHeader(differentDate(scope, timestamp));
  const { payload, payloadHashes } = headerPayload(headers, scope);
  return {
    kind: 'signed',
    version: 'v4',
    at: 'header',
    accessKeyId,
    sessionToken: headers.get('x-amz-security-token'),
    scope,
    signedAtMs,
    timestamp,
    signedHeaders: parseSignedHeaders(signedHeaders),
    signature,
    payload,
    payloadHashes,
    target,
  };
}

/** The claim in the query of a presigned URL of SigV4. */
export function parseV4QueryClaim({ headers }: SignedMessage, target: Target): V4Claim {
  const parameters = collectQuery(target.query);
  const algorithm = parameters.get('X-Amz-Algorithm');
  const credential = parameters.get('X-Amz-Credential');
  const signature = parameters.get('X-Amz-Signature');
  const timestamp = parameters.get('X-Amz-Date');
  const signedHeaders = parameters.get('X-Amz-SignedHeaders');
  if (
    algorithm === undefined ||
    credential === undefined ||
    signature === undefined ||
    timestamp === undefined ||
    signedHeaders === undefined
  ) {
    throw missingQueryParameters();
  }
  if (algorithm !== V4_ALGORITHM) {
    throw malformedQuery(`X-Amz-Algorithm only supports "${V4_ALGORITHM}"`);
  }
  const { accessKeyId, scope } = parseCredential(credential, (detail) =>
    malformedQuery(`Error parsing the X-Amz-Credential parameter; ${detail}`),
  );
  const signedAtMs = parseAmzDate(timestamp);
  if (signedAtMs === undefined) {
    throw malformedQuery(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  if (!timestamp.startsWith(scope.date)) throw malformedQuery(differentDate(scope, timestamp));
  const names = parseSignedHeaders(signedHeaders);
  return {
    kind: 'signed',
    version: 'v4',
    at: 'query',
    accessKeyId,
    sessionToken: parameters.get('X-Amz-Security-Token') ?? headers.get('x-amz-security-token'),
    scope,
    signedAtMs,
    timestamp,
    expiresInSeconds: parseExpires(parameters.get('X-Amz-Expires'), scope),
    signedHeaders: names,
    signature,
    ...queryPayload(headers, scope, names, parameters.get('X-Amz-Content-Sha256')),
    target,
  };
}

/** AWS's refusal of an Authorization header, with what is wrong with it. */
export function malformedHeader(
  detail: string,
  fields: Readonly<Record<string, string>> = {},
): SignatureError {
  return new SignatureError(
    'AuthorizationHeaderMalformed',
    `The authorization header is malformed; ${detail}`,
    fields,
  );
}

/** AWS's refusal of the parameters of a presigned URL. */
export function malformedQuery(
  message: string,
  fields: Readonly<Record<string, string>> = {},
): SignatureError {
  return new SignatureError('AuthorizationQueryParametersError', message, fields);
}

interface Credential {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
}

/** Clients repeat their credential and the names of their headers, which are split once. */
const credentials = new Memo<Credential>();
const signedHeaderLists = new Memo<readonly string[]>();

/** Splits `AKID/20130524/us-east-1/s3/aws4_request`; `refuse` makes the error of the place. */
export function parseCredential(
  credential: string,
  refuse: (detail: string) => SignatureError,
): Credential {
  return credentials.get(credential) ?? credentials.keep(credential, split(credential, refuse));
}

function split(credential: string, refuse: (detail: string) => SignatureError): Credential {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminal = ''] = parts;
  if (parts.length !== 5 || accessKeyId === '' || region === '' || service === '') {
    throw refuse(`the Credential is mal-formed; expecting ${CREDENTIAL_FORM}.`);
  }
  if (!SCOPE_DATE.test(date)) {
    throw refuse(
      `incorrect date format "${date}". This date in the credential must be in the format "yyyyMMdd".`,
    );
  }
  if (terminal !== SCOPE_TERMINAL) {
    throw refuse(`incorrect terminal "${terminal}". This endpoint uses "${SCOPE_TERMINAL}".`);
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** The components come in any order, with or without spaces after the commas. */
function parseParameters(parameters: string): {
  credential: string;
  signedHeaders: string;
  signature: string;
} {
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (let start = 0, end = 0; end < parameters.length; start = end + 1) {
    end = parameters.indexOf(',', start);
    if (end === -1) end = parameters.length;
    const text = parameters.slice(start, end).trim();
    if (text === '') continue;
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals).trimEnd();
    const value = equals === -1 ? '' : text.slice(equals + 1).trimStart();
    if (name === 'Credential' && credential === undefined) credential = value;
    else if (name === 'SignedHeaders' && signedHeaders === undefined) signedHeaders = value;
    else if (name === 'Signature' && signature === undefined) signature = value;
    else throw malformedHeader(`the authorization component "${text}" is malformed.`);
  }
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    throw malformedHeader(
      'The authorization header requires three components: Credential, SignedHeaders, and Signature.',
    );
  }
  return { credential, signedHeaders, signature };
}

/** Some clients list the names in mixed case, but all sign them in lower case and sorted. */
function parseSignedHeaders(text: string): readonly string[] {
  return signedHeaderLists.get(text) ?? signedHeaderLists.keep(text, sortedNames(text));
}

function sortedNames(text: string): readonly string[] {
  if (text === '') return [];
  const names = text.toLowerCase().split(';');
  // Nearly all clients send them sorted, and looking costs less than sorting.
  return names.every((name, index) => index === 0 || (names[index - 1] ?? '') <= name)
    ? names
    : names.sort();
}

function parseRequestTime(headers: Headers): { signedAtMs: number; timestamp: string } {
  const text = headers.get('x-amz-date') ?? headers.get('date');
  if (text !== undefined) {
    const signedAtMs = parseAmzDate(text);
    if (signedAtMs !== undefined) return { signedAtMs, timestamp: text };
    const dateMs = parseHttpDate(text);
    if (dateMs !== undefined) return { signedAtMs: dateMs, timestamp: formatAmzDate(dateMs) };
  }
  throw missingDate();
}

function differentDate({ date }: CredentialScope, timestamp: string): string {
  return `Invalid credential date "${date}". This date is not the same as X-Amz-Date: "${timestamp.slice(0, 8)}".`;
}

/** Of the parameters that make up a presigned URL; none of them may come twice. */
function collectQuery(query: readonly QueryParameter[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const { name, value } of query) {
    if (!name.startsWith('X-Amz-')) continue;
    const text = decodeQueryText(value);
    if (text === undefined || parameters.has(name)) {
      throw malformedQuery(`Error parsing the ${name} parameter`);
    }
    parameters.set(name, text);
  }
  return parameters;
}

function missingQueryParameters(): SignatureError {
  return malformedQuery(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, ' +
      'X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  );
}

function parseExpires(text: string | undefined, { service }: CredentialScope): number {
  if (text === undefined) {
    if (service !== 's3') return EXPIRES_SECONDS_DEFAULT;
    throw missingQueryParameters();
  }
  if (!/^-?\d{1,18}$/.test(text)) throw malformedQuery('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) throw malformedQuery('X-Amz-Expires must be non-negative');
  if (seconds > PRESIGN_EXPIRES_SECONDS_MAX) {
    throw malformedQuery(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires ' +
        `must be less than ${PRESIGN_EXPIRES_SECONDS_MAX} seconds`,
    );
  }
  return seconds;
}

interface SignedPayload {
  readonly payload: PayloadKind;
  readonly payloadHashes: readonly string[];
}

const COLLECTED: SignedPayload = { payload: { kind: 'collected' }, payloadHashes: [] };

function headerPayload(headers: Headers, { service }: CredentialScope): SignedPayload {
  if (service !== 's3') return COLLECTED;
  const value = headers.get('x-amz-content-sha256');
  if (value === undefined) {
    throw new SignatureError(
      'InvalidRequest',
      'Missing required header for this request: x-amz-content-sha256',
    );
  }
  return { payload: signedPayloadKind(value, headers), payloadHashes: [value] };
}

/**
 * A presigned URL signs `UNSIGNED-PAYLOAD` unless it names a hash itself, in the query or in a
 * signed header. A hash that comes in an unsigned header is not signed but checked all the same.
 */
function queryPayload(
  headers: Headers,
  { service }: CredentialScope,
  signedHeaders: readonly string[],
  inQuery: string | undefined,
): SignedPayload {
  if (service !== 's3') return COLLECTED;
  const inHeader = headers.get('x-amz-content-sha256');
  const isSigned = inHeader !== undefined && signedHeaders.includes('x-amz-content-sha256');
  const hashes = [inQuery, isSigned ? inHeader : undefined, UNSIGNED_PAYLOAD, inHeader];
  const payloadHashes = [...new Set(hashes.filter((value) => value !== undefined))];
  const fromQuery = inQuery === undefined ? undefined : parsePayloadKind(inQuery);
  if (fromQuery?.kind === 'streaming' && fromQuery.signed) throw chunksWithoutSeed(inQuery ?? '');
  if (fromQuery?.kind !== 'sha256') {
    return { payload: unsignedPayloadKind(headers), payloadHashes };
  }
  if (inHeader !== undefined && inHeader.toLowerCase() !== fromQuery.hex) {
    throw new SignatureError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: inHeader, S3ComputedContentSHA256: fromQuery.hex },
    );
  }
  return { payload: fromQuery, payloadHashes };
}
