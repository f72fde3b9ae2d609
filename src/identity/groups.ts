import { readCounter, readRecord, walkRecords, type Core } from './core.ts';
import {
  addEntity,
  assertNameIsFree,
  assertNoPolicies,
  entityIn,
  findEntity,
  GROUP,
  readEntity,
  removeEntity,
  renameEntity,
  USER,
  type Rename,
} from './entity.ts';
import { deleteConflict, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { pageByName, pageOf, type ListByPath } from './listing.ts';
import type { Group, Page, PageRequest, User } from './model.ts';
import { groups, members, users } from './records.ts';

export interface CreateGroup {
  readonly name: string;
  readonly path?: string | undefined;
}

export function groupMethods(core: Core) {
  return {
    createGroup: (account: string, request: CreateGroup) => createGroup(core, account, request),
    updateGroup: (account: string, name: string, rename: Rename): Promise<Group> =>
      renameEntity(core, GROUP, account, name, rename),
    deleteGroup: (account: string, name: string) => deleteGroup(core, account, name),

    /** Throws NoSuchEntity. */
    getGroup: (account: string, name: string) => readEntity(core, GROUP, account, name),
    findGroupById: (account: string, id: string) => readRecord(core, groups, account, id),
    findGroup: (account: string, name: string) => findEntity(core, GROUP, account, name),
    listGroups: (account: string, request: ListByPath): Promise<Page<Group>> =>
      pageByName(core, GROUP, account, request),

    /** Changes nothing for who is a member already. */
    addUserToGroup: (account: string, groupName: string, userName: string) =>
      addMember(core, account, groupName, userName),
    /** Changes nothing for who is no member. */
    removeUserFromGroup: (account: string, groupName: string, userName: string) =>
      removeMember(core, account, groupName, userName),

    async listGroupMembers(
      account: string,
      groupName: string,
      request: PageRequest,
    ): Promise<Page<User>> {
      const group = await readEntity(core, GROUP, account, groupName);
      const found: (User | undefined)[] = [];
      for await (const { record } of walkRecords(core, members, [account, group.id])) {
        found.push(await readRecord(core, users, account, record.id));
      }
      const present = found.filter((user) => user !== undefined);
      return pageOf(present, ({ name }) => name, request);
    },
    async listGroupsForUser(
      account: string,
      userName: string,
      request: PageRequest,
    ): Promise<Page<Group>> {
      const user = await readEntity(core, USER, account, userName);
      const found = await Promise.all(
        user.groupIds.map((id) => readRecord(core, groups, account, id)),
      );
      const present = found.filter((group) => group !== undefined);
      return pageOf(present, ({ name }) => name, request);
    },
  };
}

async function createGroup(core: Core, account: string, request: CreateGroup): Promise<Group> {
  const { name, path = '/' } = request;
  // Beside the transaction, as for users.
  const count = await readCounter(core, account, 'groups');
  return core.transact(async (tx) => {
    await assertNameIsFree(tx, GROUP, account, name);
    const { groupsPerAccount } = core.quotas;
    if (count >= groupsPerAccount) throw quotaExceeded('GroupsPerAccount', groupsPerAccount);
    const group: Group = {
      id: newUniqueId('group'),
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      memberCount: 0,
      attachedPolicyIds: [],
      inlinePolicies: [],
    };
    addEntity(tx, GROUP, group);
    return group;
  });
}

function deleteGroup(core: Core, account: string, name: string): Promise<void> {
  return core.transact(async (tx) => {
    const group = await entityIn(tx, GROUP, account, name);
    if (group.memberCount > 0) throw deleteConflict('remove users from group');
    assertNoPolicies(group);
    removeEntity(tx, GROUP, group);
  });
}

function addMember(
  core: Core,
  account: string,
  groupName: string,
  userName: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const group = await entityIn(tx, GROUP, account, groupName);
    const user = await entityIn(tx, USER, account, userName);
    if (user.groupIds.includes(group.id)) return;
    const { groupsPerUser } = core.quotas;
    if (user.groupIds.length >= groupsPerUser) throw quotaExceeded('GroupsPerUser', groupsPerUser);
    tx.set(users, { ...user, groupIds: [...user.groupIds, group.id] }, account, user.id);
    tx.set(groups, { ...group, memberCount: group.memberCount + 1 }, account, group.id);
    tx.set(members, { id: user.id }, account, group.id, user.id);
  });
}

function removeMember(
  core: Core,
  account: string,
  groupName: string,
  userName: string,
): Promise<void> {
  return core.transact(async (tx) => {
    const group = await entityIn(tx, GROUP, account, groupName);
    const user = await entityIn(tx, USER, account, userName);
    if (!user.groupIds.includes(group.id)) return;
    const groupIds = user.groupIds.filter((id) => id !== group.id);
    tx.set(users, { ...user, groupIds }, account, user.id);
    tx.set(groups, { ...group, memberCount: group.memberCount - 1 }, account, group.id);
    tx.delete(members, account, group.id, user.id);
  });
}
