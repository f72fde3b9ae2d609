import type { Awaitable } from '../base/awaitable.ts';

/** Goes on with a value at once when it is here: reads from a local engine cost no promise. */
export function whenKnown<T, R>(
  value: Awaitable<T>,
  continuation: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return value instanceof Promise ? value.then(continuation) : continuation(value);
}
