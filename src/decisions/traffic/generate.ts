import { isOfKeys, type ActionUsage, type Usage } from './usage.ts';
import type { Outline } from './outline.ts';

/** A statement as it stands in a policy. */
export interface GeneratedStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** What was seen of an action that a statement covers. */
export interface Coverage {
  readonly sid: string;
  readonly action: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface GeneratedPolicy {
  readonly document: {
    readonly Version: '2012-10-17';
    readonly Statement: readonly GeneratedStatement[];
  };
  readonly coverage: readonly Coverage[];
}

export interface GenerateOptions {
  /** How many folders of a key are told apart; what lies deeper is `*`. */
  readonly level: number;
  /** Also demand what held of every request: TLS, and the networks that they came from. */
  readonly conditions: boolean;
}

/** One folder keeps a program out of its neighbours' data, and survives that it makes new ones. */
export const DEFAULT_LEVEL = 1;

/** The least policy under which all that was seen is allowed; actions that share resources share a statement. */
export function generatePolicy(
  usage: Usage,
  { level, conditions }: GenerateOptions,
): GeneratedPolicy {
  const groups = new Map<string, { resources: readonly string[]; actions: string[] }>();
  for (const action of Object.keys(usage).toSorted()) {
    const of = usage[action];
    if (of === undefined) continue;
    const resources = resourcesOf(action, of, level);
    const name = JSON.stringify(resources);
    const group = groups.get(name) ?? { resources, actions: [] };
    group.actions.push(action);
    groups.set(name, group);
  }
  const statements: GeneratedStatement[] = [];
  const coverage: Coverage[] = [];
  for (const { resources, actions } of groups.values()) {
    const sid = `Seen${statements.length + 1}`;
    const used = actions.flatMap((action) => usage[action] ?? []);
    const condition = conditions ? conditionOf(used) : undefined;
    statements.push({
      Sid: sid,
      Effect: 'Allow',
      Action: actions,
      Resource: resources,
      ...(condition && { Condition: condition }),
    });
    for (const action of actions) {
      const { count = 0, firstMs = 0, lastMs = 0 } = usage[action] ?? {};
      coverage.push({ sid, action, count, firstMs, lastMs });
    }
  }
  return { document: { Version: '2012-10-17', Statement: statements }, coverage };
}

function resourcesOf(action: string, of: ActionUsage, level: number): readonly string[] {
  if (of.anyResource) return [anyResourceOf(action)];
  const found = Object.entries(of.resources).flatMap(([arn, outline]) =>
    isOfKeys(arn) ? keysOf(outline, literal(arn), level) : [literal(arn)],
  );
  return [...new Set(found)].toSorted();
}

/** What stands for more buckets or entities than were told apart. */
function anyResourceOf(action: string): string {
  return action.startsWith('s3:') ? 'arn:aws:s3:::*' : '*';
}

function keysOf(outline: Outline, prefix: string, levelsLeft: number): readonly string[] {
  const { folders = {}, names = [], anything } = outline;
  // A name in a folder is one of many to come; at the top of a bucket it may be a file of its own.
  const isTop = prefix.indexOf('/') === prefix.length - 1;
  if (anything || levelsLeft === 0 || (names.length > 0 && !isTop)) return [`${prefix}*`];
  return [
    ...Object.entries(folders).flatMap(([name, folder]) =>
      keysOf(folder, `${prefix}${literal(name)}/`, levelsLeft - 1),
    ),
    ...names.map((name) => prefix + literal(name)),
  ];
}

/** A text that a policy's pattern matches only as itself. */
function literal(text: string): string {
  return text === '*' ? text : text.replaceAll(/[*?$]/g, (sign) => `\${${sign}}`);
}

function conditionOf(used: readonly ActionUsage[]): GeneratedStatement['Condition'] {
  const isSecure = used.every(({ plainCount }) => plainCount === 0);
  const networks = used.every((one) => one.networks !== undefined)
    ? [...new Set(used.flatMap((one) => one.networks ?? []))].toSorted()
    : [];
  if (!isSecure && networks.length === 0) return undefined;
  return {
    ...(isSecure && { Bool: { 'aws:SecureTransport': 'true' } }),
    ...(networks.length > 0 && { IpAddress: { 'aws:SourceIp': networks } }),
  };
}
