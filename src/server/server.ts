import { systemClock } from '../base/clock.ts';
import { jsonLog, type Log } from '../base/log.ts';
import { randomText, secureBytes } from '../base/random.ts';
import { openFileBlobStore } from '../blob/files/store.ts';
import { openEmbeddedStore } from '../kv/embedded/embedded-store.ts';
import { reportAssertions } from './assertions/guard.ts';
import { assertionsOf } from './assertions/load.ts';
import { authorityOf, givenCertificate } from './authority.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { RoleSource } from '../metadata/index.ts';
import { startCollector, startLifecycle } from './collector.ts';
import type { Config } from './config.ts';
import { masterKeyOf, openDataFolder } from './data-folder.ts';
import { assertFree, hasTls, portsOf, type Port } from './ports.ts';
import { prepareRoot, type RootKey } from './first-start.ts';
import type { Listener } from './listener.ts';
import { listenMetadata, profileSource, thisInstance } from './metadata.ts';
import { ServingThreads } from './serving-threads.ts';
import { openStores } from './stores.ts';

export interface Server {
  readonly port: number;
  /** Every port, the plain one of the settings first. */
  readonly ports: readonly Port[];
  readonly metadataPort: number | undefined;
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
  const assertions = assertionsOf(config);
  const folder = openDataFolder(config.dataFolder);
  await using opened = new AsyncDisposableStack();
  const boot = randomText('abcdefghijklmnopqrstuvwxyz0123456789', 12);
  const threads = new ServingThreads({ config, blobFolder: folder.blobs, boot, log });
  // For when nothing more can be opened; otherwise they have been closed before their rooms.
  opened.defer(() => threads.close());
  const kv = opened.use(await openEmbeddedStore(folder.store));
  await assertFree(config, portsOf(config));
  const masterKey = masterKeyOf(folder);
  const blobs = await openFileBlobStore(folder.blobs, { writer: `${boot}-main` });
  const stores = opened.use(
    await openStores({ config, kv, blobs, masterKey, clock: systemClock, log }),
  );
  const newRootKey = await prepareRoot(stores.identity, folder, config.rootKey);
  if (assertions !== undefined) await reportAssertions(kv, assertions, log);
  // What the threads will read is looked at here, where an error can be told.
  givenCertificate(config, systemClock);
  const tls = hasTls(config)
    ? {
        authority: authorityOf(folder, config, systemClock).pem,
        ticketKeys: secureBytes(TICKET_KEYS_SIZE),
      }
    : undefined;
  opened.defer(() => threads.close());
  const ports = await threads.start({ store: kv, masterKey, assertions, tls });
  const metadata = await openMetadata(config, stores.identity, log);
  if (metadata !== undefined) opened.defer(() => metadata.close(METADATA_GRACE_MS));
  opened.use(startCollector(stores.objects, log));
  opened.use(startLifecycle(stores.objects, log));
  const rooms = opened.move();
  return {
    port: ports[0]?.port ?? config.port,
    ports,
    metadataPort: metadata?.port,
    newRootKey,
    rootCredentialsPath: folder.rootCredentials,
    close: () => rooms.disposeAsync(),
    failed: threads.failed,
  };
}

/** Its answers are small and at hand. */
const METADATA_GRACE_MS = 1000;

async function openMetadata(
  config: Config,
  identity: IdentityStore,
  log: Log,
): Promise<Listener | undefined> {
  if (config.metadata === undefined) return undefined;
  const clock = systemClock;
  const { region, instanceProfile } = config;
  const source =
    instanceProfile === undefined
      ? NO_ROLE
      : profileSource({
          identity,
          profile: instanceProfile,
          sessionName: thisInstance(region, clock).id,
          clock,
          log,
        });
  return listenMetadata({ config: config.metadata, source, region, clock, log });
}

const NO_ROLE: RoleSource = {
  role: async () => undefined,
  mint: () => Promise.reject(new Error('This instance has no profile')),
};
