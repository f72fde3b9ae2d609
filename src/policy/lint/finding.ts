import type { Subject } from './subject.ts';

/**
 * AWS's four kinds ("Validate policies with IAM Access Analyzer"). An error does not work as
 * written; a security warning gives more than is wise; a warning is hardly what was meant; a
 * suggestion changes nothing about who may do what.
 */
export type LintSeverity = 'error' | 'security warning' | 'warning' | 'suggestion';

export interface LintFinding {
  /** Stable, for programs: one of `LINT_SEVERITIES`, or what the grammar refuses. */
  readonly code: string;
  readonly severity: LintSeverity;
  readonly message: string;
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly fix?: Fix;
}

/** A change of the text that mends what was found. */
export interface Fix {
  /** What it does, in the imperative. */
  readonly title: string;
  /** They do not overlap, and are all of the text as it is. */
  readonly edits: readonly TextEdit[];
}

/** In UTF-16 units. */
export interface TextEdit {
  readonly offset: number;
  readonly end: number;
  readonly text: string;
}

/** Where in the document something was found. */
export interface Place {
  readonly path: string;
  readonly offset: number;
}

export interface Found {
  readonly at: Place;
  readonly message: string;
  readonly fix?: Fix | undefined;
}

/** One thing to look for. */
export interface Check {
  readonly code: string;
  readonly severity: LintSeverity;
  find(subject: Subject): Iterable<Found>;
}
