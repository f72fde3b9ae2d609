import { ANY_ONE, ANY_RUN } from './glob.ts';
import type { ContextReader } from './request.ts';

/** A stretch of a policy's text: plain, a wildcard, or a variable to be filled in by the request. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'wildcard'; readonly code: typeof ANY_RUN | typeof ANY_ONE }
  | { readonly kind: 'variable'; readonly key: string; readonly fallback?: string };

export type Template = readonly TemplatePart[];

const OPEN = '${';

/** `${*}`, `${?}` and `${$}` are the characters themselves. */
const LITERALS: ReadonlySet<string> = new Set(['*', '?', '$']);

/** A key may hold a tag's name, and so nearly any character. */
const KEY = /^[^'"{}$*?]+$/;
const FALLBACK = /^'([^']*)'$/;

export interface TemplateOptions {
  /** Version 2012-10-17 fills variables in; in 2008-10-17 they are plain text. */
  readonly variables: boolean;
  /** Whether `*` and `?` are wildcards here. */
  readonly wildcards: boolean;
}

/** Splits a policy's text. Undefined when a `${` is not closed or holds no key. */
export function parseTemplate(text: string, options: TemplateOptions): Template | undefined {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < text.length) {
    const open = options.variables ? text.indexOf(OPEN, at) : -1;
    const plainEnd = open === -1 ? text.length : open;
    pushPlain(parts, text.slice(at, plainEnd), options.wildcards);
    if (open === -1) break;
    const close = text.indexOf('}', open);
    if (close === -1) return undefined;
    const variable = parseVariable(text.slice(open + OPEN.length, close));
    if (variable === undefined) return undefined;
    pushPart(parts, variable);
    at = close + 1;
  }
  return parts;
}

function parseVariable(inside: string): TemplatePart | undefined {
  if (LITERALS.has(inside)) return { kind: 'text', text: inside };
  const comma = inside.indexOf(',');
  const key = (comma === -1 ? inside : inside.slice(0, comma)).trim().toLowerCase();
  if (!KEY.test(key)) return undefined;
  if (comma === -1) return { kind: 'variable', key };
  const fallback = FALLBACK.exec(inside.slice(comma + 1).trim())?.[1];
  return fallback === undefined ? undefined : { kind: 'variable', key, fallback };
}

function pushPlain(parts: TemplatePart[], text: string, wildcards: boolean): void {
  if (!wildcards) return pushPart(parts, { kind: 'text', text });
  let begin = 0;
  for (let index = 0; index <= text.length; index++) {
    const mark = text[index];
    if (mark !== '*' && mark !== '?' && mark !== undefined) continue;
    pushPart(parts, { kind: 'text', text: text.slice(begin, index) });
    if (mark !== undefined) {
      pushPart(parts, { kind: 'wildcard', code: mark === '*' ? ANY_RUN : ANY_ONE });
    }
    begin = index + 1;
  }
}

/** Appends a part; neighbouring texts and neighbouring `*` become one. */
function pushPart(parts: TemplatePart[], part: TemplatePart): void {
  const last = parts.at(-1);
  if (part.kind === 'text') {
    if (part.text === '') return;
    if (last?.kind === 'text') {
      parts[parts.length - 1] = { kind: 'text', text: last.text + part.text };
      return;
    }
  }
  if (part.kind === 'wildcard' && part.code === ANY_RUN) {
    if (last?.kind === 'wildcard' && last.code === ANY_RUN) return;
  }
  parts.push(part);
}

/**
 * What stands for a variable in this request. Undefined when the request has no such key or has
 * several values for it, and the policy gives no default: then the text matches nothing.
 */
export function resolveVariable(
  part: Extract<TemplatePart, { kind: 'variable' }>,
  context: ContextReader,
): string | undefined {
  const value = context(part.key);
  return typeof value === 'string' ? value : part.fallback;
}

/** The text with its variables filled in. Undefined when one has no value. */
export function expandText(template: Template, context: ContextReader): string | undefined {
  let text = '';
  for (const part of template) {
    if (part.kind === 'text') text += part.text;
    if (part.kind !== 'variable') continue;
    const value = resolveVariable(part, context);
    if (value === undefined) return undefined;
    text += value;
  }
  return text;
}

/**
 * The pattern with its variables filled in, as code points for `compileGlob`. What a variable
 * brings is plain text: a user named `*` gains nothing. Undefined when a variable has no value.
 */
export function expandCodes(template: Template, context: ContextReader): number[] | undefined {
  const codes: number[] = [];
  for (const part of template) {
    if (part.kind === 'wildcard') {
      codes.push(part.code);
      continue;
    }
    const text = part.kind === 'text' ? part.text : resolveVariable(part, context);
    if (text === undefined) return undefined;
    for (const character of text) codes.push(character.codePointAt(0) ?? 0);
  }
  return codes;
}
