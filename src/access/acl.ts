import type { Acl, Bucket, Grant } from '../objects/model.ts';
import {
  aclPolicyText,
  compilePolicy,
  parsePolicy,
  type AclSubject,
  type CompiledPolicy,
} from '../policy/index.ts';

type Variant = AclSubject | `${AclSubject} without the public`;
const compiledAcls = new WeakMap<Acl, Map<Variant, CompiledPolicy | undefined>>();

/**
 * The ACL as a compiled policy, kept as long as the ACL object lives; undefined when it grants
 * nothing that counts. What it grants its owner is left out: within the owner's account an ACL only
 * delegates to the account's own policies. `ignoresPublic` is IgnorePublicAcls.
 */
export function aclPolicy(
  acl: Acl,
  subject: AclSubject,
  ignoresPublic: boolean,
): CompiledPolicy | undefined {
  const variant: Variant = ignoresPublic ? `${subject} without the public` : subject;
  const known = compiledAcls.get(acl);
  if (known?.has(variant) === true) return known.get(variant);
  const compiled = compileAcl(acl, subject, ignoresPublic);
  if (known === undefined) compiledAcls.set(acl, new Map([[variant, compiled]]));
  else known.set(variant, compiled);
  return compiled;
}

function compileAcl(
  acl: Acl,
  subject: AclSubject,
  ignoresPublic: boolean,
): CompiledPolicy | undefined {
  const grants = acl.grants
    .filter((grant) => !(ignoresPublic && isPublicGrant(grant)))
    .filter(({ grantee }) => !(grantee.kind === 'account' && grantee.account === acl.owner))
    .map(({ grantee, permission }) => ({
      grantee: grantee.kind === 'account' ? { AWS: grantee.account } : grantee.group,
      permission,
    }));
  const text = aclPolicyText(grants, subject);
  if (text === undefined) return undefined;
  const parsed = parsePolicy(text, 'resource');
  if (!parsed.ok) throw new Error(`An ACL does not translate: ${parsed.findings[0]?.message}`);
  return compilePolicy(parsed.document, { type: 'resource-based', id: `${subject} ACL` });
}

/** Whether the ACL opens anything to everyone, or to everyone with an account anywhere. */
export function isPublicAcl(acl: Acl): boolean {
  return acl.grants.some(isPublicGrant);
}

/** Whether ACLs count at all in this bucket. */
export function aclsEnabled(bucket: Bucket): boolean {
  return bucket.ownership !== 'BucketOwnerEnforced';
}

function isPublicGrant({ grantee }: Grant): boolean {
  return grantee.kind === 'group' && grantee.group !== 'LogDelivery';
}
