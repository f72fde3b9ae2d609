import {
  aclPolicyText,
  isPublicPolicy,
  OWN_PASSWORD_POLICY,
  type AclPolicyGrant,
  type Estate,
  type EstateBucket,
} from '../../policy/index.ts';
import type { Client, S3Request } from '../client/client.ts';
import { parseElement, type Element } from '../client/element.ts';
import { ServiceError } from '../client/errors.ts';
import { compiled, principalsOf, type AuthorizationDetails } from './details.ts';

/** The account of whoever asks, as a running server tells it. */
export async function estateOfServer(client: Client): Promise<Estate> {
  const identity = await client.query('sts', 'GetCallerIdentity');
  const id = identity.textOf('Account') ?? '';
  const { names, canonicalUserId } = await ownBuckets(client);
  const buckets: EstateBucket[] = [];
  // A few at a time: an account may have thousands.
  for (let at = 0; at < names.length; at += BUCKETS_AT_ONCE) {
    const some = names.slice(at, at + BUCKETS_AT_ONCE);
    buckets.push(...(await Promise.all(some.map((name) => bucketOf(client, name, id)))));
  }
  const { users, roles } = principalsOf(await detailsOf(client));
  const common = (await mayUsersChangePasswords(client)) ? [OWN_PASSWORD] : [];
  return {
    accounts: [{ id, canonicalUserId }],
    users: users.map((user) => ({ ...user, identity: [...user.identity, ...common] })),
    roles,
    buckets,
  };
}

const OWN_PASSWORD = compiled(
  OWN_PASSWORD_POLICY,
  'identity',
  'identity-based',
  'AllowUsersToChangePassword',
);

async function mayUsersChangePasswords(client: Client): Promise<boolean> {
  try {
    const answer = await client.query('iam', 'GetAccountPasswordPolicy');
    return answer.textOf('PasswordPolicy/AllowUsersToChangePassword') === 'true';
  } catch (error) {
    if (error instanceof ServiceError && error.status === NOT_FOUND) return false;
    throw error;
  }
}

const BUCKETS_AT_ONCE = 8;
const NOT_FOUND = 404;

/** The names of the buckets of whoever asks, and his account's canonical id. */
export async function ownBuckets(client: Client) {
  const names: string[] = [];
  let canonicalUserId: string | undefined;
  let token: string | undefined;
  do {
    const page = await readXml(client, { query: { 'continuation-token': token } });
    canonicalUserId = page?.textOf('Owner/ID');
    token = page?.textOf('ContinuationToken');
    for (const bucket of page?.find('Buckets')?.all('Bucket') ?? []) {
      names.push(bucket.textOf('Name') ?? '');
    }
  } while (token !== undefined);
  return { names, canonicalUserId };
}

const LISTS = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'] as const;

/** Everything that IAM keeps of the account of whoever asks. */
export async function detailsOf(client: Client): Promise<AuthorizationDetails> {
  const all: Record<string, unknown[]> = Object.fromEntries(LISTS.map((name) => [name, []]));
  for await (const page of client.pages('GetAccountAuthorizationDetails')) {
    for (const name of LISTS) {
      all[name]?.push(...page.members(name).map((member) => withLists(member)));
    }
  }
  return all;
}

/** Lists that are empty are written without members, so that only their names tell what they are. */
function withLists(element: Element): unknown {
  if (/(?:List|Policies|Tags)$/.test(element.name)) {
    return element.all('member').map((member) => withLists(member));
  }
  if (element.children.length === 0) return element.text;
  return Object.fromEntries(element.children.map((child) => [child.name, withLists(child)]));
}

async function bucketOf(client: Client, bucket: string, owner: string): Promise<EstateBucket> {
  const [policyText, block, ownership, acl] = await Promise.all([
    readText(client, { bucket, query: { policy: '' } }),
    readXml(client, { bucket, query: { publicAccessBlock: '' } }),
    readXml(client, { bucket, query: { ownershipControls: '' } }),
    readXml(client, { bucket, query: { acl: '' } }),
  ]);
  const policy =
    policyText === undefined
      ? undefined
      : compiled(policyText, 'resource', 'resource-based', `arn:aws:s3:::${bucket}`);
  const ignoresPublic = block?.textOf('IgnorePublicAcls') === 'true';
  // Without controls of its own a bucket lets its objects' writers own them.
  const isEnforced = ownership?.textOf('Rule/ObjectOwnership') === 'BucketOwnerEnforced';
  const aclText = isEnforced ? undefined : aclPolicyText(grantsOf(acl, ignoresPublic), 'bucket');
  return {
    name: bucket,
    owner,
    policy,
    isRestricted:
      block?.textOf('RestrictPublicBuckets') === 'true' &&
      policy !== undefined &&
      isPublicPolicy(policy),
    acl:
      aclText === undefined
        ? undefined
        : compiled(aclText, 'resource', 'resource-based', `ACL of ${bucket}`),
    objectAcls: isEnforced ? 'none' : ignoresPublic ? 'accounts' : 'public',
  };
}

const GROUPS = 'http://acs.amazonaws.com/groups/';

function grantsOf(acl: Element | undefined, ignoresPublic: boolean): readonly AclPolicyGrant[] {
  const ownerId = acl?.textOf('Owner/ID');
  return (acl?.find('AccessControlList')?.all('Grant') ?? []).flatMap(
    (grant): readonly AclPolicyGrant[] => {
      const permission = grant.textOf('Permission') as AclPolicyGrant['permission'];
      const id = grant.textOf('Grantee/ID');
      if (id !== undefined) {
        return id === ownerId ? [] : [{ grantee: { CanonicalUser: id }, permission }];
      }
      const group = grant.textOf('Grantee/URI')?.slice(GROUPS.length).replace(/^.*\//, '');
      if (group === 'LogDelivery') return [{ grantee: group, permission }];
      if (group !== 'AllUsers' && group !== 'AuthenticatedUsers') return [];
      return ignoresPublic ? [] : [{ grantee: group, permission }];
    },
  );
}

type S3Read = Pick<S3Request, 'bucket' | 'query'>;

/** Undefined where there is no such configuration. */
export async function readText(client: Client, request: S3Read): Promise<string | undefined> {
  try {
    const answer = await client.request({ method: 'GET', ...request });
    return Buffer.from(await answer.bytes()).toString();
  } catch (error) {
    if (error instanceof ServiceError && error.status === NOT_FOUND) return undefined;
    throw error;
  }
}

async function readXml(client: Client, request: S3Read): Promise<Element | undefined> {
  const text = await readText(client, request);
  return text === undefined ? undefined : parseElement(Buffer.from(text));
}
