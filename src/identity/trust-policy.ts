import { parsePolicy, policySize, type PolicyStatement } from '../policy/index.ts';
import type { Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { pinPrincipals } from './pinning.ts';

/**
 * The stored form of a text that can say who may assume a role. MalformedPolicyDocument or
 * LimitExceeded for any other.
 */
export async function trustTextOf(core: Core, text: string): Promise<string> {
  const parsed = parsePolicy(text, 'trust');
  if (!parsed.ok) throw malformed(parsed.findings[0]?.message ?? 'Syntax errors in policy.');
  if (!parsed.document.statements.every(concernsSessionsOnly)) {
    throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  }
  const { trustPolicySize } = core.quotas;
  if (policySize(text) > trustPolicySize) throw quotaExceeded('ACLSizePerRole', trustPolicySize);
  const pinned = await pinPrincipals(core, text, 'trust');
  if (!pinned.ok) {
    throw malformed(`Invalid principal in policy: "${pinned.type}":"${pinned.name}"`);
  }
  return pinned.text;
}

function concernsSessionsOnly({ actions }: PolicyStatement): boolean {
  return !actions.negated && actions.patterns.every((pattern) => /^sts:/i.test(pattern));
}

function malformed(message: string): IdentityError {
  return new IdentityError('MalformedPolicyDocument', message);
}
