import type { Acl, AclPermission, Bucket, Grant } from '../objects/model.ts';
import { compilePolicy, parsePolicy, type CompiledPolicy } from '../policy/index.ts';

/**
 * An ACL is a resource policy in an older language: each grant allows its grantee the actions that
 * AWS's "Access control list (ACL) overview" maps the permission to. Compiling ACLs into policies
 * leaves one evaluation, and one explanation, for both.
 */
type Subject = 'bucket' | 'newObject' | 'object';

const ACTIONS: Record<
  Subject,
  Record<Exclude<AclPermission, 'FULL_CONTROL'>, readonly string[]>
> = {
  bucket: {
    READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
    WRITE: ['s3:PutObject', 's3:DeleteObject'],
    READ_ACP: ['s3:GetBucketAcl'],
    WRITE_ACP: ['s3:PutBucketAcl'],
  },
  // Whoever the bucket's ACL lets write owns what is written, and says its ACL and tags with it.
  newObject: {
    READ: [],
    WRITE: ['s3:PutObject', 's3:PutObjectAcl', 's3:PutObjectTagging'],
    READ_ACP: [],
    WRITE_ACP: [],
  },
  object: {
    READ: ['s3:GetObject', 's3:GetObjectVersion'],
    WRITE: [],
    READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
    WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  },
};

/** Only signed requests carry the key, so that its presence is what "authenticated" means. */
const SIGNED_REQUEST = { Null: { 'aws:PrincipalArn': 'false' } };

type Variant = Subject | `${Subject} without the public`;
const compiledAcls = new WeakMap<Acl, Map<Variant, CompiledPolicy | undefined>>();

/**
 * The ACL as a compiled policy, kept as long as the ACL object lives; undefined when it grants
 * nothing that counts. Its resource is `*`, because it is only ever asked about the bucket or object
 * that it belongs to. What it grants its owner is left out: within the owner's account an ACL only
 * delegates to the account's own policies. `ignoresPublic` is IgnorePublicAcls.
 */
export function aclPolicy(
  acl: Acl,
  subject: Subject,
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
  subject: Subject,
  ignoresPublic: boolean,
): CompiledPolicy | undefined {
  const statements = acl.grants
    .filter((grant) => !(ignoresPublic && isPublicGrant(grant)))
    .filter(({ grantee }) => !(grantee.kind === 'account' && grantee.account === acl.owner))
    .map((grant) => statementOf(grant, subject))
    .filter((statement) => statement.Action.length > 0);
  if (statements.length === 0) return undefined;
  const text = JSON.stringify({ Version: '2008-10-17', Statement: statements });
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

function statementOf({ grantee, permission }: Grant, subject: Subject) {
  const actions = ACTIONS[subject];
  const everyone = grantee.kind === 'group' && grantee.group !== 'LogDelivery';
  return {
    Effect: 'Allow',
    Principal: everyone ? '*' : granteePrincipal(grantee),
    Action: permission === 'FULL_CONTROL' ? Object.values(actions).flat() : actions[permission],
    Resource: '*',
    ...(grantee.kind === 'group' && grantee.group === 'AuthenticatedUsers'
      ? { Condition: SIGNED_REQUEST }
      : {}),
  };
}

function granteePrincipal(grantee: Grant['grantee']) {
  if (grantee.kind === 'account') return { AWS: grantee.account };
  return { Service: 'logging.s3.amazonaws.com' };
}
