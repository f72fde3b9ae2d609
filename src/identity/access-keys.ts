import { readRecord, type Core } from './core.ts';
import { IdentityError, quotaExceeded } from './error.ts';
import { newAccessKeyId, newSecretAccessKey } from './ids.ts';
import type { AccessKey, AccessKeyStatus, NewAccessKey } from './model.ts';
import { entityIn, readEntity, USER } from './entity.ts';
import { accessKeys, accounts, keyUses, users, type AccessKeyRecord } from './records.ts';
import type { Transaction } from './transaction.ts';

/** Whose keys: a user's by name, or the account's own. */
export type KeyOwner = { readonly kind: 'root' } | { readonly kind: 'user'; readonly name: string };

/** A key that is to be taken over from elsewhere; what is absent is drawn. */
export interface GivenKey {
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** AWS's own rule for access key ids in requests. */
const ACCESS_KEY_ID = /^\w{16,128}$/;
/** Printable ASCII without blanks, so that it passes through files and shells; 16 is the least that is not guessed. */
const SECRET_ACCESS_KEY = /^[!-~]{16,128}$/;

export function accessKeyMethods(core: Core) {
  return {
    createAccessKey: (account: string, owner: KeyOwner) => createKey(core, account, owner, {}),
    /** The only key that may bring its id and secret: it must be known before anybody can ask. */
    createRootKey: (account: string, given: GivenKey = {}) =>
      createKey(core, account, { kind: 'root' }, given),
    updateAccessKey: (account: string, owner: KeyOwner, id: string, status: AccessKeyStatus) =>
      core.transact(async (tx) => {
        const { key } = await keyIn(tx, account, owner, id);
        tx.set(accessKeys, { ...key, status }, id);
      }),
    deleteAccessKey: (account: string, owner: KeyOwner, id: string) =>
      deleteKey(core, account, owner, id),

    /** All keys of the owner, oldest first; throws NoSuchEntity for a user who is not there. */
    async listAccessKeys(account: string, owner: KeyOwner): Promise<readonly AccessKey[]> {
      const ids =
        owner.kind === 'user'
          ? (await readEntity(core, USER, account, owner.name)).accessKeyIds
          : ((await readRecord(core, accounts, account))?.rootAccessKeyIds ?? []);
      const keys = await Promise.all(ids.map((id) => readRecord(core, accessKeys, id)));
      return keys.filter((key) => key !== undefined).map(withoutSecret);
    },
    async findAccessKey(id: string): Promise<AccessKey | undefined> {
      const key = await readRecord(core, accessKeys, id);
      return key && withoutSecret(key);
    },
  };
}

async function createKey(
  core: Core,
  account: string,
  owner: KeyOwner,
  given: GivenKey,
): Promise<NewAccessKey> {
  const id = given.accessKeyId ?? newAccessKeyId();
  const secretAccessKey = given.secretAccessKey ?? newSecretAccessKey();
  if (!ACCESS_KEY_ID.test(id)) {
    throw new IdentityError('ValidationError', 'An access key id is 16 to 128 of A-Z, a-z, 0-9, _');
  }
  if (!SECRET_ACCESS_KEY.test(secretAccessKey)) {
    throw new IdentityError(
      'ValidationError',
      'A secret access key is 16 to 128 printable ASCII characters without blanks',
    );
  }
  return core.transact(async (tx) => {
    const holder = await holderIn(tx, account, owner);
    const { accessKeysPerUser } = core.quotas;
    if (holder.keyIds.length >= accessKeysPerUser) {
      throw quotaExceeded('AccessKeysPerUser', accessKeysPerUser);
    }
    if ((await tx.get(accessKeys, id)) !== undefined) {
      throw new IdentityError('EntityAlreadyExists', `Access key ${id} already exists.`);
    }
    const key: AccessKey = {
      id,
      account,
      owner: holder.owner,
      status: 'Active',
      createdAtMs: core.clock.nowMs(),
    };
    tx.set(accessKeys, { ...key, sealedSecret: core.seal.seal(secretAccessKey, id) }, id);
    holder.setKeyIds([...holder.keyIds, id]);
    return { ...key, secretAccessKey };
  });
}

function deleteKey(core: Core, account: string, owner: KeyOwner, id: string): Promise<void> {
  return core.transact(async (tx) => {
    const { holder } = await keyIn(tx, account, owner, id);
    tx.delete(accessKeys, id);
    tx.delete(keyUses, id);
    holder.setKeyIds(holder.keyIds.filter((other) => other !== id));
  });
}

/** The record that lists the owner's keys. */
interface Holder {
  readonly owner: AccessKey['owner'];
  readonly keyIds: readonly string[];
  setKeyIds(ids: readonly string[]): void;
}

async function holderIn(tx: Transaction, account: string, owner: KeyOwner): Promise<Holder> {
  if (owner.kind === 'user') {
    const user = await entityIn(tx, USER, account, owner.name);
    return {
      owner: { kind: 'user', id: user.id },
      keyIds: user.accessKeyIds,
      setKeyIds: (accessKeyIds) => tx.set(users, { ...user, accessKeyIds }, account, user.id),
    };
  }
  const record = await tx.get(accounts, account);
  if (record === undefined) {
    throw new IdentityError('NoSuchEntity', `Account ${account} cannot be found.`);
  }
  return {
    owner: { kind: 'root' },
    keyIds: record.rootAccessKeyIds,
    setKeyIds: (rootAccessKeyIds) => tx.set(accounts, { ...record, rootAccessKeyIds }, account),
  };
}

async function keyIn(
  tx: Transaction,
  account: string,
  owner: KeyOwner,
  id: string,
): Promise<{ readonly key: AccessKeyRecord; readonly holder: Holder }> {
  const holder = await holderIn(tx, account, owner);
  const key = holder.keyIds.includes(id) ? await tx.get(accessKeys, id) : undefined;
  if (key === undefined) {
    throw new IdentityError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`);
  }
  return { key, holder };
}

function withoutSecret({ id, account, owner, status, createdAtMs }: AccessKeyRecord): AccessKey {
  return { id, account, owner, status, createdAtMs };
}
