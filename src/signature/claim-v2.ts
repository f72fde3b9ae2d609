import type { Headers } from '../base/http.ts';
import type { SignedMessage, V2Claim } from './claim.ts';
import { decodeQueryText } from './encoding.ts';
import type { Target } from './encoding.ts';
import { SignatureError, invalidArgument, missingDate } from './errors.ts';
import { unsignedPayloadKind } from './payload.ts';
import { parseAmzDate, parseHttpDate } from './times.ts';

/** The claim in an Authorization header `AWS AccessKeyId:Signature`; `credentials` follow `AWS`. */
export function parseV2HeaderClaim(
  { headers }: SignedMessage,
  target: Target,
  credentials: string,
): V2Claim {
  const colon = credentials.lastIndexOf(':');
  const accessKeyId = credentials.slice(0, colon);
  const signature = credentials.slice(colon + 1);
  if (colon <= 0 || signature === '' || accessKeyId.includes(':')) {
    throw invalidArgument(
      'AWS authorization header is invalid.  Expected AwsAccessKeyId:signature',
      'Authorization',
      `AWS ${credentials}`,
    );
  }
  const sessionToken = headers.get('x-amz-security-token');
  return {
    kind: 'signed',
    version: 'v2',
    at: 'header',
    accessKeyId,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    ...parseTime(headers),
    signature,
    payload: unsignedPayloadKind(headers),
    target,
  };
}

/** The claim in a query of `AWSAccessKeyId`, `Expires` and `Signature`. */
export function parseV2QueryClaim({ headers }: SignedMessage, target: Target): V2Claim {
  const accessKeyId = queryText(target, 'AWSAccessKeyId');
  const signature = queryText(target, 'Signature');
  const expires = queryText(target, 'Expires');
  if (!accessKeyId || !signature || expires === undefined) {
    throw denied(
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    );
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw denied(
      `Invalid date (should be seconds since epoch): ${expires.slice(0, EXPIRES_ECHO_MAX)}`,
    );
  }
  const sessionToken =
    queryText(target, 'x-amz-security-token') ?? headers.get('x-amz-security-token');
  return {
    kind: 'signed',
    version: 'v2',
    at: 'query',
    accessKeyId,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    expiresAtMs: Number(expires) * 1000,
    dateText: expires,
    signature,
    payload: unsignedPayloadKind(headers),
    target,
  };
}

/** How much of a wrong `Expires` an error message repeats. */
const EXPIRES_ECHO_MAX = 64;

/** `x-amz-date` replaces `Date`, which is then signed as if it were empty. */
function parseTime(headers: Headers): { signedAtMs: number; dateText: string } {
  const amzDate = headers.get('x-amz-date');
  const text = amzDate ?? headers.get('date') ?? '';
  const signedAtMs = parseHttpDate(text) ?? parseAmzDate(text);
  // Old clients have no honest reason to speak of a time before the epoch, nor has anybody else.
  if (signedAtMs === undefined || signedAtMs < 0) throw missingDate();
  return { signedAtMs, dateText: amzDate === undefined ? text : '' };
}

function queryText({ query }: Target, wanted: string): string | undefined {
  const found = query.filter(({ name }) => name === wanted);
  if (found.length === 0) return undefined;
  const text = found.length === 1 ? decodeQueryText(found[0]?.value ?? '') : undefined;
  if (text === undefined) throw denied(`Invalid ${wanted} parameter`);
  return text;
}

function denied(message: string): SignatureError {
  return new SignatureError('AccessDenied', message);
}
