/** What a condition operator compares, negation and modifiers taken off. */
export type ConditionTest =
  | 'StringEquals'
  | 'StringEqualsIgnoreCase'
  | 'StringLike'
  | 'NumericEquals'
  | 'NumericLessThan'
  | 'NumericLessThanEquals'
  | 'NumericGreaterThan'
  | 'NumericGreaterThanEquals'
  | 'DateEquals'
  | 'DateLessThan'
  | 'DateLessThanEquals'
  | 'DateGreaterThan'
  | 'DateGreaterThanEquals'
  | 'Bool'
  | 'BinaryEquals'
  | 'IpAddress'
  | 'ArnLike'
  | 'Null';

export type ConditionQuantifier = 'ForAllValues' | 'ForAnyValue';

export interface ConditionOperator {
  readonly test: ConditionTest;
  /** The operator holds when none of its values matches. */
  readonly negated: boolean;
  readonly quantifier?: ConditionQuantifier;
  readonly ifExists: boolean;
}

/** Every operator as AWS spells it. `ArnEquals` and `ArnLike` behave alike. */
const SPELLINGS = [
  ['StringEquals', 'StringEquals', false],
  ['StringNotEquals', 'StringEquals', true],
  ['StringEqualsIgnoreCase', 'StringEqualsIgnoreCase', false],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase', true],
  ['StringLike', 'StringLike', false],
  ['StringNotLike', 'StringLike', true],
  ['NumericEquals', 'NumericEquals', false],
  ['NumericNotEquals', 'NumericEquals', true],
  ['NumericLessThan', 'NumericLessThan', false],
  ['NumericLessThanEquals', 'NumericLessThanEquals', false],
  ['NumericGreaterThan', 'NumericGreaterThan', false],
  ['NumericGreaterThanEquals', 'NumericGreaterThanEquals', false],
  ['DateEquals', 'DateEquals', false],
  ['DateNotEquals', 'DateEquals', true],
  ['DateLessThan', 'DateLessThan', false],
  ['DateLessThanEquals', 'DateLessThanEquals', false],
  ['DateGreaterThan', 'DateGreaterThan', false],
  ['DateGreaterThanEquals', 'DateGreaterThanEquals', false],
  ['Bool', 'Bool', false],
  ['BinaryEquals', 'BinaryEquals', false],
  ['IpAddress', 'IpAddress', false],
  ['NotIpAddress', 'IpAddress', true],
  ['ArnEquals', 'ArnLike', false],
  ['ArnLike', 'ArnLike', false],
  ['ArnNotEquals', 'ArnLike', true],
  ['ArnNotLike', 'ArnLike', true],
  ['Null', 'Null', false],
] as const satisfies readonly (readonly [name: string, test: ConditionTest, negated: boolean])[];

const TESTS: ReadonlyMap<string, { test: ConditionTest; negated: boolean }> = new Map(
  SPELLINGS.map(([name, test, negated]) => [name.toLowerCase(), { test, negated }]),
);

/** A test and its negation, as AWS spells them; of two names for one the later, `ArnLike`. */
const NAMES: ReadonlyMap<string, string> = new Map(
  SPELLINGS.map(([name, test, negated]) => [`${negated}:${test}`, name]),
);

const QUANTIFIERS: readonly ConditionQuantifier[] = ['ForAllValues', 'ForAnyValue'];
const IF_EXISTS = 'ifexists';

/** Reads `ForAnyValue:StringLikeIfExists`, whatever its case. Undefined for a name AWS lacks. */
export function parseOperator(name: string): ConditionOperator | undefined {
  let rest = name.toLowerCase();
  const quantifier = QUANTIFIERS.find((known) => rest.startsWith(`${known.toLowerCase()}:`));
  if (quantifier !== undefined) rest = rest.slice(quantifier.length + 1);
  const ifExists = rest.endsWith(IF_EXISTS);
  if (ifExists) rest = rest.slice(0, -IF_EXISTS.length);
  const found = TESTS.get(rest);
  if (found === undefined) return undefined;
  if (found.test === 'Null' && (ifExists || quantifier !== undefined)) return undefined;
  return { ...found, ifExists, ...(quantifier === undefined ? {} : { quantifier }) };
}

/** The operator as AWS spells it, such as `ForAnyValue:StringNotLikeIfExists`. */
export function operatorName({ test, negated, quantifier, ifExists }: ConditionOperator): string {
  const name = NAMES.get(`${negated}:${test}`) ?? test;
  return `${quantifier === undefined ? '' : `${quantifier}:`}${name}${ifExists ? 'IfExists' : ''}`;
}

/** Variables are filled in only where values are texts ("IAM policy elements: Variables and tags"). */
export function takesVariables({ test }: ConditionOperator): boolean {
  return test.startsWith('String') || test === 'ArnLike';
}

/** Every operator as AWS spells it, without modifiers. */
export function operatorNames(): readonly string[] {
  return SPELLINGS.map(([name]) => name);
}
