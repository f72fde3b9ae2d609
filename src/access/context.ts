import type { RequestHead } from '../base/http.ts';
import type { Tags } from '../objects/model.ts';
import type { ContextReader, ContextValue } from '../policy/index.ts';
import type { Caller } from './caller.ts';
import { principalArnKey, sessionKey, webIdentityKey } from './session-keys.ts';

/** What condition keys are read from. Nothing here is computed before a policy asks for it. */
export interface ContextFacts {
  readonly request: RequestHead;
  readonly caller: Caller;
  readonly nowMs: number;
  readonly region: string;
  readonly resourceAccount: string;
  /** Decoded query parameters. */
  readonly query: ReadonlyMap<string, string>;
  /** Of a resource that is not the one addressed: then conditions are none of the headers', but the query's. */
  readonly isElsewhere?: boolean | undefined;
  readonly existingTags: Tags | undefined;
  /** Tags that the request itself brings, from header, body or form. */
  readonly requestTags: Tags | undefined;
  /** Keys that only the operation knows, in lower case; it cannot replace what is known of all. */
  readonly own?: ContextReader | undefined;
}

/** Headers that S3 offers as condition keys under their own names. No other header ever is one. */
const HEADER_KEYS = new Set([
  'x-amz-acl',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-grant-full-control',
  'x-amz-grant-read',
  'x-amz-grant-read-acp',
  'x-amz-grant-write',
  'x-amz-grant-write-acp',
  'x-amz-metadata-directive',
  'x-amz-object-ownership',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
]);

const CONDITION_KEYS = new Set(['if-match', 'if-none-match']);

const QUERY_KEYS = new Map([
  ['prefix', 'prefix'],
  ['delimiter', 'delimiter'],
  ['max-keys', 'max-keys'],
  ['versionid', 'versionId'],
]);

/** A reader of the request's condition keys, which are asked for in lower case. */
export function contextReader(facts: ContextFacts): ContextReader {
  return (key) => {
    if (key.startsWith('aws:')) return globalKey(key.slice(4), facts) ?? facts.own?.(key);
    if (key.startsWith('s3:')) return facts.own?.(key) ?? s3Key(key.slice(3), facts);
    return facts.own?.(key) ?? webIdentityKey(key, facts.caller);
  };
}

function globalKey(name: string, facts: ContextFacts): ContextValue | undefined {
  const { request, caller, nowMs } = facts;
  const principal = caller.principal;
  switch (name) {
    case 'currenttime':
      return new Date(nowMs).toISOString();
    case 'epochtime':
      return String(Math.floor(nowMs / 1000));
    case 'sourceip':
      return request.remoteAddress;
    case 'securetransport':
      return String(request.secure);
    case 'useragent':
      return request.headers.get('user-agent');
    case 'referer':
      return request.headers.get('referer');
    case 'requestedregion':
      return facts.region;
    case 'principalarn':
      return principalArnKey(caller);
    case 'principalaccount':
      return principal?.accountId ?? 'anonymous';
    case 'principaltype':
      return principalType(caller);
    case 'userid':
      return principal?.userId ?? 'anonymous';
    case 'username':
      return principal?.userName;
    case 'resourceaccount':
      return facts.resourceAccount;
    case 'principalisawsservice':
    case 'viaawsservice':
      return 'false';
    default:
      return tagKey(name, 'principaltag/', principal?.tags) ?? sessionKey(name, caller, nowMs);
  }
}

function s3Key(name: string, facts: ContextFacts): ContextValue | undefined {
  const { request, caller, nowMs, query, isElsewhere = false } = facts;
  if (CONDITION_KEYS.has(name)) return isElsewhere ? query.get(name) : request.headers.get(name);
  if (HEADER_KEYS.has(name)) return request.headers.get(name);
  const parameter = QUERY_KEYS.get(name);
  if (parameter !== undefined) return query.get(parameter);
  const proof = caller.proof;
  switch (name) {
    case 'tlsversion':
      return request.tlsVersion;
    case 'authtype':
      return proof.kind === 'none' ? undefined : AUTH_TYPES[proof.at];
    case 'signatureversion':
      if (proof.kind === 'none') return undefined;
      return proof.version === 'v4' ? 'AWS4-HMAC-SHA256' : 'AWS';
    case 'signatureage':
      if (proof.kind === 'none' || proof.signedAtMs === undefined) return undefined;
      return String(nowMs - proof.signedAtMs);
    case 'resourceaccount':
      return facts.resourceAccount;
    case 'requestobjecttagkeys':
      return facts.requestTags?.map(({ key }) => key);
    default:
      return (
        tagKey(name, 'existingobjecttag/', facts.existingTags) ??
        tagKey(name, 'requestobjecttag/', facts.requestTags)
      );
  }
}

const AUTH_TYPES = { header: 'REST-HEADER', query: 'REST-QUERY-STRING', form: 'POST' } as const;

function principalType({ policyPrincipal }: Caller): string {
  switch (policyPrincipal.kind) {
    case 'anonymous':
      return 'Anonymous';
    case 'root':
      return 'Account';
    case 'user':
      return 'User';
    case 'assumed-role':
      return 'AssumedRole';
    case 'federated-user':
      return 'FederatedUser';
    case 'service':
      return 'Service';
  }
}

/** Condition keys are case-insensitive, and so is the tag key within one. */
function tagKey(name: string, prefix: string, tags: Tags | undefined): string | undefined {
  if (tags === undefined || !name.startsWith(prefix)) return undefined;
  const wanted = name.slice(prefix.length);
  return tags.find(({ key }) => key.toLowerCase() === wanted)?.value;
}
