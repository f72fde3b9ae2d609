import { READ, type FileSystem } from './file-system.ts';

interface Entry {
  readonly fd: number;
  uses: number;
  /** Whether the cache still knows it; if not, the last user closes it. */
  cached: boolean;
}

export interface Descriptor {
  readonly fd: number;
  /** Must be called once, after the last read has come back. */
  release(): void;
}

/**
 * How often descriptors of removed segments are looked for. Their bytes stay on the disk while
 * someone has them open, so a thread that reads nothing more must let go of them too.
 */
const SWEEP_INTERVAL_MS = 10_000;

/** Files kept open for reading, the least recently used closed first, and never one in use. */
export class Descriptors {
  readonly #files: FileSystem;
  readonly #entriesMax: number;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: NodeJS.Timeout;

  constructor(files: FileSystem, entriesMax: number) {
    this.#files = files;
    this.#entriesMax = entriesMax;
    this.#timer = setInterval(() => this.dropRemoved(), SWEEP_INTERVAL_MS).unref();
  }

  /** Throws what opening the file throws. */
  acquire(path: string): Descriptor {
    const known = this.#entries.get(path);
    const entry = known ?? { fd: this.#files.openSync(path, READ), uses: 0, cached: true };
    if (known !== undefined) this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.uses += 1;
    if (this.#entries.size > this.#entriesMax) this.#dropOldest();
    return { fd: entry.fd, release: () => this.#release(entry) };
  }

  /** Forgets a file; whoever reads it now may finish. */
  drop(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#entries.delete(path);
    entry.cached = false;
    if (entry.uses === 0) this.#files.close(entry.fd);
  }

  /** Forgets files that have been removed, by whichever thread. */
  dropRemoved(): void {
    for (const [path, { fd }] of this.#entries) {
      if (this.#files.status(fd).linkCount === 0) this.drop(path);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const path of this.#entries.keys()) this.drop(path);
  }

  #dropOldest(): void {
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.drop(oldest.value);
  }

  #release(entry: Entry): void {
    entry.uses -= 1;
    if (entry.uses === 0 && !entry.cached) this.#files.close(entry.fd);
  }
}
