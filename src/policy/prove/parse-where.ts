import type { PolicyCondition } from '../document.ts';
import { type ConditionOperator, type ConditionTest, parseOperator } from '../operator.ts';
import { parseAddressRange } from '../address.ts';
import { parseBoolean, parseDate, parseNumber } from '../values.ts';
import { parseTemplate } from '../template.ts';
import type { TokenReader } from './token-reader.ts';
import { TIME_KEYS } from './context-keys.ts';

/** Operators that are written otherwise than IAM's; each may be followed by several values. */
const SIGNS: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', 'IN', 'LIKE']);

/** `key operator value, value AND key EXISTS AND …`, up to the end of the assertion. */
export function parseWhere(reader: TokenReader): PolicyCondition[] {
  const conditions = [parseCondition(reader)];
  while (reader.takeKeyword('AND')) conditions.push(parseCondition(reader));
  return conditions;
}

function parseCondition(reader: TokenReader): PolicyCondition {
  const key = reader.takeText('a condition key, such as aws:SourceIp');
  if (!/^[^\s:]+:\S/.test(key.text)) {
    return reader.fail(`"${key.text}" is no condition key: a colon is expected in it`, key);
  }
  if (reader.takeKeyword('EXISTS')) return nullTest(key.text, 'false');
  if (reader.takeKeyword('MISSING')) return nullTest(key.text, 'true');
  const isNegated = reader.takeKeyword('NOT');
  const sign = reader.takeText('an operator: =, !=, <, <=, >, >=, IN, LIKE, EXISTS or MISSING');
  const name = sign.text.toUpperCase();
  const isSign = sign.kind === 'word' && SIGNS.has(name);
  const named = isNegated || isSign ? undefined : parseOperator(sign.text);
  if (isSign ? isNegated && name !== 'IN' && name !== 'LIKE' : named === undefined) {
    return reader.fail(`"${isNegated ? 'NOT ' : ''}${sign.text}" is no operator`, sign);
  }
  const values = reader.takeList('a value');
  const texts = values.map(({ text }) => text);
  const operator = named ?? signOperator(name, isNegated, key.text, texts);
  for (const value of values) {
    if (!isReadable(operator, value.text)) {
      return reader.fail(`"${value.text}" is no value for ${operator.test}`, value);
    }
  }
  return { operator, key: key.text, values: texts };
}

function nullTest(key: string, value: string): PolicyCondition {
  return { operator: { test: 'Null', negated: false, ifExists: false }, key, values: [value] };
}

function signOperator(
  sign: string,
  isNegated: boolean,
  key: string,
  values: readonly string[],
): ConditionOperator {
  const make = (test: ConditionTest, negated = isNegated): ConditionOperator => {
    return { test, negated, ifExists: false };
  };
  if (sign === 'LIKE') return make('StringLike');
  if (sign === 'IN') {
    const areRanges = values.every((value) => parseAddressRange(value) !== undefined);
    return make(areRanges ? 'IpAddress' : 'StringEquals');
  }
  if (sign === '=') {
    return make(
      values.every((value) => parseBoolean(value) !== undefined) ? 'Bool' : 'StringEquals',
    );
  }
  if (sign === '!=') return make('StringEquals', true);
  const isDate =
    key.toLowerCase() === TIME_KEYS.date ||
    values.some((value) => parseNumber(value) === undefined && parseDate(value) !== undefined);
  const kind = isDate ? 'Date' : 'Numeric';
  return make(`${kind}${COMPARISONS[sign] ?? 'LessThan'}`);
}

const COMPARISONS: Readonly<
  Record<string, 'LessThan' | 'LessThanEquals' | 'GreaterThan' | 'GreaterThanEquals'>
> = { '<': 'LessThan', '<=': 'LessThanEquals', '>': 'GreaterThan', '>=': 'GreaterThanEquals' };

/** In a policy an unreadable number merely never matches; in an assertion it is a mistake. */
function isReadable({ test }: ConditionOperator, text: string): boolean {
  if (test.startsWith('Date')) return parseDate(text) !== undefined;
  if (test.startsWith('Numeric')) return parseNumber(text) !== undefined;
  if (test === 'Bool' || test === 'Null') return parseBoolean(text) !== undefined;
  if (test === 'IpAddress') return parseAddressRange(text) !== undefined;
  return (
    test === 'BinaryEquals' ||
    parseTemplate(text, { variables: true, wildcards: false }) !== undefined
  );
}
