import {
  groupArn,
  mfaArn,
  parseIamArn,
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
import type { ContextReader } from '../policy/index.ts';
import type { QueryOperation } from '../wire/index.ts';
import {
  onCaller,
  onGroup,
  onKeyOwner,
  onMfaDevice,
  onPolicy,
  onRole,
  onUser,
} from './api/resources.ts';
import { callersName } from './owner.ts';

/** What an operation is on, as policies see it. */
export interface Target {
  /** The caller must be allowed the operation on each of them. */
  readonly resources: readonly string[];
  /** Twelve digits. */
  readonly resourceAccount: string;
  /** The condition keys, in lower case, that come from the operation and its resource. */
  readonly context: ContextReader;
}

/** The members of inputs on which resources and conditions depend. */
interface TargetInput {
  readonly UserName?: string;
  readonly NewUserName?: string;
  readonly NewGroupName?: string;
  readonly NewPath?: string;
  readonly GroupName?: string;
  readonly RoleName?: string;
  readonly PolicyArn?: string;
  readonly AccessKeyId?: string;
  readonly SerialNumber?: string;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly TagKeys?: readonly string[];
}

interface Entity {
  readonly arn: string;
  /** What the ARN becomes when the operation gives the entity another name or path. */
  readonly newArn?: string;
  readonly tags: Tags;
  /** ARN of the policy that bounds a user or role. */
  readonly boundary?: string | undefined;
}

/**
 * Completes what the declaration says of the operation's resource: the ARN of an existing entity
 * has its path, which stands on its record and not in the request.
 */
export async function findTarget(
  identity: IdentityStore,
  operation: QueryOperation,
  input: unknown,
  caller: IdentityPrincipal,
): Promise<Target> {
  const given = input as TargetInput;
  const account = caller.accountId;
  const declared = operation.on?.(input as never, account) ?? '*';
  const entity = await findEntity(identity, operation, given, caller);
  return {
    resources: resourcesOf(entity, declared),
    resourceAccount: accountOf(declared, account),
    context: contextOf(operation, given, entity),
  };
}

/**
 * Whoever renames or moves an entity needs the right on what it is and on what it becomes
 * ("UpdateUser"): otherwise a user could be moved to where the caller may do as he likes.
 */
function resourcesOf(entity: Entity | undefined, declared: string): readonly string[] {
  if (entity === undefined) return [declared];
  const { arn, newArn } = entity;
  return newArn === undefined || newArn === arn ? [arn] : [arn, newArn];
}

/** AWS's policies are everybody's; whatever else names an account is that account's. */
function accountOf(arn: string, own: string): string {
  const account = parseIamArn(arn)?.account ?? own;
  return account === 'aws' ? own : account;
}

async function findEntity(
  identity: IdentityStore,
  operation: QueryOperation,
  input: TargetInput,
  caller: IdentityPrincipal,
): Promise<Entity | undefined> {
  const { UserName, GroupName, RoleName, PolicyArn, AccessKeyId, SerialNumber } = input;
  const account = caller.accountId;
  const { on }: { readonly on?: unknown } = operation;
  if (on === onUser) {
    const name = UserName ?? callersName(caller);
    if (name === undefined) return { arn: rootArn(account), tags: [] };
    return userEntity(identity, await identity.findUser(account, name), input);
  }
  if (on === onCaller) {
    if (caller.userName === undefined) return { arn: caller.arn, tags: [] };
    return userEntity(identity, await identity.findUser(account, caller.userName), input);
  }
  if (on === onKeyOwner && AccessKeyId !== undefined) {
    const key = await identity.findAccessKey(AccessKeyId);
    if (key?.account !== account || key.owner.kind === 'root') return undefined;
    return userEntity(identity, await identity.findUserById(account, key.owner.id), input);
  }
  if (on === onGroup && GroupName !== undefined) {
    const group = await identity.findGroup(account, GroupName);
    if (group === undefined) return undefined;
    const { NewGroupName: name = group.name, NewPath: path = group.path } = input;
    return { arn: groupArn(group), newArn: groupArn({ account, path, name }), tags: [] };
  }
  if (on === onMfaDevice && SerialNumber !== undefined) {
    const device = await identity.findMfaDevice(account, SerialNumber);
    return device && { arn: mfaArn(device), tags: device.tags };
  }
  if (on === onRole && RoleName !== undefined) {
    return roleEntity(identity, await identity.findRole(account, RoleName));
  }
  if (on === onPolicy && PolicyArn !== undefined && parseIamArn(PolicyArn)?.kind === 'policy') {
    const policy = await identity.findPolicy(account, PolicyArn);
    return policy && { arn: policyArn(policy), tags: policy.tags };
  }
  return undefined;
}

async function userEntity(
  identity: IdentityStore,
  user: User | undefined,
  { NewUserName, NewPath }: TargetInput,
): Promise<Entity | undefined> {
  if (user === undefined) return undefined;
  const { account, tags } = user;
  const renamed = { account, path: NewPath ?? user.path, name: NewUserName ?? user.name };
  const boundary = await boundaryArn(identity, user);
  return { arn: userArn(user), newArn: userArn(renamed), tags, boundary };
}

async function roleEntity(
  identity: IdentityStore,
  role: Role | undefined,
): Promise<Entity | undefined> {
  if (role === undefined) return undefined;
  const boundary = await boundaryArn(identity, role);
  return { arn: roleArn(role), tags: role.tags, boundary };
}

async function boundaryArn(
  identity: IdentityStore,
  { account, boundaryPolicyId }: User | Role,
): Promise<string | undefined> {
  if (boundaryPolicyId === undefined) return undefined;
  const boundary = await identity.findPolicyById(account, boundaryPolicyId);
  return boundary && policyArn(boundary);
}

const ATTACHES = /^(?:At|De)tach/;

function contextOf(
  { action }: QueryOperation,
  { PolicyArn, PermissionsBoundary, Tags, TagKeys }: TargetInput,
  entity: Entity | undefined,
): ContextReader {
  return (key) => {
    switch (key) {
      case 'iam:policyarn':
        return ATTACHES.test(action) ? PolicyArn : undefined;
      case 'iam:permissionsboundary':
        return PermissionsBoundary ?? entity?.boundary;
      case 'aws:tagkeys':
        return TagKeys ?? Tags?.map(({ Key }) => Key);
      default: {
        const [prefix, name] = tagKeyOf(key);
        if (prefix === 'aws:requesttag') {
          return Tags?.find(({ Key }) => Key.toLowerCase() === name)?.Value;
        }
        if (prefix !== 'aws:resourcetag' && prefix !== 'iam:resourcetag') return undefined;
        return entity?.tags.find((tag) => tag.key.toLowerCase() === name)?.value;
      }
    }
  };
}

/** `aws:resourcetag/team` is `aws:resourcetag` and `team`. */
function tagKeyOf(key: string): readonly [prefix: string, name: string] {
  const slash = key.indexOf('/');
  return slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)];
}
