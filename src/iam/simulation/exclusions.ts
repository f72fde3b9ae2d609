import { IdentityError } from '../../identity/index.ts';
import { compilePattern } from '../../policy/index.ts';
import type { Input } from '../../wire/index.ts';
import type { SimulatePrincipalPolicy } from '../api/simulation.ts';
import type { GrantingPolicy } from '../service-access.ts';

/** Policies that a simulation leaves out. */
export type Exclusions = NonNullable<Input<typeof SimulatePrincipalPolicy>['PolicyExclusionList']>;

const POLICY_ARN = /^arn:aws:iam::(?:\d{12}|aws):policy\/[^:]+$/;

/** Throws InvalidInput for identifiers that identify nothing, or more than one kind of thing. */
export function checkExclusions(exclusions: Exclusions): void {
  for (const { PolicyType, PolicyArn, InlinePolicyIdentifier } of exclusions) {
    const given = [PolicyType, PolicyArn, InlinePolicyIdentifier].filter(
      (each) => each !== undefined,
    );
    if (given.length !== 1) {
      throw new IdentityError('InvalidInput', 'A policy identifier has exactly one member.');
    }
    const name = PolicyArn ?? InlinePolicyIdentifier?.AttachmentName ?? '';
    const isTooWild = name.split('*').length > 2;
    if (isTooWild || (PolicyArn !== undefined && !POLICY_ARN.test(PolicyArn))) {
      throw new IdentityError('InvalidInput', `Policy identifier ${name} is not valid.`);
    }
  }
}

export function isExcluded(policy: GrantingPolicy, exclusions: Exclusions): boolean {
  return exclusions.some(({ PolicyType, PolicyArn, InlinePolicyIdentifier }) => {
    const { arn, name, carrier } = policy;
    if (PolicyArn !== undefined) return arn !== undefined && matches(PolicyArn, arn);
    if (InlinePolicyIdentifier === undefined) return PolicyType === typeOf(policy);
    const { PolicyName, AttachmentType, AttachmentName } = InlinePolicyIdentifier;
    return (
      arn === undefined &&
      name === PolicyName &&
      carrier?.kind === AttachmentType &&
      matches(AttachmentName, carrier.entity.name)
    );
  });
}

function typeOf({ arn }: GrantingPolicy): string {
  if (arn === undefined) return 'inline';
  return arn.startsWith('arn:aws:iam::aws:') ? 'aws-managed' : 'user-managed';
}

function matches(pattern: string, text: string): boolean {
  return compilePattern(pattern, false)(text, () => undefined);
}
