import { isPublicAcl } from '../access/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { Acl, AclGroup, AclPermission, Bucket, Grant } from '../objects/model.ts';
import { S3Error } from './errors.ts';
import { ownerOf } from './owner.ts';

/** S3 keeps at most a hundred grants in one ACL. */
const GRANTS_MAX = 100;

const GROUP_URIS: Readonly<Record<AclGroup, string>> = {
  AllUsers: 'http://acs.amazonaws.com/groups/global/AllUsers',
  AuthenticatedUsers: 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers',
  LogDelivery: 'http://acs.amazonaws.com/groups/s3/LogDelivery',
};

/** A grantee as it stands in XML, and, without its type, in a grant header. */
export interface WireGrantee {
  readonly Type: 'CanonicalUser' | 'AmazonCustomerByEmail' | 'Group';
  readonly ID?: string | undefined;
  readonly DisplayName?: string | undefined;
  readonly EmailAddress?: string | undefined;
  readonly URI?: string | undefined;
}

export interface WireAcl {
  readonly Owner?: { readonly ID?: string | undefined } | undefined;
  readonly Grants?:
    | readonly {
        readonly Grantee?: WireGrantee | undefined;
        readonly Permission?: AclPermission | undefined;
      }[]
    | undefined;
}

/** The three ways in which a request can say an ACL. At most one of them may be used. */
export interface AclInput {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWrite?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
  readonly AccessControlPolicy?: WireAcl | undefined;
}

export interface AclOwners {
  /** The account that will own what the ACL is of. */
  readonly owner: string;
  readonly bucketOwner: string;
}

const HEADER_PERMISSIONS = [
  ['GrantRead', 'READ'],
  ['GrantWrite', 'WRITE'],
  ['GrantReadACP', 'READ_ACP'],
  ['GrantWriteACP', 'WRITE_ACP'],
  ['GrantFullControl', 'FULL_CONTROL'],
] as const;

/** The ACL that a request asks for; undefined when it says nothing about one. */
export async function aclOfRequest(
  input: AclInput,
  owners: AclOwners,
  identity: IdentityStore,
): Promise<Acl | undefined> {
  const headers = HEADER_PERMISSIONS.flatMap(([member, permission]) =>
    input[member] === undefined ? [] : [{ text: input[member], permission }],
  );
  if (input.ACL !== undefined && headers.length > 0) {
    throw new S3Error(
      'InvalidRequest',
      {},
      'Specifying both Canned ACLs and Header Grants is not allowed',
    );
  }
  if (input.ACL !== undefined) return cannedAcl(input.ACL, owners);
  if (headers.length > 0) {
    const grants = headers.flatMap(({ text, permission }) =>
      parseGrantHeader(text).map((grantee) => ({ grantee, permission })),
    );
    return resolveGrants(grants, owners.owner, identity);
  }
  return input.AccessControlPolicy === undefined
    ? undefined
    : aclOfXml(input.AccessControlPolicy, owners.owner, identity);
}

/** The grants of a canned ACL ("Canned ACL" in the S3 user guide). */
export function cannedAcl(name: string, { owner, bucketOwner }: AclOwners): Acl {
  const grants: Grant[] = [{ grantee: account(owner), permission: 'FULL_CONTROL' }];
  const add = (grantee: Grant['grantee'], permission: AclPermission) =>
    grants.push({ grantee, permission });
  if (name === 'public-read' || name === 'public-read-write') add(group('AllUsers'), 'READ');
  if (name === 'public-read-write') add(group('AllUsers'), 'WRITE');
  if (name === 'authenticated-read') add(group('AuthenticatedUsers'), 'READ');
  if (name === 'log-delivery-write') {
    add(group('LogDelivery'), 'WRITE');
    add(group('LogDelivery'), 'READ_ACP');
  }
  if (owner !== bucketOwner) {
    if (name === 'bucket-owner-read') add(account(bucketOwner), 'READ');
    if (name === 'bucket-owner-full-control') add(account(bucketOwner), 'FULL_CONTROL');
  }
  return { owner, grants };
}

/** What is stored for an object: nothing when only its owner has rights. */
export function storedAcl(acl: Acl | undefined): Acl | undefined {
  const [only, ...rest] = acl?.grants ?? [];
  const isPrivate =
    rest.length === 0 &&
    only?.permission === 'FULL_CONTROL' &&
    only.grantee.kind === 'account' &&
    only.grantee.account === acl?.owner;
  return isPrivate ? undefined : acl;
}

/** Refuses what the bucket's ownership setting or public access block does not let an ACL say. */
export function assertAclAllowed(acl: Acl | undefined, bucket: Bucket, canned?: string): void {
  if (acl === undefined) return;
  if (bucket.ownership === 'BucketOwnerEnforced' && !isOwnersOwn(acl, bucket, canned)) {
    throw new S3Error('AccessControlListNotSupported');
  }
  if (bucket.publicAccessBlock?.blockPublicAcls === true && isPublicAcl(acl)) {
    throw new S3Error('AccessDenied');
  }
}

