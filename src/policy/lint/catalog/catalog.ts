import { compileActionPattern } from '../../pattern.ts';
import { COFFER } from './coffer.ts';
import { GLOBAL_KEYS, SERVICE_PREFIXES } from './global.ts';
import { IAM } from './iam.ts';
import { S3 } from './s3.ts';
import { STS } from './sts.ts';
import type { ServiceTable } from './table.ts';

export type AccessLevel = 'List' | 'Read' | 'Write' | 'Tagging' | 'Permissions';

export interface ActionFacts {
  /** With its service, such as `s3:GetObject`. */
  readonly name: string;
  readonly level: AccessLevel;
  /** Names of types of resource; without any, the action is on `*` alone. */
  readonly types: readonly string[];
  /** In lower case; a key with a part of one's choice ends in `/*`. */
  readonly keys: ReadonlySet<string>;
}

export interface KeyFacts {
  /** As AWS writes it; with a part of one's choice it ends in `/*`. */
  readonly name: string;
  readonly type: string;
  readonly isMultivalued: boolean;
}

interface Service {
  readonly actions: ReadonlyMap<string, ActionFacts>;
  /** Type to the form of its ARN. */
  readonly resources: ReadonlyMap<string, string>;
  readonly keys: ReadonlyMap<string, KeyFacts>;
}

/** The services whose actions are known here, which are those that this server speaks. */
const SERVICES: ReadonlyMap<string, Service> = new Map([
  ['s3', readTable('s3', S3)],
  ['iam', readTable('iam', IAM)],
  ['sts', readTable('sts', STS)],
  ['coffer', readTable('coffer', COFFER)],
]);

const GLOBAL: ReadonlyMap<string, KeyFacts> = readKeys(GLOBAL_KEYS);
const PREFIXES: ReadonlySet<string> = new Set(SERVICE_PREFIXES);

function readTable(prefix: string, table: ServiceTable): Service {
  const fold = (keys: string): string[] =>
    keys === '-' ? [] : keys.split(',').map((key) => key.toLowerCase());
  const keysOfTypes = new Map<string, readonly string[]>();
  const resources = new Map<string, string>();
  for (const row of table.resources) {
    const [type = '', form = '', keys = '-'] = row.split(' ');
    resources.set(type, form);
    keysOfTypes.set(type, fold(keys));
  }
  const common = table.commonKeys.map((key) => key.toLowerCase());
  const actions = table.actions.map((row): [string, ActionFacts] => {
    const [name = '', level = '', types = '-', own = '-'] = row.split(' ');
    const typeNames = types === '-' ? [] : types.split(',');
    const keys = new Set([
      ...fold(own).flatMap((key) => (key === '+' ? common : [key])),
      ...typeNames.flatMap((type) => keysOfTypes.get(type) ?? []),
    ]);
    const facts = {
      name: `${prefix}:${name}`,
      level: level as AccessLevel,
      types: typeNames,
      keys,
    };
    return [`${prefix}:${name}`.toLowerCase(), facts];
  });
  return { actions: new Map(actions), resources, keys: readKeys(table.keys) };
}

function readKeys(rows: readonly string[]): ReadonlyMap<string, KeyFacts> {
  return new Map(
    rows.map((row) => {
      const [name = '', type = ''] = row.split(' ');
      const isMultivalued = type.startsWith('ArrayOf');
      return [name.toLowerCase(), { name, type: type.replace('ArrayOf', ''), isMultivalued }];
    }),
  );
}

/** The part of an action before the colon, in lower case. */
export function prefixOf(action: string): string {
  return action.toLowerCase().split(':', 1)[0] ?? '';
}

/** Whether AWS or this server has a service of this prefix. */
export function isService(prefix: string): boolean {
  return PREFIXES.has(prefix) || SERVICES.has(prefix);
}

export function servicePrefixes(): Iterable<string> {
  return PREFIXES;
}

/** Whether the actions of a service are known here. */
export function isKnownService(prefix: string): boolean {
  return SERVICES.has(prefix);
}

/** The names of a service's actions, with its prefix. */
export function actionNames(prefix: string): readonly string[] {
  return [...(SERVICES.get(prefix)?.actions.values() ?? [])].map(({ name }) => name);
}

export function findAction(name: string): ActionFacts | undefined {
  return SERVICES.get(prefixOf(name))?.actions.get(name.toLowerCase());
}

/** The known actions that a pattern names. */
export function actionsMatching(pattern: string): readonly ActionFacts[] {
  const exact = findAction(pattern);
  if (exact !== undefined) return [exact];
  if (!/[*?]/.test(pattern)) return [];
  const matches = compileActionPattern(pattern);
  return [...SERVICES.values()].flatMap(({ actions }) =>
    [...actions].filter(([name]) => matches(name)).map(([, facts]) => facts),
  );
}

/** The known actions that patterns name, and whether these are all that they name. */
export function actionsOf(patterns: readonly string[]): {
  known: readonly ActionFacts[];
  isWhole: boolean;
} {
  return {
    known: [...new Set(patterns.flatMap(actionsMatching))],
    isWhole: patterns.every((pattern) => isKnownService(prefixOf(pattern))),
  };
}

/** The form of the ARNs of a type of resource that an action of this service may be on. */
export function arnForm(action: ActionFacts, type: string): string | undefined {
  return SERVICES.get(prefixOf(action.name))?.resources.get(type);
}

/** A condition key, whatever its case; one with a part of one's choice by any such part. */
export function findKey(key: string): KeyFacts | undefined {
  const folded = key.toLowerCase();
  const open = openForm(folded);
  for (const keys of keyTables()) {
    const facts = keys.get(folded) ?? (open === undefined ? undefined : keys.get(open));
    if (facts !== undefined) return facts;
  }
  return undefined;
}

/** `aws:requesttag/team` as `aws:requesttag/*`. */
export function openForm(key: string): string | undefined {
  const slash = key.indexOf('/');
  return slash < 0 || slash === key.length - 1 ? undefined : `${key.slice(0, slash)}/*`;
}

/** Whether any request may have the key, whatever it asks for. */
export function isGlobalKey(key: string): boolean {
  const folded = key.toLowerCase();
  return GLOBAL.has(folded) || GLOBAL.has(openForm(folded) ?? '');
}

export function keyNames(): readonly string[] {
  return [...keyTables()].flatMap((keys) => [...keys.values()].map(({ name }) => name));
}

function* keyTables(): Iterable<ReadonlyMap<string, KeyFacts>> {
  yield GLOBAL;
  for (const { keys } of SERVICES.values()) yield keys;
}
