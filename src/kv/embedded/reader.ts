import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import { compareBytes, EMPTY_BYTES } from '../../base/bytes.ts';
import { StoreClosedError } from '../errors.ts';
import type { Entry, Range } from '../key-value-store.ts';
import { openReading } from './database.ts';
import { toStoreError } from './sqlite-error.ts';

/** A thread's own reading connection: every answer is as of one moment, and the newest there is. */
export class Reader {
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #ascending: StatementSync;
  readonly #descending: StatementSync;
  #isClosed = false;

  constructor(folder: string) {
    this.#database = openReading(folder);
    const prepare = (sql: string): StatementSync => {
      const statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      return statement;
    };
    this.#get = prepare('SELECT version, value FROM entry WHERE key = ?');
    const range = 'SELECT key, version, value FROM entry WHERE key >= ? AND key < ? ORDER BY key';
    this.#ascending = prepare(`${range} LIMIT ?`);
    this.#descending = prepare(`${range} DESC LIMIT ?`);
  }

  get(key: Uint8Array): Entry | undefined {
    this.#assertOpen();
    try {
      const row = columns(this.#get.get(key));
      return row && { key, version: Number(row[0]), value: toBytes(row[1]) };
    } catch (error) {
      throw toStoreError(error);
    }
  }

  range({ from, to, limit, reverse }: Range): Entry[] {
    this.#assertOpen();
    if (compareBytes(from, to) >= 0) return [];
    const statement = reverse === true ? this.#descending : this.#ascending;
    try {
      return statement.all(from.byteLength === 0 ? LOWEST_KEY : from, to, limit).map((found) => {
        const row = columns(found);
        return { key: toBytes(row?.[0]), version: Number(row?.[1]), value: toBytes(row?.[2]) };
      });
    } catch (error) {
      throw toStoreError(error);
    }
  }

  close(): void {
    if (!this.#isClosed) this.#database.close();
    this.#isClosed = true;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreClosedError('The store is closed.');
  }
}

/** No key is shorter, and an empty array would be bound as NULL, which compares with nothing. */
const LOWEST_KEY = Uint8Array.of(0);

/** `setReturnArrays` makes rows arrays, which costs half of what objects do; its type is silent. */
function columns(row: unknown): readonly SQLOutputValue[] | undefined {
  return Array.isArray(row) ? row : undefined;
}

function toBytes(column: SQLOutputValue | undefined): Uint8Array {
  return column instanceof Uint8Array ? column : EMPTY_BYTES;
}
