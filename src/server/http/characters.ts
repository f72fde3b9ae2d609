export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const TAB = 0x09;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;

/** 1 at every character (of Latin-1) for which `is` holds. */
function tableOf(is: (code: number, character: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) =>
    is(code, String.fromCharCode(code)) ? 1 : 0,
  );
}

/** RFC 9110, section 5.6.2. */
export const TOKEN = tableOf((_, character) => /[-!#$%&'*+.^_`|~0-9A-Za-z]/.test(character));
/** Method names are tokens of capitals in every specification there is. */
export const METHOD = tableOf((_, character) => /[-A-Z]/.test(character));
/** Visible ASCII. Clients leave some of it unencoded that RFC 3986 forbids; bytes above it are refused. */
export const TARGET = tableOf((code) => code > SP && code < 0x7f);
/** RFC 9110, section 5.5: visible characters, space, tab and bytes above ASCII; no control. */
export const VALUE = tableOf((code) => code === TAB || (code >= SP && code !== 0x7f));

/** The first position at or after `at` whose character is not in `table`. */
export function skip(text: string, at: number, table: Uint8Array): number {
  let end = at;
  while (table[text.charCodeAt(end)] === 1) end += 1;
  return end;
}
