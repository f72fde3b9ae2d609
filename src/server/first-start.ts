import { newAccessKeyId, newSecretAccessKey, type IdentityStore } from '../identity/index.ts';
import type { Config } from './config.ts';
import { writePrivateFile, type DataFolder } from './data-folder.ts';

export interface RootKey {
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const ROOT_ACCOUNT = { name: 'root', email: 'root@localhost' };

/**
 * Makes the first account and its root key, once, and returns the key that it made. The file with
 * the key is written before the key exists, so that no crash leaves a key that nobody knows.
 */
export async function prepareRoot(
  identity: IdentityStore,
  folder: DataFolder,
  given: Config['rootKey'],
): Promise<RootKey | undefined> {
  const account =
    (await identity.findAccountByEmail(ROOT_ACCOUNT.email)) ??
    (await identity.createAccount(ROOT_ACCOUNT));
  const known = account.rootAccessKeyIds;
  if (given === undefined ? known.length > 0 : known.includes(given.accessKeyId)) return undefined;
  const { accessKeyId, secretAccessKey } = given ?? {
    accessKeyId: newAccessKeyId(),
    secretAccessKey: newSecretAccessKey(),
  };
  writePrivateFile(
    folder.rootCredentials,
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  await identity.createRootKey(account.id, { accessKeyId, secretAccessKey });
  return { accountId: account.id, accessKeyId, secretAccessKey };
}
