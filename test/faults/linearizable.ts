/**
 * A checker of linearizability after Wing and Gong, for one register: it looks for an order of all
 * operations that keeps to real time and in which every answer is right. Exponential in how many
 * operations overlap, and bounded by remembering which sets of done operations led nowhere.
 */
export type Outcome = 'done' | 'refused';

export type Operation =
  | { readonly kind: 'read'; readonly value: string | undefined }
  | { readonly kind: 'write'; readonly value: string }
  | { readonly kind: 'delete' }
  | { readonly kind: 'create'; readonly value: string; readonly outcome: Outcome }
  | {
      readonly kind: 'replace';
      readonly expected: string;
      readonly value: string;
      readonly outcome: Outcome;
    };

export interface Event {
  readonly operation: Operation;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Undefined is a register that holds nothing. */
type State = string | undefined;

/** The state after an operation, or `impossible` when its answer cannot be given in this state. */
const impossible = Symbol('impossible');

function apply(state: State, operation: Operation): State | typeof impossible {
  switch (operation.kind) {
    case 'read':
      return operation.value === state ? state : impossible;
    case 'write':
      return operation.value;
    case 'delete':
      return undefined;
    case 'create':
      return conditional(state, state === undefined, operation);
    case 'replace':
      return conditional(state, state === operation.expected, operation);
  }
}

function conditional(
  state: State,
  holds: boolean,
  { value, outcome }: { readonly value: string; readonly outcome: Outcome },
): State | typeof impossible {
  if (holds !== (outcome === 'done')) return impossible;
  return holds ? value : state;
}

export function isLinearizable(events: readonly Event[]): boolean {
  const tried = new Set<string>();
  const done = events.map(() => false);
  const search = (state: State, left: number): boolean => {
    if (left === 0) return true;
    const memo = `${done.map(Number).join('')} ${state ?? ''}`;
    if (tried.has(memo)) return false;
    tried.add(memo);
    // Whatever began after something undone had ended cannot have come before it.
    const firstEnd = Math.min(...events.filter((_, at) => !done[at]).map((one) => one.endedAt));
    for (const [at, { operation, startedAt }] of events.entries()) {
      if (done[at] === true || startedAt > firstEnd) continue;
      const next = apply(state, operation);
      if (next === impossible) continue;
      done[at] = true;
      if (search(next, left - 1)) return true;
      done[at] = false;
    }
    return false;
  };
  return search(undefined, events.length);
}
