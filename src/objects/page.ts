import type { Entry, KeyValueStore } from '../kv/key-value-store.ts';
import { after, afterPrefix, keyPrefix, textsAfter } from './keys.ts';
import { ROWS_PER_READ } from './limits.ts';

/** A page of rows that lie at (space, bucket id, key, …), rolled up by delimiter. */
export interface PageRequest {
  readonly space: number;
  readonly bucketId: string;
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** The first key of the store that may be on the page. */
  readonly from: Uint8Array;
  readonly limit: number;
}

/** In order: a row with the texts of its key after the bucket id, or a common prefix. */
export type PageItem =
  | { readonly kind: 'row'; readonly texts: readonly string[]; readonly entry: Entry }
  | { readonly kind: 'commonPrefix'; readonly text: string };

/** After a common prefix another often follows at once, which its first row tells. */
const ROWS_AFTER_SKIP = 1;
const ROWS_AT_FIRST = 32;

/**
 * Reads what a page shows and little more: it seeks past the keys under each common prefix, so its
 * cost does not depend on how many they are.
 */
export async function readPage(
  kv: KeyValueStore,
  request: PageRequest,
): Promise<{ readonly items: readonly PageItem[]; readonly truncated: boolean }> {
  const { space, bucketId, prefix, delimiter, limit } = request;
  const items: PageItem[] = [];
  if (limit <= 0) return { items, truncated: false };
  const start = keyPrefix(space, bucketId, prefix);
  const to = afterPrefix(start);
  const textStart = keyPrefix(space, bucketId, '').byteLength;
  let from = Buffer.compare(request.from, start) > 0 ? request.from : start;
  let rowCount = delimiter === '' ? limit + 1 : ROWS_AT_FIRST;
  for (;;) {
    if (Buffer.compare(from, to) >= 0) return { items, truncated: false };
    const rowLimit = Math.min(rowCount, limit + 1 - items.length, ROWS_PER_READ);
    const entries = await kv.range({ from, to, limit: rowLimit });
    let skipped: string | undefined;
    for (const entry of entries) {
      const texts = textsAfter(entry.key, textStart, 1);
      if (items.length === limit) return { items, truncated: true };
      skipped = commonPrefixOf(texts[0] ?? '', prefix, delimiter);
      if (skipped !== undefined) {
        items.push({ kind: 'commonPrefix', text: skipped });
        break;
      }
      items.push({ kind: 'row', texts, entry });
    }
    if (skipped !== undefined) {
      from = afterPrefix(keyPrefix(space, bucketId, skipped));
      rowCount = ROWS_AFTER_SKIP;
      continue;
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < rowLimit) return { items, truncated: false };
    from = after(last.key);
    rowCount *= 4;
  }
}

/** The beginning of `key` through the first delimiter after `prefix`, if there is one. */
export function commonPrefixOf(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '' || !key.startsWith(prefix)) return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at === -1 ? undefined : key.slice(0, at + delimiter.length);
}
