import { base64, fromBase64 } from '../base/bytes.ts';

/**
 * Values that are written as one text: in a header, a query parameter, a form field or an element.
 * A scalar says how its text is read and written and what else must hold; every oddity of a value
 * is written here or in a room's own scalars once, never in an operation.
 */
export interface Scalar<T> {
  readonly kind: 'scalar';
  readonly types?: readonly [input: T, output: T];
  /** What the drift and round-trip tests compare with; rooms' own scalars count as texts. */
  readonly wireType: WireType;
  readonly name: string;
  /** The value of a text, or undefined when the text is not one. */
  parse(text: string): T | undefined;
  format(value: T): string;
  /** How the query protocol's answers write it, where that differs. */
  formatQuery?(value: T): string;
  /** Constraints that a parsed value breaks, in AWS's words ("Member must …"). */
  violations?(value: T): readonly string[];
  /** The constraint that a text breaks which does not parse, in AWS's words. */
  readonly expected: string;
  /** The error code for a value that does not parse or breaks a constraint, where not the usual. */
  readonly error?: string;
  /** An unparsable text counts as absent, as HTTP wants it for conditional dates. */
  readonly isLenient?: boolean;
  /** An empty text counts as absent, which is how S3 reads `max-keys=`. */
  readonly isAbsentWhenEmpty?: boolean;
  /** A password or key: never quoted in an error. */
  readonly isSensitive?: boolean;
  /** Texts for tests to draw from, when random ones hardly ever parse. */
  readonly examples?: readonly string[];
  /** The limits that `violations` holds values against, for tests to draw within. */
  readonly limits?: Limits;
}

export interface Limits {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}

export type WireType = 'string' | 'number' | 'boolean' | 'isoDate' | 'httpDate' | 'epoch' | 'blob';

export interface ScalarOptions<T> {
  readonly name: string;
  parse(text: string): T | undefined;
  format(value: T): string;
  formatQuery?(value: T): string;
  violations?(value: T): readonly string[];
  readonly wireType?: WireType;
  readonly expected?: string;
  readonly error?: string;
  readonly isAbsentWhenEmpty?: boolean;
  readonly examples?: readonly string[];
  readonly limits?: Limits;
}

/** A scalar of a room's own. */
export function scalar<T>(options: ScalarOptions<T>): Scalar<T> {
  return {
    kind: 'scalar',
    wireType: 'string',
    expected: `Member must be a valid ${options.name}`,
    ...options,
  };
}

/** The same scalar, but a text that does not parse counts as absent. */
export function lenient<T>(inner: Scalar<T>): Scalar<T> {
  return { ...inner, isLenient: true };
}

/** The same scalar, but errors do not quote it. For passwords and keys. */
export function sensitive<T>(inner: Scalar<T>): Scalar<T> {
  return { ...inner, isSensitive: true };
}

/** The same scalar, but what it refuses is answered with `error` instead of the usual code. */
export function failingWith<T>(error: string, inner: Scalar<T>): Scalar<T> {
  return { ...inner, error };
}

export const string: Scalar<string> = scalar({
  name: 'string',
  parse: (text) => text,
  format: (value) => value,
});

export interface TextLimits {
  /** Lengths count Unicode code points. */
  readonly min?: number;
  readonly max?: number;
  /** Must match the whole text, so it is anchored at both ends, and takes linear time. */
  readonly pattern?: RegExp;
  /** The pattern as AWS spells it in messages; the source of `pattern` unless given. */
  readonly patternText?: string;
  readonly error?: string;
  readonly examples?: readonly string[];
}

/** A text within limits. A broken limit is reported in the words of AWS's validation message. */
export function text(limits: TextLimits): Scalar<string> {
  return textScalar(limits, {});
}

/**
 * A policy as text: plain in requests, percent-encoded by RFC 3986 in the query protocol's answers
 * ("Policies returned by this operation are URL-encoded").
 */
export function policyDocumentWithin(limits: TextLimits): Scalar<string> {
  return textScalar(limits, { formatQuery: encodeRfc3986 });
}

export const policyDocument: Scalar<string> = policyDocumentWithin({});

