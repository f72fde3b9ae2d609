import { systemClock } from '../base/clock.ts';
import { jsonLog } from '../base/log.ts';
import { randomText, secureBytes } from '../base/random.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openEmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { authorityOf } from './authority.ts';
import { startCollector, startLifecycle } from './collector.ts';
import type { Config } from './config.ts';
import { masterKeyOf, openDataFolder } from './data-folder.ts';
import { hasTls, type Port } from './ports.ts';
import { prepareRoot, type RootKey } from './first-start.ts';
import { ServingThreads } from './serving-threads.ts';
import { openStores } from './stores.ts';

export interface Server {
  readonly port: number;
  /** Every port, the plain one of the settings first. */
  readonly ports: readonly Port[];
  /** Root's first key, when this start made it. */
  readonly newRootKey: RootKey | undefined;
  readonly rootCredentialsPath: string;
  /** Stops accepting, finishes what is in flight, and closes the store. */
  close(): Promise<void>;
  /** Resolves when a part of the server has failed so that it cannot go on. */
  readonly failed: Promise<Error>;
}

/** As Node wants it: a name, a key for HMAC and one for AES. */
const TICKET_KEYS_SIZE = 48;

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
  const tls = hasTls(config)
    ? {
        authority: authorityOf(folder, config, systemClock).pem,
        ticketKeys: secureBytes(TICKET_KEYS_SIZE),
      }
    : undefined;
  const threads = new ServingThreads({
    config,
    store: kv,
    blobFolder: folder.blobs,
    masterKey,
    tls,
    boot,
    log,
  });
  opened.defer(() => threads.close());
  const ports = await threads.start();
  opened.use(startCollector(stores.objects, log));
  opened.use(startLifecycle(stores.objects, log));
  const rooms = opened.move();
  return {
    port: ports[0]?.port ?? config.port,
    ports,
    newRootKey,
    rootCredentialsPath: folder.rootCredentials,
    close: () => rooms.disposeAsync(),
    failed: threads.failed,
  };
}
