import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { LruMap } from '../../base/lru.ts';
import { recordKind } from '../../identity/index.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { SPACE } from '../../kv/spaces.ts';
import { addUse, mergeUsage, newUsage, shorten, type Usage, type Use } from './usage.ts';

/** (account, unique id of the user or role, day since 1970) */
const days = recordKind<{ readonly usage: Usage }, [string, string, number]>('usage', {
  space: SPACE.traffic,
});

const DAY_MS = 86_400_000;
/** As long as AWS's Access Analyzer looks back at most. */
export const DAYS_KEPT = 90;
/** What is seen reaches the store at the latest so long afterwards, or when somebody asks. */
const FLUSH_INTERVAL_MS = 30_000;
/** Principals whose use is gathered between two flushes; that of others is not seen. */
const PRINCIPALS_MAX = 2000;
/** Principals of which it is remembered that old days are gone. */
const TRIMMED_MAX = 10_000;
/** New things of a principal after which it is looked whether too much of him is remembered. */
const NEWS_PER_LOOK = 256;
const TRIES_MAX = 8;
/** Days of one principal that are read at once: all that are kept, and those due to go. */
const ROWS_MAX = 400;

export interface TrafficParts {
  readonly kv: KeyValueStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Who used something: sessions of a role count as the role. */
export interface Actor {
  readonly account: string;
  /** `AIDA…` or `AROA…`. */
  readonly id: string;
}

interface Gathered {
  readonly actor: Actor;
  readonly day: number;
  readonly usage: Usage;
  /** Things seen for the first time. */
  news: number;
}

/**
 * What each principal uses, in outline, by day. A thread gathers in memory and adds to the store
 * now and then, so that no request waits for it; `kill -9` loses half a minute of it at most.
 */
export class Traffic {
  readonly #parts: TrafficParts;
  readonly #trimmed = new LruMap<string, number>(TRIMMED_MAX);
  #gathered = new Map<string, Gathered>();
  #flushedAtMs: number;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: TrafficParts) {
    this.#parts = parts;
    this.#flushedAtMs = parts.clock.nowMs();
  }

  /** Returns at once. */
  note(actor: Actor, use: Use): void {
    const day = Math.floor(use.atMs / DAY_MS);
    const known = this.#gathered.get(actor.id);
    if (known?.day === day) addTo(known, use);
    else if (known !== undefined || this.#gathered.size >= PRINCIPALS_MAX) void this.flush();
    else {
      const fresh = { actor, day, usage: newUsage(), news: 0 };
      addTo(fresh, use);
      this.#gathered.set(actor.id, fresh);
    }
    if (use.atMs - this.#flushedAtMs >= FLUSH_INTERVAL_MS) void this.flush();
  }

  /** Resolves when all that was seen is stored, or has failed to be. */
  flush(): Promise<void> {
    const gathered = [...this.#gathered.values()];
    this.#gathered = new Map();
    this.#flushedAtMs = this.#parts.clock.nowMs();
    this.#flushing = this.#storeAfter(this.#flushing, gathered);
    return this.#flushing;
  }

  /** All that the principal did since then, as far as it is stored. */
  async since({ account, id }: Actor, sinceMs: number): Promise<Usage> {
    const from = days.key(account, id, Math.max(0, Math.floor(sinceMs / DAY_MS)));
    const { to } = days.under(account, id);
    const usage = newUsage();
    for (const { value } of await this.#parts.kv.range({ from, to, limit: ROWS_MAX })) {
      mergeUsage(usage, days.decode(value).usage);
    }
    return usage;
  }

  async #storeAfter(earlier: Promise<void>, gathered: readonly Gathered[]): Promise<void> {
    await earlier;
    for (const each of gathered) await this.#store(each);
  }

  async #store({ actor, day, usage }: Gathered): Promise<void> {
    const { kv, log } = this.#parts;
    const key = days.key(actor.account, actor.id, day);
    try {
      for (let tries = 0; tries < TRIES_MAX; tries += 1) {
        const entry = await kv.get(key);
        const merged = newUsage();
        if (entry !== undefined) mergeUsage(merged, days.decode(entry.value).usage);
        mergeUsage(merged, usage);
        shorten(merged);
        const { committed } = await kv.commit({
          checks: [{ key, version: entry?.version }],
          writes: [{ kind: 'set', key, value: days.encode({ usage: merged }) }],
        });
        if (committed) break;
      }
      await this.#trim(actor, day);
    } catch (error) {
      log.write('warning', 'What a principal used was not kept', { error: String(error) });
    }
  }

  async #trim({ account, id }: Actor, day: number): Promise<void> {
    if (this.#trimmed.get(id) === day) return;
    this.#trimmed.set(id, day);
    const { from } = days.under(account, id);
    const to = days.key(account, id, Math.max(0, day - DAYS_KEPT));
    const old = await this.#parts.kv.range({ from, to, limit: ROWS_MAX });
    if (old.length === 0) return;
    await this.#parts.kv.commit({ writes: old.map(({ key }) => ({ kind: 'delete', key })) });
  }
}

function addTo(gathered: Gathered, use: Use): void {
  if (!addUse(gathered.usage, use)) return;
  gathered.news += 1;
  if (gathered.news % NEWS_PER_LOOK === 0) shorten(gathered.usage);
}
