import { createAuthenticator } from '../access/index.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import { DecisionLog, type Exchange } from '../decisions/index.ts';
import { createSeal, keyFor } from '../identity/index.ts';
import { createS3Service } from '../s3/service.ts';
import type { Config } from './config.ts';
import { createDispatcher } from './dispatch.ts';
import { throughProxies } from './forwarded.ts';
import { createRequestIds } from './request-id.ts';
import { openStores, type Stores, type StoresParts } from './stores.ts';

/** All rooms of one serving thread, from the stores up to what answers a request. */
export interface House extends Stores {
  handle(request: HttpRequest): Promise<HttpResponse>;
}

export interface HouseParts extends StoresParts {
  /** To the other threads; closed with the house. */
  readonly exchange: Exchange;
  readonly config: Pick<
    Config,
    | 'region'
    | 'strictRegion'
    | 'domains'
    | 'defaultOwnership'
    | 'lifecycleDaySeconds'
    | 'trustedProxies'
  >;
}

export async function openHouse(parts: HouseParts): Promise<House> {
  const { config, clock, log } = parts;
  await using opened = new AsyncDisposableStack();
  const stores = opened.use(await openStores(parts));
  const { identity, objects } = stores;
  const seal = createSeal(keyFor('authorization messages', parts.masterKey));
  const decisions = opened.use(new DecisionLog({ ...parts, seal }));
  const authenticator = createAuthenticator({ ...config, identity, clock });
  const s3 = createS3Service({
    ...config,
    objects,
    identity,
    authenticator,
    observer: decisions,
    clock,
    log,
  });
  const dispatch = createDispatcher({
    s3,
    identity,
    objects,
    authenticator,
    decisions,
    clock,
    log,
    region: config.region,
    newRequestId: createRequestIds(),
  });
  const rooms = opened.move();
  return {
    identity,
    objects,
    handle: (request) => dispatch(throughProxies(request, config.trustedProxies)),
    [Symbol.asyncDispose]: () => rooms.disposeAsync(),
  };
}
