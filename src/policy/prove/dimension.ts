import type { ContextReader, ContextValue } from '../request.ts';
import type { Pattern } from './automaton.ts';
import { type Budget, TooLargeError } from './budget.ts';
import { FREE, type KnownKeys, TIME_KEYS, domainOf, isTimeKey } from './context-keys.ts';
import { type Bounds, type KeyTest, valuesOf } from './key-values.ts';
import { dateText, momentsAround } from './ordered-values.ts';
import { parseDate, parseNumber } from '../values.ts';
import { partition } from './partition.ts';
import type { Consideration } from './statements.ts';
import { freeKeysIn, readerOf, resourcePattern } from './text-patterns.ts';

/** One way in which a request can be, in one respect: its resource, or the value of a key. */
export interface Choice {
  readonly keys: readonly (readonly [key: string, value: ContextValue | undefined])[];
  readonly resource?: string;
  /** The statements that do not apply to any such request. */
  readonly excludes: bigint;
  /** Statements of which this choice alone does not tell whether they apply. */
  readonly doubts: bigint;
}

/** All ways in one respect. Respects are independent of each other, but for what is in doubt. */
export interface Dimension {
  readonly choices: readonly Choice[];
  /** Free keys because of which something is in doubt. */
  readonly freeKeys: readonly string[];
}

/** The question's own conditions, which every request of it fulfils. */
export interface Question {
  readonly considered: readonly Consideration[];
  readonly where: readonly KeyTest[];
  readonly known: KnownKeys;
  readonly budget: Budget;
}

/** Which resources the question is about. */
export interface ResourceBounds {
  /** A resource is one of the question's when it matches one of these and all of `required`. */
  readonly oneOf: readonly Pattern[];
  readonly required: readonly Pattern[];
  readonly forbidden: readonly Pattern[];
  /** How all of them begin. */
  readonly prefix: string;
}

/** The resources of the question, divided by the patterns of the statements. */
export function resourceDimension(question: Question, bounds: ResourceBounds): Dimension {
  const { considered, known, budget } = question;
  const patterns: Pattern[] = [];
  const numbers = new Map<string, number>();
  const freeKeys: string[] = [];
  const numberOf = (text: string, variables: boolean): number | undefined => {
    const name = `${variables} ${text}`;
    const number = numbers.get(name);
    if (number !== undefined) return number;
    const { pattern, freeKeys: free } = resourcePattern(text, variables, known);
    freeKeys.push(...free);
    if (free.length > 0) doubtful.add(patterns.length);
    if (pattern === undefined) return undefined;
    numbers.set(name, patterns.push(pattern) - 1);
    return patterns.length - 1;
  };
  const doubtful = new Set<number>();
  const asked = considered.map(({ compiled: { statement }, variables, bit }) => ({
    bit,
    isNegated: statement.resources?.negated === true,
    all: statement.resources === undefined,
    numbers: (statement.resources?.patterns ?? [])
      .map((text) => numberOf(text, variables))
      .filter((number) => number !== undefined),
  }));
  const oneOfBegin = patterns.length;
  patterns.push(...bounds.oneOf);
  const representatives = partition(patterns, { ...bounds, budget });
  const choices = representatives
    .filter(({ matches }) => matches.slice(oneOfBegin).includes(true))
    .map(({ text, matches }): Choice => {
      let excludes = 0n;
      let doubts = 0n;
      budget.spend(asked.length);
      for (const { bit, isNegated, all, numbers: own } of asked) {
        if (all) continue;
        const matching = own.filter((number) => matches[number]);
        const isSure = matching.some((number) => !doubtful.has(number));
        if (matching.length > 0 && !isSure) doubts |= bit;
        else if (matching.length > 0 === isNegated) excludes |= bit;
      }
      return { keys: [], resource: text, excludes, doubts };
    });
  return { choices, freeKeys };
}

/** The tests that statements and the question make of keys, by key; both keys of time are one. */
export function keyDimensions(
  question: Question,
  boundsOf: (key: string) => Bounds | undefined,
): Dimension[] {
  const tests = new Map<string, NotedTest[]>();
  const note = (test: KeyTest, bit: bigint | undefined): void => {
    const key = test.condition.key.toLowerCase();
    const name = isTimeKey(key) ? TIME_KEYS.date : key;
    const found = tests.get(name);
    if (found === undefined) tests.set(name, [{ test, bit }]);
    else found.push({ test, bit });
  };
  for (const { compiled, variables, bit } of question.considered) {
    for (const [index, condition] of compiled.statement.conditions.entries()) {
      const check = compiled.conditions[index];
      if (check !== undefined) note({ condition, variables, check }, bit);
    }
  }
  for (const test of question.where) note(test, undefined);
  return [...tests].map(([key, found]) => keyDimension(key, found, question, boundsOf(key)));
}

interface NotedTest {
  readonly test: KeyTest;
  /** Of the statement that makes it; undefined when the question itself does. */
  readonly bit: bigint | undefined;
}

