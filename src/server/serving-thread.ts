import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { jsonLog } from '../base/log.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openExchange } from '../decisions/index.ts';
import type { HashPlaces } from '../identity/index.ts';
import type { Assertions } from '../policy/index.ts';
import { guardedStore } from './assertions/guard.ts';
import { attachEmbeddedStore, type StoreHandle } from '../kv/embedded/attached-store.ts';
import type { AuthorityPem } from '../certificates/authority.ts';
import { contextsOf } from './authority.ts';
import type { Config } from './config.ts';
import { openHouse } from './house.ts';
import { listenLean } from './http/listen-lean.ts';
import type { Listener } from './listener.ts';
import type { Port } from './ports.ts';
import type { ServerCertificates } from './tls.ts';

/** What the main thread gives each serving thread from the beginning. */
export interface ServingData {
  readonly config: Config;
  readonly blobFolder: string;
  /** Where the threads of this server speak to each other. */
  readonly channel: string;
  /** Unique name of this thread among all that ever wrote to the folder. */
  readonly writer: string;
}

/** What it gives once the store is open. */
export interface ServingKeep {
  readonly store: StoreHandle;
  readonly masterKey: Uint8Array;
  readonly hashPlaces: HashPlaces;
  /** What guards the policies, read and found good; undefined for nothing. */
  readonly assertions: Assertions | undefined;
  /** Present when a port speaks TLS. */
  readonly tls: ServingTls | undefined;
}

export interface ServingTls {
  readonly authority: AuthorityPem;
  /** Shared by the threads, so that a client resumes its session with any of them. */
  readonly ticketKeys: Uint8Array;
}

/**
 * To the serving thread: to open its rooms, once; to listen; and, once, to finish what is in flight
 * and end. An order is carried out when the one before it has been.
 */
export type ServingOrder =
  | { readonly kind: 'open'; readonly keep: ServingKeep }
  | { readonly kind: 'listen'; readonly ports: readonly Port[] }
  | { readonly kind: 'close'; readonly graceMs: number };

/** From the serving thread: that it is open, and that it listens, and where. */
export interface ServingReport {
  /** In the order in which they were asked for. */
  readonly ports?: readonly Port[];
}

/** All that a serving thread has open. */
interface Serving extends AsyncDisposable {
  listen(ports: readonly Port[]): Promise<readonly Port[]>;
  /** Stops accepting, and waits for what is in flight. */
  finish(graceMs: number): Promise<void>;
}

async function openServing(data: ServingData, keep: ServingKeep): Promise<Serving> {
  const { config } = data;
  const log = jsonLog((line) => process.stderr.write(line), config.logLevel);
  const { assertions, masterKey, hashPlaces } = keep;
  const attached = attachEmbeddedStore(keep.store);
  const kv = assertions === undefined ? attached : guardedStore(attached, assertions, log);
  const blobs = await openFileBlobStore(data.blobFolder, { writer: data.writer });
  const exchange = openExchange(data.channel, data.writer, config.threads - 1);
  const house = await openHouse({
    config,
    kv,
    blobs,
    masterKey,
    hashPlaces,
    exchange,
    clock: systemClock,
    log,
  });
  const tls = certificatesOf(config, keep.tls);
  const listeners: Listener[] = [];
  // Loading Node's own front takes longer than many of our rooms, so only who asks for it does.
  const listen = config.front === 'lean' ? listenLean : (await import('./listener.ts')).listen;
  const open = ({ port, isTls }: Port): Promise<Listener> =>
    listen({
      host: config.host,
      port,
      reusePort: config.threads > 1,
      tls: isTls ? tls : undefined,
      log,
      handle: house.handle,
    });
  return {
    async listen(asked) {
      const ports: Port[] = [];
      for (const port of asked) {
        const listener = await open(port);
        listeners.push(listener);
        ports.push({ ...port, port: listener.port });
      }
      return ports;
    },
    async finish(graceMs) {
      await Promise.all(listeners.map((listener) => listener.close(graceMs)));
    },
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      await kv[Symbol.asyncDispose]();
    },
  };
}

/** Serves requests in this thread until it is told to close. */
function serve(data: ServingData, main: MessagePort): void {
  let serving: Serving | undefined;
  const report = (message: ServingReport): void => main.postMessage(message);
  const handle = async (order: ServingOrder): Promise<void> => {
    if (order.kind === 'open') {
      serving = await openServing(data, order.keep);
      report({});
    } else if (order.kind === 'listen') {
      report({ ports: (await serving?.listen(order.ports)) ?? [] });
    } else {
      await serving?.finish(order.graceMs);
      await serving?.[Symbol.asyncDispose]();
      main.close();
    }
  };
  let turn = Promise.resolve();
  main.on('message', (order: ServingOrder) => {
    turn = turn.then(() => handle(order));
    turn.catch((error: unknown) => {
      // An error thrown outside of any promise ends the thread, which the main thread hears of.
      setImmediate(() => {
        throw error;
      });
    });
  });
}

function certificatesOf(
  config: Config,
  tls: ServingTls | undefined,
): ServerCertificates | undefined {
  if (tls === undefined) return undefined;
  const contexts = contextsOf(tls.authority, config, systemClock);
  const ticketKeys = Buffer.from(tls.ticketKeys);
  return {
    tlsOptions: { ...contexts.tlsOptions, ticketKeys },
    usualCertificate: () => contexts.usualCertificate(),
  };
}

if (parentPort !== null) serve(workerData as ServingData, parentPort);
