import { DatabaseSync } from 'node:sqlite';
import { StoreFormatError } from '../errors.ts';
import { databasePath } from './folder.ts';

/** "Cofr": what `file` and SQLite's tools show as the application of the database. */
const APPLICATION_ID = 0x436f6672;

/** Raised when an older program could not read what a newer one wrote. */
const FORMAT_VERSION = 2;

/** Fixed when the database is made. Larger pages made small commits slower in every measurement. */
const PAGE_SIZE = 4096;

/**
 * Of the writer: small enough to stay in the processor's cache, because every new page takes the
 * memory of the one that was longest unused, and each COMMIT looks through all of it. What is not
 * kept comes from the system's page cache for about a microsecond.
 */
const WRITER_CACHE_KIB = 4 * 1024;

/** Of each reading thread: every commit empties it, so what it holds is a burst of reads. */
const READER_CACHE_KIB = 16 * 1024;

/** Patience with another connection's short locks; the folder's lock keeps other processes out. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * A row of `entry` that outgrows its page makes every search that meets it read all of it, because
 * in a tree of keys a row is compared as a whole. So the value of a large entry is a row of `large`,
 * and `entry.value` its id; triggers take the row away when the entry is written over or deleted.
 */
const LARGE_SCHEMA = `
  CREATE TABLE large (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
  CREATE TRIGGER large_replaced AFTER UPDATE ON entry WHEN typeof(old.value) = 'integer'
    BEGIN DELETE FROM large WHERE id = old.value; END;
  CREATE TRIGGER large_deleted AFTER DELETE ON entry WHEN typeof(old.value) = 'integer'
    BEGIN DELETE FROM large WHERE id = old.value; END;
`;

/**
 * The bytes of a row of `entry`, wherever they lie; to be used in a SELECT from `entry`. Every BLOB
 * is greater than every INTEGER, and comparing is cheaper than asking for the type.
 */
export const VALUE_SQL = `
  CASE WHEN value >= x'' THEN value
    ELSE (SELECT large.value FROM large WHERE large.id = entry.value)
  END`;

/**
 * Key and value together up to here stay in the tree of keys: of a page of 4 KiB a row has 1,002
 * bytes (SQLite's file format, "Index B-Tree Leaf Cell"), less version, checksum and header.
 */
export const IN_TREE_SIZE_MAX = 970;

const SCHEMA = `
  CREATE TABLE entry (
    key BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    value BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counter VALUES ('version limit', 0);
  ${LARGE_SCHEMA}
`;

/**
 * The one connection that writes. `synchronous = FULL` syncs the log inside each COMMIT, before the
 * commit becomes visible to any connection: nobody reads what a loss of power could take back.
 * A large batch outgrows the cache rather than being written to the log twice, page by page.
 * Checkpoints are started by the writer alone. Throws `StoreFormatError` before changing anything.
 */
export function openWriting(folder: string, pagesMax?: number): DatabaseSync {
  const database = new DatabaseSync(databasePath(folder), { timeout: BUSY_TIMEOUT_MS });
  try {
    const format = checkFormat(database, folder);
    const isNew = format === undefined;
    if (isNew) database.exec(`PRAGMA page_size = ${PAGE_SIZE}`);
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA fullfsync = ON;
      PRAGMA cell_size_check = ON;
      PRAGMA cache_size = -${WRITER_CACHE_KIB};
      PRAGMA cache_spill = OFF;
      PRAGMA wal_autocheckpoint = 0;
    `);
    if (pagesMax !== undefined) database.exec(`PRAGMA max_page_count = ${pagesMax}`);
    if (isNew) create(database);
    else if (format < FORMAT_VERSION) addLarge(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

/** A connection that reads, of one thread. The writer's is open before it and after it. */
export function openReading(folder: string): DatabaseSync {
  const database = new DatabaseSync(databasePath(folder), {
    readOnly: true,
    timeout: BUSY_TIMEOUT_MS,
  });
  database.exec(`PRAGMA cache_size = -${READER_CACHE_KIB}; PRAGMA cell_size_check = ON`);
  return database;
}

/** A connection that only copies the log into the database. */
export function openCheckpointing(folder: string): DatabaseSync {
  const database = new DatabaseSync(databasePath(folder), { timeout: BUSY_TIMEOUT_MS });
  database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA wal_autocheckpoint = 0');
  return database;
}

/** How far a checkpoint came, in pages. */
export interface CheckpointProgress {
  readonly inLog: number;
  readonly copied: number;
}

/** Copies what it can of the log without waiting for anyone, and without making anyone wait. */
export function checkpoint(database: DatabaseSync): CheckpointProgress {
  const row = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
  return { inLog: Number(row?.['log'] ?? 0), copied: Number(row?.['checkpointed'] ?? 0) };
}

/** The format that the database has; undefined when it is empty and ours to fill. */
function checkFormat(database: DatabaseSync, folder: string): number | undefined {
  const application = pragma(database, 'application_id');
  const format = pragma(database, 'user_version');
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'];
  if (application === 0 && format === 0 && tables === 0) return undefined;
  if (application !== APPLICATION_ID) {
    throw new StoreFormatError(`${folder} holds the database of another program.`);
  }
  if (format > FORMAT_VERSION) {
    throw new StoreFormatError(
      `${folder} was written by a newer version: format ${format}, this one reads ${FORMAT_VERSION}.`,
    );
  }
  return format;
}

/** Format 1 had every value in the tree of keys, where those that it wrote may stay. */
function addLarge(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${LARGE_SCHEMA}
    PRAGMA user_version = ${FORMAT_VERSION};
    COMMIT;
  `);
}

function create(database: DatabaseSync): void {
  database.exec(`
    BEGIN IMMEDIATE;
    ${SCHEMA}
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FORMAT_VERSION};
    COMMIT;
  `);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
