import { compilePattern } from '../pattern.ts';

/**
 * Questions about whole sets of texts, answered for patterns. They are for advice: where a pattern
 * is too long to be looked at, the answer is the one that finds nothing.
 */
const LENGTH_MAX = 1200;

/** `${…}` may bring any text. */
function widen(pattern: string, variables: boolean): string {
  return variables ? pattern.replace(/\$\{[^{}]*\}/g, '*') : pattern;
}

/** In the form of an ARN: a name of one component. */
const NAME = '\u0001';

/** Says of a pattern and a form whether the one can name a resource of the other. */
export type Naming = (pattern: string, form: string) => boolean;

/** Steps of comparing that one document is worth; past it every pattern may name anything. */
const STEPS_MAX = 20_000_000;

/**
 * Whether a resource pattern can name a resource of a form such as
 * `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. The last part of a form may hold slashes if
 * it comes after one; bucket names hold none. Each question is answered once.
 */
export function createNaming(variables: boolean): Naming {
  const answersOf = new Map<string, Map<string, boolean>>();
  let steps = 0;
  const ask = (pattern: string, form: string): boolean => {
    const wide = widen(pattern, variables);
    if (wide.length > LENGTH_MAX || steps > STEPS_MAX) return true;
    const shape = form.replace(/\$\{[^{}]*\}/g, (hole) => (isOpen(hole) ? '*' : NAME));
    if (beginsApart(wide, shape)) return false;
    steps += wide.length * shape.length;
    return mayMeet(wide, shape);
  };
  return (pattern, form) => {
    let answers = answersOf.get(pattern);
    if (answers === undefined) answersOf.set(pattern, (answers = new Map()));
    let answer = answers.get(form);
    if (answer === undefined) answers.set(form, (answer = ask(pattern, form)));
    return answer;
  };
}

/** Most patterns differ from a form in the service that they name, before any wildcard. */
function beginsApart(pattern: string, shape: string): boolean {
  const [, service] = /^arn:[^:*?]*:([^:*?]+):/.exec(pattern) ?? [];
  const [, , other] = shape.split(':', 3);
  return service !== undefined && service !== other;
}

/** Holes that hold paths or keys. */
function isOpen(hole: string): boolean {
  return /Path|ObjectName|ProviderName|Token/.test(hole);
}

/** Whether two patterns have a text in common; NAME in the second is a run without `/` and `:`. */
function mayMeet(pattern: string, form: string): boolean {
  // later[j] says whether what comes after this mark can meet the form from j on; worked backwards.
  let later: readonly boolean[] = [];
  for (let i = pattern.length; i >= 0; i--) {
    const mark = pattern[i];
    const here: boolean[] = Array.from({ length: form.length + 1 }, () => false);
    for (let j = form.length; j >= 0; j--) {
      const part = form[j];
      const partEnds = part !== undefined && here[j + 1] === true;
      if (isRun(part)) here[j] = partEnds || (isIn(part, mark) && later[j] === true);
      else if (mark === '*') here[j] = later[j] === true || partEnds;
      else if (mark === undefined) here[j] = part === undefined;
      else here[j] = (mark === '?' || mark === part) && later[j + 1] === true;
    }
    later = here;
  }
  return later[0] === true;
}

function isRun(part: string | undefined): part is string {
  return part === '*' || part === NAME;
}

function isIn(run: string, mark: string | undefined): boolean {
  return mark !== undefined && (run === '*' || (mark !== '/' && mark !== ':'));
}

/** What a star of the inner pattern may stand for, when a pattern is tried on another. */
const STAND_INS = ['', '\u0002', '\u0002\u0002\u0002'];

/** Whether every text of the second pattern is one of the first. */
export function covers(outer: string, inner: string, variables: boolean): boolean {
  if (outer === inner || outer === '*') return true;
  if (inner.length > LENGTH_MAX || outer.length > LENGTH_MAX) return false;
  // Two variables are the same text only where they are written alike.
  if (variables && /\$\{/.test(outer)) return false;
  const wide = widen(inner, variables).replaceAll('?', '\u0002');
  const [fixed = ''] = outer.split(/[*?]/, 1);
  if (!wide.startsWith(fixed)) return false;
  const matches = compilePattern(outer, false);
  return STAND_INS.every((text) => matches(wide.replaceAll('*', text), () => undefined));
}

/** The same for action names, whose case does not count. */
export function coversAction(outer: string, inner: string): boolean {
  return covers(outer.toLowerCase(), inner.toLowerCase(), false);
}
