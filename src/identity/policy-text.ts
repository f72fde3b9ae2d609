import { parsePolicy, policySize, type PolicyVersion } from '../policy/index.ts';
import { IdentityError } from './error.ts';

/** Characters without white space of an identity policy; MalformedPolicyDocument if it is none. */
export function checkedPolicySize(text: string): number {
  assertPolicy(text);
  return policySize(text);
}

/** The same for a managed policy, of which IAM wants the current version of the language. */
export function checkedManagedPolicySize(text: string): number {
  const version: PolicyVersion = '2012-10-17';
  if (assertPolicy(text) === version) return policySize(text);
  throw new IdentityError(
    'MalformedPolicyDocument',
    `Policy document must be version ${version} or greater.`,
  );
}

function assertPolicy(text: string): PolicyVersion {
  const parsed = parsePolicy(text, 'identity');
  if (parsed.ok) return parsed.document.version;
  // AWS names one thing, and the parser puts the one that AWS would name first.
  const message = parsed.findings[0]?.message ?? 'Syntax errors in policy.';
  throw new IdentityError('MalformedPolicyDocument', message);
}
