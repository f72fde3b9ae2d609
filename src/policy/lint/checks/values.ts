import { takesVariables } from '../../operator.ts';
import { parseBinary, parseBoolean, parseNumber } from '../../values.ts';
import { findKey, keyNames, prefixOf } from '../catalog/catalog.ts';
import { perCondition, perStatement } from '../check.ts';
import type { Check, Found } from '../finding.ts';
import { replaceText } from '../fix.ts';
import { nearest } from '../nearest.ts';
import type { ConditionPart, Part, StatementPart, Subject } from '../subject.ts';
import { ADDRESS_CHECKS } from './addresses.ts';
import { possibleValues } from './possible-values.ts';

/** The values of conditions, against the operator and the key. */
export const VALUE_CHECKS: readonly Check[] = [
  perValue('NumberExpected', 'error', ({ value }, { condition }) => {
    if (!condition.operator.test.startsWith('Numeric') || parseNumber(value) !== undefined) return;
    return `${value} is no number, and matches none.`;
  }),

  perValue('BooleanExpected', 'error', ({ value }, { condition }) => {
    const { test } = condition.operator;
    if ((test !== 'Bool' && test !== 'Null') || parseBoolean(value) !== undefined) return;
    return `${value} is neither true nor false.`;
  }),

  perValue('Base64Expected', 'error', ({ value }, { condition }) => {
    if (condition.operator.test !== 'BinaryEquals' || parseBinary(value) !== undefined) return;
    return `${value} is not base64.`;
  }),

  perValue('ArnExpected', 'error', ({ value }, { condition }) => {
    if (condition.operator.test !== 'ArnLike' || value === '*' || value.includes('${')) return;
    if (value.split(':').length > 5) return;
    return `${value} is no ARN, which has six parts between colons.`;
  }),

  perValue('AccountIdExpected', 'error', ({ value }, { condition, key }) => {
    if (!ACCOUNT_KEYS.has(key.value.toLowerCase()) || !isPlainText(condition.operator.test)) return;
    if (/^\d{12}$/.test(value) || /[*?$]/.test(value) || value === 'anonymous') return;
    return `${value} is no account: those have twelve digits.`;
  }),

  perCondition('ImpossibleValue', 'error', function* ({ key, values, condition }) {
    const possible = possibleValues(key.value);
    if (possible === undefined || !condition.operator.test.startsWith('StringEquals')) return;
    for (const part of values) {
      if (part.value.includes('${') || possible.includes(part.value)) continue;
      if (condition.operator.test === 'StringEqualsIgnoreCase') {
        const folded = part.value.toLowerCase();
        if (possible.some((each) => each.toLowerCase() === folded)) continue;
      }
      const message = `${key.value} is never ${part.value}, but one of ${possible.join(', ')}.`;
      const meant = nearest(part.value, possible);
      yield { at: part, message, fix: meant === undefined ? undefined : replaceText(part, meant) };
    }
  }),

  perCondition('SignatureAgeInSeconds', 'warning', function* ({ key, values }) {
    if (key.value.toLowerCase() !== 's3:signatureage') return;
    for (const part of values) {
      const age = parseNumber(part.value);
      if (age === undefined || age <= 0 || age >= MS_SURELY_MEANT) continue;
      const message = `s3:signatureAge is in milliseconds; ${part.value} of them are hardly enough for any request.`;
      yield { at: part, message };
    }
  }),

  perStatement('VariableNotFilledIn', 'warning', function* (statement, { variables }) {
    if (!variables) return;
    for (const part of plainParts(statement)) {
      const variable = VARIABLE.exec(part.value)?.[0];
      if (variable === undefined) continue;
      const message = `Variables are not filled in here, so that ${variable} is plain text.`;
      yield { at: part, message };
    }
  }),

  perStatement('UnknownVariable', 'error', function* (statement, subject) {
    for (const { part, key } of variablesOf(statement, subject)) {
      // Keys of identity providers begin with their own names.
      const isOthers = key.includes(':') && !OWN_PREFIXES.has(prefixOf(key));
      if (isOthers || findKey(key) !== undefined) continue;
      const meant = nearest(key, keyNames());
      const message = `No request has ${key} to fill in.`;
      const isKey = meant !== undefined && !meant.endsWith('/*');
      yield isKey
        ? {
            at: part,
            message: `${message} Is ${meant} meant?`,
            fix: replaceText(part, part.value.replace(key, meant)),
          }
        : { at: part, message };
    }
  }),

  perStatement('MultivaluedVariable', 'error', function* (statement, subject) {
    for (const { part, key } of variablesOf(statement, subject)) {
      if (findKey(key)?.isMultivalued !== true) continue;
      const message = `${key} may have several values, and only a single one can be filled in.`;
      yield { at: part, message };
    }
  }),

  ...ADDRESS_CHECKS,
];

const OWN_PREFIXES: ReadonlySet<string> = new Set(['aws', 's3', 'iam', 'sts']);
const VARIABLE = /\$\{[^{}]+\}/;
const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  'aws:principalaccount',
  'aws:resourceaccount',
  'aws:sourceaccount',
  's3:resourceaccount',
]);

/** Ten seconds: a shorter limit on the age of signatures would refuse what is merely slow. */
const MS_SURELY_MEANT = 10_000;

function isPlainText(test: string): boolean {
  return test === 'StringEquals' || test === 'StringEqualsIgnoreCase';
}

/** A check of each value by itself, which says what is wrong with it. */
function perValue(
  code: string,
  severity: Check['severity'],
  fault: (value: Part, condition: ConditionPart) => string | undefined,
): Check {
  return perCondition(code, severity, function* (condition) {
    for (const value of condition.values) {
      const message = fault(value, condition);
      if (message !== undefined) yield { at: value, message } satisfies Found;
    }
  });
}

/** Texts in which no variable is filled in. */
function plainParts({ actions, principals, conditions }: StatementPart): readonly Part[] {
  const values = conditions
    .filter(({ condition }) => !takesVariables(condition.operator))
    .flatMap((condition) => [...condition.values]);
  return [...actions.items, ...principals, ...values];
}

/** Every variable that is filled in, by the key that it names. */
function* variablesOf(
  { resources, conditions }: StatementPart,
  { variables }: Subject,
): Iterable<{ part: Part; key: string }> {
  if (!variables) return;
  const values = conditions
    .filter(({ condition }) => takesVariables(condition.operator))
    .flatMap((condition) => [...condition.values]);
  for (const part of [...(resources?.items ?? []), ...values]) {
    for (const [, inside = ''] of part.value.matchAll(/\$\{([^{}]+)\}/g)) {
      if (/^[*?$]$/.test(inside)) continue;
      yield { part, key: (inside.split(',', 1)[0] ?? '').trim() };
    }
  }
}
