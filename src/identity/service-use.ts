import type { Log } from '../base/log.ts';
import { LruMap } from '../base/lru.ts';
import { readRecord, type Core } from './core.ts';
import type { IdentityPrincipal, Place, ServiceUses } from './model.ts';
import { policyOwner, type PolicyOwner } from './policy-owner.ts';
import { roles, serviceUses, users } from './records.ts';

/**
 * Each action of a user or role is written at most this often, by each thread; AWS itself shows a
 * use four hours late.
 */
const NOTE_INTERVAL_MS = 15 * 60_000;
/** "IAM reports activity for the last 400 days." */
const TOLD_MS = 400 * 24 * 60 * 60_000;
/** Users and roles whose last notes are remembered; one that was forgotten costs a read. */
const NOTED_OWNERS_MAX = 10_000;

type Owner = Exclude<PolicyOwner, { readonly kind: 'root' }> & { readonly account: string };

interface Due {
  readonly owner: Owner;
  readonly uses: Map<string, Place>;
}

/**
 * Remembers which services and actions users and roles asked for last, whatever was answered, as
 * AWS's "last accessed information" does. No request waits for it, and one writer collects what is
 * due while the write before is under way.
 */
export class ServiceUseNotes {
  readonly #core: Core;
  readonly #log: Log;
  readonly #notedAtMs = new LruMap<string, Map<string, number>>(NOTED_OWNERS_MAX);
  #due = new Map<string, Due>();
  #writing: Promise<void> | undefined;

  constructor(core: Core, log: Log) {
    this.#core = core;
    this.#log = log;
  }

  /** `action` is as policies have it, `s3:GetObject`. Returns at once. */
  note(principal: IdentityPrincipal, action: string, region: string | undefined): void {
    const owner = policyOwner(principal);
    if (owner.kind === 'root') return;
    const nowMs = this.#core.clock.nowMs();
    const noted = this.#notedAtMs.get(owner.id) ?? new Map<string, number>();
    if (nowMs - (noted.get(action) ?? -Infinity) < NOTE_INTERVAL_MS) return;
    if (noted.size === 0) this.#notedAtMs.set(owner.id, noted);
    noted.set(action, nowMs);
    const due = this.#due.get(owner.id) ?? {
      owner: { ...owner, account: principal.accountId },
      uses: new Map(),
    };
    due.uses.set(action, { atMs: nowMs, ...(region === undefined ? {} : { region }) });
    this.#due.set(owner.id, due);
    this.#writing ??= this.#writeAll();
  }

  /** By service, for a user or role of this unique id, as far back as is told. */
  async find(account: string, ownerId: string): Promise<ServiceUses> {
    const uses = (await readRecord(this.#core, serviceUses, account, ownerId)) ?? {};
    const since = this.#core.clock.nowMs() - TOLD_MS;
    return Object.fromEntries(Object.entries(uses).filter(([, { atMs }]) => atMs >= since));
  }

  /** Resolves when nothing is under way any more. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Whatever is asked for in this turn is written together.
    await Promise.resolve();
    while (this.#due.size > 0) {
      const all = this.#due;
      this.#due = new Map();
      for (const due of all.values()) {
        await this.#write(due).catch((error: unknown) => {
          this.#log.write('warning', 'The last use of services was not noted', {
            owner: due.owner.id,
            error: String(error),
          });
        });
      }
    }
    this.#writing = undefined;
  }

  /** Another thread may have noted other actions of the same owner, or he may be gone. */
  #write({ owner: { kind, account, id }, uses }: Due): Promise<void> {
    return this.#core.transact(async (tx) => {
      const owner = await (kind === 'user'
        ? tx.get(users, account, id)
        : tx.get(roles, account, id));
      if (owner === undefined) return;
      const known = (await tx.get(serviceUses, account, id)) ?? {};
      tx.set(serviceUses, withUses(known, uses), account, id);
    });
  }
}

function withUses(known: ServiceUses, uses: ReadonlyMap<string, Place>): ServiceUses {
  const merged = { ...known };
  for (const [action, use] of uses) {
    const [service = '', name = ''] = action.split(':');
    const before = merged[service];
    merged[service] = {
      ...later(before, use),
      actions: { ...before?.actions, [name]: later(before?.actions[name], use) },
    };
  }
  return merged;
}

function later(before: Place | undefined, use: Place): Place {
  if (before === undefined || use.atMs >= before.atMs) return use;
  const { atMs, region } = before;
  return { atMs, ...(region === undefined ? {} : { region }) };
}
