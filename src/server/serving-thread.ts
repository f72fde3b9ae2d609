import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { jsonLog } from '../base/log.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openExchange } from '../decisions/index.ts';
import { attachEmbeddedStore, type StoreHandle } from '../kv/embedded/attached-store.ts';
import type { AuthorityPem } from '../certificates/authority.ts';
import { contextsOf } from './authority.ts';
import type { Config } from './config.ts';
import { openHouse } from './house.ts';
import { listenLean } from './http/listen-lean.ts';
import { listen, type Listener } from './listener.ts';
import type { Port } from './ports.ts';
import type { ServerCertificates } from './tls.ts';

/** What the main thread gives each serving thread. */
export interface ServingData {
  readonly config: Config;
  readonly store: StoreHandle;
  readonly blobFolder: string;
  /** Where the threads of this server speak to each other. */
  readonly channel: string;
  /** Unique name of this thread among all that ever wrote to the folder. */
  readonly writer: string;
  readonly masterKey: Uint8Array;
  /** Present when a port speaks TLS. */
  readonly tls: ServingTls | undefined;
}

export interface ServingTls {
  readonly authority: AuthorityPem;
  /** Shared by the threads, so that a client resumes its session with any of them. */
  readonly ticketKeys: Uint8Array;
}

/** To the serving thread: to listen, and, once, to finish what is in flight and end. */
export type ServingOrder =
  | { readonly kind: 'listen'; readonly ports: readonly Port[] }
  | { readonly kind: 'close'; readonly graceMs: number };

/** From the serving thread: first that it is ready, then that it listens, and where. */
export interface ServingReport {
  /** In the order in which they were asked for. */
  readonly ports?: readonly Port[];
}

/** Serves requests in this thread until it is told to close. */
async function serve(data: ServingData, main: MessagePort): Promise<void> {
  const { config, masterKey } = data;
  const log = jsonLog((line) => process.stderr.write(line), config.logLevel);
  const kv = attachEmbeddedStore(data.store);
  const blobs = await openFileBlobStore(data.blobFolder, { writer: data.writer });
  const exchange = openExchange(data.channel, data.writer, config.threads - 1);
  const parts = { config, kv, blobs, masterKey, exchange, clock: systemClock, log };
  const house = await openHouse(parts);
  const tls = certificatesOf(data);
  const listeners: Listener[] = [];
  const open = ({ port, isTls }: Port): Promise<Listener> =>
    (config.front === 'lean' ? listenLean : listen)({
      host: config.host,
      port,
      reusePort: config.threads > 1,
      tls: isTls ? tls : undefined,
      log,
      handle: house.handle,
    });
  const handle = async (order: ServingOrder): Promise<void> => {
    if (order.kind === 'close') {
      await Promise.all(listeners.map((listener) => listener.close(order.graceMs)));
      await house[Symbol.asyncDispose]();
      await kv[Symbol.asyncDispose]();
      main.close();
      return;
    }
    const ports: Port[] = [];
    for (const port of order.ports) {
      const listener = await open(port);
      listeners.push(listener);
      ports.push({ ...port, port: listener.port });
    }
    report({ ports });
  };
  const report = (message: ServingReport): void => main.postMessage(message);
  main.on('message', (order: ServingOrder) => {
    handle(order).catch((error: unknown) => {
      // An error thrown outside of any promise ends the thread, which the main thread hears of.
      setImmediate(() => {
        throw error;
      });
    });
  });
  report({});
}

function certificatesOf({ config, tls }: ServingData): ServerCertificates | undefined {
  if (tls === undefined) return undefined;
  const contexts = contextsOf(tls.authority, config, systemClock);
  const ticketKeys = Buffer.from(tls.ticketKeys);
  return {
    tlsOptions: { ...contexts.tlsOptions, ticketKeys },
    usualCertificate: () => contexts.usualCertificate(),
  };
}

if (parentPort !== null) await serve(workerData as ServingData, parentPort);
