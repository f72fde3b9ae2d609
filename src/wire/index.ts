export * from './date.ts';
export * from './operation.ts';
export * from './scalar.ts';
export * from './schema.ts';
