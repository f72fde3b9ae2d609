import { encodeRecord, headerOf, openRecord } from './envelope.ts';
import type { Lifecycle } from './lifecycle/configuration.ts';
import type { Bucket } from './model.ts';

/**
 * A bucket as it is stored: the model without the name, which is its key, under full names, because
 * buckets are few. A field that is undefined is left out by JSON.
 */
type BucketHeader = Omit<Bucket, 'name' | 'hasOwnershipControls'> & {
  readonly hasOwnershipControls?: boolean;
};

export function encodeBucket(bucket: Bucket): Uint8Array {
  const header: BucketHeader & { name?: undefined } = { ...bucket, name: undefined };
  return encodeRecord({ header });
}

export function decodeBucket(name: string, bytes: Uint8Array): Bucket {
  const header = headerOf<BucketHeader>(openRecord(bytes));
  return {
    name,
    id: header.id,
    owner: header.owner,
    region: header.region,
    createdAtMs: header.createdAtMs,
    versioning: header.versioning,
    objectLock: header.objectLock,
    ownership: header.ownership,
    hasOwnershipControls: header.hasOwnershipControls ?? true,
    acl: header.acl,
    publicAccessBlock: header.publicAccessBlock,
    policy: header.policy,
    tags: header.tags,
    cors: header.cors?.map((rule) => ({
      id: rule.id,
      allowedMethods: rule.allowedMethods,
      allowedOrigins: rule.allowedOrigins,
      allowedHeaders: rule.allowedHeaders,
      exposeHeaders: rule.exposeHeaders,
      maxAgeSeconds: rule.maxAgeSeconds,
    })),
    lifecycle: header.lifecycle && decodeLifecycle(header.lifecycle),
  };
}

/** With every optional member there, so that all readers see records of one shape. */
function decodeLifecycle({ rules, smallObjects }: Lifecycle): Lifecycle {
  return {
    rules: rules.map((rule) => ({
      id: rule.id,
      isEnabled: rule.isEnabled,
      filter: {
        form: rule.filter.form,
        prefix: rule.filter.prefix,
        tags: rule.filter.tags,
        sizeGreaterThan: rule.filter.sizeGreaterThan,
        sizeLessThan: rule.filter.sizeLessThan,
      },
      expiration: rule.expiration,
      transitions: rule.transitions,
      noncurrentExpiration: rule.noncurrentExpiration,
      noncurrentTransitions: rule.noncurrentTransitions,
      abortUploadsDays: rule.abortUploadsDays,
    })),
    smallObjects,
  };
}
