import {
  groupArn,
  instanceProfileArn,
  mfaArn,
  oidcProviderArn,
  parseIamArn,
  parseOidcProviderArn,
  policyArn,
  roleArn,
  rootArn,
  userArn,
  type IdentityPrincipal,
  type IdentityStore,
  type Role,
  type Tags,
  type User,
} from '../identity/index.ts';
import type { QueryOperation } from '../wire/index.ts';
import {
  onCaller,
  onGroup,
  onInstanceProfile,
  onKeyOwner,
  onMfaDevice,
  onOidcProvider,
  onPolicy,
  onPolicySource,
  onRole,
  onUser,
} from './api/resources.ts';
import { callersName } from './owner.ts';

/** What an operation is on, as far as it exists. */
export interface Entity {
  readonly arn: string;
  /** What the ARN becomes when the operation gives the entity another name or path. */
  readonly newArn?: string;
  readonly tags: Tags;
  /** ARN of the policy that bounds a user or role. */
  readonly boundary?: string | undefined;
}

/** The members of inputs that name entities. */
export interface NamingInput {
  readonly UserName?: string;
  readonly NewUserName?: string;
  readonly NewGroupName?: string;
  readonly NewPath?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
  readonly InstanceProfileName?: string;
  readonly PolicyArn?: string;
  readonly OpenIDConnectProviderArn?: string;
  readonly AccessKeyId?: string;
  readonly SerialNumber?: string;
  readonly PolicySourceArn?: string;
}

interface Asked {
  readonly identity: IdentityStore;
  readonly input: NamingInput;
  readonly caller: IdentityPrincipal;
  readonly account: string;
}

type Finder = (asked: Asked) => Promise<Entity | undefined>;

/** Which entity an operation names, by what its declaration says that it is on. */
const FINDERS: ReadonlyMap<unknown, Finder> = new Map<unknown, Finder>([
  [onUser, namedUser],
  [onCaller, callingUser],
  [onKeyOwner, keyOwner],
  [onGroup, namedGroup],
  [onRole, namedRole],
  [onInstanceProfile, namedInstanceProfile],
  [onMfaDevice, namedMfaDevice],
  [onOidcProvider, namedOidcProvider],
  [onPolicy, namedPolicy],
  [onPolicySource, namedSource],
]);

/** The entity that the operation is on; undefined when it is a new one, many, or none. */
export async function findEntity(
  identity: IdentityStore,
  { on }: QueryOperation,
  input: NamingInput,
  caller: IdentityPrincipal,
): Promise<Entity | undefined> {
  return FINDERS.get(on)?.({ identity, input, caller, account: caller.accountId });
}

/** The role of that name in the account. */
export async function findRoleEntity(
  identity: IdentityStore,
  account: string,
  name: string,
): Promise<Entity | undefined> {
  const role = await identity.findRole(account, name);
  if (role === undefined) return undefined;
  return { arn: roleArn(role), tags: role.tags, boundary: await boundaryArn(identity, role) };
}

async function namedUser(asked: Asked): Promise<Entity | undefined> {
  const { identity, input, caller, account } = asked;
  const name = input.UserName ?? callersName(caller);
  if (name === undefined) return { arn: rootArn(account), tags: [] };
  return userEntity(asked, await identity.findUser(account, name));
}

async function callingUser(asked: Asked): Promise<Entity | undefined> {
  const { identity, caller, account } = asked;
  if (caller.userName === undefined) return { arn: caller.arn, tags: [] };
  return userEntity(asked, await identity.findUser(account, caller.userName));
}

async function keyOwner(asked: Asked): Promise<Entity | undefined> {
  const { identity, input, account } = asked;
  const { AccessKeyId } = input;
  const key = AccessKeyId === undefined ? undefined : await identity.findAccessKey(AccessKeyId);
  if (key?.account !== account || key.owner.kind === 'root') return undefined;
  return userEntity(asked, await identity.findUserById(account, key.owner.id));
}

async function userEntity(
  { identity, input: { NewUserName, NewPath } }: Asked,
  user: User | undefined,
): Promise<Entity | undefined> {
  if (user === undefined) return undefined;
  const { account, tags } = user;
  const renamed = { account, path: NewPath ?? user.path, name: NewUserName ?? user.name };
  const boundary = await boundaryArn(identity, user);
  return { arn: userArn(user), newArn: userArn(renamed), tags, boundary };
}

async function namedGroup({ identity, input, account }: Asked): Promise<Entity | undefined> {
  const group = await identity.findGroup(account, input.GroupName ?? '');
  if (group === undefined) return undefined;
  const { NewGroupName: name = group.name, NewPath: path = group.path } = input;
  return { arn: groupArn(group), newArn: groupArn({ account, path, name }), tags: [] };
}

async function namedRole({ identity, input, account }: Asked): Promise<Entity | undefined> {
  return findRoleEntity(identity, account, input.RoleName ?? '');
}

async function namedInstanceProfile(asked: Asked): Promise<Entity | undefined> {
  const { identity, input, account } = asked;
  const profile = await identity.findInstanceProfile(account, input.InstanceProfileName ?? '');
  return profile && { arn: instanceProfileArn(profile), tags: profile.tags };
}

async function namedMfaDevice({ identity, input, account }: Asked): Promise<Entity | undefined> {
  const device = await identity.findMfaDevice(account, input.SerialNumber ?? '');
  return device && { arn: mfaArn(device), tags: device.tags };
}

async function namedOidcProvider({ identity, input, account }: Asked): Promise<Entity | undefined> {
  const { OpenIDConnectProviderArn: arn = '' } = input;
  if (parseOidcProviderArn(arn) === undefined) return undefined;
  const provider = await identity.findOidcProvider(account, arn);
  return provider && { arn: oidcProviderArn(provider), tags: provider.tags };
}

/** The user, group or role whose policies are looked at. */
async function namedSource(asked: Asked): Promise<Entity | undefined> {
  const { identity, input, account } = asked;
  const arn = parseIamArn(input.PolicySourceArn ?? '');
  if (arn?.account !== account) return undefined;
  if (arn.kind === 'user') return userEntity(asked, await identity.findUser(account, arn.name));
  return arn.kind === 'role' ? findRoleEntity(identity, account, arn.name) : undefined;
}

async function namedPolicy({ identity, input, account }: Asked): Promise<Entity | undefined> {
  const { PolicyArn = '' } = input;
  if (parseIamArn(PolicyArn)?.kind !== 'policy') return undefined;
  const policy = await identity.findPolicy(account, PolicyArn);
  return policy && { arn: policyArn(policy), tags: policy.tags };
}

async function boundaryArn(
  identity: IdentityStore,
  { account, boundaryPolicyId }: User | Role,
): Promise<string | undefined> {
  if (boundaryPolicyId === undefined) return undefined;
  const boundary = await identity.findPolicyById(account, boundaryPolicyId);
  return boundary && policyArn(boundary);
}
