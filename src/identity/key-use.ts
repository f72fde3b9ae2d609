import type { Log } from '../base/log.ts';
import { LruMap } from '../base/lru.ts';
import { readRecord, type Core } from './core.ts';
import type { AccessKeyUse } from './model.ts';
import { keyUses } from './records.ts';

/** A key's use is written at most this often, so that a busy key costs a write a minute. */
const NOTE_INTERVAL_MS = 60_000;
/** Keys whose last note is remembered; one that was forgotten costs a read, not an answer. */
const NOTED_KEYS_MAX = 10_000;

/**
 * Remembers when and where access keys and roles were last used, without making any request wait. A
 * role goes by its unique id, which no key's is like.
 */
export class KeyUseNotes {
  readonly #core: Core;
  readonly #log: Log;
  readonly #notedAtMs = new LruMap<string, number>(NOTED_KEYS_MAX);
  readonly #pending = new Set<Promise<void>>();

  constructor(core: Core, log: Log) {
    this.#core = core;
    this.#log = log;
  }

  /** Returns at once; the note is written behind the caller's back, if one is due. */
  note(accessKeyId: string, place: { readonly service: string; readonly region: string }): void {
    const atMs = this.#core.clock.nowMs();
    const before = this.#notedAtMs.get(accessKeyId);
    if (before !== undefined && atMs - before < NOTE_INTERVAL_MS) return;
    this.#notedAtMs.set(accessKeyId, atMs);
    const write = this.#write(accessKeyId, { atMs, ...place })
      .catch((error: unknown) => {
        this.#log.write('warning', 'The last use of an access key was not noted', {
          accessKeyId,
          error: String(error),
        });
      })
      .finally(() => this.#pending.delete(write));
    this.#pending.add(write);
  }

  find(accessKeyId: string): Promise<AccessKeyUse | undefined> {
    return readRecord(this.#core, keyUses, accessKeyId);
  }

  /** Resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Another thread or process may have noted the same key within the minute. */
  async #write(accessKeyId: string, use: AccessKeyUse): Promise<void> {
    const known = await this.find(accessKeyId);
    if (known !== undefined && use.atMs - known.atMs < NOTE_INTERVAL_MS) return;
    const key = keyUses.key(accessKeyId);
    await this.#core.kv.commit({ writes: [{ kind: 'set', key, value: keyUses.encode(use) }] });
  }
}
