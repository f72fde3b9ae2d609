/**
 * A value that is here already or will come. Engines that answer from memory or from a local file
 * return the value itself, which spares the hot path a promise; callers `await` either way.
 */
export type Awaitable<T> = T | Promise<T>;
