/** Names longer than this are compared by nobody's eye either. */
const LENGTH_MAX = 80;
/** So many slips of the pen in ten letters still leave a word to be known again. */
const SLIPS_IN_TEN = 2.5;

/** The name that was probably meant: the one with the fewest slips, whatever the case. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const folded = name.toLowerCase();
  const slipsMax = Math.max(1, Math.floor((folded.length * SLIPS_IN_TEN) / 10));
  let best: { readonly name: string; readonly slips: number } | undefined;
  for (const each of known) {
    const most = best === undefined ? slipsMax : best.slips - 1;
    if (most < 0) break;
    if (Math.abs(each.length - folded.length) > most) continue;
    const slips = slipsBetween(folded, each.toLowerCase());
    if (slips <= most) best = { name: each, slips };
  }
  return best?.name;
}

/** The edit distance (Wagner and Fischer 1974), a row at a time. */
function slipsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let at = 1; at <= from.length; at++) {
    const next = [at];
    for (let index = 1; index <= to.length; index++) {
      const isSame = from[at - 1] === to[index - 1];
      const replaced = (row[index - 1] ?? 0) + (isSame ? 0 : 1);
      next.push(Math.min(replaced, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
