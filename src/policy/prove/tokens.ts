import type { AssertionFault } from './assertion.ts';

/** A word, a quoted text or a comma. Only words can be keywords. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'comma';
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** One assertion's tokens: its line, and the indented lines that continue it. */
export type TokenLine = readonly Token[];

const SPACE = /[ \t]/;
const TOKEN = /"((?:[^"\\]|\\["\\])*)"|,|[^\s,"]+/y;

/** Takes a file apart. `#` at the beginning of a word begins a comment. */
export function tokenLines(text: string, faults: AssertionFault[]): readonly TokenLine[] {
  const lines: Token[][] = [];
  for (const [index, content] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const tokens = tokensOf(content, index + 1, faults);
    if (tokens.length === 0) continue;
    const last = lines.at(-1);
    if (last !== undefined && SPACE.test(content[0] ?? '')) last.push(...tokens);
    else lines.push(tokens);
  }
  return lines;
}

function tokensOf(content: string, line: number, faults: AssertionFault[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < content.length) {
    const column = at + 1;
    const character = content[at] ?? '';
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === '#') break;
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(content);
    if (found === null) {
      faults.push({ message: 'The quoted text does not end', line, column });
      break;
    }
    const [whole, quoted] = found;
    at += whole.length;
    if (quoted !== undefined) {
      const unescaped = quoted.replace(/\\(["\\])/g, '$1');
      tokens.push({ kind: 'quoted', text: unescaped, line, column });
    } else {
      tokens.push({ kind: whole === ',' ? 'comma' : 'word', text: whole, line, column });
    }
  }
  return tokens;
}

/** Whether the token is this keyword, in any case. */
export function isKeyword(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === keyword;
}
