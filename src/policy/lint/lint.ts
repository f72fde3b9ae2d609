import type { PolicyKind } from '../document.ts';
import { positionIn } from '../finding.ts';
import { parseJson } from '../json.ts';
import { parsePolicy } from '../parse.ts';
import { ACTION_CHECKS } from './checks/actions.ts';
import { ARN_CHECKS } from './checks/arns.ts';
import { CONDITION_KEY_CHECKS } from './checks/condition-keys.ts';
import { DOCUMENT_CHECKS } from './checks/documents.ts';
import { GRANT_CHECKS } from './checks/grants.ts';
import { OPERATOR_CHECKS } from './checks/operators.ts';
import { OVERLAP_CHECKS } from './checks/overlaps.ts';
import { PRINCIPAL_CHECKS } from './checks/principals.ts';
import { RESOURCE_CHECKS } from './checks/resources.ts';
import { TRUST_CHECKS } from './checks/trust.ts';
import { VALUE_CHECKS } from './checks/values.ts';
import type { Check, Found, LintFinding, LintSeverity } from './finding.ts';
import { grammarFix } from './grammar-fixes.ts';
import { subjectOf } from './subject.ts';

const CHECKS: readonly Check[] = [
  ...DOCUMENT_CHECKS,
  ...ACTION_CHECKS,
  ...RESOURCE_CHECKS,
  ...ARN_CHECKS,
  ...PRINCIPAL_CHECKS,
  ...TRUST_CHECKS,
  ...CONDITION_KEY_CHECKS,
  ...OPERATOR_CHECKS,
  ...VALUE_CHECKS,
  ...GRANT_CHECKS,
  ...OVERLAP_CHECKS,
];

/** Every check beyond the grammar, by its stable code. */
export const LINT_SEVERITIES: ReadonlyMap<string, LintSeverity> = new Map(
  CHECKS.map(({ code, severity }) => [code, severity]),
);

/** A document wrong in more places than this is reported for the first of them. */
const LISTED_MAX = 500;

/**
 * What is wrong with a document, and what is hardly meant. Where the grammar is broken only that
 * is told, since nothing else can be known. In the order of the text.
 */
export function lintPolicy(text: string, kind: PolicyKind): readonly LintFinding[] {
  const json = parseJson(text);
  const parsed = parsePolicy(text, kind);
  if (!parsed.ok) {
    return parsed.findings.map((finding) => {
      const { code, path, line, column } = finding;
      const isUnreadable = code === 'InvalidJson' && !json.ok;
      const message = isUnreadable ? `${finding.message} ${json.reason}.` : finding.message;
      const fix = grammarFix(finding, json.ok ? json.node : undefined);
      const told = { code, severity: 'error', message, path, line, column } as const;
      return fix === undefined ? told : { ...told, fix };
    });
  }
  if (!json.ok) return [];
  const subject = subjectOf(text, kind, json.node, parsed.document);
  const found: { check: Check; found: Found }[] = [];
  for (const check of CHECKS) {
    for (const each of check.find(subject)) {
      if (found.length === LISTED_MAX) break;
      found.push({ check, found: each });
    }
  }
  return found
    .toSorted((a, b) => a.found.at.offset - b.found.at.offset)
    .map(({ check: { code, severity }, found: { at, message, fix } }) => ({
      code,
      severity,
      message,
      path: at.path,
      ...positionIn(text, at.offset),
      ...(fix === undefined ? {} : { fix }),
    }));
}
