import { positionsIn } from '../finding.ts';
import { parseJson } from '../json.ts';

/** Line and column, both from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

export interface StatementSpan {
  readonly start: TextPosition;
  /** After the last character. */
  readonly end: TextPosition;
}

/** Where each statement of a document's text stands. */
export function statementSpans(text: string): readonly StatementSpan[] {
  const parsed = parseJson(text);
  if (!parsed.ok || parsed.node.kind !== 'object') return [];
  const value = parsed.node.members.find(({ key }) => key === 'Statement')?.value;
  const nodes = value?.kind === 'array' ? value.items : value === undefined ? [] : [value];
  const positionOf = positionsIn(text);
  return nodes.map(({ offset, end }) => ({ start: positionOf(offset), end: positionOf(end) }));
}
