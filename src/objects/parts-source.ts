import { sourceOf, type ByteSource } from '../base/http.ts';
import type { Entry } from '../kv/key-value-store.ts';
import type { Core } from './core.ts';
import { RecordCorruptError } from './envelope.ts';
import { partKey, partsAfter } from './keys.ts';
import { PART_ROWS_PER_READ } from './limits.ts';
import { partAt } from './part-layout.ts';
import { decodePart, verifiedBytes, type PartRecord, type PartsBody } from './records.ts';

/** Bytes `start` to `end` of an object in parts; each part is opened when its first byte is wanted. */
export function openParts(core: Core, body: PartsBody, start: number, end: number): ByteSource {
  return new PartsSource(core, body, start, end);
}

class PartsSource implements ByteSource {
  readonly length: number;
  readonly #core: Core;
  readonly #body: PartsBody;
  readonly #end: number;
  #position: number;
  #rows: readonly Entry[] = [];
  #nextRow = 0;
  #current: ByteSource | undefined;
  #isClosed = false;

  constructor(core: Core, body: PartsBody, start: number, end: number) {
    this.length = end - start;
    this.#core = core;
    this.#body = body;
    this.#position = start;
    this.#end = end;
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#position < this.#end && into.byteLength > 0) {
      const source = this.#current ?? (await this.#openNext());
      const count = await source.read(into);
      if (count > 0) {
        this.#position += count;
        return count;
      }
      source.close();
      this.#current = undefined;
    }
    return 0;
  }

  close(): void {
    this.#isClosed = true;
    this.#current?.close();
    this.#current = undefined;
  }

  async #openNext(): Promise<ByteSource> {
    const span = partAt(this.#body, this.#position);
    if (span === undefined) throw new RecordCorruptError('An object is shorter than its parts');
    const part = await this.#row(span.partNumber);
    if (part.size !== span.size) {
      throw new RecordCorruptError('A part of an object has another size than the object says');
    }
    const start = this.#position - span.start;
    const end = Math.min(span.size, this.#end - span.start);
    const source =
      part.body.kind === 'inline'
        ? sourceOf(verifiedBytes(part.body).subarray(start, end))
        : await this.#core.blobs.read(part.body.blob, start, end);
    // Closed while it was being opened: nobody else will close it.
    if (this.#isClosed) source.close();
    this.#current = source;
    return source;
  }

  /** Rows come a page at a time, since the parts of a group follow each other in the store. */
  async #row(partNumber: number): Promise<PartRecord> {
    const { group } = this.#body;
    if (this.#nextRow >= this.#rows.length) {
      const range = partsAfter(group, partNumber - 1);
      this.#rows = await this.#core.kv.range({ ...range, limit: PART_ROWS_PER_READ });
      this.#nextRow = 0;
    }
    const entry = this.#rows[this.#nextRow];
    this.#nextRow += 1;
    if (entry === undefined || Buffer.compare(entry.key, partKey(group, partNumber)) !== 0) {
      throw new RecordCorruptError('A part of an object is missing');
    }
    return decodePart(entry.value);
  }
}
