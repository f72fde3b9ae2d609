import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { BlobStore } from '../blob/blob-store.ts';
import { openIdentityStore, type HashPlaces, type IdentityStore } from '../identity/index.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openObjectStore } from '../objects/open-object-store.ts';
import type { ObjectStore } from '../objects/store.ts';
import type { Config } from './config.ts';

/** What is kept, without what speaks of it: all that the main thread needs, and each serving one. */
export interface Stores extends AsyncDisposable {
  readonly objects: ObjectStore;
  readonly identity: IdentityStore;
}

export interface StoresParts {
  readonly config: Pick<Config, 'lifecycleDaySeconds'>;
  /** Stays the caller's to close, after these stores. */
  readonly kv: KeyValueStore;
  /** Closed with these stores. */
  readonly blobs: BlobStore;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly hashPlaces?: HashPlaces | undefined;
}

export async function openStores(parts: StoresParts): Promise<Stores> {
  const { config, kv, blobs, masterKey, clock, log, hashPlaces } = parts;
  await using opened = new AsyncDisposableStack();
  opened.use(blobs);
  const identity = opened.use(await openIdentityStore({ kv, clock, log, masterKey, hashPlaces }));
  const lifecycleDayMs = config.lifecycleDaySeconds * 1000;
  const objects = opened.use(await openObjectStore({ kv, blobs, clock, log, lifecycleDayMs }));
  const rooms = opened.move();
  return { objects, identity, [Symbol.asyncDispose]: () => rooms.disposeAsync() };
}
