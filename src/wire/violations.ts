import { DecodeError, validationMessage, type Violation } from './decode-error.ts';
import type { Location } from './schema.ts';
import type { Scalar } from './scalar.ts';
import { lengthViolations } from './scalar.ts';

/** More would only make the answer long; AWS's own messages end far earlier. */
const VIOLATIONS_MAX = 32;
/** A value is quoted in the message up to this many characters, so that answers stay small. */
const VALUE_LENGTH_MAX = 1024;

export const MUST_NOT_BE_NULL = 'Member must not be null';

/** Gathers what one request gets wrong, and knows where in the input the decoder stands. */
export class Violations {
  readonly #found: Violation[] = [];
  readonly #path: (string | number)[] = [];

  enter(segment: string | number): void {
    this.#path.push(segment);
  }

  leave(): void {
    this.#path.pop();
  }

  add(
    wire: string,
    at: Location,
    value: string | undefined,
    constraint: string,
    error?: string,
  ): void {
    if (this.#found.length >= VIOLATIONS_MAX) return;
    this.#found.push({
      member: this.#path.join('.'),
      wire,
      at,
      value: value?.slice(0, VALUE_LENGTH_MAX),
      constraint,
      ...(error === undefined ? {} : { error }),
    });
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** Ends the decoding if anything was found. */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    throw new DecodeError('constraint', validationMessage(this.#found), this.#found);
  }
}

/** A member's name as AWS's messages have it. */
export function messageName(member: string): string {
  return member.slice(0, 1).toLowerCase() + member.slice(1);
}

/**
 * The value of a scalar's text, or undefined when it counts as absent or breaks a constraint,
 * which is then among the violations.
 */
export function decodeScalar(
  shape: Scalar<unknown>,
  text: string,
  wire: string,
  at: Location,
  violations: Violations,
): unknown {
  if (text === '' && shape.isAbsentWhenEmpty === true) return undefined;
  const value = shape.parse(text);
  if (value === undefined) {
    if (shape.isLenient !== true) violations.add(wire, at, text, shape.expected, shape.error);
    return undefined;
  }
  if (shape.violations !== undefined) {
    for (const constraint of shape.violations(value)) {
      violations.add(wire, at, text, constraint, shape.error);
    }
  }
  return value;
}

/** Holds the number of a list's items against its limits. */
export function checkCount(
  limits: { readonly min?: number; readonly max?: number },
  count: number,
  wire: string,
  at: Location,
  violations: Violations,
): void {
  if (limits.min === undefined && limits.max === undefined) return;
  const { min = 0, max = Infinity } = limits;
  for (const constraint of lengthViolations(count, min, max)) {
    violations.add(wire, at, `[${count} items]`, constraint);
  }
}
