export type { AclPolicyGrant, AclSubject } from './acl.ts';
export { aclPolicyText } from './acl.ts';
export type { AddressRange } from './address.ts';
export { parseAddressRange, rangeContains } from './address.ts';
export type { CompiledPolicy, CompiledStatement } from './compile.ts';
export { joinPolicies, withoutAllows } from './combine.ts';
export { compilePolicy } from './compile.ts';
export type {
  PolicyCondition,
  PolicyDocument,
  PolicyKind,
  PolicyPatterns,
  PolicyPrincipals,
  PolicySource,
  PolicyStatement,
  PolicyVersion,
} from './document.ts';
export { documentPrincipals, documentResources } from './document.ts';
export { evaluate } from './evaluate.ts';
export { describeExplanation, describePolicies } from './explain/describe.ts';
export { explain } from './explain/explain.ts';
export type {
  ExplainedCondition,
  ExplainedDecision,
  ExplainedElement,
  ExplainedPolicy,
  ExplainedPrincipals,
  ExplainedRequest,
  ExplainedStatement,
  ExplainedValue,
  Explanation,
  GrantStatement,
  MissingGrant,
  NearMiss,
  StatementName,
} from './explain/explanation.ts';
export type { FindingCode, PolicyFinding } from './finding.ts';
export { actionNames } from './lint/catalog/catalog.ts';
export { NEVER_PRESENT_KEYS } from './lint/catalog/never-present.ts';
export { adviceOnAction, isUnknownAction } from './lint/checks/unknown-action.ts';
export type { Fix, LintFinding, LintSeverity, TextEdit } from './lint/finding.ts';
export { applyFix } from './lint/fix.ts';
export { LINT_SEVERITIES, lintPolicy } from './lint/lint.ts';
export type { ConditionOperator, ConditionQuantifier, ConditionTest } from './operator.ts';
export { operatorName, parseOperator } from './operator.ts';
export { compileActionPattern, compilePattern } from './pattern.ts';
export { principalName } from './principal.ts';
export { OWN_PASSWORD_POLICY } from './own-password.ts';
export type { ParsedPolicy } from './parse.ts';
export { parsePolicy } from './parse.ts';
export type {
  AccessRequest,
  ApplicablePolicies,
  ContextReader,
  ContextValue,
  Decision,
  PolicyPrincipal,
} from './request.ts';
export { isPublicPolicy } from './public.ts';
export { OBJECT_OWNER_ACTIONS, RESCUING_ACTIONS } from './s3-rules.ts';
export { policySize } from './size.ts';
export { renamePrincipals } from './rename-principals.ts';
export { contextKeys } from './simulate/context-keys.ts';
export { isValueOf, type ContextValueType } from './simulate/value-type.ts';
export { principalContext, simulatedPrincipal } from './simulate/principal.ts';
export type { MatchedStatement, Simulation } from './simulate/simulate.ts';
export { simulate, verdictOf } from './simulate/simulate.ts';
export type { StatementSpan, TextPosition } from './simulate/spans.ts';
export { statementSpans } from './simulate/spans.ts';
export type {
  Assertion,
  AssertionFault,
  Assertions,
  ParsedAssertions,
  PrincipalPattern,
  Selection,
} from './prove/assertion.ts';
export type { CounterExample } from './prove/confirm.ts';
export type {
  Estate,
  EstateAccount,
  EstateBucket,
  EstateRole,
  EstateUser,
} from './prove/estate.ts';
export { parseAssertions } from './prove/parse-assertions.ts';
export type { AssertionResult, Outcome } from './prove/prove.ts';
export { proofs, proveAll } from './prove/prove.ts';
