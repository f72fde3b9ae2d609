import { pageMemory } from '../../base/page-memory.ts';
import { SPARE_WRITE_BUFFERS_MAX, WRITE_BUFFER_SIZE } from './limits.ts';

/** Buffers at pages of the system, for the files that are being written. */
export class WriteBuffers {
  readonly #spare: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#spare.pop() ?? pageMemory(WRITE_BUFFER_SIZE);
  }

  /** Nobody may read or write the buffer any more. */
  giveBack(buffer: Uint8Array): void {
    if (this.#spare.length < SPARE_WRITE_BUFFERS_MAX) this.#spare.push(buffer);
  }
}
