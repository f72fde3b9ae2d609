import { deleteBoundary, putBoundary, tagActor, untagActor } from './actor.ts';
import { readCounter, readRecord, type Core } from './core.ts';
import {
  addEntity,
  assertNameIsFree,
  assertNoPolicies,
  entityIn,
  findEntity,
  readEntity,
  removeEntity,
  renameEntity,
  USER,
  type Rename,
} from './entity.ts';
import { deleteConflict, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { pageByName, type ListByPath } from './listing.ts';
import { bound, unbound } from './managed-policy.ts';
import type { Page, Tags, User } from './model.ts';
import { users, serviceUses } from './records.ts';
import { mergeTags } from './tags.ts';

export interface CreateUser {
  readonly name: string;
  readonly path?: string | undefined;
  readonly tags?: Tags | undefined;
  /** ARN of a managed policy. */
  readonly boundary?: string | undefined;
}

export function userMethods(core: Core) {
  return {
    createUser: (account: string, request: CreateUser) => createUser(core, account, request),
    updateUser: (account: string, name: string, rename: Rename): Promise<User> =>
      renameEntity(core, USER, account, name, rename),
    deleteUser: (account: string, name: string) => deleteUser(core, account, name),

    /** Throws NoSuchEntity. */
    getUser: (account: string, name: string) => readEntity(core, USER, account, name),
    findUser: (account: string, name: string) => findEntity(core, USER, account, name),
    findUserById: (account: string, id: string) => readRecord(core, users, account, id),
    listUsers: (account: string, request: ListByPath): Promise<Page<User>> =>
      pageByName(core, USER, account, request),

    tagUser: (account: string, name: string, tags: Tags) =>
      tagActor(core, USER, account, name, tags),
    untagUser: (account: string, name: string, keys: readonly string[]) =>
      untagActor(core, USER, account, name, keys),
    putUserBoundary: (account: string, name: string, policyArn: string) =>
      putBoundary(core, USER, account, name, policyArn),
    deleteUserBoundary: (account: string, name: string) =>
      deleteBoundary(core, USER, account, name),
  };
}

async function createUser(core: Core, account: string, request: CreateUser): Promise<User> {
  const { name, path = '/', tags = [] } = request;
  // Read beside the transaction: creators of different users shall not get into each other's way,
  // at the price that as many as create at one moment may go past the quota together.
  const count = await readCounter(core, account, 'users');
  return core.transact(async (tx) => {
    await assertNameIsFree(tx, USER, account, name);
    const { usersPerAccount } = core.quotas;
    if (count >= usersPerAccount) throw quotaExceeded('UsersPerAccount', usersPerAccount);
    const fresh: User = {
      id: newUniqueId('user'),
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      tags: mergeTags([], tags, 'anyCase', core.quotas),
      accessKeyIds: [],
      groupIds: [],
      mfaSerials: [],
      attachedPolicyIds: [],
      inlinePolicies: [],
    };
    const { boundary } = request;
    const user = boundary === undefined ? fresh : await bound(tx, USER, fresh, boundary);
    addEntity(tx, USER, user);
    return user;
  });
}

function deleteUser(core: Core, account: string, name: string): Promise<void> {
  return core.transact(async (tx) => {
    const user = await entityIn(tx, USER, account, name);
    if (user.accessKeyIds.length > 0) throw deleteConflict('delete access keys');
    if (user.login !== undefined) throw deleteConflict('delete login profile');
    if (user.mfaSerials.length > 0) throw deleteConflict('delete MFA device');
    assertNoPolicies(user);
    if (user.groupIds.length > 0) throw deleteConflict('remove users from group');
    await unbound(tx, USER, user);
    tx.delete(serviceUses, account, user.id);
    removeEntity(tx, USER, user);
  });
}
