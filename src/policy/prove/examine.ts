import { compileCondition } from '../condition.ts';
import type { CompiledStatement } from '../compile.ts';
import { compilePattern } from '../pattern.ts';
import type { ContextReader, ContextValue } from '../request.ts';
import type { KnownAction } from './actions.ts';
import type { Assertion } from './assertion.ts';
import type { Budget } from './budget.ts';
import { type Context, type CounterExample, confirm, isRescued, knownKeys } from './confirm.ts';
import type { KnownKeys } from './context-keys.ts';
import { type Choice, type Dimension, keyDimensions, resourceDimension } from './dimension.ts';
import type { KeyTest } from './key-values.ts';
import { isOutOfReach, mayMeet } from './reach.ts';
import type { Region } from './regions.ts';
import { type Doubt, type Goal, findRequests } from './search.ts';
import { type Formula, formulaOf } from './statements.ts';
import type { Subject } from './subject.ts';
import { literalPrefix, readerOf, resourcePattern } from './text-patterns.ts';

export type Found =
  | { readonly kind: 'example'; readonly example: CounterExample }
  /** There is none. */
  | { readonly kind: 'none' }
  /** Nor is there any request that the assertion speaks of. */
  | { readonly kind: 'empty' }
  /** There may be one, of which not everything can be told. */
  | { readonly kind: 'doubt'; readonly reason: string };

type Settled = ReadonlyMap<string, ContextValue | undefined>;

/** Values that are tried for keys of which policies make variables: one that serves is enough. */
const TRIALS_MAX = 12;

const DOUBTS: readonly Doubt[] = ['against the goal', 'for the goal'];

/** Looks for the requests that one assertion rules out. */
export class Examination {
  readonly goal: Goal;
  /** Whether no request has been found of which the assertion speaks. */
  isVacuous = true;
  readonly #assertion: Assertion;
  readonly #budget: Budget;
  readonly #where: readonly KeyTest[];
  readonly #prefixes: readonly string[];

