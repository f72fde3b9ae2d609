import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AssertionError, assert } from '../../base/assert.ts';
import { compareBytes } from '../../base/bytes.ts';
import { LruMap } from '../../base/lru.ts';
import type { Commit, Version } from '../key-value-store.ts';
import { StoreCorruptError } from '../errors.ts';
import { entryChecksum, keyAndValueCrc, verifyEntry } from './checksum.ts';
import { IN_TREE_SIZE_MAX, VALUE_SQL } from './database.ts';
import type { Outcome } from './message.ts';
import { findFailedCheck, keyText, resolveWrites } from '../resolve.ts';
import type { State } from '../resolve.ts';
import type { Stamps } from './stamps.ts';

/**
 * Versions are promised to the disk in blocks, so that a commit need not write the last one: after
 * a restart they go on from the end of the block. 2^53 last for nine thousand million restarts.
 */
const VERSION_BLOCK = 1_000_000;

/** Versions that checks name time and again, such as those of buckets, are looked up once. */
const VERSIONS_KNOWN_MAX = 1024;

/** What a key holds after the commits of a batch so far. */
interface Pending {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  readonly version: Version;
}

/** Counts commits' pages, roughly, so that checkpoints come at even distances. */
const PAGE_SIZE_ASSUMED = 4096;

/**
 * Applies many commits in one transaction, hence with one sync. Each is accepted or refused by
 * itself, in order, as if it were alone; what they leave in each key is then written once, in key
 * order, so that commits which hit the same page or the same counter share that too.
 */
export class BatchWriter {
  readonly #database: DatabaseSync;
  readonly #selectVersion: StatementSync;
  readonly #selectValue: StatementSync;
  readonly #upsert: StatementSync;
  readonly #insertLarge: StatementSync;
  readonly #upsertLarge: StatementSync;
  readonly #delete: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #raiseVersionLimit: StatementSync;
  readonly #stamps: Stamps;
  /** Of entries that are present; nobody else writes, so that they are what the database holds. */
  readonly #knownVersions = new LruMap<string, Version>(VERSIONS_KNOWN_MAX);
  #lastVersion: Version;
  /** No version above it may be used before a higher limit is on the disk. */
  #versionLimit: Version;
  #pagesWritten = 0;

