import { parsePolicy, policySize, type PolicyStatement } from '../policy/index.ts';
import type { Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';

/** The text, if it can say who may assume a role; MalformedPolicyDocument or LimitExceeded if not. */
export function checkedTrustPolicy({ quotas }: Pick<Core, 'quotas'>, text: string): string {
  const parsed = parsePolicy(text, 'trust');
  if (!parsed.ok) {
    const message = parsed.findings[0]?.message ?? 'Syntax errors in policy.';
    throw new IdentityError('MalformedPolicyDocument', message);
  }
  if (!parsed.document.statements.every(concernsSessionsOnly)) {
    throw new IdentityError(
      'MalformedPolicyDocument',
      'AssumeRole policy may only specify STS AssumeRole actions.',
    );
  }
  const { trustPolicySize } = quotas;
  if (policySize(text) > trustPolicySize) throw quotaExceeded('ACLSizePerRole', trustPolicySize);
  return text;
}

function concernsSessionsOnly({ actions }: PolicyStatement): boolean {
  return !actions.negated && actions.patterns.every((pattern) => /^sts:/i.test(pattern));
}
