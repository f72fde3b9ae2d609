import { createAuthenticator, SILENT_OBSERVER } from '../access/index.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
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
  const stores = await openStores(parts);
  const { identity, objects } = stores;
  const authenticator = createAuthenticator({ ...config, identity, clock });
  const observer = SILENT_OBSERVER;
  const s3 = createS3Service({ ...config, objects, identity, authenticator, observer, clock, log });
  const dispatch = createDispatcher({
    s3,
    identity,
    authenticator,
    observer,
    clock,
    log,
    region: config.region,
    newRequestId: createRequestIds(),
  });
  return {
    ...stores,
    handle: (request) => dispatch(throughProxies(request, config.trustedProxies)),
  };
}
