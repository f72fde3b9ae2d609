/** The first room for bytes that come in several packets. */
const ROOM_SIZE_MIN = 2048;

/**
 * Bytes that wait until more have come or until it is their turn. Packets are put together in
 * memory that doubles, so that a header section that comes byte by byte costs no more than linear
 * time. Memory is never used again for other bytes: slices of it belong to whoever got them.
 */
export class Gathered {
  #bytes: Buffer | undefined;
  #room: Buffer | undefined;

  get bytes(): Buffer | undefined {
    return this.#bytes;
  }

  /** What waits together with `chunk`, which then waits no more unless it is kept again. */
  take(chunk: Buffer): Buffer {
    const held = this.#bytes;
    if (held === undefined) return chunk;
    this.#bytes = undefined;
    const size = held.byteLength + chunk.byteLength;
    if (this.#room === undefined || size > this.#room.byteLength) {
      this.#room = Buffer.allocUnsafeSlow(Math.max(2 * size, ROOM_SIZE_MIN));
      this.#room.set(held);
    }
    this.#room.set(chunk, held.byteLength);
    return this.#room.subarray(0, size);
  }

  /** Keeps what of `bytes`, which `take` gave, begins at `start`. */
  keep(bytes: Buffer, start: number): void {
    if (start > 0) this.#room = undefined;
    this.#bytes = start > 0 ? bytes.subarray(start) : bytes;
  }

  clear(): void {
    this.#bytes = undefined;
    this.#room = undefined;
  }
}
