import { type ConditionOperator, type ConditionTest, operatorName } from '../../operator.ts';
import { findKey } from '../catalog/catalog.ts';
import { perCondition } from '../check.ts';
import type { Check, Fix } from '../finding.ts';
import { replaceText } from '../fix.ts';
import type { ConditionPart } from '../subject.ts';

/** Operators, against the type of the key that they are used on. */
export const OPERATOR_CHECKS: readonly Check[] = [
  perCondition('OperatorTypeMismatch', 'warning', function* (part) {
    const { key, condition } = part;
    const type = findKey(key.value)?.type;
    const { test, negated } = condition.operator;
    if (type === undefined || test === 'Null' || fits(test, type)) return;
    const proper = PROPER[type];
    const message = `${key.value} is ${TYPES[type] ?? type}, and ${part.operator.value} compares others.`;
    // Every operator but that of booleans has its negation.
    const isSpeakable = proper !== undefined && !(negated && proper === 'Bool');
    const fix = isSpeakable ? rename(part, { test: proper }) : undefined;
    yield { at: part.operator, message, fix };
  }),

  perCondition('ForAllValuesOnSingleValue', 'security warning', function* (part) {
    if (part.condition.operator.quantifier !== 'ForAllValues' || !isSingle(part)) return;
    if (part.statement.statement.effect !== 'Allow') return;
    const message = `ForAllValues also holds for a request without ${part.key.value}, which has one value at most.`;
    yield { at: part.operator, message, fix: rename(part, { quantifier: undefined }) };
  }),

  perCondition('SetOperatorOnSingleValue', 'suggestion', function* (part) {
    const { quantifier } = part.condition.operator;
    if (quantifier === undefined || !isSingle(part)) return;
    if (quantifier === 'ForAllValues' && part.statement.statement.effect === 'Allow') return;
    const message = `${part.key.value} has one value at most, and needs no ${quantifier}.`;
    yield { at: part.operator, message, fix: rename(part, { quantifier: undefined }) };
  }),

  perCondition('MissingSetOperator', 'warning', function* (part) {
    const { operator } = part.condition;
    if (operator.quantifier !== undefined || operator.test === 'Null') return;
    if (findKey(part.key.value)?.isMultivalued !== true) return;
    const message = `${part.key.value} may have several values; ForAnyValue or ForAllValues says how many must match.`;
    const fix = rename(part, { quantifier: 'ForAnyValue' });
    yield { at: part.operator, message, fix };
  }),

  perCondition('ForAllValuesWithoutNull', 'security warning', function* (part) {
    const { statement, condition, key } = part;
    if (condition.operator.quantifier !== 'ForAllValues' || isSingle(part)) return;
    if (statement.statement.effect !== 'Allow' || condition.operator.negated) return;
    const isGuarded = statement.conditions.some(
      (other) =>
        other.condition.operator.test === 'Null' &&
        other.key.value.toLowerCase() === key.value.toLowerCase() &&
        other.values.every(({ value }) => value.toLowerCase() === 'false'),
    );
    if (isGuarded) return;
    const message = `ForAllValues also holds for a request without ${key.value}; {"Null": {"${key.value}": "false"}} keeps those out.`;
    yield { at: part.operator, message };
  }),

  perCondition('WildcardWithoutLike', 'warning', function* (part) {
    const { test } = part.condition.operator;
    if (test !== 'StringEquals') return;
    const value = part.values.find(({ value: text }) => /[*?]/.test(withoutVariables(text)));
    if (value === undefined) return;
    const message = `${part.operator.value} takes ${value.value} as it is written; wildcards need StringLike.`;
    yield { at: value, message, fix: rename(part, { test: 'StringLike' }) };
  }),

  perCondition('DenyMissesAbsentKey', 'warning', function* (part) {
    const { operator } = part.condition;
    if (part.statement.statement.effect !== 'Deny' || operator.test !== 'Bool') return;
    if (operator.ifExists || part.key.value.toLowerCase() !== MFA) return;
    if (!part.values.some(({ value }) => value.toLowerCase() === 'false')) return;
    const message = `Requests with long-term keys have no ${part.key.value}, so that this does not deny them; BoolIfExists does.`;
    yield { at: part.operator, message, fix: rename(part, { ifExists: true }) };
  }),

  perCondition('AllowWithAbsentMfa', 'security warning', function* (part) {
    const { operator } = part.condition;
    if (part.statement.statement.effect !== 'Allow' || part.key.value.toLowerCase() !== MFA) return;
    if (operator.test !== 'Bool' || !operator.ifExists) return;
    if (!part.values.some(({ value }) => value.toLowerCase() === 'true')) return;
    const message = `Requests with long-term keys have no ${part.key.value}, so that this allows them without a second factor.`;
    yield { at: part.operator, message, fix: rename(part, { ifExists: false }) };
  }),

  perCondition('NullContradiction', 'warning', function* (part) {
    if (part.condition.operator.test !== 'Null') return;
    const values = new Set(part.values.map(({ value }) => value.toLowerCase()));
    if (!values.has('true') || !values.has('false')) return;
    yield { at: part.at, message: 'Null with both true and false holds for every request.' };
  }),
];

const MFA = 'aws:multifactorauthpresent';

const TYPES: Readonly<Record<string, string>> = {
  ARN: 'an ARN',
  Bool: 'true or false',
  Date: 'a date',
  IPAddress: 'an address',
  Numeric: 'a number',
  String: 'a text',
};

type Family = 'String' | 'Numeric' | 'Date' | 'Bool' | 'BinaryEquals' | 'IpAddress' | 'ArnLike';

/** Which operators say something about a type of key. Booleans and ARNs may be compared as texts. */
const FITTING: Readonly<Record<string, readonly Family[]>> = {
  ARN: ['ArnLike', 'String'],
  Bool: ['Bool', 'String'],
  Date: ['Date', 'Numeric'],
  IPAddress: ['IpAddress'],
  Numeric: ['Numeric'],
  String: ['String', 'ArnLike', 'BinaryEquals'],
};

function familyOf(test: ConditionTest): string {
  return /^(?:String|Numeric|Date)/.exec(test)?.[0] ?? test;
}

function fits(test: ConditionTest, type: string): boolean {
  const fitting = FITTING[type];
  return fitting === undefined || fitting.includes(familyOf(test) as Family);
}

/** The operator that was probably meant for a type of key. */
const PROPER: Readonly<Record<string, ConditionTest>> = {
  ARN: 'ArnLike',
  Bool: 'Bool',
  Date: 'DateEquals',
  IPAddress: 'IpAddress',
  Numeric: 'NumericEquals',
  String: 'StringEquals',
};

/** Whether a key is known to have one value at most. */
function isSingle({ key }: ConditionPart): boolean {
  return findKey(key.value)?.isMultivalued === false;
}

function withoutVariables(text: string): string {
  return text.replace(/\$\{[^{}]*\}/g, '');
}

/** Another operator; not where other keys stand under the same one. */
function rename(
  { operator, condition, statement }: ConditionPart,
  change: { [K in keyof ConditionOperator]?: ConditionOperator[K] | undefined },
): Fix | undefined {
  const shared = statement.conditions.filter((other) => other.operator.path === operator.path);
  if (shared.length > 1) return undefined;
  const name = operatorName({ ...condition.operator, ...change } as ConditionOperator);
  const isThere = statement.conditions.some(
    (other) => other.operator.value.toLowerCase() === name.toLowerCase(),
  );
  return isThere ? undefined : replaceText(operator, name);
}
