import { type TextMatcher, compileActionPattern, compilePattern } from '../pattern.ts';
import type { CompiledStatement } from '../compile.ts';
import { resourceText } from '../evaluate.ts';
import type { PolicyCondition, PolicyPatterns, PolicyPrincipals } from '../document.ts';
import type { AccessRequest, ApplicablePolicies, ContextReader } from '../request.ts';
import {
  REACH_ACCOUNT,
  REACH_NONE,
  REACH_ROLE,
  type Reach,
  compilePrincipals,
  principalName,
} from '../principal.ts';
import { expandText, parseTemplate } from '../template.ts';
import { operatorName, takesVariables } from '../operator.ts';
import type {
  ExplainedCondition,
  ExplainedElement,
  ExplainedPrincipals,
  ExplainedStatement,
  ExplainedValue,
} from './explanation.ts';
import type { Allowance } from './limits.ts';
import type { ConsideredPolicy } from './considered.ts';

/** What a statement is held against. */
interface Asked extends AccessRequest {
  readonly hasBoundary: boolean;
  /** Whether the policy's version fills variables in. */
  readonly variables: boolean;
}

/**
 * The statements of each policy, as far as the allowance goes: those that concern the action come
 * before all others.
 */
export function explainStatements(
  request: AccessRequest,
  policies: ApplicablePolicies,
  considered: readonly ConsideredPolicy[],
  allowance: Allowance,
): readonly (readonly ExplainedStatement[])[] {
  const folded = request.action.toLowerCase();
  const found = considered.map(() => [] as ExplainedStatement[]);
  for (const isConcerned of [true, false]) {
    for (const [at, { policy }] of considered.entries()) {
      const asked: Asked = {
        ...request,
        resource: resourceText(request),
        hasBoundary: policies.boundary !== undefined,
        variables: policy.document.version === '2012-10-17',
      };
      const { allows, denies } = policy.forAction(request.action);
      for (const statement of policy.statements) {
        if (statement.matchesAction(folded) !== isConcerned) continue;
        if (!allowance.takeStatement()) continue;
        const isAsked = allows.includes(statement) || denies.includes(statement);
        found[at]?.push(explainStatement(statement, asked, isConcerned && !isAsked, allowance));
      }
    }
  }
  return found.map((statements) => statements.toSorted((a, b) => a.index - b.index));
}

/** Asks every element and condition, where a decision stops at the first that fails. */
function explainStatement(
  compiled: CompiledStatement,
  asked: Asked,
  isSetAside: boolean,
  allowance: Allowance,
): ExplainedStatement {
  const { statement, index, conditions: checks } = compiled;
  const { sid, effect, principals, resources } = statement;
  // Only a Deny that spares principals minds whether who asks has a boundary.
  const hasBoundary = asked.hasBoundary && effect === 'Deny';
  const reach = compiled.matchesPrincipal(asked.principal, asked.context, hasBoundary);
  const action = explainAction(statement.actions, asked, compiled, allowance);
  const resource = resources && explainResource(resources, asked, compiled, allowance);
  const conditions = statement.conditions.map((condition, at) =>
    explainCondition(condition, checks[at]?.(asked.context) === true, asked, allowance),
  );
  const applies =
    !isSetAside &&
    action.matched &&
    reach !== REACH_NONE &&
    resource?.matched !== false &&
    conditions.every(({ matched }) => matched);
  return {
    index,
    ...(sid === undefined ? {} : { sid: allowance.text(sid) }),
    effect,
    applies,
    isSetAside,
    ...(principals && { principal: explainPrincipals(principals, reach, asked, allowance) }),
    action,
    ...(resource && { resource }),
    conditions,
  };
}

function explainAction(
  { negated, patterns }: PolicyPatterns,
  { action }: Asked,
  compiled: CompiledStatement,
  allowance: Allowance,
): ExplainedElement {
  const folded = action.toLowerCase();
  const matchers = actionMatchers(patterns, () => patterns.map(compileActionPattern));
  return {
    name: negated ? 'NotAction' : 'Action',
    matched: compiled.matchesAction(folded),
    asked: allowance.text(action),
    ...showValues(
      patterns.map((text, at) => ({ text, matched: matchers[at]?.(folded) === true })),
      allowance,
    ),
  };
}

