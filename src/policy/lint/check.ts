import type { Check, Found, LintSeverity } from './finding.ts';
import type { ConditionPart, StatementPart, Subject } from './subject.ts';

/** A check of each statement by itself. */
export function perStatement(
  code: string,
  severity: LintSeverity,
  find: (statement: StatementPart, subject: Subject) => Iterable<Found>,
): Check {
  return {
    code,
    severity,
    *find(subject) {
      for (const statement of subject.statements) yield* find(statement, subject);
    },
  };
}

/** A check of each condition by itself. */
export function perCondition(
  code: string,
  severity: LintSeverity,
  find: (condition: ConditionPart, subject: Subject) => Iterable<Found>,
): Check {
  return perStatement(code, severity, function* (statement, subject) {
    for (const condition of statement.conditions) yield* find(condition, subject);
  });
}

/** The first of several names, and how many more there are. */
const NAMES_SAID_MAX = 5;

export function named(names: readonly string[]): string {
  const said = names.slice(0, NAMES_SAID_MAX).join(', ');
  const more = names.length - NAMES_SAID_MAX;
  return more > 0 ? `${said} and ${more} more` : said;
}

/** Lists longer than this are not compared pair by pair. */
export const COMPARED_MAX = 300;
