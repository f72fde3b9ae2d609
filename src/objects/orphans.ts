import { Change } from './change.ts';
import type { Core } from './core.ts';
import { allReferences, decodeReference } from './keys.ts';
import { ROWS_PER_READ } from './limits.ts';
import { readRows } from './rows.ts';

/**
 * Finds blobs that a crash left between their writing and the commit that would have referred to
 * them. Blobs and references both come in the order of blob ids, so that one walk over the two finds
 * every blob without reference; it becomes garbage. One walk for each opening: only blobs that are
 * older can be orphans.
 */
export class OrphanSearch {
  readonly #core: Core;
  #lastBlob: string | undefined;
  #isDone = false;
  /** Ids that references name, from the last blob that was looked at on. */
  readonly #referenced: AsyncGenerator<string, void>;
  #next: IteratorResult<string, void> | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.#referenced = referencedBlobs(core);
  }

  /** Looks at some more blobs; 0 at the end of the walk. */
  async search(): Promise<number> {
    if (this.#isDone) return 0;
    const blobs = await this.#core.blobs.list(this.#lastBlob, ROWS_PER_READ);
    const last = blobs.at(-1);
    if (last === undefined) {
      this.#isDone = true;
      await this.#referenced.return();
      return 0;
    }
    const change = new Change('', this.#core.clock.nowMs());
    for (const blob of blobs) {
      if (!(await this.#isReferenced(blob))) change.addGarbage('blob', blob);
    }
    if (change.writes.length > 0) {
      this.#core.log.write('info', 'Found blobs that no object refers to', {
        count: change.writes.length,
      });
      await change.commit(this.#core.kv);
    }
    this.#lastBlob = last;
    return blobs.length;
  }

  async #isReferenced(blob: string): Promise<boolean> {
    this.#next ??= await this.#referenced.next();
    while (this.#next.done !== true && this.#next.value < blob) {
      this.#next = await this.#referenced.next();
    }
    return this.#next.value === blob;
  }
}

/** Blob ids that have references, ascending, some more than once. */
async function* referencedBlobs({ kv }: Core): AsyncGenerator<string, void> {
  for await (const { key } of readRows(kv, allReferences('blob'))) yield decodeReference(key).id;
}
