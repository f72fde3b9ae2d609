import { type AddressRange, parseAddressRange, rangeContains } from './address.ts';
import { parseBinary, parseBoolean, parseDate, parseNumber } from './values.ts';
import { compileArnPattern, compilePattern } from './pattern.ts';
import { expandText, parseTemplate } from './template.ts';
import type { ConditionOperator, ConditionTest } from './operator.ts';
import type { ContextReader, ContextValue } from './request.ts';
import type { PolicyCondition } from './document.ts';

/** Whether a condition holds for a request. */
export type ConditionCheck = (context: ContextReader) => boolean;

/** Whether one value of the request matches any of the policy's values. */
type ValueMatcher = (value: string, context: ContextReader) => boolean;

/** Compiles one operator with one key. `variables` says whether `${…}` is filled in. */
export function compileCondition(condition: PolicyCondition, variables: boolean): ConditionCheck {
  const key = condition.key.toLowerCase();
  const { operator, values } = condition;
  if (operator.test === 'Null') return compileNull(key, values);
  const matches = MATCHERS[operator.test](values, variables);
  const whenMissing = holdsWhenMissing(operator);
  const { negated, quantifier } = operator;
  return (context) => {
    const value = context(key);
    if (isMissing(value)) return whenMissing;
    if (quantifier === undefined) {
      if (typeof value === 'string') return matches(value, context) !== negated;
      return value.some((each) => matches(each, context)) !== negated;
    }
    const values = typeof value === 'string' ? [value] : value;
    if (isNullSet(values)) return quantifier === 'ForAllValues';
    return quantifier === 'ForAllValues'
      ? values.every((each) => matches(each, context) !== negated)
      : values.some((each) => matches(each, context) !== negated);
  };
}

function isMissing(value: ContextValue | undefined): value is undefined {
  return value === undefined || (typeof value !== 'string' && value.length === 0);
}

/** AWS calls a key whose only value is the empty text a null data set, for set operators alone. */
function isNullSet(values: readonly string[]): boolean {
  return values.every((value) => value === '');
}

function holdsWhenMissing(operator: ConditionOperator): boolean {
  if (operator.ifExists) return true;
  if (operator.quantifier !== undefined) return operator.quantifier === 'ForAllValues';
  return operator.negated;
}

function compileNull(key: string, values: readonly string[]): ConditionCheck {
  const wanted = new Set(values.map(parseBoolean));
  return (context) => wanted.has(isMissing(context(key)));
}

const MATCHERS: Readonly<
  Record<
    Exclude<ConditionTest, 'Null'>,
    (values: readonly string[], variables: boolean) => ValueMatcher
  >
> = {
  StringEquals: (values, variables) => compileStrings(values, variables, (text) => text),
  StringEqualsIgnoreCase: (values, variables) =>
    compileStrings(values, variables, (text) => text.toLowerCase()),
  StringLike: (values, variables) => anyOf(values.map((value) => compilePattern(value, variables))),
  ArnLike: (values, variables) => anyOf(values.map((value) => compileArnPattern(value, variables))),
  NumericEquals: (values) => compileOrdered(values, readNumber, (a, b) => a === b),
  NumericLessThan: (values) => compileOrdered(values, readNumber, (a, b) => a < b),
  NumericLessThanEquals: (values) => compileOrdered(values, readNumber, (a, b) => a <= b),
  NumericGreaterThan: (values) => compileOrdered(values, readNumber, (a, b) => a > b),
  NumericGreaterThanEquals: (values) => compileOrdered(values, readNumber, (a, b) => a >= b),
  DateEquals: (values) => compileOrdered(values, readDate, (a, b) => a === b),
  DateLessThan: (values) => compileOrdered(values, readDate, (a, b) => a < b),
  DateLessThanEquals: (values) => compileOrdered(values, readDate, (a, b) => a <= b),
  DateGreaterThan: (values) => compileOrdered(values, readDate, (a, b) => a > b),
  DateGreaterThanEquals: (values) => compileOrdered(values, readDate, (a, b) => a >= b),
  Bool: (values) => compileOrdered(values, readBoolean, (a, b) => a === b),
  BinaryEquals: (values) => compileOrdered(values, readBinary, (a, b) => a === b),
  IpAddress: compileAddresses,
};

function anyOf(matchers: readonly ValueMatcher[]): ValueMatcher {
  const [only] = matchers;
  if (matchers.length === 1 && only !== undefined) return only;
  return (value, context) => {
    for (const matches of matchers) if (matches(value, context)) return true;
    return false;
  };
}

/** Fixed texts are looked up at once; those with variables are spelt out for each request. */
function compileStrings(
  values: readonly string[],
  variables: boolean,
  fold: (text: string) => string,
): ValueMatcher {
  const fixed = new Set<string>();
  const matchers: ValueMatcher[] = [];
  for (const value of values) {
    const template = parseTemplate(value, { variables, wildcards: false });
    if (template === undefined) continue;
    if (template.some((part) => part.kind === 'variable')) {
      matchers.push((text, context) => {
        const expanded = expandText(template, context);
        return expanded !== undefined && fold(expanded) === fold(text);
      });
    } else {
      fixed.add(fold(expandText(template, () => undefined) ?? ''));
    }
  }
  if (fixed.size > 0) matchers.unshift((text) => fixed.has(fold(text)));
  return anyOf(matchers);
}

/** Values of a type that is read on both sides; what cannot be read matches nothing. */
function compileOrdered<T>(
  values: readonly string[],
  parse: (text: string) => T | undefined,
  compare: (request: T, policy: T) => boolean,
): ValueMatcher {
  const limits = values.map(parse).filter((limit) => limit !== undefined);
  return (text) => {
    const value = parse(text);
    return value !== undefined && limits.some((limit) => compare(value, limit));
  };
}

const readNumber = rememberLast(parseNumber);
const readDate = rememberLast(parseDate);
const readBoolean = rememberLast(parseBoolean);
const readBinary = rememberLast(parseBinary);
const readRequestAddress = rememberLast((text: string): AddressRange | undefined =>
  text.includes('/') ? undefined : parseAddressRange(text),
);

function compileAddresses(values: readonly string[]): ValueMatcher {
  const ranges = values.map(parseAddressRange).filter((range) => range !== undefined);
  return (text) => {
    const address = readRequestAddress(text);
    if (address === undefined) return false;
    for (const range of ranges) if (rangeContains(range, address)) return true;
    return false;
  };
}

/** One request's value is read by many statements in a row: the last reading is kept. */
function rememberLast<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last === undefined || last.text !== text) last = { text, value: parse(text) };
    return last.value;
  };
}
