import * as declarations from './api.ts';
import { handlers } from './operations/index.ts';

/** Operations of STS that are known and not served: answered NotImplemented, not InvalidAction. */
const NOT_SERVED: ReadonlySet<string> = new Set([
  'AssumeRole',
  'AssumeRoleWithSAML',
  'AssumeRoleWithWebIdentity',
  'AssumeRoot',
  'DecodeAuthorizationMessage',
  'GetAccessKeyInfo',
  'GetDelegatedAccessToken',
  'GetFederationToken',
  'GetSessionToken',
  'GetWebIdentityToken',
]);

/** STS as whoever serves the query protocol needs it described. */
export function createStsService() {
  return {
    service: 'sts',
    version: '2011-06-15',
    xmlns: 'https://sts.amazonaws.com/doc/2011-06-15/',
    declarations,
    handlers,
    isKnownAction: (action: string) => NOT_SERVED.has(action),
    toError: () => undefined,
  } as const;
}
