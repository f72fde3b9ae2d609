import { deleteBoundary, putBoundary, tagActor, untagActor } from './actor.ts';
import { readCounter, readRecord, type Core } from './core.ts';
import {
  addEntity,
  assertNameIsFree,
  assertNoPolicies,
  changeEntity,
  entityIn,
  findEntity,
  readEntity,
  removeEntity,
  ROLE,
} from './entity.ts';
import { deleteConflict, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { pageByName, type ListByPath } from './listing.ts';
import { bound, unbound } from './managed-policy.ts';
import type { Page, Role, Tags } from './model.ts';
import { keyUses, serviceUses, roles } from './records.ts';
import { mergeTags } from './tags.ts';
import { trustTextOf } from './trust-policy.ts';

export interface CreateRole {
  readonly name: string;
  readonly path?: string | undefined;
  readonly trustText: string;
  readonly description?: string | undefined;
  readonly maxSessionSeconds?: number | undefined;
  readonly tags?: Tags | undefined;
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined;
}

export interface UpdateRole {
  readonly description?: string | undefined;
  readonly maxSessionSeconds?: number | undefined;
}

/** An hour, unless the role says otherwise. */
const SESSION_SECONDS = 3600;

export function roleMethods(core: Core) {
  return {
    createRole: (account: string, request: CreateRole) => createRole(core, account, request),
    /** What is not given stays. */
    updateRole: (account: string, name: string, request: UpdateRole): Promise<Role> =>
      changeEntity(core, ROLE, account, name, (role) => ({
        ...role,
        ...(request.description === undefined ? {} : { description: request.description }),
        maxSessionSeconds: request.maxSessionSeconds ?? role.maxSessionSeconds,
      })),
    updateTrustPolicy: (account: string, name: string, text: string) =>
      updateTrustPolicy(core, account, name, text),
    deleteRole: (account: string, name: string) => deleteRole(core, account, name),

    /** Throws NoSuchEntity. */
    getRole: (account: string, name: string) => readEntity(core, ROLE, account, name),
    findRole: (account: string, name: string) => findEntity(core, ROLE, account, name),
    findRoleById: (account: string, id: string) => readRecord(core, roles, account, id),
    listRoles: (account: string, request: ListByPath): Promise<Page<Role>> =>
      pageByName(core, ROLE, account, request),

    tagRole: (account: string, name: string, tags: Tags) =>
      tagActor(core, ROLE, account, name, tags),
    untagRole: (account: string, name: string, keys: readonly string[]) =>
      untagActor(core, ROLE, account, name, keys),
    putRoleBoundary: (account: string, name: string, policyArn: string) =>
      putBoundary(core, ROLE, account, name, policyArn),
    deleteRoleBoundary: (account: string, name: string) =>
      deleteBoundary(core, ROLE, account, name),
  };
}

async function createRole(core: Core, account: string, request: CreateRole): Promise<Role> {
  const { name, path = '/', description, tags = [] } = request;
  const { maxSessionSeconds = SESSION_SECONDS } = request;
  const trustText = await trustTextOf(core, request.trustText);
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'roles');
  return core.transact(async (tx) => {
    await assertNameIsFree(tx, ROLE, account, name);
    const { rolesPerAccount } = core.quotas;
    if (count >= rolesPerAccount) throw quotaExceeded('RolesPerAccount', rolesPerAccount);
    const fresh: Role = {
      id: newUniqueId('role'),
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      ...(description === undefined ? {} : { description }),
      trustText,
      maxSessionSeconds,
      tags: mergeTags([], tags, 'anyCase', core.quotas),
      attachedPolicyIds: [],
      inlinePolicies: [],
      instanceProfileIds: [],
    };
    const { boundary } = request;
    const role = boundary === undefined ? fresh : await bound(tx, ROLE, fresh, boundary);
    addEntity(tx, ROLE, role);
    return role;
  });
}

async function updateTrustPolicy(
  core: Core,
  account: string,
  name: string,
  text: string,
): Promise<void> {
  const trustText = await trustTextOf(core, text);
  await changeEntity(core, ROLE, account, name, (role) => ({ ...role, trustText }));
}

function deleteRole(core: Core, account: string, name: string): Promise<void> {
  return core.transact(async (tx) => {
    const role = await entityIn(tx, ROLE, account, name);
    if (role.instanceProfileIds.length > 0) {
      throw deleteConflict('remove roles from instance profile');
    }
    assertNoPolicies(role);
    await unbound(tx, ROLE, role);
    tx.delete(keyUses, role.id);
    tx.delete(serviceUses, account, role.id);
    removeEntity(tx, ROLE, role);
  });
}
