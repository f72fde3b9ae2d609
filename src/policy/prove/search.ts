import { type Budget, TooLargeError } from './budget.ts';
import type { Choice, Dimension } from './dimension.ts';
import type { Formula } from './statements.ts';

/** What is looked for among the requests of a question. */
export type Goal = 'allowed' | 'denied';

/** What becomes of a statement of which a choice does not tell whether it applies. */
export type Doubt = 'for the goal' | 'against the goal';

/** Partial requests that are kept side by side, none of them better than another; at two a key, eight keys. */
const STATES_MAX = 256;

interface State {
  /** The statements that nothing so far excludes. */
  readonly alive: bigint;
  readonly choice: Choice | undefined;
  readonly before: State | undefined;
}

/**
 * Looks for requests of which the formula says `goal`: one choice of each dimension. What has been
 * chosen matters only by the statements that it leaves alive, and because the formula is monotone,
 * a partial request that leaves alive more Allow and fewer Deny statements than another is better on
 * the way to an allowed request, whatever is chosen next; and worse on the way to a denied one. So
 * only the best are kept. With doubts for the goal, no result proves that there is none. Throws
 * TooLargeError at the end when not all could be looked at.
 */
export function* findRequests(
  formula: Formula,
  dimensions: readonly Dimension[],
  goal: Goal,
  doubt: Doubt,
  budget: Budget,
): Generator<readonly Choice[]> {
  const all = formula.considered.reduce((set, { bit }) => set | bit, 0n);
  const order = orderOf(formula, all, goal);
  let states: readonly State[] = [{ alive: all, choice: undefined, before: undefined }];
  const undecided = undecidedAfter(dimensions);
  let isWhole = true;
  for (const [index, { choices }] of dimensions.entries()) {
    const moves = bestOf(
      choices.map((choice) => {
        const dropped = doubt === 'for the goal' ? order.harmful : order.helpful;
        const leaves = all & ~choice.excludes & ~(choice.doubts & dropped);
        return { alive: leaves, choice, before: undefined };
      }),
      order.rank,
      budget,
    );
    const next = states.flatMap((before) => {
      budget.spend(moves.length);
      return moves.map(({ alive, choice }) => ({ alive: before.alive & alive, choice, before }));
    });
    // At best, whatever still can be excluded and stands in the way will be.
    const avoidable = (undecided[index] ?? 0n) & order.harmful;
    const hopeful = next.filter(
      ({ alive }) => formula.allows(alive & ~avoidable) === (goal === 'allowed'),
    );
    const best = bestOf(hopeful, order.rank, budget);
    // Some of very many are enough to find an example, though not to say that there is none.
    isWhole &&= best.length <= STATES_MAX;
    states = best.slice(0, STATES_MAX);
  }
  for (const state of states) {
    if (formula.allows(state.alive) === (goal === 'allowed')) yield choicesOf(state);
  }
  if (!isWhole) throw new TooLargeError();
}

/** For each dimension, the statements that some later one may exclude. */
function undecidedAfter(dimensions: readonly Dimension[]): readonly bigint[] {
  const undecided: bigint[] = [];
  let later = 0n;
  for (const { choices } of dimensions.toReversed()) {
    undecided.unshift(later);
    for (const { excludes, doubts } of choices) later |= excludes | doubts;
  }
  return undecided;
}

interface Order {
  /** A set that contains another set's rank is at least as good. */
  readonly rank: (alive: bigint) => bigint;
  readonly helpful: bigint;
  readonly harmful: bigint;
}

function orderOf({ denies }: Formula, all: bigint, goal: Goal): Order {
  const [helpful, harmful] = goal === 'allowed' ? [all & ~denies, denies] : [denies, all & ~denies];
  return { helpful, harmful, rank: (alive) => (alive & helpful) | (harmful & ~alive) };
}

/** Those than which no other is better; of equals the first. */
function bestOf(
  states: readonly State[],
  rank: (alive: bigint) => bigint,
  budget: Budget,
): readonly State[] {
  const best: { rank: bigint; state: State }[] = [];
  const seen = new Set<bigint>();
  for (const state of states) {
    if (seen.has(state.alive)) continue;
    seen.add(state.alive);
    const own = rank(state.alive);
    budget.spend(best.length);
    if (best.some((other) => (own & ~other.rank) === 0n)) continue;
    for (let index = best.length - 1; index >= 0; index--) {
      if (((best[index]?.rank ?? 0n) & ~own) === 0n) best.splice(index, 1);
    }
    best.push({ rank: own, state });
  }
  return best.map(({ state }) => state);
}

function choicesOf(last: State): readonly Choice[] {
  const choices: Choice[] = [];
  for (let state: State | undefined = last; state !== undefined; state = state.before) {
    if (state.choice !== undefined) choices.push(state.choice);
  }
  return choices.toReversed();
}
