import { ANY_RUN, compileGlob, matchGlob } from './glob.ts';
import { type Template, expandCodes, parseTemplate, resolveVariable } from './template.ts';
import type { ContextReader } from './request.ts';

/** Whether a text of the request matches a policy's pattern. */
export type TextMatcher = (text: string, context: ContextReader) => boolean;

const MATCH_ALL: TextMatcher = () => true;
const MATCH_NONE: TextMatcher = () => false;

/** A matcher for a pattern in which `*` and `?` are wildcards and, if asked, `${…}` variables. */
export function compilePattern(pattern: string, variables: boolean): TextMatcher {
  const template = parseTemplate(pattern, { variables, wildcards: true });
  if (template === undefined) return MATCH_NONE;
  if (template.some((part) => part.kind === 'variable')) return compileVariablePattern(template);
  return compileFixedPattern(template);
}

/** Most patterns are a fixed text, or a fixed text and a star: those need no pattern matching. */
function compileFixedPattern(template: Template): TextMatcher {
  const [first, second] = template;
  if (first === undefined) return (text) => text === '';
  if (first.kind === 'text') {
    const literal = first.text;
    if (second === undefined) return (text) => text === literal;
    if (template.length === 2 && second.kind === 'wildcard' && second.code === ANY_RUN) {
      return (text) => text.startsWith(literal);
    }
  }
  if (template.length === 1 && first.kind === 'wildcard' && first.code === ANY_RUN) {
    return MATCH_ALL;
  }
  const codes = expandCodes(template, () => undefined);
  if (codes === undefined) return MATCH_NONE;
  const glob = compileGlob(codes);
  return (text) => matchGlob(glob, text);
}

/**
 * `arn:aws:s3:::b/home/${aws:username}/*` and its like, wildcards only at the end, are compared
 * piece by piece in place; other patterns are spelt out for each request.
 */
function compileVariablePattern(template: Template): TextMatcher {
  const wildcardAt = template.findIndex((part) => part.kind === 'wildcard');
  const last = template.at(-1);
  const open = last?.kind === 'wildcard' && last.code === ANY_RUN;
  if (wildcardAt === -1 || (open && wildcardAt === template.length - 1)) {
    return (text, context) => {
      let at = 0;
      for (const part of template) {
        if (part.kind === 'wildcard') return true;
        const piece = part.kind === 'text' ? part.text : resolveVariable(part, context);
        if (piece === undefined || !text.startsWith(piece, at)) return false;
        at += piece.length;
      }
      return at === text.length;
    };
  }
  return (text, context) => {
    const codes = expandCodes(template, context);
    return codes !== undefined && matchGlob(compileGlob(codes), text);
  };
}

/** A matcher for action names: whatever the case, and never with variables. Expects lower case. */
export function compileActionPattern(pattern: string): (actionInLowerCase: string) => boolean {
  const matches = compilePattern(pattern.toLowerCase(), false);
  return (action) => matches(action, () => undefined);
}

/** The five colons that divide an ARN into its six components. */
const ARN_COLONS = 5;
const COLON = ':'.charCodeAt(0);

/** The six components of an ARN's code points. Undefined when there are fewer. */
function splitArn(codes: readonly number[]): readonly (readonly number[])[] | undefined {
  const components: number[][] = [[]];
  for (const code of codes) {
    if (code === COLON && components.length <= ARN_COLONS) components.push([]);
    else components.at(-1)?.push(code);
  }
  return components.length > ARN_COLONS ? components : undefined;
}

/**
 * A matcher for the ARN operators: the six components are compared one by one, so that a `*`
 * stays inside its own. A pattern that is `*` alone means every ARN; a text that is no ARN, on
 * either side, matches nothing.
 */
export function compileArnPattern(pattern: string, variables: boolean): TextMatcher {
  const template = parseTemplate(pattern, { variables, wildcards: true });
  if (template === undefined) return MATCH_NONE;
  if (pattern === '*') return compileArnCodes(EVERY_ARN);
  if (template.some((part) => part.kind === 'variable')) {
    return (text, context) => {
      const codes = expandCodes(template, context);
      return codes !== undefined && compileArnCodes(codes)(text, context);
    };
  }
  return compileArnCodes(expandCodes(template, () => undefined) ?? []);
}

const EVERY_ARN = [
  ANY_RUN,
  COLON,
  ANY_RUN,
  COLON,
  ANY_RUN,
  COLON,
  ANY_RUN,
  COLON,
  ANY_RUN,
  COLON,
  ANY_RUN,
];

function compileArnCodes(codes: readonly number[]): TextMatcher {
  const components = splitArn(codes)?.map(compileGlob);
  if (components === undefined) return MATCH_NONE;
  return (text) => {
    let at = 0;
    for (let index = 0; index < components.length; index++) {
      const component = components[index];
      const end = index < ARN_COLONS ? text.indexOf(':', at) : text.length;
      if (component === undefined || end === -1) return false;
      if (!matchGlob(component, text, at, end)) return false;
      at = end + 1;
    }
    return true;
  };
}
