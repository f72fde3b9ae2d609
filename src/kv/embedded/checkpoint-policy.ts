import { once } from 'node:events';
import type { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import type { CheckpointerData, CheckpointOrder } from './checkpointer.ts';
import { checkpoint } from './database.ts';
import { WORKER_FLAGS, workerModule } from '../../base/worker-module.ts';
import type { WriterData } from './writer-protocol.ts';

/**
 * Pages of the log after which it is copied into the database: 32 MiB. Longer logs let more commits
 * share a page's copy, and take longer to read back when the process was killed.
 */
const CHECKPOINT_PAGES_DEFAULT = 8_192;

/**
 * Keeps the log short without making commits wait. A thread of its own copies the bulk; the writer
 * then copies what was added meanwhile, which is little, since only a log that was copied whole is
 * begun anew. When that thread fails the writer does all of it.
 */
export class CheckpointPolicy {
  readonly #workerData: CheckpointerData;
  readonly #database: DatabaseSync;
  readonly #pages: number;
  readonly #onError: (error: unknown) => void;
  #worker: Worker | undefined;
  #isRunning = false;
  #pagesAtLast = 0;

  constructor(data: WriterData, database: DatabaseSync, onError: (error: unknown) => void) {
    const { folder, syncDescriptor, checkpointPages } = data;
    this.#workerData = { folder, syncDescriptor };
    this.#database = database;
    this.#pages = checkpointPages ?? CHECKPOINT_PAGES_DEFAULT;
    this.#onError = onError;
  }

  /** To be called after each batch. */
  afterBatch(pagesWritten: number): void {
    if (this.#isRunning || pagesWritten - this.#pagesAtLast < this.#pages) return;
    this.#isRunning = true;
    this.#pagesAtLast = pagesWritten;
    this.#worker ??= this.#startWorker();
    order(this.#worker, 'checkpoint');
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    order(worker, 'close');
    await once(worker, 'exit');
  }

  #startWorker(): Worker {
    const worker = new Worker(workerModule('checkpointer', import.meta.url), {
      workerData: this.#workerData,
      execArgv: WORKER_FLAGS,
    });
    worker.on('message', () => this.#finish());
    worker.on('error', () => {
      this.#worker = undefined;
      this.#finish();
    });
    worker.unref();
    return worker;
  }

  #finish(): void {
    try {
      checkpoint(this.#database);
    } catch (error) {
      this.#onError(error);
    }
    this.#isRunning = false;
  }
}

function order(worker: Worker, message: CheckpointOrder): void {
  worker.postMessage(message);
}
