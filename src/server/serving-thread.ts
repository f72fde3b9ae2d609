import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { jsonLog } from '../base/log.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { attachEmbeddedStore, type StoreHandle } from '../kv/embedded/attached-store.ts';
import type { Config } from './config.ts';
import { openHouse } from './house.ts';
import { listenLean } from './http/listen-lean.ts';
import { listen } from './listener.ts';

/** What the main thread gives each serving thread. */
export interface ServingData {
  readonly config: Config;
  readonly port: number;
  readonly store: StoreHandle;
  readonly blobFolder: string;
  /** Unique name of this thread among all that ever wrote to the folder. */
  readonly writer: string;
  readonly masterKey: Uint8Array;
}

/** From the serving thread: that it listens, and where. */
export interface ServingReport {
  readonly kind: 'listening';
  readonly port: number;
}

/** To the serving thread: to finish what is in flight and end. */
export interface ServingOrder {
  readonly kind: 'close';
  readonly graceMs: number;
}

/** Serves requests in this thread until it is told to close. */
async function serve(data: ServingData, main: MessagePort): Promise<void> {
  const { config, masterKey } = data;
  const log = jsonLog((line) => process.stderr.write(line), config.logLevel);
  const house = await openHouse({
    config,
    kv: attachEmbeddedStore(data.store),
    blobs: await openFileBlobStore(data.blobFolder, { writer: data.writer }),
    masterKey,
    clock: systemClock,
    log,
  });
  const listener = await (config.front === 'lean' ? listenLean : listen)({
    host: config.host,
    port: data.port,
    reusePort: config.threads > 1,
    log,
    handle: house.handle,
  });
  main.on('message', (order: ServingOrder) => {
    void listener
      .close(order.graceMs)
      .then(() => house[Symbol.asyncDispose]())
      .finally(() => main.close());
  });
  main.postMessage({ kind: 'listening', port: listener.port } satisfies ServingReport);
}

if (parentPort !== null) await serve(workerData as ServingData, parentPort);
