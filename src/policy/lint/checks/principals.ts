import { isPublicPolicy } from '../../public.ts';
import { namedAccount } from '../../principal.ts';
import { actionsMatching } from '../catalog/catalog.ts';
import { named, perStatement } from '../check.ts';
import type { Check } from '../finding.ts';
import { removeItem, replaceText } from '../fix.ts';
import type { StatementPart, Subject } from '../subject.ts';

/** Who is named, and what that opens. */
export const PRINCIPAL_CHECKS: readonly Check[] = [
  perStatement('NotPrincipalWithAllow', 'security warning', function* (statement) {
    const { principals, principalName } = statement;
    const [first] = principals;
    if (principalName !== 'NotPrincipal' || statement.statement.effect !== 'Allow') return;
    const message =
      'Allow with NotPrincipal allows everybody who is not listed, the anonymous included.';
    yield { at: first ?? statement.at, message };
  }),

  perStatement('PublicWrite', 'security warning', function* (statement, subject) {
    const writes = publicActions(statement, subject).filter((pattern) => isWriting(pattern));
    const [at] = statement.principals;
    if (writes.length === 0 || at === undefined) return;
    yield { at, message: `Everybody, without signing in, may ${named(writes)}.` };
  }),

  perStatement('PublicRead', 'security warning', function* (statement, subject) {
    const patterns = publicActions(statement, subject);
    const [at] = statement.principals;
    if (patterns.length === 0 || patterns.some(isWriting) || at === undefined) return;
    yield { at, message: `Everybody, without signing in, may ${named(patterns)}.` };
  }),

  perStatement('TrustsEverybody', 'security warning', function* (statement, subject) {
    const { principals, conditions } = statement;
    const at = principals.find(({ type, value }) => value === '*' && type !== 'Service');
    if (subject.kind !== 'trust' || statement.statement.effect !== 'Allow') return;
    if (at === undefined || conditions.length > 0) return;
    yield { at, message: 'Whoever has an account anywhere may take on this role.' };
  }),

  perStatement('RedundantPrincipal', 'suggestion', function* ({ principals }) {
    const all = principals.find(({ type, value }) => type === 'AWS' && value === '*');
    const seen = new Set<string>();
    for (const item of principals) {
      const name = `${item.type} ${item.value}`;
      const isRepeated = seen.has(name);
      seen.add(name);
      const isCovered = all !== undefined && item !== all && item.type === 'AWS';
      if (!isRepeated && !isCovered) continue;
      const others = principals.filter(({ type }) => type === item.type);
      const message = isRepeated ? `${item.value} is listed twice.` : `* names ${item.value}, too.`;
      yield { at: item, message, fix: removeItem(others, item) };
    }
  }),

  perStatement('NotPrincipalWithoutAccount', 'error', function* (statement) {
    const { principals, principalName } = statement;
    if (principalName !== 'NotPrincipal' || statement.statement.effect !== 'Deny') return;
    const accounts = new Set(principals.map(({ value }) => namedAccount(value)));
    for (const item of principals) {
      const account = /^arn:[^:]*:(?:iam|sts)::(\d{12}):(?!root$)/.exec(item.value)?.[1];
      if (account === undefined || accounts.has(account)) continue;
      const message = `${item.value} is denied, too, unless NotPrincipal also lists its account ${account}.`;
      yield { at: item, message };
    }
  }),

  perStatement('NotPrincipalWithoutRole', 'error', function* (statement) {
    const { principals, principalName } = statement;
    if (principalName !== 'NotPrincipal' || statement.statement.effect !== 'Deny') return;
    const names = new Set(principals.map(({ value }) => value));
    for (const item of principals) {
      const session = /^arn:([^:]*):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(item.value);
      if (session === null) continue;
      const [, partition, account, role] = session;
      const arn = `arn:${partition}:iam::${account}:role/${role}`;
      if (names.has(arn)) continue;
      const message = `The session is denied, too, unless NotPrincipal also lists its role ${arn}.`;
      yield { at: item, message };
    }
  }),

  perStatement('UniqueIdAsPrincipal', 'warning', function* ({ principals }) {
    for (const item of principals) {
      if (item.type !== 'AWS' || !/^A(?:IDA|ROA)[A-Z0-9]+$/.test(item.value)) continue;
      const message = `${item.value} is the unique id of a user or role that has probably been deleted.`;
      yield { at: item, message };
    }
  }),

  perStatement('InvalidServicePrincipal', 'error', function* ({ principals }) {
    for (const item of principals) {
      if (item.type !== 'Service' || item.value === '*' || item.value.includes('.')) continue;
      const name = `${item.value.toLowerCase()}.amazonaws.com`;
      const message = `Services are named with their domain, such as ${name}.`;
      yield { at: item, message, fix: replaceText(item, name) };
    }
  }),

  perStatement('ConfusedDeputy', 'security warning', function* (statement, { kind }) {
    const service = statement.principals.find(({ type }) => type === 'Service');
    if (kind !== 'resource' || statement.statement.effect !== 'Allow') return;
    if (service === undefined || statement.principalName === 'NotPrincipal') return;
    const isBound = statement.conditions.some(({ key }) =>
      SOURCE_KEYS.has(key.value.toLowerCase()),
    );
    if (isBound) return;
    const message = `${service.value} acts here for whoever asks it to; a condition on aws:SourceArn or aws:SourceAccount says for whom.`;
    yield { at: service, message };
  }),

  {
    code: 'DeniesEverybody',
    severity: 'warning',
    *find({ kind, statements }) {
      if (kind !== 'resource') return;
      for (const statement of statements) {
        const { principals, principalName, actions, conditions } = statement;
        if (statement.statement.effect !== 'Deny' || conditions.length > 0) continue;
        if (principalName !== 'Principal' || actions.negated) continue;
        const at = principals.find(({ value, type }) => value === '*' && type !== 'Service');
        const isAll = actions.items.some(({ value }) => /^(?:\*|s3:\*)$/i.test(value));
        if (at === undefined || !isAll) continue;
        const message =
          'Everybody is denied everything; only the root user of the owner can take this policy away again.';
        yield { at, message };
      }
    },
  },
];

const SOURCE_KEYS: ReadonlySet<string> = new Set([
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
]);

/** The actions that a statement opens to everybody. */
function publicActions(
  { statement, actions }: StatementPart,
  { kind, document }: Subject,
): readonly string[] {
  if (kind !== 'resource' || statement.effect !== 'Allow') return [];
  if (!isPublicPolicy({ ...document, statements: [statement] })) return [];
  return actions.negated ? ['*'] : actions.items.map(({ value }) => value);
}

function isWriting(pattern: string): boolean {
  return actionsMatching(pattern).some(({ level }) => level !== 'Read' && level !== 'List');
}