function explainResource(
  { negated, patterns }: PolicyPatterns,
  { resource, context, variables }: Asked,
  compiled: CompiledStatement,
  allowance: Allowance,
): ExplainedElement {
  const matchers = resourceMatchers(patterns, () =>
    patterns.map((pattern) => compilePattern(pattern, variables)),
  );
  const values = patterns.map((text, at) => ({
    text,
    ...meaningOf(text, variables, context),
    matched: matchers[at]?.(resource, context) === true,
  }));
  return {
    name: negated ? 'NotResource' : 'Resource',
    matched: compiled.matchesResource(resource, context),
    asked: allowance.text(resource),
    ...showValues(values, allowance),
  };
}

/** The patterns of a statement one by one, which are compiled when they are first explained. */
const actionMatchers = remembering<readonly string[], readonly ((text: string) => boolean)[]>();
const resourceMatchers = remembering<readonly string[], readonly TextMatcher[]>();

function remembering<K extends object, V>(): (key: K, make: () => V) => V {
  const known = new WeakMap<K, V>();
  return (key, make) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = make()));
    return value;
  };
}

const NOBODY: PolicyPrincipals = {
  negated: false,
  everyone: false,
  aws: [],
  canonicalUser: [],
  federated: [],
  service: [],
};

function explainPrincipals(
  principals: PolicyPrincipals,
  reach: Reach,
  { principal, context }: Asked,
  allowance: Allowance,
): ExplainedPrincipals {
  const value = (text: string, one: Partial<PolicyPrincipals>): ExplainedValue => {
    const matches = compilePrincipals({ ...NOBODY, ...one }, 'Allow');
    return { text, matched: matches(principal, context, false) !== REACH_NONE };
  };
  const values = [
    ...(principals.everyone ? [value('*', { everyone: true })] : []),
    ...principals.aws.map((name) => value(name, { aws: [name] })),
    ...principals.canonicalUser.map((name) => value(name, { canonicalUser: [name] })),
    ...principals.federated.map((name) => value(name, { federated: [name] })),
    ...principals.service.map((name) => value(name, { service: [name] })),
  ];
  return {
    name: principals.negated ? 'NotPrincipal' : 'Principal',
    matched: reach !== REACH_NONE,
    reach: reachName(reach),
    asked: allowance.text(principalName(principal)),
    ...showValues(values, allowance),
  };
}

function reachName(reach: Reach): ExplainedPrincipals['reach'] {
  if (reach === REACH_NONE) return 'none';
  if (reach === REACH_ACCOUNT) return 'account';
  return reach === REACH_ROLE ? 'role' : 'direct';
}

function explainCondition(
  { operator, key, values }: PolicyCondition,
  matched: boolean,
  { context, variables }: Asked,
  allowance: Allowance,
): ExplainedCondition {
  const asked = context(key.toLowerCase());
  const fillsIn = variables && takesVariables(operator);
  const { shown, omitted } = allowance.list(values, (text) =>
    showText({ text, ...meaningOf(text, fillsIn, context) }, allowance),
  );
  return {
    operator: operatorName(operator),
    key: allowance.text(key),
    matched,
    asked: asked === undefined ? null : allowance.value(asked),
    values: shown,
    omitted,
  };
}

/** What a text with variables says in this request. */
function meaningOf(
  text: string,
  variables: boolean,
  context: ContextReader,
): { meaning?: string | null } {
  if (!text.includes('${')) return {};
  const template = parseTemplate(text, { variables, wildcards: false });
  if (template?.some(({ kind }) => kind === 'variable') !== true) return {};
  return { meaning: expandText(template, context) ?? null };
}

/** The values, what matches first. */
function showValues(values: readonly ExplainedValue[], allowance: Allowance) {
  const sorted = values.toSorted((a, b) => Number(b.matched) - Number(a.matched));
  const { shown, omitted } = allowance.list(sorted, (value) => showText(value, allowance));
  return { values: shown, omitted };
}

function showText<T extends { readonly text: string; readonly meaning?: string | null }>(
  value: T,
  allowance: Allowance,
): T {
  const { text, meaning } = value;
  const shown = { ...value, text: allowance.text(text) };
  return meaning ? { ...shown, meaning: allowance.text(meaning) } : shown;
}
