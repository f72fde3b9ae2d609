import type { Entry, KeyValueStore } from '../kv/key-value-store.ts';
import { after, textsAfter } from './keys.ts';
import { ROWS_PER_READ } from './limits.ts';

/** A row of a range under (space, bucket id), with the texts of its key that follow those. */
export interface StreamedRow {
  readonly entry: Entry;
  readonly texts: readonly string[];
}

/** After a seek another often follows at once: few rows are read to see. */
const ROWS_AT_FIRST = 32;
const ROWS_AFTER_SEEK = 4;

/** The rows of a range one by one, read ahead in growing batches, with seeks forward. */
export class RowStream {
  readonly #kv: KeyValueStore;
  readonly #to: Uint8Array;
  /** Where the first text after the bucket id begins. */
  readonly #textStart: number;
  #from: Uint8Array;
  #rowCount: number;
  #batch: readonly Entry[] = [];
  #at = 0;
  #isRead = false;

  constructor(
    kv: KeyValueStore,
    range: { readonly from: Uint8Array; readonly to: Uint8Array; readonly textStart: number },
    rowCount: number = ROWS_AT_FIRST,
  ) {
    this.#kv = kv;
    this.#from = range.from;
    this.#to = range.to;
    this.#textStart = range.textStart;
    this.#rowCount = rowCount;
  }

  /** The next row, which stays the next one until `skip` or `seek`; undefined at the end. */
  async peek(): Promise<StreamedRow | undefined> {
    if (this.#at === this.#batch.length && !this.#isRead) await this.#read();
    const entry = this.#batch[this.#at];
    return entry && { entry, texts: textsAfter(entry.key, this.#textStart, 1) };
  }

  skip(): void {
    this.#at += 1;
  }

  /** Goes on at `from`, or where it is if that is further. */
  seek(from: Uint8Array): void {
    while (this.#at < this.#batch.length) {
      if (Buffer.compare(this.#batch[this.#at]?.key ?? from, from) >= 0) return;
      this.#at += 1;
    }
    if (Buffer.compare(from, this.#from) <= 0) return;
    this.#from = from;
    this.#rowCount = ROWS_AFTER_SEEK;
  }

  async #read(): Promise<void> {
    const limit = Math.min(this.#rowCount, ROWS_PER_READ);
    const isOver = Buffer.compare(this.#from, this.#to) >= 0;
    this.#batch = isOver ? [] : await this.#kv.range({ from: this.#from, to: this.#to, limit });
    this.#at = 0;
    this.#isRead = this.#batch.length < limit;
    const last = this.#batch.at(-1);
    if (last !== undefined) this.#from = after(last.key);
    this.#rowCount *= 4;
  }
}
