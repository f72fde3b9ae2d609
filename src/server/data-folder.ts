import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { secureBytes } from '../base/random.ts';

/** Where each thing lies below the data folder. */
export interface DataFolder {
  readonly path: string;
  readonly store: string;
  readonly blobs: string;
  /** Root's first access key, in the format of `~/.aws/credentials`. */
  readonly rootCredentials: string;
  /** The certificate authority, in a folder of its own. */
  readonly authority: string;
}

const MASTER_KEY_SIZE = 32;
export const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;

export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true, mode: OWNER_ONLY_FOLDER });
  return {
    path,
    store: join(path, 'store'),
    blobs: join(path, 'blobs'),
    rootCredentials: join(path, 'root-credentials'),
    authority: join(path, 'authority'),
  };
}

/**
 * The key under which secrets are sealed, made at the first start. It lies beside the store and not
 * in it: a copy of the database alone gives no secret away.
 */
export function masterKeyOf(folder: DataFolder): Uint8Array {
  const path = join(folder.path, 'master.key');
  try {
    const key = readFileSync(path);
    if (key.byteLength === MASTER_KEY_SIZE) return key;
    throw new Error(`${path} is not a master key: it has ${key.byteLength} bytes`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const key = secureBytes(MASTER_KEY_SIZE);
  writePrivateFile(path, key);
  return key;
}

/** Writes a file that only its owner may read, whole or not at all, and durably. */
export function writePrivateFile(path: string, content: Uint8Array | string): void {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w', OWNER_ONLY_FILE);
  try {
    writeSync(file, typeof content === 'string' ? Buffer.from(content) : content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  const folder = openSync(join(path, '..'), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
