import { once } from 'node:events';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { Log } from '../base/log.ts';
import { WORKER_FLAGS, workerModule } from '../base/worker-module.ts';
import type { EmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { newHashPlaces } from '../identity/index.ts';
import type { Assertions } from '../policy/index.ts';
import type { Config } from './config.ts';
import { portsOf, type Port } from './ports.ts';
import type { ServingData, ServingOrder, ServingReport, ServingTls } from './serving-thread.ts';

export interface ServingThreadsParts {
  readonly config: Config;
  readonly blobFolder: string;
  /** Part of the names of all writers of this start. */
  readonly boot: string;
  readonly log: Log;
}

/** What they serve from, once it is open. */
export interface ServingRooms {
  readonly store: EmbeddedStore;
  readonly masterKey: Uint8Array;
  readonly assertions: Assertions | undefined;
  readonly tls: ServingTls | undefined;
}

/** How long a request that is in flight may still take when the server is asked to stop. */
const CLOSE_GRACE_MS = 30_000;

/**
 * The threads that serve; one that dies is replaced, and its connections are the clients' to retry.
 * They load their code from the moment that this is made, while others open what they serve from.
 */
export class ServingThreads {
  readonly #parts: ServingThreadsParts;
  readonly #workers = new Set<Worker>();
  readonly #loading: Worker[];
  /** What ended threads that were not open yet. */
  readonly #broken = new WeakMap<Worker, Error>();
  readonly #failed = Promise.withResolvers<Error>();
  readonly #hashPlaces = newHashPlaces();
  #started = 0;
  #ports: readonly Port[];
  #isClosing = false;

  constructor(parts: ServingThreadsParts) {
    this.#parts = parts;
    this.#ports = portsOf(parts.config);
    this.#loading = Array.from({ length: parts.config.threads }, () => this.#load());
  }

  /** Resolves when a thread has failed and could not be replaced. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /**
   * All threads get ready at the same time; then the first finds the ports, and the others join it.
   * Gives the ports in the order of the settings.
   */
  async start(rooms: ServingRooms): Promise<readonly Port[]> {
    const workers = this.#loading.splice(0);
    await Promise.all(workers.map((worker) => this.#open(worker, rooms)));
    for (const worker of workers) this.#ports = await this.#listen(worker);
    return this.#ports;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#loading.splice(0).map((worker) => worker.terminate()));
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const ended = once(worker, 'exit');
        order(worker, { kind: 'close', graceMs: CLOSE_GRACE_MS });
        await ended;
      }),
    );
  }

  #load(): Worker {
    const { config, blobFolder, boot } = this.#parts;
    this.#started += 1;
    const writer = `${boot}-${this.#started}`;
    const data: ServingData = { config, blobFolder, channel: `coffer-${boot}`, writer };
    const worker = new Worker(workerModule('serving-thread', import.meta.url), {
      workerData: data,
      execArgv: WORKER_FLAGS,
    });
    this.#workers.add(worker);
    worker.on('error', (error) => this.#broken.set(worker, error as Error));
    worker.on('exit', () => this.#workers.delete(worker));
    return worker;
  }

  async #open(worker: Worker, rooms: ServingRooms): Promise<void> {
    const broken = this.#broken.get(worker);
    if (broken !== undefined) throw broken;
    const { masterKey, assertions, tls } = rooms;
    const hashPlaces = this.#hashPlaces;
    const store = rooms.store.share();
    const report = nextReport(worker);
    order(worker, { kind: 'open', keep: { store, masterKey, hashPlaces, assertions, tls } }, [
      store.port,
    ]);
    await report;
    worker.on('error', (error) => this.#replace(worker, rooms, error as Error));
  }

  async #listen(worker: Worker): Promise<readonly Port[]> {
    const report = nextReport(worker);
    order(worker, { kind: 'listen', ports: this.#ports });
    return (await report).ports ?? this.#ports;
  }

  #replace(worker: Worker, rooms: ServingRooms, error: Error): void {
    this.#workers.delete(worker);
    if (this.#isClosing) return;
    this.#parts.log.write('error', 'A serving thread ended and is replaced', {
      error: error.stack ?? error.message,
    });
    this.#startAnother(rooms).catch((failure: unknown) => this.#failed.resolve(failure as Error));
  }

  async #startAnother(rooms: ServingRooms): Promise<void> {
    const worker = this.#load();
    await this.#open(worker, rooms);
    await this.#listen(worker);
  }
}

/** The worker's next report; a worker that dies before it rejects. */
async function nextReport(worker: Worker): Promise<ServingReport> {
  const [report] = (await once(worker, 'message')) as [ServingReport];
  return report;
}

function order(
  worker: Worker,
  message: ServingOrder,
  transferred: readonly MessagePort[] = [],
): void {
  worker.postMessage(message, transferred);
}
