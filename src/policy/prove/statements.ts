import type { CompiledPolicy, CompiledStatement } from '../compile.ts';
import { REACH_DIRECT, REACH_NONE, REACH_ROLE } from '../principal.ts';
import type { ApplicablePolicies, ContextReader, PolicyPrincipal } from '../request.ts';

/** One statement that may have a say, and its bit in a set of statements. */
export interface Consideration {
  readonly compiled: CompiledStatement;
  /** Whether `${…}` is filled in. */
  readonly variables: boolean;
  readonly bit: bigint;
}

/**
 * The order of evaluation as a formula over which statements apply. It says the same as `evaluate`,
 * which the tests hold it to, and is monotone: a further Allow never denies, a further Deny never
 * allows. The search for an example rests on that.
 */
export interface Formula {
  readonly considered: readonly Consideration[];
  /** The bits of the Deny statements. */
  readonly denies: bigint;
  /** Whether a request to which exactly these statements apply is allowed. */
  readonly allows: (applying: bigint) => boolean;
}

export interface FormulaOptions {
  readonly principal: PolicyPrincipal;
  readonly resourceAccountId: string;
  readonly policies: ApplicablePolicies;
  readonly action: string;
  /** For the one key that says who is meant: the provider of a web identity. */
  readonly context: ContextReader;
}

/** Statements that do not concern the action or the principal are left out. */
export function formulaOf(options: FormulaOptions): Formula {
  const { principal, policies, resourceAccountId } = options;
  const collected = new Collection(options);
  const hasIdentity = principal.kind !== 'anonymous' && principal.kind !== 'service';
  const resource = policies.resource && collected.add(policies.resource);
  const guards = (policies.resourceControl ?? []).map((level) => collected.allowsOf(level));
  const controls = hasIdentity
    ? (policies.serviceControl ?? []).map((level) => collected.allowsOf(level))
    : [];
  const { considered } = collected;
  const grants = resource?.any ?? 0n;
  if (!hasIdentity) {
    const allows = (set: bigint): boolean =>
      (set & collected.denies) === 0n &&
      (set & grants) !== 0n &&
      guards.every((level) => (set & level) !== 0n);
    return { considered, denies: collected.denies, allows };
  }
  const identity = collected.allowsOf(policies.identity);
  const boundary = policies.boundary && collected.allowsOf([policies.boundary]);
  const { session = [] } = policies;
  const sessionAllows = collected.allowsOf(session);
  const { denies } = collected;
  const isSame = principal.accountId === resourceAccountId;
  const isRoot =
    principal.kind === 'root' ||
    (principal.kind === 'federated-user' && principal.userArn.endsWith(':root'));
  const direct = isSame && principal.kind !== 'root' ? (resource?.direct ?? 0n) : 0n;
  const standsIn = isSame ? (resource?.role ?? 0n) : 0n;
  const needsGrant = !isSame || policies.resource?.source.type === 'trust';
  const allows = (set: bigint): boolean => {
    if ((set & denies) !== 0n) return false;
    for (const level of guards) if ((set & level) === 0n) return false;
    for (const level of controls) if ((set & level) === 0n) return false;
    if ((set & direct) !== 0n) return true;
    if (!isRoot && (set & (identity | standsIn)) === 0n) return false;
    if (boundary !== undefined && (set & boundary) === 0n) return false;
    if (session.length === 0) {
      if (principal.kind === 'federated-user') return false;
    } else if ((set & sessionAllows) === 0n) return false;
    return !needsGrant || (set & grants) !== 0n;
  };
  return { considered, denies, allows };
}

interface Allows {
  /** Of whatever reach. */
  readonly any: bigint;
  readonly direct: bigint;
  readonly role: bigint;
}

/** Gathers the statements that concern one action of one principal. */
class Collection {
  readonly considered: Consideration[] = [];
  denies = 0n;
  readonly #options: FormulaOptions;

  constructor(options: FormulaOptions) {
    this.#options = options;
  }

  allowsOf(policies: readonly CompiledPolicy[]): bigint {
    return policies.reduce((set, policy) => set | this.add(policy).any, 0n);
  }

  add(policy: CompiledPolicy): Allows {
    const { principal, context, action, policies } = this.#options;
    const { denies, allows } = policy.forAction(action);
    const found = { any: 0n, direct: 0n, role: 0n };
    for (const compiled of [...denies, ...allows]) {
      const isDeny = compiled.statement.effect === 'Deny';
      // Only a Deny asks whether there is a boundary.
      const hasBoundary = isDeny && policies.boundary !== undefined;
      const reach = compiled.matchesPrincipal(principal, context, hasBoundary);
      if (reach === REACH_NONE) continue;
      const bit = 1n << BigInt(this.considered.length);
      const variables = policy.document.version === '2012-10-17';
      this.considered.push({ compiled, variables, bit });
      if (isDeny) {
        this.denies |= bit;
        continue;
      }
      found.any |= bit;
      if (reach === REACH_DIRECT) found.direct |= bit;
      if (reach === REACH_ROLE) found.role |= bit;
    }
    return found;
  }
}
