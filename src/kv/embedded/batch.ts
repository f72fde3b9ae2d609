import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AssertionError, assert } from '../../base/assert.ts';
import { compareBytes } from '../../base/bytes.ts';
import type { Commit, Version } from '../key-value-store.ts';
import { StoreCorruptError } from '../errors.ts';
import { entryChecksum, keyAndValueCrc, verifyEntry } from './checksum.ts';
import type { Outcome } from './message.ts';
import { findFailedCheck, keyText, resolveWrites } from '../resolve.ts';
import type { State } from '../resolve.ts';

/**
 * Versions are promised to the disk in blocks, so that a commit need not write the last one: after
 * a restart they go on from the end of the block. 2^53 last for nine thousand million restarts.
 */
const VERSION_BLOCK = 1_000_000;

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
  readonly #delete: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #raiseVersionLimit: StatementSync;
  #lastVersion: Version;
  /** No version above it may be used before a higher limit is on the disk. */
  #versionLimit: Version;
  #pagesWritten = 0;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#selectVersion = database.prepare('SELECT version FROM entry WHERE key = ?');
    this.#selectValue = database.prepare(
      'SELECT version, checksum, value FROM entry WHERE key = ?',
    );
    this.#upsert = database.prepare(`
      INSERT INTO entry (key, version, checksum, value) VALUES (?, ?, ?, coalesce(?, x''))
      ON CONFLICT (key) DO UPDATE SET
        version = excluded.version, checksum = excluded.checksum, value = excluded.value
    `);
    this.#delete = database.prepare('DELETE FROM entry WHERE key = ?');
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
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
    if (pending.size > 0) this.#write([...pending.values()], version, changed);
    this.#lastVersion = version;
    return results;
  }

  #stateAfter(pending: ReadonlyMap<string, Pending>): State {
    return {
      version: (key) => {
        const earlier = pending.get(keyText(key));
        if (earlier !== undefined) return earlier.value && earlier.version;
        const version = this.#selectVersion.get(key)?.['version'];
        return version === undefined ? undefined : Number(version);
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

  #write(pending: Pending[], lastVersion: Version, changed: Set<number>): void {
    pending.sort((a, b) => compareBytes(a.key, b.key));
    let limit = this.#versionLimit;
    this.#begin.run();
    try {
      for (const { key, value, version } of pending) {
        if (value === undefined) this.#delete.run(key);
        else {
          const checksum = entryChecksum(keyAndValueCrc(key, value), version);
          this.#upsert.run(key, version, checksum, value);
        }
      }
      if (lastVersion > limit) {
        limit = lastVersion + VERSION_BLOCK;
        this.#raiseVersionLimit.run(limit);
      }
      this.#commit.run();
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    this.#versionLimit = limit;
    for (const { key, value } of pending) {
      changed.add(key[0] ?? 0);
      this.#pagesWritten += 2 + Math.floor((value?.byteLength ?? 0) / PAGE_SIZE_ASSUMED);
    }
  }
}
