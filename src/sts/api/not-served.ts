/** Operations of STS that are known and not served: answered NotImplemented, not InvalidAction. */
export const NOT_SERVED: ReadonlySet<string> = new Set([
  'AssumeRoleWithSAML',
  'AssumeRoot',
  'GetDelegatedAccessToken',
  'GetWebIdentityToken',
]);
