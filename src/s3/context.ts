import {
  authorize,
  consider,
  contextReader,
  demandAccess,
  resourceAccountOf,
  type Authenticator,
  type Caller,
  type DecisionObserver,
  type Question,
  type S3Resource,
} from '../access/index.ts';
import { assert } from '../base/assert.ts';
import type { Awaitable } from '../base/awaitable.ts';
import type { Clock } from '../base/clock.ts';
import { headOf, type HttpRequest, type RequestHead } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { Bucket, DeleteMarker, ObjectVersion, Tags } from '../objects/model.ts';
import type { ObjectStore } from '../objects/store.ts';
import type { ContextReader, Decision } from '../policy/index.ts';
import type { Address } from './address.ts';

/** What the service is made of. */
export interface S3Parts {
  readonly objects: ObjectStore;
  readonly identity: IdentityStore;
  readonly authenticator: Authenticator;
  readonly observer: DecisionObserver;
  readonly clock: Clock;
  readonly log: Log;
  /** The region of buckets that are made without a location. */
  readonly region: string;
  /** Host names under which a first label is a bucket. */
  readonly domains: readonly string[];
  /** Ownership of buckets that are made without saying; AWS's own default is BucketOwnerEnforced. */
  readonly defaultOwnership: Bucket['ownership'];
}

/** Of a question to which no parameter of the request belongs. */
export const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/** Of the question whether a caller may list, and so learn that a key is missing. */
export function listingParameters(key: string): ReadonlyMap<string, string> {
  return new Map([['prefix', key]]);
}

/**
 * Of a question about a key, and maybe a version of it, that body or header name, and about the ETag
 * that the body says it must have.
 */
export function versionParameters(
  versionId: string | undefined,
  ifMatch?: string | undefined,
): ReadonlyMap<string, string> {
  if (versionId === undefined && ifMatch === undefined) return NO_PARAMETERS;
  return new Map([
    ...(versionId === undefined ? [] : [['versionId', versionId] as const]),
    ...(ifMatch === undefined ? [] : [['if-match', ifMatch] as const]),
  ]);
}

/** The resource of a question: a bucket, a key in it, or, for neither, the account. */
export interface Target extends S3Resource {
  /** For a bucket that does not exist yet. */
  readonly newBucket?: string | undefined;
  readonly key?: string | undefined;
  readonly requestTags?: Tags | undefined;
  /**
   * What condition keys such as s3:VersionId are read from, where the resource is not the one that
   * the request's address names; the request's own query and conditions would let its sender say them.
   */
  readonly parameters?: ReadonlyMap<string, string> | undefined;
  readonly own?: ContextReader | undefined;
}

/** One request, authenticated, on its way through its handler. */
export class S3Context {
  readonly parts: S3Parts;
  readonly request: HttpRequest;
  /** For what is remembered of the request: decisions outlive it, its body must not. */
  readonly #head: RequestHead;
  readonly address: Address;
  readonly requestId: string;
  readonly caller: Caller;
  /** Trailing headers of the body, once it has been read. */
  readonly trailers: () => ReadonlyMap<string, string>;
  readonly #bucket: Bucket | undefined;
  #found: { readonly value: Awaitable<ObjectVersion | DeleteMarker | undefined> } | undefined;

  constructor(fields: {
    readonly parts: S3Parts;
    readonly request: HttpRequest;
    readonly address: Address;
    readonly requestId: string;
    readonly caller: Caller;
    readonly trailers: () => ReadonlyMap<string, string>;
    readonly bucket: Bucket | undefined;
  }) {
    this.parts = fields.parts;
    this.request = fields.request;
    this.#head = headOf(fields.request);
    this.address = fields.address;
    this.requestId = fields.requestId;
    this.caller = fields.caller;
    this.trailers = fields.trailers;
    this.#bucket = fields.bucket;
  }

  get objects(): ObjectStore {
    return this.parts.objects;
  }

  /** The bucket of the address, which exists, or the request would not have come this far. */
  get bucket(): Bucket {
    assert(this.#bucket !== undefined, 'The operation has a bucket');
    return this.#bucket;
  }

  get key(): string {
    assert(this.address.key !== undefined, 'The operation has a key');
    return this.address.key;
  }

  /** The object that the address names, read once for authorization and handler alike. */
  object(): Awaitable<ObjectVersion | DeleteMarker | undefined> {
    this.#found ??= {
      value: this.objects.find(this.bucket, this.key, this.address.query.get('versionId')),
    };
    return this.#found.value;
  }

  /** The account that asks; operations that make something belong to one. */
  get account(): string | undefined {
    return this.caller.account;
  }

  decide(action: string, target: Target): Awaitable<Decision> {
    return authorize(this.parts.identity, this.question(action, target));
  }

  /** Whether the caller may, where the answer depends on it and goes on either way. */
  async may(action: string, target: Target): Promise<boolean> {
    const question = this.question(action, target);
    const considered = await consider(this.parts.identity, question);
    const isAllowed = considered.decision.effect === 'Allow';
    // What was of use counts as used; the answer without it would have been another one.
    if (isAllowed) this.parts.observer.allowed(this.requestId, question, considered);
    return isAllowed;
  }

  /** Throws AccessError in AWS's words unless the caller may. */
  demand(action: string, target: Target): Awaitable<void> {
    return demandAccess(this.parts, this.requestId, this.question(action, target), 's3');
  }

  /** The question as policies are asked it. */
  question(action: string, target: Target): Question {
    const { bucket, newBucket, key, object } = target;
    const resourceAccount = resourceAccountOf(action, target, this.account) ?? this.account ?? '';
    return {
      caller: this.caller,
      action,
      resource: resourceArn(bucket?.name ?? newBucket, key),
      resourceAccount,
      bucket,
      object,
      isNewObject: target.isNewObject,
      sender: this.#head,
      context: contextReader({
        request: this.#head,
        caller: this.caller,
        nowMs: this.parts.clock.nowMs(),
        region: bucket?.region ?? this.parts.region,
        resourceAccount,
        query: target.parameters ?? this.address.query,
        isElsewhere: target.parameters !== undefined,
        existingTags: object?.tags,
        requestTags: target.requestTags,
        own: target.own,
      }),
    };
  }
}

export function resourceArn(bucket: string | undefined, key: string | undefined): string {
  if (bucket === undefined) return '*';
  return key === undefined ? `arn:aws:s3:::${bucket}` : `arn:aws:s3:::${bucket}/${key}`;
}
