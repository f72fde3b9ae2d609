import { decodeKey } from '../kv/key.ts';
import type { KeyValueStore, Write } from '../kv/key-value-store.ts';
import { SPACE } from '../kv/spaces.ts';
import type { CompiledPolicy } from '../policy/index.ts';
import { walkRecords } from './core.ts';
import { Reads } from './following-cache.ts';
import type { Account, PrincipalPolicies, Role, User } from './model.ts';
import { PolicyReader } from './policy-reader.ts';
import type { RecordKind } from './record.ts';
import {
  accounts,
  groups,
  inlineTexts,
  passwordPolicies,
  policies,
  roles,
  users,
} from './records.ts';

/** Everybody whom policies are on, with what applies to them, of one state of the store. */
export interface PrincipalsInForce {
  readonly accounts: readonly Account[];
  readonly users: readonly {
    readonly user: User;
    /** Names. */
    readonly groups: readonly string[];
    readonly policies: PrincipalPolicies;
  }[];
  readonly roles: readonly {
    readonly role: Role;
    readonly trust: CompiledPolicy;
    readonly policies: PrincipalPolicies;
  }[];
}

/** Reads all of them. A state that changes meanwhile may be read torn, and then may throw. */
export async function principalsInForce(
  kv: Pick<KeyValueStore, 'get' | 'range'>,
): Promise<PrincipalsInForce> {
  const reader = new PolicyReader();
  const reads = new Reads(kv);
  const found: { accounts: Account[]; users: User[]; roles: Role[]; groups: Map<string, string> } =
    {
      accounts: [],
      users: [],
      roles: [],
      groups: new Map(),
    };
  for await (const { record } of walkRecords({ kv }, accounts, [])) found.accounts.push(record);
  for await (const { record } of walkRecords({ kv }, users, [])) found.users.push(record);
  for await (const { record } of walkRecords({ kv }, roles, [])) found.roles.push(record);
  for await (const { record } of walkRecords({ kv }, groups, [])) {
    found.groups.set(record.id, record.name);
  }
  return {
    accounts: found.accounts,
    users: await Promise.all(
      found.users.map(async (user) => ({
        user,
        groups: user.groupIds
          .map((id) => found.groups.get(id))
          .filter((name) => name !== undefined),
        policies: await reader.policiesOf(reads, user),
      })),
    ),
    roles: await Promise.all(
      found.roles.map(async (role) => ({
        role,
        trust: reader.trustPolicyOf(role),
        policies: await reader.policiesOfRole(reads, role),
      })),
    ),
  };
}

/** The records that decide, beside texts of versions, which nothing changes and records point to. */
const DECIDING = new Map<string, RecordKind<object, never>>(
  [accounts, users, groups, roles, policies, inlineTexts, passwordPolicies].map((kind) => [
    kind.name,
    kind as unknown as RecordKind<object, never>,
  ]),
);

/** What of these records decides nothing. */
const SILENT: ReadonlySet<string> = new Set([
  'accessKeyIds',
  'attachmentCount',
  'boundaryCount',
  'description',
  'maxSessionSeconds',
  'memberCount',
  'mfaSerials',
  'nextVersion',
  'passwordLastUsedAtMs',
  'rootAccessKeyIds',
  'rootMfaSerials',
  'updatedAtMs',
  'versions',
]);

/** Whether the write may change what anybody may do. */
export async function decidesAnything(
  kv: Pick<KeyValueStore, 'get'>,
  write: Write,
): Promise<boolean> {
  if (write.key[0] !== SPACE.identity || write.kind === 'add') return false;
  const [name] = decodeKey(write.key, ['text']);
  const kind = DECIDING.get(String(name));
  if (kind === undefined) return false;
  const before = await kv.get(write.key);
  if (write.kind === 'delete') return before !== undefined;
  if (before === undefined) return true;
  const told = (bytes: Uint8Array): string =>
    JSON.stringify(Object.entries(kind.decode(bytes)).filter(([field]) => !SILENT.has(field)));
  return told(before.value) !== told(write.value);
}
