import { createAuthenticator } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { BlobStore } from '../blob/blob-store.ts';
import { openIdentityStore, type IdentityStore } from '../identity/index.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { openObjectStore } from '../objects/open-object-store.ts';
import type { ObjectStore } from '../objects/store.ts';
import { createS3Service } from '../s3/service.ts';
import type { Config } from './config.ts';
import { createDispatcher } from './dispatch.ts';
import { createRequestIds } from './request-id.ts';

/** All rooms of one thread, built once and in order; what is opened here is closed here. */
export interface House extends AsyncDisposable {
  readonly objects: ObjectStore;
  readonly identity: IdentityStore;
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export interface HouseParts {
  readonly config: Pick<
    Config,
    'region' | 'strictRegion' | 'domains' | 'defaultOwnership' | 'lifecycleDaySeconds'
  >;
  readonly kv: KeyValueStore;
  readonly blobs: BlobStore;
  readonly masterKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
}

export async function openHouse(parts: HouseParts): Promise<House> {
  const { config, kv, blobs, clock, log } = parts;
  await using opened = new AsyncDisposableStack();
  opened.use(kv);
  opened.use(blobs);
  const lifecycleDayMs = config.lifecycleDaySeconds * 1000;
  const identity = await openIdentityStore({ kv, clock, log, masterKey: parts.masterKey });
  opened.use(identity);
  const objects = opened.use(await openObjectStore({ kv, blobs, clock, log, lifecycleDayMs }));
  const authenticator = createAuthenticator({ ...config, identity, clock });
  const s3 = createS3Service({ ...config, objects, identity, authenticator, clock, log });
  const handle = createDispatcher({
    s3,
    identity,
    authenticator,
    clock,
    log,
    region: config.region,
    newRequestId: createRequestIds(),
  });
  const rooms = opened.move();
  return { objects, identity, handle, [Symbol.asyncDispose]: () => rooms.disposeAsync() };
}
