import { systemClock } from '../base/clock.ts';
import { openIdentityStore } from '../identity/index.ts';
import { openEmbeddedStore } from '../kv/embedded/embedded-store.ts';
import type { Config } from './config.ts';
import { masterKeyOf, openDataFolder } from './data-folder.ts';

export interface NewAccount {
  readonly name: string;
  readonly email: string;
  readonly id?: string | undefined;
  readonly accessKeyId?: string | undefined;
  readonly secretAccessKey?: string | undefined;
}

/** Adds an account with a root key to a data folder that no server has open. */
export async function addAccount(config: Pick<Config, 'dataFolder'>, request: NewAccount) {
  const folder = openDataFolder(config.dataFolder);
  await using kv = await openEmbeddedStore(folder.store);
  const masterKey = masterKeyOf(folder);
  await using identity = await openIdentityStore({ kv, clock: systemClock, masterKey });
  const { name, email, id } = request;
  const account = await identity.createAccount({
    name,
    email,
    ...(id === undefined ? {} : { id }),
  });
  const key = await identity.createRootKey(account.id, request);
  return {
    account,
    key: { accessKeyId: key.id, secretAccessKey: key.secretAccessKey },
  };
}
