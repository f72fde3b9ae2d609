import type { PolicyKind } from './document.ts';

/** One thing that is wrong with a document, and where. */
export interface PolicyFinding {
  /** Stable, for programs. */
  readonly code: FindingCode;
  /** AWS's sentence where it has one: IAM's for identity and trust policies, S3's for resources. */
  readonly message: string;
  /** JSON pointer (RFC 6901) to the value. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly severity: 'error' | 'warning';
}

export type FindingCode =
  | 'DocumentTooLarge'
  | 'InvalidJson'
  | 'WrongType'
  | 'UnknownElement'
  | 'MissingElement'
  | 'ConflictingElements'
  | 'ProhibitedElement'
  | 'TooManyValues'
  | 'InvalidVersion'
  | 'InvalidEffect'
  | 'InvalidSid'
  | 'DuplicateSid'
  | 'MissingPrincipal'
  | 'InvalidPrincipal'
  | 'MissingAction'
  | 'InvalidAction'
  | 'MissingResource'
  | 'InvalidResource'
  | 'InvalidVariable'
  | 'UnknownOperator'
  | 'InvalidConditionValue';

export const SYNTAX_ERROR = 'Syntax errors in policy.';
export const LEGACY_ERROR = 'The policy failed legacy parsing';
const S3_SYNTAX_ERROR = 'Invalid policy syntax.';

/**
 * The order in which IAM looks: a caller that reports one finding reports the first, and that is
 * the one AWS would have named.
 */
const RANKS: Readonly<Record<FindingCode, number>> = {
  DocumentTooLarge: 0,
  InvalidJson: 0,
  WrongType: 0,
  UnknownElement: 0,
  MissingElement: 0,
  ConflictingElements: 0,
  TooManyValues: 0,
  InvalidVersion: 0,
  UnknownOperator: 0,
  InvalidEffect: 1,
  InvalidConditionValue: 1,
  InvalidVariable: 1,
  ProhibitedElement: 2,
  MissingPrincipal: 2,
  InvalidPrincipal: 2,
  InvalidSid: 3,
  DuplicateSid: 3,
  MissingAction: 4,
  MissingResource: 5,
  InvalidResource: 6,
  InvalidAction: 7,
};

/** What a finding says: IAM's words, and S3's where they differ. */
export interface Sentence {
  readonly iam: string;
  readonly s3?: string;
}

export const SYNTAX: Sentence = { iam: SYNTAX_ERROR, s3: S3_SYNTAX_ERROR };
export const LEGACY: Sentence = { iam: LEGACY_ERROR, s3: S3_SYNTAX_ERROR };

/** Enough to find AWS's first among them; a text may hold tens of thousands. */
const FOUND_MAX = 1000;
/** A document wrong in more places than this is reported for the first of them. */
const LISTED_MAX = 100;

interface Found {
  readonly code: FindingCode;
  readonly message: string;
  readonly path: string;
  readonly offset: number;
}

/** Gathers what is wrong with one document. */
export class Findings {
  readonly kind: PolicyKind;
  readonly #text: string;
  readonly #found: Found[] = [];

  constructor(text: string, kind: PolicyKind) {
    this.#text = text;
    this.kind = kind;
  }

  add(code: FindingCode, sentence: Sentence, path: string, offset: number): void {
    if (this.#found.length === FOUND_MAX) return;
    const message = this.kind === 'resource' ? (sentence.s3 ?? sentence.iam) : sentence.iam;
    this.#found.push({ code, message, path, offset });
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** AWS's first, then in the order of the text. */
  list(): readonly PolicyFinding[] {
    return this.#found
      .toSorted((a, b) => RANKS[a.code] - RANKS[b.code] || a.offset - b.offset)
      .slice(0, LISTED_MAX)
      .map(({ code, message, path, offset }) => {
        return { code, message, path, ...positionIn(this.#text, offset), severity: 'error' };
      });
  }
}

/** Line and column of an offset, both from 1. */
export function positionIn(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineBegin = 0;
  for (;;) {
    const newline = text.indexOf('\n', lineBegin);
    if (newline === -1 || newline >= offset) break;
    line++;
    lineBegin = newline + 1;
  }
  return { line, column: offset - lineBegin + 1 };
}

/** The same for many offsets of one text, whose lines are looked for only once. */
export function positionsIn(text: string): (offset: number) => { line: number; column: number } {
  const begins = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) begins.push(at + 1);
  return (offset) => {
    let [low, high] = [0, begins.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((begins[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (begins[low] ?? 0) + 1 };
  };
}

/** One more step of a JSON pointer. */
export function pointer(path: string, step: string | number): string {
  return `${path}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
