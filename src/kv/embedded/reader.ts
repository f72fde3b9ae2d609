import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { assert } from '../../base/assert.ts';
import { compareBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { StoreClosedError } from '../errors.ts';
import type { Entry, Range } from '../key-value-store.ts';
import { keyAndValueCrc, verifyEntry } from './checksum.ts';
import { keyText } from '../resolve.ts';
import { openReading, VALUE_SQL } from './database.ts';
import { EntryCache } from './entry-cache.ts';
import { toStoreError } from './sqlite-error.ts';
import { hashOf, isSettled, type Stamps } from './stamps.ts';

/** A thread's own reading connection: every answer is as of one moment, and the newest there is. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #stamps: Stamps;
  readonly #cache = new EntryCache();
  readonly #get: StatementSync;
  readonly #ascending: StatementSync;
  readonly #descending: StatementSync;
  readonly #first: StatementSync;
  readonly #last: StatementSync;
  #isClosed = false;

  constructor(folder: string, stamps: Stamps) {
    this.#stamps = stamps;
    this.#database = openReading(folder);
    const prepare = (sql: string): StatementSync => {
      const statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#get = prepare(`SELECT version, checksum, ${VALUE_SQL} FROM entry WHERE key = ?`);
    this.#ascending = prepare(rangeSql('ASC'));
    this.#descending = prepare(rangeSql('DESC'));
    this.#first = prepare(firstSql('ASC'));
    this.#last = prepare(firstSql('DESC'));
  }

  get(key: Uint8Array): Entry | undefined {
    this.#assertOpen();
    const hash = hashOf(key);
    const stamp = this.#stamps.of(hash);
    if (!isSettled(stamp)) return this.#read(key);
    const text = keyText(key);
    const kept = this.#cache.find(text, stamp);
    if (kept !== undefined) return kept.entry;
    const entry = this.#read(key);
    this.#cache.offer(text, hash, stamp, entry);
    return entry;
  }

  #read(key: Uint8Array): Entry | undefined {
    try {
      const row = columns(this.#get.get(key));
      if (row === undefined) return undefined;
      const version = Number(row[0]);
      const value = toBytes(row[2]);
      verifyEntry(keyAndValueCrc(key, value), version, row[1]);
      return { key, version, value };
    } catch (error) {
      throw toStoreError(error);
    }
  }

  range({ from, to, limit, reverse }: Range): Entry[] {
    this.#assertOpen();
    if (limit <= 0 || compareBytes(from, to) >= 0) return [];
    const range = { from, to, limit, reverse: reverse === true };
    try {
      if (limit === 1) return this.#one(range);
      return limit <= CHUNK_LENGTH ? this.#chunk(range) : this.#chunks(range);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** A long range in chunks, all as of the moment at which the transaction begins. */
  #chunks(range: Required<Range>): Entry[] {
    const entries: Entry[] = [];
    let { from, to } = range;
    this.#database.exec('BEGIN');
    try {
      for (;;) {
        const limit = Math.min(CHUNK_LENGTH, range.limit - entries.length);
        const chunk = this.#chunk({ from, to, limit, reverse: range.reverse });
        entries.push(...chunk);
        const last = chunk.at(-1);
        if (last === undefined || chunk.length < limit) return entries;
        if (range.reverse) to = last.key;
        else from = Buffer.concat([last.key, Uint8Array.of(0)]);
      }
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #chunk({ from, to, limit, reverse }: Required<Range>): Entry[] {
    const statement = reverse ? this.#descending : this.#ascending;
    return unpack(columns(statement.get(lowestFrom(from), to, limit)));
  }

  /** A single entry without the packing of `rangeSql`, which costs more than it saves here. */
  #one({ from, to, reverse }: Required<Range>): Entry[] {
    const row = columns((reverse ? this.#last : this.#first).get(lowestFrom(from), to));
    if (row === undefined) return [];
    const [key, value] = [toBytes(row[0]), toBytes(row[3])];
    const version = Number(row[1]);
    verifyEntry(keyAndValueCrc(key, value), version, row[2]);
    return [{ key, version, value }];
  }

  close(): void {
    if (!this.#isClosed) this.#database.close();
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreClosedError('The store is closed.');
  }
}

/** Entries that are read at once: a thousand MiB is the most that one value of SQLite can hold. */
const CHUNK_LENGTH = 900;

/**
 * A range in one row of five values, because a buffer of its own for each key and value is three
 * quarters of what a range costs. The aggregates take the rows as the inner query yields them, and
 * as the database's encoding is UTF-8 they join bytes untouched.
 */
function rangeSql(order: 'ASC' | 'DESC'): string {
  return `
    SELECT json_group_array(version), json_group_array(checksum),
      json_group_array(length(key)), json_group_array(length(value)), CAST(group_concat(key || value, '') AS BLOB)
    FROM (SELECT key, version, checksum, ${VALUE_SQL} AS value FROM entry
      WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT ?)`;
}

function firstSql(order: 'ASC' | 'DESC'): string {
  return `
    SELECT key, version, checksum, ${VALUE_SQL} FROM entry
    WHERE key >= ? AND key < ? ORDER BY key ${order} LIMIT 1`;
}

/** The entries of a packed row: views of one buffer. */
function unpack(row: readonly SQLOutputValue[] | undefined): Entry[] {
  const [versions, checksums, keySizes, valueSizes] = [0, 1, 2, 3].map((index) =>
    toNumbers(row?.[index]),
  );
  const bytes = toBytes(row?.[4]);
  const entries: Entry[] = [];
  let start = bytes.byteOffset;
  for (const [index, version] of (versions ?? []).entries()) {
    const keySize = keySizes?.[index] ?? 0;
    const valueSize = valueSizes?.[index] ?? 0;
    const both = new Uint8Array(bytes.buffer, start, keySize + valueSize);
    verifyEntry(crc32(both), version, checksums?.[index]);
    const key = new Uint8Array(bytes.buffer, start, keySize);
    const value = new Uint8Array(bytes.buffer, start + keySize, valueSize);
    entries.push({ key, version, value });
    start += keySize + valueSize;
  }
  assert(start === bytes.byteOffset + bytes.byteLength, 'A range is not as long as its parts.');
  return entries;
}

function toNumbers(column: SQLOutputValue | undefined): number[] {
  return typeof column === 'string' ? (JSON.parse(column) as number[]) : [];
}

/** No key is shorter, and an empty array would be bound as NULL, which compares with nothing. */
const LOWEST_KEY = Uint8Array.of(0);

function lowestFrom(from: Uint8Array): Uint8Array {
  return from.byteLength === 0 ? LOWEST_KEY : from;
}

/** `setReturnArrays` makes rows arrays, which costs half of what objects do; its type is silent. */
function columns(row: unknown): readonly SQLOutputValue[] | undefined {
  return Array.isArray(row) ? row : undefined;
}

function toBytes(column: SQLOutputValue | undefined): Uint8Array {
  return column instanceof Uint8Array ? column : EMPTY_BYTES;
}
