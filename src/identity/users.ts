import { readCounter, readRecord, type Core } from './core.ts';
import { deleteConflict, IdentityError, noSuch, quotaExceeded } from './error.ts';
import { newUniqueId } from './ids.ts';
import { pageByName, type ListByPath } from './listing.ts';
import type { Page, Tags, User } from './model.ts';
import { counters, userNames, users } from './records.ts';
import { mergeTags, withoutTags } from './tags.ts';
import type { Transaction } from './transaction.ts';

export interface CreateUser {
  readonly name: string;
  readonly path?: string | undefined;
  readonly tags?: Tags | undefined;
}

export interface UpdateUser {
  readonly newName?: string | undefined;
  readonly newPath?: string | undefined;
}

export type UserMethods = ReturnType<typeof userMethods>;

export function userMethods(core: Core) {
  return {
    createUser: (account: string, request: CreateUser) => createUser(core, account, request),
    updateUser: (account: string, name: string, request: UpdateUser) =>
      updateUser(core, account, name, request),
    deleteUser: (account: string, name: string) => deleteUser(core, account, name),

    /** Throws NoSuchEntity. */
    async getUser(account: string, name: string): Promise<User> {
      const reference = await readRecord(core, userNames, account, name.toLowerCase());
      const user = reference && (await readRecord(core, users, account, reference.id));
      if (user === undefined) throw noSuch('user', name);
      return user;
    },
    findUserById: (account: string, id: string) => readRecord(core, users, account, id),
    listUsers: (account: string, request: ListByPath): Promise<Page<User>> =>
      pageByName(core, userNames, users, account, request),

    tagUser: (account: string, name: string, tags: Tags) =>
      changeUser(core, account, name, (user) => ({
        ...user,
        tags: mergeTags(user.tags, tags, 'anyCase', core.quotas),
      })),
    untagUser: (account: string, name: string, keys: readonly string[]) =>
      changeUser(core, account, name, (user) => ({
        ...user,
        tags: withoutTags(user.tags, keys, 'anyCase'),
      })),
  };
}

/** The user of this name as the transaction sees it, or NoSuchEntity. */
export async function userIn(tx: Transaction, account: string, name: string): Promise<User> {
  const reference = await tx.get(userNames, account, name.toLowerCase());
  const user = reference && (await tx.get(users, account, reference.id));
  if (user === undefined) throw noSuch('user', name);
  return user;
}

function changeUser(
  core: Core,
  account: string,
  name: string,
  change: (user: User) => User,
): Promise<void> {
  return core.transact(async (tx) => {
    const user = await userIn(tx, account, name);
    tx.set(users, change(user), account, user.id);
  });
}

async function createUser(core: Core, account: string, request: CreateUser): Promise<User> {
  const { name, path = '/', tags = [] } = request;
  // Read beside the transaction: creators of different users shall not get into each other's way,
  // at the price that as many as create at one moment may go past the quota together.
  const count = await readCounter(core, account, 'users');
  return core.transact(async (tx) => {
    await assertNameIsFree(tx, account, name);
    if (count >= core.quotas.usersPerAccount) {
      throw quotaExceeded('UsersPerAccount', core.quotas.usersPerAccount);
    }
    const user: User = {
      id: newUniqueId('user'),
      account,
      name,
      path,
      createdAtMs: core.clock.nowMs(),
      tags: mergeTags([], tags, 'anyCase', core.quotas),
      accessKeyIds: [],
      groupIds: [],
      attachedPolicyIds: [],
      inlinePolicies: [],
    };
    tx.set(users, user, account, user.id);
    tx.set(userNames, { id: user.id }, account, name.toLowerCase());
    tx.add(counters, 1, account, 'users');
    return user;
  });
}

function updateUser(core: Core, account: string, name: string, request: UpdateUser): Promise<User> {
  return core.transact(async (tx) => {
    const user = await userIn(tx, account, name);
    const newName = request.newName ?? user.name;
    const isMoved = newName.toLowerCase() !== user.name.toLowerCase();
    if (isMoved) await assertNameIsFree(tx, account, newName);
    const changed: User = { ...user, name: newName, path: request.newPath ?? user.path };
    if (isMoved) {
      tx.delete(userNames, account, user.name.toLowerCase());
      tx.set(userNames, { id: user.id }, account, newName.toLowerCase());
    }
    tx.set(users, changed, account, user.id);
    return changed;
  });
}

function deleteUser(core: Core, account: string, name: string): Promise<void> {
  return core.transact(async (tx) => {
    const user = await userIn(tx, account, name);
    if (user.accessKeyIds.length > 0) throw deleteConflict('delete access keys');
    if (user.attachedPolicyIds.length > 0) throw deleteConflict('detach all policies');
    if (user.inlinePolicies.length > 0) throw deleteConflict('delete policies');
    if (user.groupIds.length > 0) throw deleteConflict('remove users from group');
    tx.delete(users, account, user.id);
    tx.delete(userNames, account, user.name.toLowerCase());
    tx.add(counters, -1, account, 'users');
  });
}

async function assertNameIsFree(tx: Transaction, account: string, name: string): Promise<void> {
  if ((await tx.get(userNames, account, name.toLowerCase())) === undefined) return;
  throw new IdentityError('EntityAlreadyExists', `User with name ${name} already exists.`);
}
