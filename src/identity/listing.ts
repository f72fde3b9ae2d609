import { readRecord, walkRecords, type Core } from './core.ts';
import type { EntityKind } from './entity.ts';
import type { Entity, Page, PageRequest } from './model.ts';

export interface ListByPath extends PageRequest {
  /** `/` and everything else that a path may begin with. */
  readonly pathPrefix?: string | undefined;
}

/**
 * A page of an account's entities in the order of their names, without regard to case. A page
 * begins where the one before ended even if that entity is gone by then.
 */
export async function pageByName<E extends Entity>(
  core: Core,
  { names, records }: EntityKind<E>,
  account: string,
  request: ListByPath,
): Promise<Page<E>> {
  const { after, limit, pathPrefix = '/' } = request;
  const startAt = after === undefined ? undefined : names.key(account, after);
  const items: E[] = [];
  const walk = walkRecords(core, names, [account], { startAt, rowsWanted: limit + 1 });
  for await (const { record } of walk) {
    const entity = await readRecord(core, records, account, record.id);
    // Absent when it was deleted after the row of its name was read.
    if (entity === undefined || !entity.path.startsWith(pathPrefix)) continue;
    if (items.length === limit) return { items, next: entity.name.toLowerCase() };
    items.push(entity);
  }
  return { items, next: undefined };
}

/** A page of what is already at hand, in the order of its names, which are all different. */
export function pageOf<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  { after, limit }: PageRequest,
): Page<T> {
  const sorted = [...all].sort((a, b) => compareNames(nameOf(a), nameOf(b)));
  const found =
    after === undefined ? 0 : sorted.findIndex((item) => compareNames(nameOf(item), after) >= 0);
  const start = found < 0 ? sorted.length : found;
  const end = sorted[start + limit];
  return {
    items: sorted.slice(start, start + limit),
    next: end === undefined ? undefined : nameOf(end),
  };
}

/** Without regard to case; names that differ in nothing else keep one order. */
function compareNames(a: string, b: string): number {
  const [lowerA, lowerB] = [a.toLowerCase(), b.toLowerCase()];
  if (lowerA !== lowerB) return lowerA < lowerB ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
