import type { PolicyCondition } from '../document.ts';
import type { ConditionTest } from '../operator.ts';
import type { ConditionCheck } from '../condition.ts';
import { ANY, type Pattern, RUN } from './automaton.ts';
import type { Budget } from './budget.ts';
import type { KeyDomain, KnownKeys } from './context-keys.ts';
import {
  OF_NO_TYPE,
  addressesAround,
  binariesAround,
  datesAround,
  numbersAround,
} from './ordered-values.ts';
import { partition } from './partition.ts';
import { conditionPatterns } from './text-patterns.ts';

/** A condition of a statement or of an assertion, ready to be asked. */
export interface KeyTest {
  readonly condition: PolicyCondition;
  readonly variables: boolean;
  readonly check: ConditionCheck;
}

/** Texts for one key such that any text is decided like one of them by the tests that are `exact`. */
export interface KeyValues {
  readonly texts: readonly string[];
  readonly exact: ReadonlySet<KeyTest>;
}

type Family = 'text' | 'number' | 'date' | 'boolean' | 'binary' | 'address';

function familyOf(test: ConditionTest): Family | undefined {
  if (test === 'Null') return undefined;
  if (test.startsWith('Numeric')) return 'number';
  if (test.startsWith('Date')) return 'date';
  if (test === 'Bool') return 'boolean';
  if (test === 'BinaryEquals') return 'binary';
  return test === 'IpAddress' ? 'address' : 'text';
}

/** Patterns that every value of a key matches, where only some texts are possible. */
export interface Bounds {
  readonly required: readonly Pattern[];
  readonly forbidden: readonly Pattern[];
}

const NOT_EMPTY: Pattern = [ANY, RUN];

/**
 * Where a key is compared both as text and by order, it is divided as text, and the other tests are
 * left out of `exact`: whether they hold for all the texts that one stands for is not known.
 */
export function valuesOf(
  tests: readonly KeyTest[],
  domain: KeyDomain,
  known: KnownKeys,
  bounds: Bounds | undefined,
  budget: Budget,
): KeyValues {
  if (domain.texts !== undefined) return { texts: domain.texts, exact: new Set(tests) };
  const families = new Set(tests.map(({ condition }) => familyOf(condition.operator.test)));
  const isText = bounds !== undefined || (families.has('text') && domain.isAddress !== true);
  if (isText) return textValues(tests, known, bounds, budget);
  const family = domain.isAddress === true ? 'address' : [...families].find((one) => one);
  const exact = new Set(
    tests.filter(({ condition }) => {
      const own = familyOf(condition.operator.test);
      return own === undefined || own === family;
    }),
  );
  const policyTexts = [...exact].flatMap(({ condition }) =>
    condition.operator.test === 'Null' ? [] : condition.values,
  );
  if (domain.isAddress === true) return { texts: addressesAround(policyTexts), exact };
  const texts = family === undefined ? [] : orderedValues(family, policyTexts);
  if (texts === undefined) return { texts: [OF_NO_TYPE, ''], exact: onlyNull(tests) };
  return { texts: [...texts, OF_NO_TYPE, ''], exact };
}

function orderedValues(
  family: Exclude<Family, 'text'> | 'text',
  policyTexts: readonly string[],
): readonly string[] | undefined {
  switch (family) {
    case 'number':
      return numbersAround(policyTexts);
    case 'date':
      return datesAround(policyTexts);
    case 'boolean':
      return ['true', 'false'];
    case 'binary':
      return binariesAround(policyTexts);
    case 'address':
      return addressesAround(policyTexts);
    case 'text':
      return undefined;
  }
}

function onlyNull(tests: readonly KeyTest[]): ReadonlySet<KeyTest> {
  return new Set(tests.filter(({ condition }) => condition.operator.test === 'Null'));
}

function textValues(
  tests: readonly KeyTest[],
  known: KnownKeys,
  bounds: Bounds | undefined,
  budget: Budget,
): KeyValues {
  const exact = new Set(onlyNull(tests));
  const patterns: Pattern[] = [NOT_EMPTY];
  for (const test of tests) {
    const found = conditionPatterns(test.condition, test.variables, known);
    if (found?.every(({ freeKeys }) => freeKeys.length === 0) !== true) continue;
    exact.add(test);
    for (const { pattern } of found) if (pattern !== undefined) patterns.push(pattern);
  }
  const representatives = partition(patterns, { ...bounds, budget });
  return { texts: representatives.map(({ text }) => text), exact };
}
