/**
 * A value that is here already or will come. Engines that answer from memory or from a local file
 * return the value itself, which spares the hot path a promise; callers `await` either way.
 */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value at once when it is here: reads from a local engine cost no promise. */
export function whenKnown<T, R>(
  value: Awaitable<T>,
  continuation: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return value instanceof Promise ? value.then(continuation) : continuation(value);
}
