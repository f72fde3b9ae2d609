import { type PrincipalMatcher, REACH_DIRECT, REACH_NONE, type Reach } from './principal.ts';
import { type TextMatcher, compileActionPattern, compilePattern } from './pattern.ts';
import type { AccessRequest, Decision } from './request.ts';
import { type ConditionCheck, compileCondition } from './condition.ts';
import type { PolicyDocument, PolicyPatterns, PolicySource, PolicyStatement } from './document.ts';
import { compilePrincipals } from './principal.ts';

/** A statement made of closures, in the order in which they are cheap to ask. */
export interface CompiledStatement {
  readonly statement: PolicyStatement;
  readonly index: number;
  readonly matchesAction: (actionInLowerCase: string) => boolean;
  readonly matchesPrincipal: PrincipalMatcher;
  readonly matchesResource: TextMatcher;
  readonly conditions: readonly ConditionCheck[];
  /** What the statement decides when it applies; made once, so that deciding allocates nothing. */
  readonly decision: Decision;
}

/** The statements of a policy that concern one action. */
export interface ActionStatements {
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

export interface CompiledPolicy {
  readonly source: PolicySource;
  readonly document: PolicyDocument;
  readonly statements: readonly CompiledStatement[];
  /** The statements for an action, which is found out once for each action. */
  readonly forAction: (action: string) => ActionStatements;
  /** The policies that it was joined of; absent when it is of one document. */
  readonly parts?: readonly CompiledPolicy[];
}

/** Servers know a few hundred actions; past the bound the answer is worked out and not kept. */
const ACTIONS_KEPT_MAX = 1024;

/** Turns a document into what `evaluate` asks. Compile once, when a policy is stored or loaded. */
export function compilePolicy(document: PolicyDocument, source: PolicySource): CompiledPolicy {
  const variables = document.version === '2012-10-17';
  const statements = document.statements.map((statement, index) =>
    compileStatement(statement, index, source, variables),
  );
  const kept = new Map<string, ActionStatements>();
  const forAction = (action: string): ActionStatements => {
    const known = kept.get(action);
    if (known !== undefined) return known;
    const folded = action.toLowerCase();
    const concerned = statements.filter((statement) => statement.matchesAction(folded));
    const found: ActionStatements = {
      denies: concerned.filter(({ statement }) => statement.effect === 'Deny'),
      allows: concerned.filter(({ statement }) => statement.effect === 'Allow'),
    };
    if (kept.size < ACTIONS_KEPT_MAX) kept.set(action, found);
    return found;
  };
  return { source, document, statements, forAction };
}

function compileStatement(
  statement: PolicyStatement,
  index: number,
  source: PolicySource,
  variables: boolean,
): CompiledStatement {
  return {
    statement,
    index,
    matchesAction: compileActions(statement.actions),
    matchesPrincipal: compileStatementPrincipals(statement, source),
    matchesResource: compileResources(statement.resources, variables),
    conditions: statement.conditions.map((condition) => compileCondition(condition, variables)),
    decision: Object.freeze({
      effect: statement.effect === 'Allow' ? 'Allow' : 'ExplicitDeny',
      by: Object.freeze({
        source,
        statementIndex: index,
        ...(statement.sid === undefined ? {} : { sid: statement.sid }),
      }),
    } satisfies Decision),
  };
}

function compileActions(actions: PolicyPatterns): (actionInLowerCase: string) => boolean {
  const matchers = actions.patterns.map(compileActionPattern);
  return (action) => matchers.some((matches) => matches(action)) !== actions.negated;
}

function compileResources(resources: PolicyPatterns | undefined, variables: boolean): TextMatcher {
  if (resources === undefined) return () => true;
  const { negated } = resources;
  const matchers = resources.patterns.map((pattern) => compilePattern(pattern, variables));
  const [only] = matchers;
  if (matchers.length === 1 && only !== undefined && !negated) return only;
  return (resource, context) => {
    for (const matches of matchers) if (matches(resource, context)) return !negated;
    return negated;
  };
}

/** Only policies of a resource name principals; one that names none there concerns nobody. */
function compileStatementPrincipals(
  statement: PolicyStatement,
  source: PolicySource,
): PrincipalMatcher {
  if (statement.principals !== undefined) {
    return compilePrincipals(statement.principals, statement.effect);
  }
  const concernsNobody = source.type === 'resource-based' || source.type === 'trust';
  return () => (concernsNobody ? REACH_NONE : REACH_DIRECT);
}

/**
 * Whether the statement, of which the action is known to match, applies to a request, and how
 * directly it names who asks. `resource` is the request's, or what stands for all resources.
 */
export function reachOfStatement(
  compiled: CompiledStatement,
  request: AccessRequest,
  resource: string,
  hasBoundary: boolean,
): Reach {
  const { context } = request;
  const reach = compiled.matchesPrincipal(request.principal, context, hasBoundary);
  if (reach === REACH_NONE || !compiled.matchesResource(resource, context)) return REACH_NONE;
  for (const holds of compiled.conditions) if (!holds(context)) return REACH_NONE;
  return reach;
}
