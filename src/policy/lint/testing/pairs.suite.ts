import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PolicyKind, applyFix, lintPolicy, parsePolicy } from '../../index.ts';
import type { Check } from '../finding.ts';

/** A document in which a check finds something, and one much like it in which it does not. */
export interface Pair {
  readonly code: string;
  readonly kind?: PolicyKind;
  /** A document, a statement, or several statements. */
  readonly found: object;
  readonly clean: object;
  /** Part of the message. */
  readonly says?: string;
  /** What the fix makes of `found`; null when there must be none. */
  readonly fixed?: object | null;
}

/** Runs the pairs, and holds the family to having one for each of its checks. */
export function testPairs(checks: readonly Check[], pairs: readonly Pair[]): void {
  test('every check has its pair', () => {
    const paired = new Set(pairs.map(({ code }) => code));
    assert.deepEqual(
      checks.map(({ code }) => code).filter((code) => !paired.has(code)),
      [],
    );
  });
  for (const pair of pairs) test(pair.code, () => testPair(pair));
}

function testPair({ code, kind = 'identity', found, clean, says, fixed }: Pair): void {
  const text = documentOf(found);
  const findings = lintPolicy(text, kind).filter((finding) => finding.code === code);
  const [finding] = findings;
  assert(finding !== undefined, `nothing found in ${text}`);
  if (says !== undefined) assert(finding.message.includes(says), finding.message);
  assert(text.split('\n')[finding.line - 1]!.length >= finding.column - 1);

  const cleanText = documentOf(clean);
  assert(parsePolicy(cleanText, kind).ok, cleanText);
  const left = lintPolicy(cleanText, kind).filter((each) => each.code === code);
  assert.deepEqual(left, [], `found in ${cleanText}`);

  if (fixed === null) assert.equal(finding.fix, undefined);
  else if (fixed !== undefined) assert(finding.fix !== undefined, 'there is no fix');
  if (finding.fix === undefined) return;
  const mended = applyFix(text, finding.fix);
  assert(parsePolicy(mended, kind).ok, mended);
  const remaining = lintPolicy(mended, kind).filter((each) => each.code === code);
  assert(remaining.length < findings.length, `still found in ${mended}`);
  if (fixed) assert.deepEqual(JSON.parse(mended), JSON.parse(documentOf(fixed)));
}

/** Laid out in lines, as people write it. */
function documentOf(part: object): string {
  const document = 'Statement' in part ? part : { Version: '2012-10-17', Statement: part };
  return JSON.stringify(document, undefined, 2);
}
