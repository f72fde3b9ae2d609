import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../base/log.ts';
import { recordKind } from '../identity/index.ts';
import { decodeCounter } from '../kv/counter.ts';
import type { Entry, KeyValueStore, Write } from '../kv/key-value-store.ts';
import { decodeKey } from '../kv/key.ts';
import { SPACE } from '../kv/spaces.ts';
import { shortTrace, type Trace } from './trace.ts';

/** Refusals that are kept, the oldest go first: some days of a busy server's mishaps, 160 MB at most. */
const KEPT_MAX = 10_000;
/** Rows that go at once, when there are too many. */
const TRIMMED_AT_ONCE = 200;
/** Traces that wait to be written; past them a refusal is answered, and not kept. */
const WAITING_MAX = 1000;
const WRITTEN_AT_ONCE_MAX = 50;
/** A larger trace is kept without its statements, so that the kept ones stay within bounds. */
const STORED_LENGTH_MAX = 16 * 1024;

const space = { space: SPACE.decision };
/** (request id, number of the refusal among all of its thread) */
const denials = recordKind<Trace, [string, number]>('denial', space);
/** Whose refusal it is, so that nobody need read the traces of others to find his. */
export interface DenialOwners {
  /** Of who asked; absent for the anonymous, as is the account. */
  readonly principalArn?: string;
  readonly principalAccount?: string;
  readonly resourceAccount: string;
}

/** (time, request id, number): the order in which they came. Early rows say nothing of owners. */
const order = recordKind<Partial<DenialOwners>, [number, string, number]>('denial-order', space);
const counter = recordKind<never, []>('denial-count', space);

/** Refusals that outlive the server, written behind the answers, many at a time. */
export class Denials {
  readonly #kv: KeyValueStore;
  readonly #log: Log;
  #waiting: Trace[] = [];
  #writing: Promise<void> | undefined;
  #count = 0;

  constructor(kv: KeyValueStore, log: Log) {
    this.#kv = kv;
    this.#log = log;
  }

  /** Returns at once. */
  add(trace: Trace): void {
    if (this.#waiting.length >= WAITING_MAX) return;
    this.#waiting.push(trace);
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all that was added is on the disk, or has failed to be. */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async of(requestId: string): Promise<readonly Trace[]> {
    const rows = await this.#kv.range({ ...denials.under(requestId), limit: WRITTEN_AT_ONCE_MAX });
    return rows.map(({ value }) => denials.decode(value));
  }

  /** Newest first, those that came before `beforeMs` and whose owners are wanted. */
  async *newest(
    beforeMs: number,
    isWanted: (owners: DenialOwners) => boolean = () => true,
  ): AsyncGenerator<Trace> {
    const all = order.under();
    let to = order.key(beforeMs, '', 0);
    for (;;) {
      const rows = await this.#kv.range({
        from: all.from,
        to,
        limit: TRIMMED_AT_ONCE,
        reverse: true,
      });
      for (const row of rows) {
        const { resourceAccount, ...others } = order.decode(row.value);
        if (resourceAccount !== undefined && !isWanted({ ...others, resourceAccount })) continue;
        const [, requestId, number] = orderParts(row);
        const entry = await this.#kv.get(denials.key(requestId, number));
        if (entry === undefined) continue;
        const trace = denials.decode(entry.value);
        if (resourceAccount !== undefined || isWanted(ownersOf(trace))) yield trace;
      }
      // Thousands of rows may be nobody's here, and reading them waits for nothing.
      await nextTurn();
      const last = rows.at(-1);
      if (last === undefined || rows.length < TRIMMED_AT_ONCE) return;
      to = last.key;
    }
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#write(this.#waiting.splice(0, WRITTEN_AT_ONCE_MAX));
        await this.#trim();
      }
    } catch (error) {
      this.#waiting = [];
      this.#log.write('warning', 'Refusals were not kept', { error: String(error) });
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(traces: readonly Trace[]): Promise<void> {
    const writes = traces.flatMap((trace): Write[] => {
      this.#count += 1;
      const { requestId, atMs } = trace;
      return [
        { kind: 'set', key: denials.key(requestId, this.#count), value: storedForm(trace) },
        {
          kind: 'set',
          key: order.key(atMs, requestId, this.#count),
          value: order.encode(ownersOf(trace)),
        },
      ];
    });
    writes.push({ kind: 'add', key: counter.key(), delta: traces.length });
    await this.#kv.commit({ writes });
  }

  async #trim(): Promise<void> {
    const entry = await this.#kv.get(counter.key());
    const surplus = entry === undefined ? 0 : decodeCounter(entry.value) - KEPT_MAX;
    if (surplus <= 0) return;
    const limit = Math.max(surplus, TRIMMED_AT_ONCE);
    const rows = await this.#kv.range({ ...order.under(), limit });
    const writes = rows.flatMap((row): Write[] => {
      const [, requestId, number] = orderParts(row);
      return [
        { kind: 'delete', key: row.key },
        { kind: 'delete', key: denials.key(requestId, number) },
      ];
    });
    writes.push({ kind: 'add', key: counter.key(), delta: -rows.length });
    // Another thread may be at the same rows; whoever comes first has done the work.
    await this.#kv.commit({ checks: rows.map(({ key, version }) => ({ key, version })), writes });
  }
}

function ownersOf({ principalArn, principalAccount, explanation }: Trace): DenialOwners {
  return {
    ...(principalArn === undefined ? {} : { principalArn }),
    ...(principalAccount === undefined ? {} : { principalAccount }),
    resourceAccount: explanation.request.resourceAccountId,
  };
}

function storedForm(trace: Trace): Uint8Array {
  const whole = denials.encode(trace);
  return whole.byteLength <= STORED_LENGTH_MAX ? whole : denials.encode(shortTrace(trace));
}

function orderParts({ key }: Entry): [atMs: number, requestId: string, number: number] {
  const [, ...parts] = decodeKey(key, ['text', 'number', 'text', 'number']);
  return parts as [number, string, number];
}
