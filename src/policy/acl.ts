/**
 * An ACL is a resource policy in an older language: each grant allows its grantee the actions that
 * AWS's "Access control list (ACL) overview" maps the permission to. Compiling ACLs into policies
 * leaves one evaluation, and one explanation, for both.
 */
export type AclSubject = 'bucket' | 'newObject' | 'object';

type Permission = 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';

export interface AclPolicyGrant {
  /** An account is named by its id or its canonical id; the other words are AWS's groups. */
  readonly grantee:
    | 'AllUsers'
    | 'AuthenticatedUsers'
    | 'LogDelivery'
    | { readonly AWS: string }
    | { readonly CanonicalUser: string };
  readonly permission: Permission | 'FULL_CONTROL';
}

const ACTIONS: Readonly<Record<AclSubject, Readonly<Record<Permission, readonly string[]>>>> = {
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

/**
 * What the grants allow, as the text of a resource policy; undefined when that is nothing. Its
 * resource is `*`, because it is only ever asked about the bucket or object that the ACL is on.
 */
export function aclPolicyText(
  grants: readonly AclPolicyGrant[],
  subject: AclSubject,
): string | undefined {
  const actions = ACTIONS[subject];
  const statements = grants
    .map(({ grantee, permission }) => ({
      Effect: 'Allow',
      Principal: principalOf(grantee),
      Action: permission === 'FULL_CONTROL' ? Object.values(actions).flat() : actions[permission],
      Resource: '*',
      ...(grantee === 'AuthenticatedUsers' ? { Condition: SIGNED_REQUEST } : {}),
    }))
    .filter(({ Action }) => Action.length > 0);
  if (statements.length === 0) return undefined;
  return JSON.stringify({ Version: '2008-10-17', Statement: statements });
}

function principalOf(grantee: AclPolicyGrant['grantee']) {
  if (grantee === 'LogDelivery') return { Service: 'logging.s3.amazonaws.com' };
  return typeof grantee === 'string' ? '*' : grantee;
}
