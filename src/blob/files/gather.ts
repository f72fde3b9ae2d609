import { BlockChecksums } from './checksums.ts';
import type { Gathered } from './segment-writer.ts';

/** The first buffer for a blob of unknown size; each further one is as large as all before. */
const FIRST_PART_SIZE = 16 * 1024;

/** Collects a blob's bytes in memory until it ends or grows too large. */
export class Gathering {
  readonly #checksums = new BlockChecksums();
  readonly #parts: Uint8Array[] = [];
  readonly #sizeHint: number;
  #open: Uint8Array | undefined;
  #filled = 0;
  #length = 0;

  constructor(sizeHint: number) {
    this.#sizeHint = sizeHint;
  }

  get length(): number {
    return this.#length;
  }

  add(chunk: Uint8Array): void {
    this.#checksums.update(chunk);
    for (let at = 0; at < chunk.byteLength;) {
      const open = (this.#open ??= this.#newPart(chunk.byteLength - at));
      const piece = chunk.subarray(at, at + open.byteLength - this.#filled);
      open.set(piece, this.#filled);
      this.#filled += piece.byteLength;
      this.#length += piece.byteLength;
      at += piece.byteLength;
      if (this.#filled === open.byteLength) this.#closePart(open);
    }
  }

  /** Everything so far. Nothing may be added afterwards. */
  finish(): Gathered {
    if (this.#open !== undefined) this.#closePart(this.#open);
    return { parts: this.#parts, length: this.#length, checksums: this.#checksums.finish() };
  }

  #newPart(sizeMin: number): Uint8Array {
    const hinted = this.#sizeHint - this.#length;
    const size = hinted > 0 ? hinted : Math.max(this.#length, FIRST_PART_SIZE, sizeMin);
    return Buffer.allocUnsafeSlow(size);
  }

  #closePart(open: Uint8Array): void {
    this.#parts.push(open.subarray(0, this.#filled));
    this.#open = undefined;
    this.#filled = 0;
  }
}
