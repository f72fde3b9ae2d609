import type { Page, PageRequest } from '../identity/index.ts';

/** What IAM answers at most when it is not told. */
const PAGE_SIZE = 100;

interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export function pageRequest({ Marker, MaxItems = PAGE_SIZE }: PageInput): PageRequest {
  return { after: Marker, limit: MaxItems };
}

export function pageAnswer({ next }: Pick<Page<unknown>, 'next'>) {
  return { IsTruncated: next !== undefined, Marker: next };
}

/** A page of a list that is short enough to be read whole, in its own order. */
export function slicePage<T>(all: readonly T[], input: PageInput): Page<T> {
  const { after, limit } = pageRequest(input);
  const start = after === undefined ? 0 : Math.max(0, Number.parseInt(after, 10) || 0);
  const end = start + limit;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : undefined };
}