/**
 * Where ACLs are off, "bucket owner full control ACLs" are accepted, "or an equivalent form of this
 * ACL": `private` says the same, and is refused all the same.
 */
function isOwnersOwn(acl: Acl, bucket: Bucket, canned: string | undefined): boolean {
  if (canned !== undefined) return canned === 'bucket-owner-full-control';
  return acl.owner === bucket.owner && storedAcl(acl) === undefined;
}

async function aclOfXml(acl: WireAcl, owner: string, identity: IdentityStore): Promise<Acl> {
  if (acl.Grants === undefined) throw new S3Error('MalformedACLError');
  const stated = acl.Owner?.ID;
  if (stated !== undefined) {
    const account = await identity.findAccountByCanonicalId(stated);
    if (account?.id !== owner) throw new S3Error('AccessDenied');
  }
  const grants = acl.Grants.map(({ Grantee: grantee, Permission: permission }) => {
    if (grantee === undefined || permission === undefined) throw new S3Error('MalformedACLError');
    return { grantee, permission };
  });
  return resolveGrants(grants, owner, identity);
}

async function resolveGrants(
  grants: readonly { readonly grantee: WireGrantee; readonly permission: AclPermission }[],
  owner: string,
  identity: IdentityStore,
): Promise<Acl> {
  if (grants.length > GRANTS_MAX) throw new S3Error('MalformedACLError');
  const resolved: Grant[] = [];
  for (const { grantee, permission } of grants) {
    resolved.push({ grantee: await resolveGrantee(grantee, identity), permission });
  }
  return { owner, grants: resolved };
}

async function resolveGrantee(
  grantee: WireGrantee,
  identity: IdentityStore,
): Promise<Grant['grantee']> {
  switch (grantee.Type) {
    case 'Group': {
      const uri = grantee.URI ?? '';
      for (const name of ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const) {
        if (GROUP_URIS[name] === uri) return group(name);
      }
      throw new S3Error(
        'InvalidArgument',
        { ArgumentName: 'uri', ArgumentValue: uri },
        'Invalid group uri',
      );
    }
    case 'AmazonCustomerByEmail': {
      const email = grantee.EmailAddress ?? '';
      const found = await identity.findAccountByEmail(email);
      if (found === undefined) {
        throw new S3Error('UnresolvableGrantByEmailAddress', {
          Name: 'email',
          Value: email,
        });
      }
      return account(found.id);
    }
    case 'CanonicalUser': {
      const id = grantee.ID ?? '';
      const found = await identity.findAccountByCanonicalId(id);
      if (found === undefined) {
        throw new S3Error(
          'InvalidArgument',
          { ArgumentName: 'id', ArgumentValue: id },
          'Invalid id',
        );
      }
      return account(found.id);
    }
  }
}

/** `id="…", emailAddress="…", uri="…"`, with or without quotes. */
function parseGrantHeader(text: string): WireGrantee[] {
  return text.split(',').map((item) => {
    const at = item.indexOf('=');
    const name = item.slice(0, Math.max(at, 0)).trim().toLowerCase();
    const value = item
      .slice(at + 1)
      .trim()
      .replaceAll(/^"|"$/g, '');
    switch (name) {
      case 'id':
        return { Type: 'CanonicalUser', ID: value };
      case 'emailaddress':
        return { Type: 'AmazonCustomerByEmail', EmailAddress: value };
      case 'uri':
        return { Type: 'Group', URI: value };
      default:
        throw new S3Error('InvalidArgument', {}, 'Argument format not recognized');
    }
  });
}

/**
 * An ACL as the answer to a question for it. S3 promises no order; groups come first, as clients
 * that look for public grants have it from other servers.
 */
export async function aclAnswer(acl: Acl, identity: IdentityStore) {
  const grants = [];
  const rankOf = ({ grantee }: Grant) => (grantee.kind === 'group' ? 0 : 1);
  for (const { grantee, permission } of acl.grants.toSorted((a, b) => rankOf(a) - rankOf(b))) {
    grants.push({
      Grantee:
        grantee.kind === 'group'
          ? { Type: 'Group' as const, URI: GROUP_URIS[grantee.group] }
          : { Type: 'CanonicalUser' as const, ...(await ownerOf(identity, grantee.account)) },
      Permission: permission,
    });
  }
  return { Owner: await ownerOf(identity, acl.owner), Grants: grants };
}

function account(id: string): Grant['grantee'] {
  return { kind: 'account', account: id };
}

function group(name: AclGroup): Grant['grantee'] {
  return { kind: 'group', group: name };
}
