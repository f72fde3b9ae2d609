import { DecodeError, validationMessage, type Violation } from './decode-error.ts';
import type { Location } from './schema.ts';
import type { Scalar } from './scalar.ts';
import { lengthViolations } from './scalar.ts';

/** More would only make the answer long; AWS's own messages end far earlier. */
const VIOLATIONS_MAX = 32;
/** A value is quoted in the message up to this many characters, so that answers stay small. */
const VALUE_LENGTH_MAX = 1024;

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

  /** Adds what is wrong with the member that the decoder stands at. */
  add(found: Omit<Violation, 'member'>): void {
    const value = found.value?.slice(0, VALUE_LENGTH_MAX);
    this.#found.push({ ...found, value, member: this.#path.join('.') });
    // Reading on to the end of a long list of mistakes would be work that anybody can ask for.
    if (this.#found.length >= VIOLATIONS_MAX) this.throwIfAny();
  }

  /** A required member that is not there. */
  addMissing(wire: string, at: Location): void {
    this.add({ wire, at, value: undefined, constraint: 'Member must not be null' });
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
    if (shape.isLenient !== true) addRefused(shape, text, wire, at, [shape.expected], violations);
    return undefined;
  }
  const broken = shape.violations?.(value);
  if (broken !== undefined && broken.length > 0) {
    addRefused(shape, text, wire, at, broken, violations);
  }
  return value;
}

function addRefused(
  shape: Scalar<unknown>,
  text: string,
  wire: string,
  at: Location,
  constraints: readonly string[],
  violations: Violations,
): void {
  const { error, isSensitive } = shape;
  for (const constraint of constraints) {
    violations.add({
      wire,
      at,
      value: isSensitive === true ? '' : text,
      constraint,
      ...(error === undefined ? {} : { error }),
      ...(isSensitive === true ? { isSensitive } : {}),
    });
  }
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
    violations.add({ wire, at, value: `[${count} items]`, constraint });
  }
}
