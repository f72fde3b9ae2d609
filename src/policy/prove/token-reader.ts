import { type Token, type TokenLine, isKeyword } from './tokens.ts';

/** The assertion cannot be read; caught where the file is. */
export class AssertionSyntaxError extends Error {
  override readonly name = 'AssertionSyntaxError';
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: { line: number; column: number }) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const KEYWORDS = ['CAN', 'CANNOT', 'EXCEPT', 'WHERE', 'AND', 'ASSUME'];

/** Reads one assertion's tokens from left to right. */
export class TokenReader {
  readonly #tokens: TokenLine;
  #at = 0;

  constructor(tokens: TokenLine) {
    this.#tokens = tokens;
  }

  get next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  takeKeyword(keyword: string): boolean {
    if (!isKeyword(this.next, keyword)) return false;
    this.#at++;
    return true;
  }

  /** A word that is no keyword, or a quoted text. */
  takeText(expected: string): Token {
    const token = this.next;
    const isText =
      token !== undefined &&
      token.kind !== 'comma' &&
      !KEYWORDS.some((keyword) => isKeyword(token, keyword));
    if (!isText) return this.fail(`Expected ${expected}`, token);
    this.#at++;
    return token;
  }

  /** One text, or several with commas between them. */
  takeList(expected: string): Token[] {
    const list = [this.takeText(expected)];
    while (this.next?.kind === 'comma') {
      this.#at++;
      list.push(this.takeText(expected));
    }
    return list;
  }

  fail(message: string, token: Token | undefined): never {
    throw new AssertionSyntaxError(message, token ?? this.#end());
  }

  /** Just behind the last token. */
  #end(): { line: number; column: number } {
    const last = this.#tokens.at(-1);
    if (last === undefined) return { line: 1, column: 1 };
    const width = last.text.length + (last.kind === 'quoted' ? 2 : 0);
    return { line: last.line, column: last.column + width };
  }
}
