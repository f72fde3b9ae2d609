import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CompiledPolicy, Estate, EstateBucket } from '../../policy/index.ts';
import { compiled } from './details.ts';

/** What a folder or flags say of an account: policies by the name of what carries them. */
export interface PolicyFiles {
  readonly user: Carriers;
  readonly group: Carriers;
  readonly role: Carriers;
  /** Bucket to the file of its policy; undefined for one without. */
  readonly bucket: Map<string, string | undefined>;
}

/** Name to files. `boundary.json`, `trust.json` and `members.json` say other things than policies. */
export type Carriers = Map<string, string[]>;

export function noPolicyFiles(): PolicyFiles {
  return { user: new Map(), group: new Map(), role: new Map(), bucket: new Map() };
}

const FOLDERS = { users: 'user', groups: 'group', roles: 'role' } as const;
const JSON_FILE = '.json';

/**
 * Finds the policies in a folder: `users/ana.json`, or `users/ana/` with any number of them and
 * `boundary.json`; `groups/` alike, with the names of users in `members.json`; `roles/` alike, with
 * `trust.json`; `buckets/name.json`, which may be empty for a bucket without a policy.
 */
export async function readFolder(folder: string, files: PolicyFiles): Promise<void> {
  let isAny = false;
  for (const [name, kind] of Object.entries(FOLDERS)) {
    for (const entry of await entriesOf(join(folder, name))) {
      isAny = true;
      const path = join(folder, name, entry.name);
      if (!entry.isDirectory()) {
        if (entry.name.endsWith(JSON_FILE)) add(files[kind], basename(path, JSON_FILE), path);
        continue;
      }
      add(files[kind], entry.name);
      for (const inner of await entriesOf(path)) {
        if (inner.name.endsWith(JSON_FILE)) add(files[kind], entry.name, join(path, inner.name));
      }
    }
  }
  for (const { name } of await entriesOf(join(folder, 'buckets'))) {
    isAny = true;
    if (!name.endsWith(JSON_FILE)) continue;
    const path = join(folder, 'buckets', name);
    const isEmpty = (await readFile(path, 'utf8')).trim() === '';
    files.bucket.set(basename(name, JSON_FILE), isEmpty ? undefined : path);
  }
  if (!isAny) throw new Error(`${folder} has none of users, groups, roles and buckets in it`);
}

export function add(carriers: Carriers, name: string, ...paths: readonly string[]): void {
  const found = carriers.get(name);
  if (found === undefined) carriers.set(name, [...paths]);
  else found.push(...paths);
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The account that files describe. Ids are not known, nor are tags; buckets are taken to have AWS's
 * defaults, under which ACLs do not count.
 */
export async function estateOfFiles(files: PolicyFiles, accountId: string): Promise<Estate> {
  const groupsOf = new Map<string, string[]>();
  const groupPolicies = new Map<string, readonly CompiledPolicy[]>();
  for (const [group, paths] of files.group) {
    const { policies, special } = await policiesIn(paths);
    groupPolicies.set(group, policies);
    for (const user of membersOf(special.get('members.json'))) {
      add(groupsOf, user, group);
      add(files.user, user);
    }
  }
  const users = [...files.user].map(async ([name, paths]) => {
    const { policies, special } = await policiesIn(paths);
    const groups = groupsOf.get(name) ?? [];
    return {
      accountId,
      arn: `arn:aws:iam::${accountId}:user/${name}`,
      name,
      id: 'AIDAAAAAAAAAAAAAAAAA',
      isIdMadeUp: true as const,
      groups,
      identity: [...policies, ...groups.flatMap((group) => groupPolicies.get(group) ?? [])],
      ...boundaryIn(special, name),
    };
  });
  const roles = [...files.role].map(async ([name, paths]) => {
    const { policies, special } = await policiesIn(paths);
    const trust = special.get('trust.json');
    return {
      accountId,
      arn: `arn:aws:iam::${accountId}:role/${name}`,
      name,
      id: 'AROAAAAAAAAAAAAAAAAA',
      isIdMadeUp: true as const,
      identity: policies,
      ...boundaryIn(special, name),
      ...(trust === undefined ? {} : { trust: compiled(trust, 'trust', 'trust', name) }),
    };
  });
  const buckets = [...files.bucket].map(async ([name, path]): Promise<EstateBucket> => {
    const base = { name, owner: accountId, isRestricted: false, objectAcls: 'none' as const };
    if (path === undefined) return base;
    const text = await readFile(path, 'utf8');
    return { ...base, policy: compiled(text, 'resource', 'resource-based', path) };
  });
  return {
    accounts: [{ id: accountId }],
    users: await Promise.all(users),
    roles: await Promise.all(roles),
    buckets: await Promise.all(buckets),
  };
}

const SPECIAL: ReadonlySet<string> = new Set(['boundary.json', 'trust.json', 'members.json']);

async function policiesIn(paths: readonly string[]): Promise<{
  readonly policies: readonly CompiledPolicy[];
  readonly special: ReadonlyMap<string, string>;
}> {
  const policies: CompiledPolicy[] = [];
  const special = new Map<string, string>();
  for (const path of paths) {
    const text = await readFile(path, 'utf8');
    const name = basename(path);
    if (SPECIAL.has(name)) special.set(name, text);
    else policies.push(compiled(text, 'identity', 'identity-based', path));
  }
  return { policies, special };
}

function boundaryIn(special: ReadonlyMap<string, string>, name: string) {
  const text = special.get('boundary.json');
  if (text === undefined) return {};
  return { boundary: compiled(text, 'identity', 'permissions boundary', `boundary of ${name}`) };
}

function membersOf(text: string | undefined): readonly string[] {
  if (text === undefined) return [];
  const names: unknown = JSON.parse(text);
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return names;
  throw new Error('members.json is a list of the names of users');
}
