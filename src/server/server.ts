import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { jsonLog, type Log } from '../base/log.ts';
import { randomText } from '../base/random.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openEmbeddedStore, type EmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { WORKER_FLAGS, workerModule } from '../base/worker-module.ts';
import { startCollector, startLifecycle } from './collector.ts';
import type { Config } from './config.ts';
import { masterKeyOf, openDataFolder } from './data-folder.ts';
import { prepareRoot, type RootKey } from './first-start.ts';
import { openHouse, type House } from './house.ts';
import type { ServingData, ServingOrder, ServingReport } from './serving-thread.ts';

export interface Server {
  readonly port: number;
  /** Root's first key, when this start made it. */
  readonly newRootKey: RootKey | undefined;
  readonly rootCredentialsPath: string;
  /** Stops accepting, finishes what is in flight, and closes the store. */
  close(): Promise<void>;
  /** Resolves when a part of the server has failed so that it cannot go on. */
  readonly failed: Promise<Error>;
}

/** How long a request that is in flight may still take when the server is asked to stop. */
const CLOSE_GRACE_MS = 30_000;

/**
 * Starts the whole server: the store with its writing thread, one thread per core that serves
 * requests, and in this thread the collector and nothing that would keep a request waiting.
 */
export async function startServer(config: Config): Promise<Server> {
  const log = jsonLog((line) => process.stderr.write(line), config.logLevel);
  const folder = openDataFolder(config.dataFolder);
  await using opened = new AsyncDisposableStack();
  const kv = opened.use(await openEmbeddedStore(folder.store));
  const masterKey = masterKeyOf(folder);
  const boot = randomText('abcdefghijklmnopqrstuvwxyz0123456789', 12);
  const blobs = await openFileBlobStore(folder.blobs, { writer: `${boot}-main` });
  const house: House = opened.use(
    await openHouse({ config, kv: borrowed(kv), blobs, masterKey, clock: systemClock, log }),
  );
  const newRootKey = await prepareRoot(house.identity, folder, config.rootKey);
  const threads = new ServingThreads(
    config,
    kv,
    (index) => ({
      blobFolder: folder.blobs,
      masterKey,
      writer: `${boot}-${index}`,
    }),
    log,
  );
  opened.defer(() => threads.close());
  const port = await threads.start();
  opened.use(startCollector(house.objects, log));
  opened.use(startLifecycle(house.objects, log));
  const rooms = opened.move();
  return {
    port,
    newRootKey,
    rootCredentialsPath: folder.rootCredentials,
    close: () => rooms.disposeAsync(),
    failed: threads.failed,
  };
}

/** The main thread's house must not close the store that all threads share; the server does. */
function borrowed(kv: EmbeddedStore): EmbeddedStore {
  return new Proxy(kv, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type ThreadData = Pick<ServingData, 'blobFolder' | 'masterKey' | 'writer'>;

/** The threads that serve; one that dies is replaced, and its connections are the clients' to retry. */
class ServingThreads {
  readonly #config: Config;
  readonly #store: EmbeddedStore;
  readonly #dataOf: (index: number) => ThreadData;
  readonly #log: Log;
  readonly #workers = new Set<Worker>();
  readonly #failed = Promise.withResolvers<Error>();
  #started = 0;
  #port = 0;
  #isClosing = false;

  constructor(
    config: Config,
    store: EmbeddedStore,
    dataOf: (index: number) => ThreadData,
    log: Log,
  ) {
    this.#config = config;
    this.#store = store;
    this.#dataOf = dataOf;
    this.#log = log;
    this.#port = config.port;
  }

  get failed(): Promise<Error> {
    return this.#failed.promise;
  }

  /** The first thread finds the port, the others join it. */
  async start(): Promise<number> {
    this.#port = await this.#startOne();
    const others = Array.from({ length: this.#config.threads - 1 }, () => this.#startOne());
    await Promise.all(others);
    return this.#port;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const order: ServingOrder = { kind: 'close', graceMs: CLOSE_GRACE_MS };
    await Promise.all(
      [...this.#workers].map(async (worker) => {
        const ended = once(worker, 'exit');
        worker.postMessage(order);
        await ended;
      }),
    );
  }

  async #startOne(): Promise<number> {
    const store = this.#store.share();
    this.#started += 1;
    const data: ServingData = {
      ...this.#dataOf(this.#started),
      config: this.#config,
      port: this.#port,
      store,
    };
    const worker = new Worker(workerModule('serving-thread', import.meta.url), {
      workerData: data,
      transferList: [store.port],
      execArgv: WORKER_FLAGS,
    });
    this.#workers.add(worker);
    const report = await firstReport(worker);
    worker.on('error', (error) => this.#replace(worker, error as Error));
    worker.on('exit', () => this.#workers.delete(worker));
    return report.port;
  }

  #replace(worker: Worker, error: Error): void {
    this.#workers.delete(worker);
    if (this.#isClosing) return;
    this.#log.write('error', 'A serving thread ended and is replaced', {
      error: error.stack ?? error.message,
    });
    this.#startOne().catch((failure: unknown) => this.#failed.resolve(failure as Error));
  }
}

async function firstReport(worker: Worker): Promise<ServingReport> {
  const [report] = (await once(worker, 'message')) as [ServingReport];
  return report;
}
