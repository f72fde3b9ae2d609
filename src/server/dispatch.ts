import type { Authenticator } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { HttpRequest, HttpResponse } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { createCofferService } from '../coffer/index.ts';
import type { DecisionLog } from '../decisions/index.ts';
import { createIamService } from '../iam/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { ObjectStore } from '../objects/store.ts';
import type { S3Service } from '../s3/service.ts';
import { createStsService } from '../sts/index.ts';
import { createQueryService, type QueryService } from './query-service.ts';

/** Services of one port. */
type ServiceName = 's3' | QueryServiceName;
type QueryServiceName = 'iam' | 'sts' | 'coffer';

export interface DispatcherParts {
  readonly s3: S3Service;
  readonly identity: IdentityStore;
  readonly objects: ObjectStore;
  readonly authenticator: Authenticator;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly region: string;
  readonly newRequestId: () => string;
}

const SERVICE_HOST =
  /^(iam|sts)(?:\.[a-z0-9-]+)?\.amazonaws\.com(?::\d+)?$|^(iam|sts)\.localhost(?::\d+)?$/;
/** The service of a V4 credential scope, in the Authorization header or, encoded, in the query. */
const SCOPE_SERVICE =
  /Credential=[^,\s&=]*?(?:\/|%2[Ff])(iam|sts|s3|coffer)(?:\/|%2[Ff])aws4_request/;
const ACTION = /(?:^|[?&])Action=([A-Za-z]+)/;

/**
 * S3, IAM, STS and the server's own actions share a port. The host decides where it names a service, else the scope of the
 * signature, else an `Action` in the query: AssumeRoleWithWebIdentity comes unsigned and so.
 */
export function createDispatcher(
  parts: DispatcherParts,
): (request: HttpRequest) => Promise<HttpResponse> {
  const served = { ...parts, observer: parts.decisions };
  const queryServices: Record<QueryServiceName, QueryService> = {
    iam: createQueryService(createIamService(parts), served),
    sts: createQueryService(createStsService(parts), served),
    coffer: createQueryService(createCofferService(parts), served),
  };
  return (request) => {
    const requestId = parts.newRequestId();
    const service = serviceOf(request);
    return service === 's3'
      ? parts.s3(request, requestId)
      : queryServices[service](request, requestId);
  };
}

function serviceOf({ method, target, headers }: HttpRequest): ServiceName {
  const host = SERVICE_HOST.exec(headers.get('host')?.toLowerCase() ?? '');
  const byHost = host?.[1] ?? host?.[2];
  if (byHost !== undefined) return byHost as ServiceName;
  // Only the service level of a path can be IAM's or STS's, so that a key never is mistaken.
  if (!target.startsWith('/?') && target !== '/') return 's3';
  const scope =
    SCOPE_SERVICE.exec(headers.get('authorization') ?? '')?.[1] ?? SCOPE_SERVICE.exec(target)?.[1];
  if (scope !== undefined) return scope as ServiceName;
  const action = ACTION.exec(target)?.[1];
  if (action === undefined) return isForm(method, headers.get('content-type')) ? 'sts' : 's3';
  return STS_ACTION.test(action) ? 'sts' : 'iam';
}

const STS_ACTION =
  /^(?:AssumeRole|GetCallerIdentity|GetSessionToken|GetFederationToken|Decode|GetAccessKeyInfo)/;

/** An unsigned form to the service itself can only be STS's: IAM has no anonymous operation. */
function isForm(method: string, type: string | undefined): boolean {
  return method === 'POST' && type?.startsWith('application/x-www-form-urlencoded') === true;
}
