import {
  AccessError,
  ANONYMOUS,
  contextReader,
  demandAccess,
  principalOf,
  type Authenticated,
  type Authenticator,
  type Caller,
  type DecisionObserver,
  type Question,
} from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import {
  BodyTooLargeError,
  collectBody,
  headOf,
  type HttpRequest,
  type HttpResponse,
  type RequestHead,
} from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { IdentityStore } from '../identity/index.ts';
import { diskTroubleOf } from '../objects/disk-trouble.ts';
import type { CompiledPolicy, ContextReader } from '../policy/index.ts';
import { SignatureError } from '../signature/index.ts';
import {
  compileQuery,
  DecodeError,
  encodeQueryError,
  formOf,
  validationMessage,
  type Declarations,
  type QueryOperation,
} from '../wire/index.ts';

/** A service of the query protocol, as its room describes itself. */
export interface QueryServiceDescription {
  readonly service: 'iam' | 'sts' | 'coffer';
  readonly declarations: Declarations;
  /** By action name; each is given the decoded input, the caller and the operation's target. */
  readonly handlers: Readonly<Record<string, QueryHandler>>;
  readonly version: string;
  readonly xmlns: string;
  /** What an operation is on, where the records say more of it than the declaration can. */
  targetOf?(operation: QueryOperation, input: unknown, caller: Caller): Promise<QueryTarget>;
  /** Actions that AWS has and this service refuses by name. */
  isKnownAction(action: string): boolean;
  /** What such an action is about, which there is none of here. */
  subjectOf?(action: string): string | undefined;
  /** The wire form of an error of the rooms below; undefined for what is not known. */
  toError(error: unknown): QueryFault | undefined;
}

export interface QueryTarget {
  /** The caller must be allowed the action on each of them. */
  readonly resources: readonly string[];
  readonly resourceAccount: string;
  /** Condition keys that come from the operation and its resource. */
  readonly context: ContextReader;
  /** What the caller must be allowed beside the operation itself. */
  readonly further?: readonly {
    readonly action: string;
    readonly resource: string;
    readonly context: ContextReader;
  }[];
  /** The resource's own policy, such as a role's trust policy. */
  readonly resourcePolicy?: CompiledPolicy;
  /** Actions that the caller must be allowed beside those of the declaration. */
  readonly alsoAllows?: readonly string[];
}

export type QueryHandler = (
  input: never,
  caller: Caller,
  target: QueryTarget,
  head: RequestHead,
) => unknown;

export interface QueryFault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Further elements of the error. */
  readonly members?: Readonly<Record<string, string>>;
}

export interface QueryServiceParts {
  readonly identity: IdentityStore;
  readonly authenticator: Authenticator;
  readonly observer: DecisionObserver;
  readonly clock: Clock;
  readonly log: Log;
  readonly region: string;
}

export type QueryService = (request: HttpRequest, requestId: string) => Promise<HttpResponse>;

/** AWS's bound of a query request's form. */
const FORM_SIZE_MAX = 1024 * 1024;

