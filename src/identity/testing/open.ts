import { ManualClock } from '../../base/clock.ts';
import type { KeyValueStore } from '../../kv/key-value-store.ts';
import { openMemoryStore } from '../../kv/memory.ts';
import { openIdentityStore, type IdentityStoreOptions } from '../store.ts';

export const NOON_MS = Date.UTC(2026, 0, 2, 12);
export const MASTER_KEY = new Uint8Array(32).fill(7);

/** A store over memory with one account, for tests. */
export async function openWithAccount(
  options: Partial<IdentityStoreOptions> & { readonly kv?: KeyValueStore } = {},
) {
  const clock = new ManualClock(NOON_MS);
  const kv = options.kv ?? openMemoryStore();
  const identity = await openIdentityStore({ clock, masterKey: MASTER_KEY, ...options, kv });
  const account = await identity.createAccount({ name: 'Main', id: '123456789012' });
  return { identity, kv, clock, account: account.id, owner: account };
}

/** Matches an IdentityError by kind and, when given, message. */
export function refusal(kind: string, message?: string) {
  return message === undefined
    ? { name: 'IdentityError', kind }
    : { name: 'IdentityError', kind, message };
}
