import {
  parseIamArn,
  parseOidcProviderArn,
  roleArn,
  type IdentityPrincipal,
  type IdentityStore,
} from '../identity/index.ts';
import type { ContextReader } from '../policy/index.ts';
import type { QueryOperation } from '../wire/index.ts';
import { findEntity, findRoleEntity, type Entity, type NamingInput } from './entity.ts';

/** What an operation is on, as policies see it. */
export interface Target {
  /** The caller must be allowed the operation on each of them. */
  readonly resources: readonly string[];
  /** Twelve digits. */
  readonly resourceAccount: string;
  /** The condition keys, in lower case, that come from the operation and its resource. */
  readonly context: ContextReader;
  /** What the caller must be allowed beside the operation itself. */
  readonly further?: readonly FurtherAction[];
}

export interface FurtherAction {
  readonly action: string;
  readonly resource: string;
  readonly context: ContextReader;
}

/** The members of inputs on which resources and conditions depend. */
interface TargetInput extends NamingInput {
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly TagKeys?: readonly string[];
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
    further: await passing(identity, operation, given, account),
  };
}

/** To which service an operation hands a role ("Grant permissions to pass a role to a service"). */
const PASSED_TO: ReadonlyMap<string, string> = new Map([
  ['AddRoleToInstanceProfile', 'ec2.amazonaws.com'],
]);

/**
 * Whoever hands a role to a machine could act as that role, so it takes the right to pass it, and
 * the role's own trust policy still says which service may assume it.
 */
async function passing(
  identity: IdentityStore,
  { action }: QueryOperation,
  { RoleName }: TargetInput,
  account: string,
): Promise<readonly FurtherAction[]> {
  const service = PASSED_TO.get(action);
  if (service === undefined || RoleName === undefined) return [];
  const role = await findRoleEntity(identity, account, RoleName);
  const ofRole = resourceContext(role);
  return [
    {
      action: 'iam:PassRole',
      resource: role?.arn ?? roleArn({ account, path: '/', name: RoleName }),
      context: (key) => (key === 'iam:passedtoservice' ? service : ofRole(key)),
    },
  ];
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
  const account = parseIamArn(arn)?.account ?? parseOidcProviderArn(arn)?.account ?? own;
  return account === 'aws' ? own : account;
}

const ATTACHES = /^(?:At|De)tach/;

function contextOf(
  { action }: QueryOperation,
  { PolicyArn, PermissionsBoundary, Tags, TagKeys }: TargetInput,
  entity: Entity | undefined,
): ContextReader {
  const ofResource = resourceContext(entity);
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
        return prefix === 'aws:requesttag'
          ? Tags?.find(({ Key }) => Key.toLowerCase() === name)?.Value
          : ofResource(key);
      }
    }
  };
}

/** The keys about the tags that the resource has already. */
function resourceContext(entity: Entity | undefined): ContextReader {
  return (key) => {
    const [prefix, name] = tagKeyOf(key);
    if (prefix !== 'aws:resourcetag' && prefix !== 'iam:resourcetag') return undefined;
    return entity?.tags.find((tag) => tag.key.toLowerCase() === name)?.value;
  };
}

/** `aws:resourcetag/team` is `aws:resourcetag` and `team`. */
function tagKeyOf(key: string): readonly [prefix: string, name: string] {
  const slash = key.indexOf('/');
  return slash < 0 ? [key, ''] : [key.slice(0, slash), key.slice(slash + 1)];
}
