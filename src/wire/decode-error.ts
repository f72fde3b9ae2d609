import type { Location } from './schema.ts';

/** What a request got wrong about one member. */
export interface Violation {
  /** Path in AWS's messages: lower camel, lists as `tags.1.member.key`. */
  readonly member: string;
  /** The name on the wire of the member itself: header, parameter or element. */
  readonly wire: string;
  readonly at: Location;
  /** The text that was sent, empty for a secret; undefined for a member that is missing. */
  readonly value: string | undefined;
  readonly isSensitive?: true;
  /** In AWS's words: "Member must …". */
  readonly constraint: string;
  /** The error code that the member's scalar asks for, where not the usual. */
  readonly error?: string;
}

/**
 * `constraint`: members are missing or break a constraint; `malformedXml` and `malformedForm`: the
 * body is not what it should be at all; `bodyTooLarge`: it is longer than the operation takes.
 */
export type DecodeErrorKind = 'constraint' | 'malformedXml' | 'malformedForm' | 'bodyTooLarge';

/** A request that cannot be decoded. Always the client's doing; nothing has been changed. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly kind: DecodeErrorKind;
  /** In the order found; empty unless the kind is `constraint`. */
  readonly violations: readonly Violation[];

  constructor(kind: DecodeErrorKind, message: string, violations: readonly Violation[] = []) {
    super(message);
    this.kind = kind;
    this.violations = violations;
  }
}

/**
 * AWS's sentence for a list of violations: "1 validation error detected: Value 'x' at 'userName'
 * failed to satisfy constraint: Member must …".
 */
export function validationMessage(violations: readonly Violation[]): string {
  const count = violations.length;
  const sentences = violations.map((violation) => {
    const { member, constraint } = violation;
    return `${shownValue(violation)} at '${member}' failed to satisfy constraint: ${constraint}`;
  });
  return `${count} validation error${count === 1 ? '' : 's'} detected: ${sentences.join('; ')}`;
}

function shownValue({ value, isSensitive }: Violation): string {
  if (isSensitive === true) return 'Value';
  return value === undefined ? 'Value null' : `Value '${value}'`;
}