function textScalar(
  limits: TextLimits,
  more: Pick<ScalarOptions<string>, 'formatQuery'>,
): Scalar<string> {
  const { min = 0, max = Infinity, pattern } = limits;
  const patternText = limits.patternText ?? pattern?.source.replace(/^\^|\$$/g, '');
  return scalar({
    ...more,
    name: 'text',
    limits,
    parse: (value) => value,
    format: (value) => value,
    ...(min === 0 && max === Infinity && pattern === undefined ? {} : { violations }),
    ...(limits.error === undefined ? {} : { error: limits.error }),
    ...(limits.examples === undefined ? {} : { examples: limits.examples }),
  });
  function violations(value: string): string[] {
    const broken: string[] = [];
    if (pattern !== undefined && !pattern.test(value)) {
      broken.push(`Member must satisfy regular expression pattern: ${patternText}`);
    }
    broken.push(...lengthViolations(codePointCount(value, max), min, max));
    return broken;
  }
}

export function lengthViolations(length: number, min: number, max: number): string[] {
  if (length > max) return [`Member must have length less than or equal to ${max}`];
  if (length < min) return [`Member must have length greater than or equal to ${min}`];
  return [];
}

/** Code points of a text; counts on only while the answer could still matter. */
function codePointCount(value: string, enough: number): number {
  if (value.length > 2 * enough) return value.length;
  let count = 0;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    const isLead = unit >= 0xd8_00 && unit <= 0xdb_ff;
    const next = isLead ? value.charCodeAt(index + 1) : 0;
    if (next >= 0xdc_00 && next <= 0xdf_ff) index += 1;
    count += 1;
  }
  return count;
}

/** One of the given texts; a literal union in the inferred type. */
export function oneOf<const V extends string>(...values: readonly V[]): Scalar<V> {
  const known = new Map<string, V>(values.map((value) => [value, value]));
  return scalar<V>({
    name: 'enumeration',
    parse: (value) => known.get(value),
    format: (value) => value,
    expected: `Member must satisfy enum value set: [${values.join(', ')}]`,
    examples: values,
  });
}

export interface NumberLimits {
  readonly min?: number;
  readonly max?: number;
  readonly error?: string;
}

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** A 32-bit integer in decimal digits. */
function integerWithin(limits: NumberLimits): Scalar<number> {
  return wholeNumber('integer', INT32_MIN, INT32_MAX, limits);
}

/** A whole number that a double holds exactly: AWS's 64-bit values never need more. */
function longWithin(limits: NumberLimits): Scalar<number> {
  return wholeNumber('long', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, limits);
}

function wholeNumber(
  name: string,
  lowest: number,
  highest: number,
  limits: NumberLimits,
): Scalar<number> {
  const { min = -Infinity, max = Infinity } = limits;
  return scalar({
    name,
    wireType: 'number',
    limits: { min: lowest, max: highest, ...limits },
    parse(value) {
      if (!/^-?[0-9]{1,19}$/.test(value)) return undefined;
      const number = Number(value);
      return number >= lowest && number <= highest ? number : undefined;
    },
    format: String,
    violations(value) {
      if (value > max) return [`Member must have value less than or equal to ${max}`];
      if (value < min) return [`Member must have value greater than or equal to ${min}`];
      return [];
    },
    isAbsentWhenEmpty: true,
    ...(limits.error === undefined ? {} : { error: limits.error }),
  });
}

/** A scalar that stands for itself and, called with limits, gives one that keeps them. */
export type Limitable = Scalar<number> & ((limits: NumberLimits) => Scalar<number>);

function limitable(within: (limits: NumberLimits) => Scalar<number>): Limitable {
  const call = (limits: NumberLimits): Scalar<number> => within(limits);
  // A function's own `name` cannot be assigned, only redefined.
  const { name, ...rest } = within({});
  Object.defineProperty(call, 'name', { value: name, enumerable: true });
  return Object.assign(call, rest);
}

export const integer: Limitable = limitable(integerWithin);
export const long: Limitable = limitable(longWithin);

/** `true` or `false` in any case. */
export const boolean: Scalar<boolean> = scalar({
  name: 'boolean',
  wireType: 'boolean',
  parse(value) {
    const lower = value.toLowerCase();
    return lower === 'true' ? true : lower === 'false' ? false : undefined;
  },
  format: String,
  expected: 'Member must be a boolean',
  isAbsentWhenEmpty: true,
});

/** Bytes in base64. */
export const blob: Scalar<Uint8Array> = scalar({
  name: 'blob',
  wireType: 'blob',
  parse: fromBase64,
  format: base64,
});

/** RFC 3986: everything but letters, digits and `-._~` percent-encoded as UTF-8. */
function encodeRfc3986(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
