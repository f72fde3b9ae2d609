import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreInUseError } from '../errors.ts';
import { isBusy } from './sqlite-error.ts';

const DATABASE_FILE = 'entries.db';
const LOCK_FILE = 'lock.db';

export function databasePath(folder: string): string {
  return join(folder, DATABASE_FILE);
}

/**
 * Makes the folder and its files, readable by the owner alone. SQLite gives its other files the
 * mode of the database. The names are on the disk when this returns.
 */
export function createFolder(folder: string): void {
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 });
  const isNew = [DATABASE_FILE, LOCK_FILE].map((name) => createFile(join(folder, name)));
  if (isNew.includes(true)) syncFolder(folder);
  if (firstMade === undefined) return;
  for (let made = resolve(folder); made !== dirname(resolve(firstMade)); made = dirname(made)) {
    syncFolder(dirname(made));
  }
}

export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Holds the folder until closed. The lock is SQLite's own, on a database that is always empty; the
 * kernel releases it when the process ends in whatever way. Throws `StoreInUseError`.
 */
export function lockFolder(folder: string): Disposable {
  const database = new DatabaseSync(join(folder, LOCK_FILE));
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new StoreInUseError(`Another process uses the data folder ${folder}.`, { cause: error });
  }
  return { [Symbol.dispose]: () => database.close() };
}

/**
 * A descriptor of the database for `fsync` alone. To be opened before SQLite has the file open and
 * closed after, because of the rule of `createFile`.
 */
export function openForSync(folder: string): number {
  return openSync(databasePath(folder), 'r+');
}

/**
 * Never opens a file that is there: closing any descriptor of a file drops every POSIX lock that
 * this process has on it, and those are the locks that SQLite relies on.
 */
function createFile(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