/** A request's way through IAM or STS: caller, form, action, input, permission, handler, answer. */
export function createQueryService(
  description: QueryServiceDescription,
  parts: QueryServiceParts,
): QueryService {
  const protocol = compileQuery(description.declarations, description);
  return async (request, requestId) => {
    try {
      const authenticated = await parts.authenticator.authenticate(request, {
        service: description.service,
      });
      const form = formOf(request.target, await collectBody(authenticated.body, FORM_SIZE_MAX));
      const route = protocol.route(form);
      if (route.kind !== 'matched') throw unroutable(route, description);
      const input = protocol.decode(route.operation, form);
      const { caller } = authenticated;
      const target = await permitted(
        route.operation,
        input,
        request,
        requestId,
        authenticated,
        description,
        parts,
      );
      const handler = description.handlers[route.name];
      if (handler === undefined) throw notServed(route.name);
      const output = await handler(input as never, caller, target, headOf(request));
      return protocol.encode(route.operation, output as never, requestId);
    } catch (error) {
      const fault = description.toError(error) ?? commonFault(error);
      if (fault === undefined || fault === NO_ROOM) {
        parts.log.write('error', 'A request failed', {
          requestId,
          service: description.service,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
      return encodeQueryError({ ...(fault ?? INTERNAL_FAILURE), requestId }, description.xmlns);
    }
  };
}

/** What the operation is on. Throws AccessError unless the caller may. */
async function permitted(
  operation: QueryOperation,
  input: unknown,
  request: HttpRequest,
  requestId: string,
  { caller }: Authenticated,
  description: QueryServiceDescription,
  parts: QueryServiceParts,
): Promise<QueryTarget> {
  const { allows, anonymous } = operation;
  // What needs no credentials is decided by other proof, whoever may have signed.
  const asker = anonymous === 'allowed' ? ANONYMOUS : caller;
  if (anonymous !== 'allowed') principalOf(caller);
  const target =
    (await description.targetOf?.(operation, input, caller)) ??
    declaredTarget(operation, input, principalOf(caller).accountId);
  const { resourceAccount, resourcePolicy, alsoAllows = [] } = target;
  const head = headOf(request);
  const common = contextReader({
    request: head,
    caller: asker,
    nowMs: parts.clock.nowMs(),
    region: parts.region,
    resourceAccount,
    query: NO_QUERY,
    existingTags: undefined,
    requestTags: undefined,
  });
  const context: ContextReader = (key) => target.context(key) ?? common(key);
  const declared = typeof allows === 'function' ? allows(input as never) : allows;
  for (const action of new Set([declared, alsoAllows].flat())) {
    for (const resource of target.resources) {
      const question: Question = {
        caller: asker,
        action,
        resource,
        resourceAccount,
        context,
        sender: head,
        resourcePolicy,
      };
      await demandAccess(parts, requestId, question, 'query');
    }
  }
  for (const further of target.further ?? []) {
    const context: ContextReader = (key) => further.context(key) ?? common(key);
    const question: Question = {
      ...further,
      caller: asker,
      resourceAccount,
      context,
      sender: head,
    };
    await demandAccess(parts, requestId, question, 'query');
  }
  return target;
}

function declaredTarget({ on }: QueryOperation, input: unknown, account: string): QueryTarget {
  const resources = [on?.(input as never, account) ?? '*'];
  return { resources, resourceAccount: account, context: () => undefined };
}

const NO_QUERY: ReadonlyMap<string, string> = new Map();
const INTERNAL_FAILURE: QueryFault = {
  status: 500,
  code: 'ServiceFailure',
  message: 'The request processing has failed because of an unknown error, exception or failure.',
};

/** By the name that S3 has for it, which no client tries again. */
const NO_ROOM: QueryFault = {
  status: 507,
  code: 'InsufficientCapacity',
  message: 'There is no room left on the disk of this server',
};

class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly fault: QueryFault;

  constructor(fault: QueryFault) {
    super(fault.message);
    this.fault = fault;
  }
}

function unroutable(
  route:
    | { readonly kind: 'missingAction' }
    | { readonly kind: 'unknownAction'; readonly action: string }
    | { readonly kind: 'unknownVersion'; readonly action: string; readonly version: string },
  description: QueryServiceDescription,
): QueryError {
  if (route.kind === 'missingAction') {
    return new QueryError({
      status: 400,
      code: 'MissingAction',
      message: 'The request must contain the parameter Action.',
    });
  }
  if (route.kind === 'unknownAction' && description.isKnownAction(route.action)) {
    return notServed(route.action, description.subjectOf?.(route.action));
  }
  const version = route.kind === 'unknownVersion' ? route.version : description.version;
  return new QueryError({
    status: 400,
    code: 'InvalidAction',
    message: `Could not find operation ${route.action} for version ${version}`,
  });
}

function notServed(action: string, subject?: string): QueryError {
  const reason = subject === undefined ? '' : `: this server has no ${subject}`;
  return new QueryError({
    status: 501,
    code: 'NotImplemented',
    message: `${action} is not supported${reason}.`,
  });
}

/** What every query service answers alike. */
function commonFault(error: unknown): QueryFault | undefined {
  if (error instanceof QueryError) return error.fault;
  if (error instanceof AccessError) {
    return { status: 403, code: error.kind, message: error.message, members: error.fields };
  }
  if (error instanceof DecodeError) {
    return error.kind === 'constraint'
      ? { status: 400, code: 'ValidationError', message: validationMessage(error.violations) }
      : { status: 400, code: 'MalformedQueryString', message: error.message };
  }
  if (error instanceof SignatureError) return signatureFault(error);
  if (error instanceof BodyTooLargeError) {
    return { status: 413, code: 'RequestEntityTooLarge', message: 'Request Entity Too Large' };
  }
  if (diskTroubleOf(error) === 'full') return NO_ROOM;
  return undefined;
}

/** IAM and STS have their own names for what S3 calls otherwise. */
function signatureFault({ kind, message }: SignatureError): QueryFault {
  switch (kind) {
    case 'SignatureDoesNotMatch':
      return { status: 403, code: 'SignatureDoesNotMatch', message };
    case 'RequestTimeTooSkewed':
      return {
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: `Signature expired: ${message}`,
      };
    case 'AccessDenied':
      return { status: 403, code: 'AccessDenied', message };
    default:
      return { status: 400, code: 'IncompleteSignature', message };
  }
}
