import type { Claim, SignedMessage } from './claim.ts';
import { parseV2HeaderClaim, parseV2QueryClaim } from './claim-v2.ts';
import { parseV4HeaderClaim, parseV4QueryClaim } from './claim-v4.ts';
import { parseTarget } from './encoding.ts';
import type { Target } from './encoding.ts';
import { invalidArgument } from './errors.ts';
import { unsignedPayloadKind } from './payload.ts';
import { V4_ALGORITHM } from './signing-key.ts';

/** How much of an Authorization header that nobody understands an error repeats. */
const AUTHORIZATION_ECHO_MAX = 256;

/**
 * Finds who a request claims to come from, without proving it. A request without an Authorization
 * header and without any parameter of a presigned URL is anonymous.
 *
 * Throws SignatureError for credentials that are malformed or given twice.
 */
export function parseClaim(request: SignedMessage): Claim {
  const target = parseTarget(request.target);
  const inQuery = queryVersion(target);
  // An empty header says as little as none.
  const authorization = request.headers.get('authorization')?.trim() ?? '';
  if (authorization === '') {
    if (inQuery === 'v4') return parseV4QueryClaim(request, target);
    if (inQuery === 'v2') return parseV2QueryClaim(request, target);
    return { kind: 'anonymous', payload: unsignedPayloadKind(request.headers) };
  }
  if (inQuery !== undefined) {
    throw invalidArgument(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query ' +
        'string parameter or the Authorization header should be specified',
      'Authorization',
      authorization.slice(0, AUTHORIZATION_ECHO_MAX),
    );
  }
  const space = authorization.search(/[ \t]/);
  const scheme = space === -1 ? authorization : authorization.slice(0, space);
  const rest = space === -1 ? '' : authorization.slice(space).trim();
  if (scheme === V4_ALGORITHM) return parseV4HeaderClaim(request, target, rest);
  if (scheme === 'AWS') return parseV2HeaderClaim(request, target, rest);
  throw invalidArgument(
    'Unsupported Authorization Type',
    'Authorization',
    authorization.slice(0, AUTHORIZATION_ECHO_MAX),
  );
}

function queryVersion({ query }: Target): 'v2' | 'v4' | undefined {
  let version: 'v2' | 'v4' | undefined;
  for (const { name } of query) {
    if (name === 'X-Amz-Algorithm' || name === 'X-Amz-Credential' || name === 'X-Amz-Signature') {
      return 'v4';
    }
    if (name === 'AWSAccessKeyId' || name === 'Signature') version = 'v2';
  }
  return version;
}
