import { reachOfStatement, type CompiledPolicy, type CompiledStatement } from '../compile.ts';
import { resourceText } from '../evaluate.ts';
import { consideredPolicies } from '../explain/considered.ts';
import { takesVariables } from '../operator.ts';
import { type TextMatcher, compilePattern } from '../pattern.ts';
import type { PolicyStatement } from '../document.ts';
import { REACH_DIRECT, REACH_NONE, type Reach } from '../principal.ts';
import type { AccessRequest, ApplicablePolicies, Decision } from '../request.ts';
import { variableKeys } from './context-keys.ts';

/**
 * The condition keys that the request lacks and that could change its decision, as policies write
 * them. A statement that does not concern the action, the resource or who asks cannot, nor one with
 * a condition that fails whatever the missing keys are.
 */
export function missingKeys(
  request: AccessRequest,
  policies: ApplicablePolicies,
  decision: Decision,
): readonly string[] {
  const considered = consideredPolicies(request, policies);
  const asked = { ...request, resource: resourceText(request) };
  const hasBoundary = policies.boundary !== undefined;
  const looked = considered.flatMap(({ policy, level }) =>
    statementsFor(policy, request.action).map((compiled): Looked => ({
      compiled,
      kind: `${policy.source.type} ${level}`,
      keys: openKeys(compiled, policy, asked, hasBoundary),
      reach: reachOfStatement(compiled, asked, asked.resource, hasBoundary),
    })),
  );
  const isDeny = ({ compiled }: Looked) => compiled.statement.effect === 'Deny';
  const isCertain = ({ keys }: Looked) => keys.size === 0;
  if (looked.some((each) => isDeny(each) && isCertain(each) && each.reach !== REACH_NONE)) {
    return [];
  }
  // Where a kind of policy allows for certain, and as directly as can be, no more is to be had.
  const settled = new Set(
    looked
      .filter((each) => !isDeny(each) && isCertain(each) && each.reach === REACH_DIRECT)
      .map(({ kind }) => kind),
  );
  const isAllowed = decision.effect === 'Allow';
  const relevant = looked.filter(
    (each) =>
      isDeny(each) || (!settled.has(each.kind) && (!isAllowed || each.reach !== REACH_NONE)),
  );
  const keys = new Map(relevant.flatMap((each) => [...each.keys]));
  return [...keys.values()];
}

interface Looked {
  readonly compiled: CompiledStatement;
  readonly kind: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly reach: Reach;
}

function statementsFor(policy: CompiledPolicy, action: string): readonly CompiledStatement[] {
  const { denies, allows } = policy.forAction(action);
  return [...denies, ...allows];
}

/** The missing keys on which it hangs whether a statement applies; none when it is certain. */
function openKeys(
  compiled: CompiledStatement,
  policy: CompiledPolicy,
  { principal, resource, context }: AccessRequest,
  hasBoundary: boolean,
): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  const { statement } = compiled;
  const isDeny = statement.effect === 'Deny';
  const reach = compiled.matchesPrincipal(principal, context, isDeny && hasBoundary);
  if (reach === REACH_NONE) return keys;
  const needs = needsOf(statement, policy.document.version === '2012-10-17');
  const isMissing = (key: string): boolean => context(key) === undefined;

  const inResources = needs.resourceKeys.filter(isMissing);
  const isMeant =
    inResources.length === 0
      ? compiled.matchesResource(resource, context)
      : statement.resources?.negated === true ||
        needs.widePatterns.some((matches) => matches(resource, context));
  if (!isMeant) return keys;
  for (const key of inResources) keys.set(key, key);

  for (const [index, { key }] of statement.conditions.entries()) {
    const inValues = (needs.valueKeys[index] ?? []).filter(isMissing);
    const isAbsent = isMissing(key.toLowerCase());
    if (isAbsent) keys.set(key.toLowerCase(), key);
    for (const variable of inValues) keys.set(variable, variable);
    const isOpen = isAbsent || inValues.length > 0;
    if (!isOpen && compiled.conditions[index]?.(context) !== true) return new Map();
  }
  return keys;
}

/** What the variables of a statement ask for. */
interface Needs {
  /** Keys in lower case, each once. */
  readonly resourceKeys: readonly string[];
  /** The resource patterns, in which a variable may bring any text. */
  readonly widePatterns: readonly TextMatcher[];
  /** For each condition, keys in lower case, each once. */
  readonly valueKeys: readonly (readonly string[])[];
}

/** Found out once for each statement. */
const needsOfStatements = new WeakMap<PolicyStatement, Needs>();

function needsOf(statement: PolicyStatement, variables: boolean): Needs {
  let needs = needsOfStatements.get(statement);
  if (needs !== undefined) return needs;
  const keysIn = (texts: readonly string[]): readonly string[] => [
    ...new Set(texts.flatMap((text) => variableKeys(text, variables))),
  ];
  const patterns = statement.resources?.patterns ?? [];
  const resourceKeys = keysIn(patterns);
  needs = {
    resourceKeys,
    widePatterns:
      resourceKeys.length === 0
        ? []
        : patterns.map((pattern) =>
            compilePattern(pattern.replace(/\$\{[^*?${}][^{}]*\}/g, '*'), true),
          ),
    valueKeys: statement.conditions.map(({ operator, values }) =>
      takesVariables(operator) ? keysIn(values) : [],
    ),
  };
  needsOfStatements.set(statement, needs);
  return needs;
}
