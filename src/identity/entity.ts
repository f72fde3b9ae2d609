import { readRecord, type Core } from './core.ts';
import { IdentityError, noSuch } from './error.ts';
import type { Actor, Entity, Group, Identity, InstanceProfile, Role, User } from './model.ts';
import type { RecordKind } from './record.ts';
import {
  actorIds,
  counters,
  groupNames,
  groups,
  instanceProfileNames,
  instanceProfiles,
  roleNames,
  roles,
  userNames,
  users,
  type ActorKind,
  type CounterName,
  type IdentityKind,
} from './records.ts';
import type { Transaction } from './transaction.ts';

/** What is found by its name in an account: in this users, groups and the like are alike. */
export interface EntityKind<E extends Entity> extends Nameable {
  readonly records: RecordKind<E, [account: string, id: string]>;
  readonly counter: CounterName;
}

/** Users, groups and roles as far as they are alike: carriers of policies. */
export interface CarryingKind<E extends Identity> extends EntityKind<E> {
  readonly kind: IdentityKind;
}

/** Users and roles as far as they are alike: tagged, and bound. */
export interface ActingKind<E extends Actor> extends CarryingKind<E> {
  readonly kind: ActorKind;
}

interface Nameable {
  readonly kind: IdentityKind | 'instance-profile';
  readonly names: RecordKind<{ readonly id: string }, [account: string, nameInLowerCase: string]>;
}

export const USER: ActingKind<User> = {
  kind: 'user',
  records: users,
  names: userNames,
  counter: 'users',
};
export const GROUP: CarryingKind<Group> = {
  kind: 'group',
  records: groups,
  names: groupNames,
  counter: 'groups',
};
export const ROLE: ActingKind<Role> = {
  kind: 'role',
  records: roles,
  names: roleNames,
  counter: 'roles',
};
export const INSTANCE_PROFILE: EntityKind<InstanceProfile> = {
  kind: 'instance-profile',
  records: instanceProfiles,
  names: instanceProfileNames,
  counter: 'instanceProfiles',
};

/** The entity as the transaction sees it, or NoSuchEntity. */
export async function entityIn<E extends Entity>(
  tx: Transaction,
  { kind, records, names }: EntityKind<E>,
  account: string,
  name: string,
): Promise<E> {
  const reference = await tx.get(names, account, name.toLowerCase());
  const entity = reference && (await tx.get(records, account, reference.id));
  if (entity === undefined) throw noSuchEntity(kind, name);
  return entity;
}

export async function findEntity<E extends Entity>(
  core: Core,
  { records, names }: EntityKind<E>,
  account: string,
  name: string,
): Promise<E | undefined> {
  const reference = await readRecord(core, names, account, name.toLowerCase());
  return reference && readRecord(core, records, account, reference.id);
}

/** The entity as it is now, or NoSuchEntity. */
export async function readEntity<E extends Entity>(
  core: Core,
  kind: EntityKind<E>,
  account: string,
  name: string,
): Promise<E> {
  const entity = await findEntity(core, kind, account, name);
  if (entity === undefined) throw noSuchEntity(kind.kind, name);
  return entity;
}

function noSuchEntity(kind: Nameable['kind'], name: string): IdentityError {
  return kind === 'instance-profile'
    ? new IdentityError('NoSuchEntity', `Instance Profile ${name} cannot be found.`)
    : noSuch(kind, name);
}

const SUBJECT = {
  user: 'User with name',
  group: 'Group with name',
  role: 'Role with name',
  'instance-profile': 'Instance Profile',
} as const satisfies Record<Nameable['kind'], string>;

export async function assertNameIsFree(
  tx: Transaction,
  { kind, names }: Nameable,
  account: string,
  name: string,
): Promise<void> {
  if ((await tx.get(names, account, name.toLowerCase())) === undefined) return;
  throw new IdentityError('EntityAlreadyExists', `${SUBJECT[kind]} ${name} already exists.`);
}

/** Writes a new entity, whose name is known to be free. */
export function addEntity<E extends Entity>(
  tx: Transaction,
  { kind, records, names, counter }: EntityKind<E>,
  entity: E,
): void {
  const { account, id, name } = entity;
  tx.set(records, entity, account, id);
  tx.set(names, { id }, account, name.toLowerCase());
  if (kind === 'user' || kind === 'role') tx.set(actorIds, { account, kind }, id);
  tx.add(counters, 1, account, counter);
}

/** Removes an entity on which nothing hangs any more. */
export function removeEntity<E extends Entity>(
  tx: Transaction,
  { kind, records, names, counter }: EntityKind<E>,
  { account, id, name }: E,
): void {
  tx.delete(records, account, id);
  tx.delete(names, account, name.toLowerCase());
  if (kind === 'user' || kind === 'role') tx.delete(actorIds, id);
  tx.add(counters, -1, account, counter);
}

export interface Rename {
  readonly newName?: string | undefined;
  readonly newPath?: string | undefined;
}

/** Gives the entity another name, path or both; its id and all that hangs on it stay. */
export function renameEntity<E extends Entity>(
  core: Core,
  kind: EntityKind<E>,
  account: string,
  name: string,
  { newName, newPath }: Rename,
): Promise<E> {
  return core.transact(async (tx) => {
    const entity = await entityIn(tx, kind, account, name);
    const changed: E = { ...entity, name: newName ?? entity.name, path: newPath ?? entity.path };
    const [before, after] = [entity.name.toLowerCase(), changed.name.toLowerCase()];
    if (before !== after) {
      await assertNameIsFree(tx, kind, account, changed.name);
      tx.delete(kind.names, account, before);
      tx.set(kind.names, { id: entity.id }, account, after);
    }
    tx.set(kind.records, changed, account, entity.id);
    return changed;
  });
}

/** Makes of the entity what `change` says, for changes that need nothing else. */
export function changeEntity<E extends Entity>(
  core: Core,
  kind: EntityKind<E>,
  account: string,
  name: string,
  change: (entity: E) => E,
): Promise<E> {
  return core.transact(async (tx) => {
    const changed = change(await entityIn(tx, kind, account, name));
    tx.set(kind.records, changed, account, changed.id);
    return changed;
  });
}

/** Refuses to delete what still carries policies. */
export function assertNoPolicies(entity: Identity): void {
  if (entity.attachedPolicyIds.length > 0) {
    throw new IdentityError(
      'DeleteConflict',
      'Cannot delete entity, must detach all policies first.',
    );
  }
  if (entity.inlinePolicies.length > 0) {
    throw new IdentityError('DeleteConflict', 'Cannot delete entity, must delete policies first.');
  }
}
