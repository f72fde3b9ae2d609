/** What was decided, why, and what is used of what is granted. */
export { DecisionLog, type DecisionLogParts } from './decision-log.ts';
export { decodedMessage } from './decoded-message.ts';
export { NO_EXCHANGE, openExchange, type Exchange } from './exchange.ts';
export type { Trace } from './trace.ts';
export { DEFAULT_LEVEL, generatePolicy, type GeneratedPolicy } from './traffic/generate.ts';
export { DEPTH_MAX } from './traffic/outline.ts';
export { DAYS_KEPT, type Actor } from './traffic/traffic.ts';
export { findUnused, type GrantUse, type UnusedGrant, type WideGrant } from './traffic/unused.ts';
export type { Usage } from './traffic/usage.ts';
