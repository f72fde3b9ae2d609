import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Log } from '../base/log.ts';
import { WORKER_FLAGS, workerModule } from '../base/worker-module.ts';
import type { EmbeddedStore } from '../kv/embedded/embedded-store.ts';
import type { Config } from './config.ts';
import { portsOf, type Port } from './ports.ts';
import type { ServingData, ServingOrder, ServingReport, ServingTls } from './serving-thread.ts';

export interface ServingThreadsParts {
  readonly config: Config;
  readonly store: EmbeddedStore;
  readonly blobFolder: string;
  readonly masterKey: Uint8Array;
  readonly tls: ServingTls | undefined;
  /** Part of the names of all writers of this start. */
  readonly boot: string;
  readonly log: Log;
}

/** How long a request that is in flight may still take when the server is asked to stop. */
const CLOSE_GRACE_MS = 30_000;

/** The threads that serve; one that dies is replaced, and its connections are the clients' to retry. */
export class ServingThreads {
  readonly #parts: ServingThreadsParts;
  readonly #workers = new Set<Worker>();
  readonly #failed = Promise.withResolvers<Error>();
  #started = 0;
  #ports: readonly Port[];
  #isClosing = false;

  constructor(parts: ServingThreadsParts) {
    this.#parts = parts;
    this.#ports = portsOf(parts.config);
  }

  /** Resolves when a thread has failed and could not be replaced. */
  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /**
   * All threads get ready at the same time; then the first finds the ports, and the others join it.
   * Gives the ports in the order of the settings.
   */
  async start(): Promise<readonly Port[]> {
    const count = this.#parts.config.threads;
    const ready = await Promise.all(Array.from({ length: count }, () => this.#startOne()));
    for (const worker of ready) this.#ports = await this.#listen(worker);
    return this.#ports;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const ended = once(worker, 'exit');
        order(worker, { kind: 'close', graceMs: CLOSE_GRACE_MS });
        await ended;
      }),
    );
  }

  async #startOne(): Promise<Worker> {
    const { config, blobFolder, masterKey, boot, tls } = this.#parts;
    const store = this.#parts.store.share();
    this.#started += 1;
    const writer = `${boot}-${this.#started}`;
    const channel = `coffer-${boot}`;
    const data: ServingData = { config, store, blobFolder, masterKey, channel, writer, tls };
    const worker = new Worker(workerModule('serving-thread', import.meta.url), {
      workerData: data,
      transferList: [store.port],
      execArgv: WORKER_FLAGS,
    });
    this.#workers.add(worker);
    await nextReport(worker);
    worker.on('error', (error) => this.#replace(worker, error as Error));
    worker.on('exit', () => this.#workers.delete(worker));
    return worker;
  }

  async #listen(worker: Worker): Promise<readonly Port[]> {
    const report = nextReport(worker);
    order(worker, { kind: 'listen', ports: this.#ports });
    return (await report).ports ?? this.#ports;
  }

  #replace(worker: Worker, error: Error): void {
    this.#workers.delete(worker);
    if (this.#isClosing) return;
    this.#parts.log.write('error', 'A serving thread ended and is replaced', {
      error: error.stack ?? error.message,
    });
    this.#startAnother().catch((failure: unknown) => this.#failed.resolve(failure as Error));
  }

  async #startAnother(): Promise<void> {
    await this.#listen(await this.#startOne());
  }
}

/** The worker's next report; a worker that dies before it rejects. */
async function nextReport(worker: Worker): Promise<ServingReport> {
  const [report] = (await once(worker, 'message')) as [ServingReport];
  return report;
}

function order(worker: Worker, message: ServingOrder): void {
  worker.postMessage(message);
}
