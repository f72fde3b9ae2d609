import { systemClock } from '../base/clock.ts';
import { jsonLog } from '../base/log.ts';
import { randomText } from '../base/random.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openEmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { startCollector, startLifecycle } from './collector.ts';
import type { Config } from './config.ts';
import { masterKeyOf, openDataFolder } from './data-folder.ts';
import { prepareRoot, type RootKey } from './first-start.ts';
import { ServingThreads } from './serving-threads.ts';
import { openStores } from './stores.ts';

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
  const stores = opened.use(
    await openStores({ config, kv, blobs, masterKey, clock: systemClock, log }),
  );
  const newRootKey = await prepareRoot(stores.identity, folder, config.rootKey);
  const threads = new ServingThreads({
    config,
    store: kv,
    blobFolder: folder.blobs,
    masterKey,
    boot,
    log,
  });
  opened.defer(() => threads.close());
  const port = await threads.start();
  opened.use(startCollector(stores.objects, log));
  opened.use(startLifecycle(stores.objects, log));
  const rooms = opened.move();
  return {
    port,
    newRootKey,
    rootCredentialsPath: folder.rootCredentials,
    close: () => rooms.disposeAsync(),
    failed: threads.failed,
  };
}
