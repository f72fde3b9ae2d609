/** Thrown when the program itself is wrong. Never an answer to bad input. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** States what must be true here. A failure is a bug of ours: the request dies, the log has the stack. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks the branch that exhausting a union leaves over. */
export function unreachable(value: never): never {
  throw new AssertionError(`Unreachable value: ${JSON.stringify(value)}`);
}
