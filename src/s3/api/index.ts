export * from './buckets.ts';
export * from './lifecycle.ts';
export * from './listing.ts';
export * from './multipart.ts';
export * from './objects.ts';
export * from './versioning.ts';
