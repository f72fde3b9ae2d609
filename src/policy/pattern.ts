import { ANY_RUN, matchUnits, toUnits } from './glob.ts';
import { type Template, expandUnits, parseTemplate, resolveVariable } from './template.ts';
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
    if (template.length === 2 && second.kind === 'wildcard' && second.unit === ANY_RUN) {
      return (text) => text.startsWith(literal);
    }
  }
  if (template.length === 1 && first.kind === 'wildcard' && first.unit === ANY_RUN) {
    return MATCH_ALL;
  }
  const units = expandUnits(template, () => undefined);
  if (units === undefined) return MATCH_NONE;
  return (text) => matchUnits(units, text);
}

/**
 * `arn:aws:s3:::b/home/${aws:username}/*` and its like, wildcards only at the end, are compared
 * piece by piece in place; other patterns are spelt out for each request.
 */
function compileVariablePattern(template: Template): TextMatcher {
  const wildcardAt = template.findIndex((part) => part.kind === 'wildcard');
  const last = template.at(-1);
  const open = last?.kind === 'wildcard' && last.unit === ANY_RUN;
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
    const units = expandUnits(template, context);
    return units !== undefined && matchUnits(units, text);
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

/** Where each component of an ARN ends. Undefined when there are fewer than six. */
function arnEnds(length: number, at: (index: number) => number): readonly number[] | undefined {
  const ends: number[] = [];
  for (let index = 0; index < length && ends.length < ARN_COLONS; index++) {
    if (at(index) === COLON) ends.push(index);
  }
  if (ends.length < ARN_COLONS) return undefined;
  ends.push(length);
  return ends;
}

/**
 * A matcher for the ARN operators: the six components are compared one by one, so that a `*`
 * stays inside its own. A pattern that is `*` alone means every ARN; a text that is no ARN, on
 * either side, matches nothing.
 */
export function compileArnPattern(pattern: string, variables: boolean): TextMatcher {
  const template = parseTemplate(pattern, { variables, wildcards: true });
  if (template === undefined) return MATCH_NONE;
  if (pattern === '*')
    return (text) => arnEnds(text.length, (i) => text.charCodeAt(i)) !== undefined;
  if (!template.some((part) => part.kind === 'variable')) {
    return compileArnUnits(toUnits(pattern));
  }
  return (text, context) => {
    const units = expandUnits(template, context);
    return units !== undefined && compileArnUnits(units)(text, context);
  };
}

function compileArnUnits(units: Int32Array): TextMatcher {
  const ends = arnEnds(units.length, (index) => units[index] ?? 0);
  if (ends === undefined) return MATCH_NONE;
  let begin = 0;
  const components = ends.map((end) => {
    const component = units.subarray(begin, end);
    begin = end + 1;
    return component;
  });
  return (text) => {
    let at = 0;
    for (let index = 0; index < components.length; index++) {
      const component = components[index];
      const colon = index < ARN_COLONS ? text.indexOf(':', at) : text.length;
      if (component === undefined || colon === -1) return false;
      if (!matchUnits(component, text, at, colon)) return false;
      at = colon + 1;
    }
    return true;
  };
}
