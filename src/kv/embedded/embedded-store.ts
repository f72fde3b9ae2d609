import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Awaitable } from '../../base/awaitable.ts';
import {
  StoreClosedError,
  StoreCorruptError,
  StoreFailedError,
  StoreFormatError,
} from '../errors.ts';
import type { Commit, CommitResult, Entry, KeyValueStore, Range } from '../key-value-store.ts';
import { attachEmbeddedStore } from './attached-store.ts';
import type { StoreHandle } from './attached-store.ts';
import { createFolder, lockFolder, openForSync } from './folder.ts';
import { WORKER_FLAGS, workerModule } from '../../base/worker-module.ts';
import { shareStamps } from './stamps.ts';
import type { WriterData, WriterOrder, WriterReport } from './writer-protocol.ts';

/**
 * The engine that needs nothing but a folder. SQLite keeps the entries; every thread reads by
 * itself, and one thread writes for all, so that commits of the whole process share each sync of
 * the disk and no event loop ever waits for it. Why SQLite: `docs/decisions/embedded-store.md`.
 */
export interface EmbeddedStore extends KeyValueStore {
  /** A handle for `attachEmbeddedStore` in another thread; each is used once. */
  share(): StoreHandle;
}

export interface EmbeddedStoreOptions {
  /** The most pages of 4 KiB that the database may have; then commits reject as on a full disk. */
  readonly pagesMax?: number;
  /** Pages of the log after which it is copied into the database; 8,192 when absent. */
  readonly checkpointPages?: number;
}

const SPACE_COUNT = 256;

/**
 * Opens the store in `folder`, which is made when absent. One process at a time: throws
 * `StoreInUseError`. Throws `StoreFormatError` and `StoreCorruptError` about what is found there.
 */
export async function openEmbeddedStore(
  folder: string,
  options: EmbeddedStoreOptions = {},
): Promise<EmbeddedStore> {
  createFolder(folder);
  using resources = new DisposableStack();
  resources.use(lockFolder(folder));
  const revisions = new SharedArrayBuffer(SPACE_COUNT * Int32Array.BYTES_PER_ELEMENT);
  const stamps = shareStamps();
  const syncDescriptor = openForSync(folder);
  resources.defer(() => closeSync(syncDescriptor));
  const workerData: WriterData = { ...options, folder, syncDescriptor, revisions, stamps };
  const writer = new Worker(workerModule('writer', import.meta.url), {
    workerData,
    execArgv: WORKER_FLAGS,
  });
  await untilReady(writer);
  return new OwnedStore({ folder, revisions, stamps }, resources.move(), writer);
}

class OwnedStore implements EmbeddedStore {
  readonly #shared: Omit<StoreHandle, 'port'>;
  /** The folder's lock among them. */
  readonly #resources: Disposable;
  readonly #writer: Worker;
  readonly #own: KeyValueStore;
  #closing: Promise<void> | undefined;

  constructor(shared: Omit<StoreHandle, 'port'>, resources: Disposable, writer: Worker) {
    this.#shared = shared;
    this.#resources = resources;
    this.#writer = writer;
    // The threads that commit learn of a writer's death from their ports.
    writer.on('error', () => {});
    writer.unref();
    this.#own = attachEmbeddedStore(this.share());
  }

  get(key: Uint8Array): Awaitable<Entry | undefined> {
    return this.#own.get(key);
  }

  range(range: Range): Awaitable<readonly Entry[]> {
    return this.#own.range(range);
  }

  commit(commit: Commit): Promise<CommitResult> {
    return this.#own.commit(commit);
  }

  revision(space: number): Awaitable<number> {
    return this.#own.revision(space);
  }

  share(): StoreHandle {
    if (this.#closing !== undefined) throw new StoreClosedError('The store is closed.');
    const { port1, port2 } = new MessageChannel();
    this.#order({ kind: 'attach', port: port1 }, [port1]);
    return { ...this.#shared, port: port2 };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
    if (this.#writer.threadId !== -1) {
      const exit = new Promise((resolve) => this.#writer.once('exit', resolve));
      this.#writer.ref();
      this.#order({ kind: 'close' }, []);
      await exit;
    }
    this.#resources[Symbol.dispose]();
  }

  #order(order: WriterOrder, transferred: readonly MessagePort[]): void {
    this.#writer.postMessage(order, transferred);
  }
}

async function untilReady(writer: Worker): Promise<void> {
  const [report] = (await once(writer, 'message')) as [WriterReport];
  if (report.kind === 'ready') return;
  await once(writer, 'exit');
  switch (report.name) {
    case 'StoreFormatError':
      throw new StoreFormatError(report.message);
    case 'StoreCorruptError':
      throw new StoreCorruptError(report.message);
    default:
      throw new StoreFailedError(report.message);
  }
}
