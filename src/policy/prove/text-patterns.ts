import type { PolicyCondition } from '../document.ts';
import type { ContextReader } from '../request.ts';
import { type Template, expandCodes, expandText, parseTemplate } from '../template.ts';
import { ANY_RUN } from '../glob.ts';
import { type Pattern, arnPattern, globPattern, literal, literalOfAnyCase } from './automaton.ts';
import { FREE, type KnownKeys } from './context-keys.ts';

/** Policy text as sets of texts, once its variables are known. */
export interface TextPattern {
  /** Undefined for a text that matches nothing. */
  readonly pattern: Pattern | undefined;
  /** Keys in lower case on which the text depends and which a request is free to choose. */
  readonly freeKeys: readonly string[];
}

/** What is known, as a reader; keys that are free are absent from it. */
export function readerOf(known: KnownKeys): ContextReader {
  return (key) => {
    const value = known(key);
    return value === FREE ? undefined : value;
  };
}

/** The free keys that are variables of a text. */
export function freeKeysIn(text: string, known: KnownKeys): string[] {
  return freeKeysOf(parseTemplate(text, { variables: true, wildcards: false }) ?? [], known);
}

function freeKeysOf(template: Template, known: KnownKeys): string[] {
  return template.flatMap((part) =>
    part.kind === 'variable' && known(part.key) === FREE ? [part.key] : [],
  );
}

/**
 * The resources that a pattern matches. Where a variable is free, the pattern is the widest that
 * the variable could make of it.
 */
export function resourcePattern(text: string, variables: boolean, known: KnownKeys): TextPattern {
  const template = parseTemplate(text, { variables, wildcards: true });
  if (template === undefined) return { pattern: undefined, freeKeys: [] };
  const freeKeys = freeKeysOf(template, known);
  const widest: Template = template.map((part) =>
    part.kind === 'variable' && known(part.key) === FREE
      ? { kind: 'wildcard', code: ANY_RUN }
      : part,
  );
  const codes = expandCodes(widest, readerOf(known));
  return { pattern: codes && globPattern(codes), freeKeys };
}

/** What every text that the pattern matches begins with. */
export function literalPrefix(pattern: string): string {
  const end = pattern.search(/[*?$]/);
  return end === -1 ? pattern : pattern.slice(0, end);
}

const ASCII = /^[\0-\x7f]*$/;

/**
 * The values of a key that the texts of a condition match, or undefined when they cannot be said as
 * patterns: the operator compares something else than text, or ignores case beyond ASCII.
 */
export function conditionPatterns(
  { operator, values }: PolicyCondition,
  variables: boolean,
  known: KnownKeys,
): readonly TextPattern[] | undefined {
  switch (operator.test) {
    case 'StringEquals':
    case 'StringEqualsIgnoreCase': {
      const fold = operator.test === 'StringEqualsIgnoreCase' ? literalOfAnyCase : literal;
      const texts = values.map((value) => fixedText(value, variables, known));
      const isReadable = fold === literal || texts.every(({ text = '' }) => ASCII.test(text));
      if (!isReadable) return undefined;
      return texts.map(({ text, freeKeys }) => ({
        pattern: text === undefined ? undefined : fold(text),
        freeKeys,
      }));
    }
    case 'StringLike':
      return values.map((value) => resourcePattern(value, variables, known));
    case 'ArnLike':
      return values.map((value) => arnValuePattern(value, variables, known));
    default:
      return undefined;
  }
}

function fixedText(value: string, variables: boolean, known: KnownKeys) {
  const template = parseTemplate(value, { variables, wildcards: false });
  if (template === undefined) return { text: undefined, freeKeys: [] };
  return { text: expandText(template, readerOf(known)), freeKeys: freeKeysOf(template, known) };
}

function arnValuePattern(value: string, variables: boolean, known: KnownKeys): TextPattern {
  const template = parseTemplate(value === '*' ? '*:*:*:*:*:*' : value, {
    variables,
    wildcards: true,
  });
  if (template === undefined) return { pattern: undefined, freeKeys: [] };
  const codes = expandCodes(template, readerOf(known));
  return { pattern: codes && arnPattern(codes), freeKeys: freeKeysOf(template, known) };
}