  constructor(database: DatabaseSync, stamps: Stamps) {
    this.#database = database;
    this.#stamps = stamps;
    this.#selectVersion = database.prepare('SELECT version FROM entry WHERE key = ?');
    this.#selectVersion.setReturnArrays(true);
    this.#selectValue = database.prepare(
      `SELECT version, checksum, ${VALUE_SQL} AS value FROM entry WHERE key = ?`,
    );
    this.#upsert = database.prepare(upsertSql(`coalesce(?, x'')`));
    this.#insertLarge = database.prepare('INSERT INTO large (value) VALUES (?)');
    this.#upsertLarge = database.prepare(upsertSql('last_insert_rowid()'));
    this.#delete = database.prepare('DELETE FROM entry WHERE key = ?');
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#rollback = database.prepare('ROLLBACK');
    this.#raiseVersionLimit = database.prepare(
      `UPDATE counter SET value = ? WHERE name = 'version limit'`,
    );
    const limit = database
      .prepare(`SELECT value FROM counter WHERE name = 'version limit'`)
      .get()?.['value'];
    assert(typeof limit === 'number', 'The database has no version limit.');
    this.#versionLimit = limit;
    this.#lastVersion = limit;
  }

  /** About how many pages the log has grown by since it was opened. */
  get pagesWritten(): number {
    return this.#pagesWritten;
  }

  /**
   * One outcome for each commit, an error for one that could not be applied. When it returns they
   * are on the disk and visible; `changed` are the spaces they wrote to. Throws what SQLite threw,
   * having changed nothing.
   */
  apply(commits: readonly Commit[], changed: Set<number>): Outcome[] {
    const pending = new Map<string, Pending>();
    const state = this.#stateAfter(pending);
    let version = this.#lastVersion;
    // Reads within the transaction find the pages that the one before left in memory.
    this.#begin.run();
    try {
      const results = commits.map((commit): Outcome => {
        const failedCheck = findFailedCheck(commit, state);
        if (failedCheck !== undefined) return { committed: false, failedCheck };
        try {
          const changes = resolveWrites(commit, state);
          version += 1;
          for (const [text, { key, value }] of changes) pending.set(text, { key, value, version });
          return { committed: true, version };
        } catch (error) {
          if (error instanceof AssertionError || error instanceof StoreCorruptError) return error;
          throw error;
        }
      });
      if (pending.size > 0) this.#write(pending, version, changed);
      else this.#rollback.run();
      this.#lastVersion = version;
      return results;
    } catch (error) {
      if (this.#database.isTransaction) this.#rollback.run();
      throw error;
    }
  }

  #stateAfter(pending: ReadonlyMap<string, Pending>): State {
    return {
      version: (key) => {
        const text = keyText(key);
        const earlier = pending.get(text);
        if (earlier !== undefined) return earlier.value && earlier.version;
        return this.#knownVersions.get(text) ?? this.#readVersion(text, key);
      },
      value: (key) => {
        const earlier = pending.get(keyText(key));
        if (earlier !== undefined) return earlier.value;
        const row = this.#selectValue.get(key);
        const value = row?.['value'];
        if (row === undefined || !(value instanceof Uint8Array)) return undefined;
        verifyEntry(keyAndValueCrc(key, value), Number(row['version']), row['checksum']);
        return value;
      },
    };
  }

  #readVersion(text: string, key: Uint8Array): Version | undefined {
    const row: unknown = this.#selectVersion.get(key);
    if (!Array.isArray(row)) return undefined;
    const version = Number(row[0]);
    this.#knownVersions.set(text, version);
    return version;
  }

  /** Writes what is pending and commits, all of it while the stamps say that it is under way. */
  #write(pending: ReadonlyMap<string, Pending>, lastVersion: Version, changed: Set<number>): void {
    const rows = [...pending.values()].sort((a, b) => compareBytes(a.key, b.key));
    let limit = this.#versionLimit;
    for (const row of rows) this.#writeRow(row);
    if (lastVersion > limit) {
      limit = lastVersion + VERSION_BLOCK;
      this.#raiseVersionLimit.run(limit);
    }
    const slots = this.#stamps.slotsOf(rows);
    this.#stamps.begin(slots);
    try {
      this.#commit.run();
    } finally {
      // What failed may have been committed for all we know: readers must look again either way.
      this.#stamps.end(slots);
      for (const text of pending.keys()) this.#knownVersions.delete(text);
    }
    this.#versionLimit = limit;
    for (const { key, value } of rows) {
      changed.add(key[0] ?? 0);
      this.#pagesWritten += 2 + Math.floor((value?.byteLength ?? 0) / PAGE_SIZE_ASSUMED);
    }
  }

  #writeRow({ key, value, version }: Pending): void {
    if (value === undefined) {
      this.#delete.run(key);
      return;
    }
    const checksum = entryChecksum(keyAndValueCrc(key, value), version);
    if (key.byteLength + value.byteLength <= IN_TREE_SIZE_MAX) {
      this.#upsert.run(key, version, checksum, value);
    } else {
      this.#insertLarge.run(value);
      this.#upsertLarge.run(key, version, checksum);
    }
  }
}

/** `value` is the SQL of the value; an empty array would be bound as NULL. */
function upsertSql(value: string): string {
  return `
    INSERT INTO entry (key, version, checksum, value) VALUES (?, ?, ?, ${value})
    ON CONFLICT (key) DO UPDATE SET
      version = excluded.version, checksum = excluded.checksum, value = excluded.value`;
}