function keyDimension(
  key: string,
  tests: readonly NotedTest[],
  question: Question,
  bounds: Bounds | undefined,
): Dimension {
  const { known, budget } = question;
  const fixed = known(key);
  const all = tests.map(({ test }) => test);
  const reader = readerOf(known);
  const freeKeys = new Map(all.map((test) => [test, freeVariables(test, known)]));
  const { values, exact } =
    fixed === FREE
      ? possibleValues(key, all, question, bounds)
      : { values: [[[key, fixed]] as const], exact: new Set(all) };
  const choices: Choice[] = [];
  for (const keys of values) {
    budget.spend(tests.length);
    const context = overlay(keys, reader);
    let excludes = 0n;
    let doubts = 0n;
    let isAsked = true;
    for (const { test, bit } of tests) {
      const isLacking = context(test.condition.key.toLowerCase()) === undefined;
      const isSure = isLacking || (exact.has(test) && freeKeys.get(test)?.length === 0);
      if (!isSure) doubts |= bit ?? 0n;
      else if (!test.check(context)) {
        if (bit === undefined) isAsked = false;
        else excludes |= bit;
      }
    }
    if (isAsked) choices.push({ keys, excludes, doubts: doubts & ~excludes });
  }
  return { choices, freeKeys: [...freeKeys.values()].flat() };
}

type KeyValuePair = readonly [key: string, value: ContextValue | undefined];

function overlay(keys: readonly KeyValuePair[], rest: ContextReader): ContextReader {
  return (key) => {
    const found = keys.find(([own]) => own === key);
    return found === undefined ? rest(key) : found[1];
  };
}

/** The free keys to which the policy's side of a test refers. */
function freeVariables({ condition, variables }: KeyTest, known: KnownKeys): string[] {
  const { test } = condition.operator;
  if (!variables || (!test.startsWith('String') && test !== 'ArnLike')) return [];
  return condition.values.flatMap((value) => freeKeysIn(value, known));
}

interface PossibleValues {
  readonly values: readonly (readonly KeyValuePair[])[];
  readonly exact: ReadonlySet<KeyTest>;
}

function possibleValues(
  key: string,
  tests: readonly KeyTest[],
  { known, budget }: Question,
  bounds: Bounds | undefined,
): PossibleValues {
  if (isTimeKey(key)) return moments(tests);
  const domain = domainOf(key);
  const { texts, exact } = valuesOf(tests, domain, known, bounds, budget);
  const values: (ContextValue | undefined)[] = [];
  if (domain.isOptional && bounds === undefined) values.push(undefined);
  values.push(...texts);
  if (domain.isList) values.push(...lists(key, texts, tests, readerOf(known), budget));
  return { values: values.map((value) => [[key, value]]), exact };
}

/** Lists that are looked at for one key. Policies rarely tell more than four kinds of text apart. */
const LISTS_MAX = 512;

/**
 * Lists of several texts that no shorter list is decided like. A test of a list holds when it does
 * for some, or for every, text in it; so lists that agree on all tests go on agreeing when they grow.
 * The list of nothing but empty texts is the exception, and stands among the single texts.
 */
function lists(
  key: string,
  texts: readonly string[],
  tests: readonly KeyTest[],
  reader: ContextReader,
  budget: Budget,
): ContextValue[] {
  const answers = (value: ContextValue): string => {
    budget.spend(tests.length);
    const context = overlay([[key, value]], reader);
    return tests.map(({ check }) => (check(context) ? '1' : '0')).join('');
  };
  let level: readonly (readonly string[])[] = texts
    .filter((text) => text !== '')
    .map((text) => [text]);
  const seen = new Set(level.map(answers));
  const found: ContextValue[] = [];
  while (level.length > 0) {
    const grown: (readonly string[])[] = [];
    for (const list of level) {
      for (const text of texts) {
        if (list.includes(text)) continue;
        const longer = [...list, text];
        const answer = answers(longer);
        if (seen.has(answer)) continue;
        seen.add(answer);
        grown.push(longer);
        if (seen.size > LISTS_MAX) throw new TooLargeError();
      }
    }
    found.push(...grown);
    level = grown;
  }
  return found;
}

const SECOND_MS = 1000;

/** Moments that tests of either key tell apart. */
function moments(tests: readonly KeyTest[]): PossibleValues {
  const limits: number[] = [];
  const exact = new Set<KeyTest>();
  for (const test of tests) {
    const { operator, key, values } = test.condition;
    const isSeconds = key.toLowerCase() === TIME_KEYS.seconds;
    if (operator.test.startsWith('Date')) {
      const dates = values.map(parseDate).filter((ms) => ms !== undefined);
      limits.push(...dates.flatMap((ms) => (isSeconds ? aroundSecond(ms / SECOND_MS) : [ms])));
    } else if (operator.test.startsWith('Numeric') && isSeconds) {
      const numbers = values.map(parseNumber).filter((number) => number !== undefined);
      limits.push(...numbers.flatMap(aroundSecond));
    } else if (operator.test !== 'Null') {
      continue;
    }
    exact.add(test);
  }
  const values = momentsAround(limits).flatMap((ms): (readonly KeyValuePair[])[] => {
    const date = dateText(ms);
    if (date === undefined) return [];
    const seconds = String(Math.floor(ms / SECOND_MS));
    return [
      [
        [TIME_KEYS.date, date],
        [TIME_KEYS.seconds, seconds],
      ],
    ];
  });
  return { values, exact };
}

/** A number of seconds is reached, and passed, where its second begins and where it ends. */
function aroundSecond(seconds: number): number[] {
  const whole = Math.floor(seconds);
  return [whole * SECOND_MS, (whole + 1) * SECOND_MS];
}
