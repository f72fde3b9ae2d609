import { readCounter, readRecord, type Core } from './core.ts';
import {
  addEntity,
  assertNameIsFree,
  changeEntity,
  entityIn,
  findEntity,
  INSTANCE_PROFILE,
  readEntity,
  removeEntity,
  ROLE,
} from './entity.ts';
import { deleteConflict, IdentityError, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { pageByName, pageOf, type ListByPath } from './listing.ts';
import type { InstanceProfile, Page, PageRequest, Role, Tags } from './model.ts';
import { instanceProfiles, roles } from './records.ts';
import { mergeTags, withoutTags } from './tags.ts';

export interface CreateInstanceProfile {
  readonly name: string;
  readonly path?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** What machines are given instead of a role: a name for one role, which may change. */
export function instanceProfileMethods(core: Core) {
  return {
    createInstanceProfile: (account: string, request: CreateInstanceProfile) =>
      createProfile(core, account, request),
    deleteInstanceProfile: (account: string, name: string): Promise<void> =>
      core.transact(async (tx) => {
        const profile = await entityIn(tx, INSTANCE_PROFILE, account, name);
        if (profile.roleId !== undefined) {
          throw deleteConflict('remove roles from instance profile');
        }
        removeEntity(tx, INSTANCE_PROFILE, profile);
      }),

    /** Throws NoSuchEntity. */
    getInstanceProfile: (account: string, name: string) =>
      readEntity(core, INSTANCE_PROFILE, account, name),
    findInstanceProfile: (account: string, name: string) =>
      findEntity(core, INSTANCE_PROFILE, account, name),
    listInstanceProfiles: (account: string, request: ListByPath): Promise<Page<InstanceProfile>> =>
      pageByName(core, INSTANCE_PROFILE, account, request),
    async listInstanceProfilesForRole(
      account: string,
      roleName: string,
      request: PageRequest,
    ): Promise<Page<InstanceProfile>> {
      const role = await readEntity(core, ROLE, account, roleName);
      return pageOf(await profilesOf(core, role), ({ name }) => name, request);
    },
    instanceProfilesOf: (role: Role) => profilesOf(core, role),

    addRoleToInstanceProfile: (account: string, name: string, roleName: string) =>
      addRole(core, account, name, roleName),
    removeRoleFromInstanceProfile: (account: string, name: string, roleName: string) =>
      removeRole(core, account, name, roleName),

    async tagInstanceProfile(account: string, name: string, tags: Tags): Promise<void> {
      await changeEntity(core, INSTANCE_PROFILE, account, name, (profile) => ({
        ...profile,
        tags: mergeTags(profile.tags, tags, 'exact', core.quotas),
      }));
    },
    async untagInstanceProfile(
      account: string,
      name: string,
      keys: readonly string[],
    ): Promise<void> {
      await changeEntity(core, INSTANCE_PROFILE, account, name, (profile) => ({
        ...profile,
        tags: withoutTags(profile.tags, keys, 'exact'),
      }));
    },
  };
}

async function profilesOf(core: Core, role: Role): Promise<readonly InstanceProfile[]> {
  const { account, instanceProfileIds } = role;
  const found = await Promise.all(
    instanceProfileIds.map((id) => readRecord(core, instanceProfiles, account, id)),
  );
  return found.filter((profile) => profile !== undefined);
}

async function createProfile(
  core: Core,
  account: string,
  { name, path = '/', tags = [] }: CreateInstanceProfile,
): Promise<InstanceProfile> {
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'instanceProfiles');
  return core.transact(async (tx) => {
    await assertNameIsFree(tx, INSTANCE_PROFILE, account, name);
    const { instanceProfilesPerAccount: limit } = core.quotas;
    if (count >= limit) throw quotaExceeded('InstanceProfilesPerAccount', limit);
    const profile: InstanceProfile = {
      id: newUniqueId('instanceProfile'),
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      tags: mergeTags([], tags, 'exact', core.quotas),
    };
    addEntity(tx, INSTANCE_PROFILE, profile);
    return profile;
  });
}

/** "An instance profile can contain only one role, and this quota cannot be increased." */
const ROLES_PER_PROFILE = 1;

function addRole(core: Core, account: string, name: string, roleName: string): Promise<void> {
  return core.transact(async (tx) => {
    const profile = await entityIn(tx, INSTANCE_PROFILE, account, name);
    const role = await entityIn(tx, ROLE, account, roleName);
    if (profile.roleId !== undefined) {
      throw quotaExceeded('InstanceSessionsPerInstanceProfile', ROLES_PER_PROFILE);
    }
    const instanceProfileIds = [...role.instanceProfileIds, profile.id];
    tx.set(instanceProfiles, { ...profile, roleId: role.id }, account, profile.id);
    tx.set(roles, { ...role, instanceProfileIds }, account, role.id);
  });
}

function removeRole(core: Core, account: string, name: string, roleName: string): Promise<void> {
  return core.transact(async (tx) => {
    const { roleId, ...profile } = await entityIn(tx, INSTANCE_PROFILE, account, name);
    const role = await entityIn(tx, ROLE, account, roleName);
    if (roleId !== role.id) {
      throw new IdentityError(
        'NoSuchEntity',
        `The role with name ${role.name} is not in instance profile ${profile.name}.`,
      );
    }
    const instanceProfileIds = role.instanceProfileIds.filter((id) => id !== profile.id);
    tx.set(instanceProfiles, profile, account, profile.id);
    tx.set(roles, { ...role, instanceProfileIds }, account, role.id);
  });
}