  constructor(assertion: Assertion, budget: Budget) {
    this.goal = assertion.verb === 'CAN' ? 'denied' : 'allowed';
    this.#assertion = assertion;
    this.#budget = budget;
    this.#prefixes = assertion.resources.of.map(literalPrefix);
    this.#where = assertion.where.map((condition) => {
      return { condition, variables: true, check: compileCondition(condition, true) };
    });
  }

  /** The actions are all taken on what the region holds. */
  find(subject: Subject, region: Region, actions: readonly KnownAction[]): Found {
    const prefixes = this.#prefixes
      .filter((prefix) => mayMeet(prefix, region.prefix))
      .map((prefix) => (prefix.length > region.prefix.length ? prefix : region.prefix));
    if (prefixes.length === 0) return { kind: 'empty' };
    this.#budget.spend(prefixes.length);
    const isHopeless = this.goal === 'allowed' && isOutOfReach(subject, region, prefixes);
    if (isHopeless && !this.isVacuous) return { kind: 'none' };
    const searched = new Set<string>();
    let result: Found = { kind: 'empty' };
    for (const { name } of actions) {
      const formula = this.#formula(subject, region, name, prefixes);
      const group = numbersOf(formula) + String(isRescued(subject, region, name));
      if (searched.has(group)) continue;
      searched.add(group);
      const found = this.#search(subject, region, name, formula);
      if (found.kind === 'example') return found;
      if (result.kind !== 'doubt' && found.kind !== 'empty') result = found;
    }
    if (result.kind !== 'empty') this.isVacuous = false;
    return result;
  }

  /** Without the statements that reach no resource of the question. */
  #formula(subject: Subject, region: Region, action: string, prefixes: readonly string[]): Formula {
    const { principal, policies } = subject;
    const formula = formulaOf({
      principal,
      resourceAccountId: region.resourceAccountId,
      policies:
        region.resource === undefined ? policies : { ...policies, resource: region.resource },
      action,
      context: readerOf(knownKeys(subject, region)),
    });
    if (isRescued(subject, region, action)) {
      return { considered: [], denies: 0n, allows: () => true };
    }
    const considered = formula.considered.filter(({ compiled: { statement } }) => {
      const { resources } = statement;
      if (resources === undefined || resources.negated) return true;
      this.#budget.spend(resources.patterns.length);
      return resources.patterns.some((pattern) => {
        const own = literalPrefix(pattern);
        return prefixes.some((prefix) => mayMeet(own, prefix));
      });
    });
    return { ...formula, considered };
  }

  #search(subject: Subject, region: Region, action: string, formula: Formula): Found {
    const all = formula.considered.reduce((set, { bit }) => set | bit, 0n);
    const isHopeless = this.goal === 'allowed' && !formula.allows(all & ~formula.denies);
    if (isHopeless && !this.isVacuous) return { kind: 'none' };
    const first = this.#pass(subject, region, action, formula, new Map());
    if (first.found.kind !== 'doubt') return first.found;
    for (const settled of trials(first.freeKeys, formula, this.#where)) {
      const { found } = this.#pass(subject, region, action, formula, settled);
      if (found.kind === 'example') return found;
    }
    return first.found;
  }

  /** One look at everything, with some of the free keys settled. */
  #pass(
    subject: Subject,
    region: Region,
    action: string,
    formula: Formula,
    settled: Settled,
  ): { readonly found: Found; readonly freeKeys: readonly string[] } {
    const base = knownKeys(subject, region);
    const known: KnownKeys = (key) => (settled.has(key) ? settled.get(key) : base(key));
    const { considered } = formula;
    const question = { considered, where: this.#where, known, budget: this.#budget };
    const { dimension, freeKeys } = this.#resources(region, question);
    const dimensions = [
      dimension,
      ...keyDimensions(question, (key) => (settled.has(key) ? undefined : subject.bounds.get(key))),
    ];
    if (dimensions.some(({ choices }) => choices.length === 0)) {
      return { found: { kind: 'empty' }, freeKeys: [] };
    }
    for (const doubt of DOUBTS) {
      for (const choices of findRequests(formula, dimensions, this.goal, doubt, this.#budget)) {
        const example = this.#confirm(subject, region, action, choices, settled);
        if (example !== undefined) return { found: { kind: 'example', example }, freeKeys: [] };
        if (doubt === 'against the goal') continue;
        const free = [...new Set([...freeKeys, ...dimensions.flatMap((each) => each.freeKeys)])];
        return {
          found: { kind: 'doubt', reason: reasonFor(free, subject, action) },
          freeKeys: free,
        };
      }
    }
    return { found: { kind: 'none' }, freeKeys: [] };
  }

  /** The resources of the region of which the assertion speaks. */
  #resources(
    region: Region,
    question: Parameters<typeof resourceDimension>[0],
  ): { readonly dimension: Dimension; readonly freeKeys: readonly string[] } {
    const { of, except } = this.#assertion.resources;
    const meant = of.map((text) => resourcePattern(text, true, question.known));
    const excepted = except.map((text) => resourcePattern(text, true, question.known));
    const bounds = region.bounds();
    const dimension = resourceDimension(question, {
      oneOf: meant.map(({ pattern }) => pattern).filter((pattern) => pattern !== undefined),
      required: bounds.required,
      prefix: region.prefix,
      forbidden: [
        ...bounds.forbidden,
        // An exception of which a variable is free excepts nothing for sure.
        ...excepted
          .filter(({ freeKeys }) => freeKeys.length === 0)
          .map(({ pattern }) => pattern)
          .filter((pattern) => pattern !== undefined),
      ],
    });
    return { dimension, freeKeys: [...meant, ...excepted].flatMap(({ freeKeys }) => freeKeys) };
  }

  #confirm(
    subject: Subject,
    region: Region,
    action: string,
    choices: readonly Choice[],
    settled: Settled,
  ): CounterExample | undefined {
    const context: Context = new Map([...choices.flatMap(({ keys }) => keys), ...settled]);
    const resource = choices.find((choice) => choice.resource !== undefined)?.resource ?? '*';
    return confirm({
      subject,
      region,
      action,
      resource,
      context,
      isAsked: (text, reader) => this.#isAsked(text, reader),
      isWanted: ({ effect }) => (effect === 'Allow') === (this.goal === 'allowed'),
    });
  }

  #isAsked(resource: string, reader: ContextReader): boolean {
    const { of, except } = this.#assertion.resources;
    const names = (pattern: string): boolean => compilePattern(pattern, true)(resource, reader);
    if (!of.some(names) || except.some(names)) return false;
    return this.#where.every(({ check }) => check(reader));
  }
}

const numbers = new WeakMap<CompiledStatement, number>();
let lastNumber = 0;

/** The statements of a formula, as a text that is the same for the same statements. */
function numbersOf({ considered }: Formula): string {
  return considered
    .map(({ compiled }) => {
      const known = numbers.get(compiled);
      if (known !== undefined) return known;
      numbers.set(compiled, ++lastNumber);
      return lastNumber;
    })
    .join();
}

function reasonFor(freeKeys: readonly string[], subject: Subject, action: string): string {
  const who = 'arn' in subject.principal ? subject.principal.arn : subject.principal.kind;
  const because =
    freeKeys.length === 0
      ? 'conditions compare one key both as text and otherwise'
      : `policies make variables of what a request may choose (${freeKeys.join(', ')})`;
  return `Whether ${who} may take ${action} depends on more than can be told: ${because}.`;
}

/** Plain texts that conditions compare the keys with, and some that stand for any other. */
function* trials(
  freeKeys: readonly string[],
  { considered }: Formula,
  where: readonly KeyTest[],
): Generator<Settled> {
  const conditions = [
    ...considered.flatMap(({ compiled }) => compiled.statement.conditions),
    ...where.map(({ condition }) => condition),
  ];
  const values = freeKeys.map((free): (string | undefined)[] => {
    const own = conditions.filter(({ key }) => key.toLowerCase() === free);
    const texts = own.flatMap((condition) => condition.values);
    return ['x', ...new Set(texts.filter((text) => !/[*?$]/.test(text))), undefined, 'y', ''];
  });
  const count = Math.min(TRIALS_MAX, Math.max(0, ...values.map(({ length }) => length)));
  for (let trial = 0; trial < count; trial++) {
    yield new Map(freeKeys.map((key, index) => [key, values[index]?.[trial]]));
  }
}
