import {
  type ActionFacts,
  actionsMatching,
  findKey,
  isGlobalKey,
  isService,
  keyNames,
  openForm,
  prefixOf,
} from '../catalog/catalog.ts';
import { isNeverPresent } from '../catalog/never-present.ts';
import { named, perCondition } from '../check.ts';
import type { Check } from '../finding.ts';
import { replaceText } from '../fix.ts';
import { nearest } from '../nearest.ts';
import type { ConditionPart } from '../subject.ts';

/** Keys that have gone out of use, and what has come in their place. */
const DEPRECATED: ReadonlyMap<string, string> = new Map([
  ['aws:sourceowner', 'aws:SourceAccount'],
  ['iam:resourcetag/*', 'aws:ResourceTag/*'],
]);

/** Spellings that AWS's guides have beside those of its tables. */
const AS_GUIDES_HAVE_IT: ReadonlySet<string> = new Set([
  'aws:Referer',
  'aws:UserId',
  's3:LocationConstraint',
  's3:VersionId',
]);

/** What whoever asks can write as he likes. */
const FORGEABLE: ReadonlySet<string> = new Set(['aws:referer', 'aws:useragent']);

/** The keys of conditions: whether they exist, and whether the actions have them. */
export const CONDITION_KEY_CHECKS: readonly Check[] = [
  perCondition('UnknownConditionKey', 'error', function* ({ key }) {
    const name = key.value;
    const prefix = prefixOf(name);
    if (findKey(name) !== undefined || !isOwnPrefix(prefix)) return;
    if (lacksName(name)) return;
    const message = `There is no condition key ${name}.`;
    const meant = nearest(name, keyNames());
    if (meant === undefined || meant.endsWith('/*')) yield { at: key, message };
    else {
      yield { at: key, message: `${message} Is ${meant} meant?`, fix: replaceText(key, meant) };
    }
  }),

  perCondition('KeyWithoutPrefix', 'error', function* ({ key }) {
    if (key.value.includes(':')) return;
    const message = `Condition keys begin with the service that they are of, such as aws:${key.value}.`;
    yield { at: key, message };
  }),

  perCondition('TagKeyMissing', 'error', function* ({ key }) {
    if (!lacksName(key.value)) return;
    const message = `${key.value} needs the name of a tag after a slash.`;
    yield { at: key, message };
  }),

  perCondition('ConditionKeyCase', 'suggestion', function* ({ key }) {
    const facts = findKey(key.value);
    if (facts === undefined) return;
    const slash = key.value.indexOf('/');
    const rest = facts.name.endsWith('/*') && slash >= 0 ? key.value.slice(slash) : '';
    const proper = rest === '' ? facts.name : facts.name.slice(0, -2) + rest;
    if (proper === key.value || proper.endsWith('/*') || AS_GUIDES_HAVE_IT.has(key.value)) return;
    const message = `The case of condition keys does not count; AWS writes ${proper}.`;
    yield { at: key, message, fix: replaceText(key, proper) };
  }),

  perCondition('DeprecatedConditionKey', 'warning', function* ({ key }) {
    const folded = key.value.toLowerCase();
    const newer = DEPRECATED.get(folded) ?? DEPRECATED.get(openForm(folded) ?? '');
    if (newer === undefined) return;
    const proper = newer.replace('/*', key.value.slice(key.value.indexOf('/')));
    const message = `${key.value} is out of use; ${proper} says the same.`;
    yield { at: key, message, fix: replaceText(key, proper) };
  }),

  perCondition('KeyNeverPresent', 'warning', function* ({ key }) {
    if (!isNeverPresent(key.value)) return;
    const message = `No request to this server has ${key.value}; AWS has it for what this server does not offer.`;
    yield { at: key, message };
  }),

  perCondition('KeyNotOfActions', 'warning', function* (part) {
    const { known, isWhollyKnown } = part.statement;
    if (known === undefined || !isWhollyKnown || !isOfService(part)) return;
    if (known.length === 0 || known.some((action) => hasKey(action, part.key.value))) return;
    const patterns = part.statement.actions.items.map(({ value }) => value);
    yield { at: part.key, message: `${named(patterns)} never has the key ${part.key.value}.` };
  }),

  perCondition('KeyNotOfSomeActions', 'warning', function* (part) {
    const { known, actions } = part.statement;
    if (known === undefined || !isOfService(part) || !needsKey(part)) return;
    if (!known.some((action) => hasKey(action, part.key.value))) return;
    const without = actions.items
      .map(({ value }) => value)
      .filter((pattern) => {
        const facts = actionsMatching(pattern);
        return facts.length > 0 && !facts.some((action) => hasKey(action, part.key.value));
      });
    if (without.length === 0) return;
    const effect = part.statement.statement.effect === 'Allow' ? 'allowed' : 'denied';
    const message = `${named(without)} never has the key ${part.key.value}, and so is never ${effect} by this statement.`;
    yield { at: part.key, message };
  }),

  perCondition('ForgeableKey', 'security warning', function* ({ key, statement }) {
    if (!FORGEABLE.has(key.value.toLowerCase()) || statement.statement.effect !== 'Allow') return;
    const others = statement.conditions.filter(
      (other) => !FORGEABLE.has(other.key.value.toLowerCase()),
    );
    const isOpen = statement.principals.some(({ value }) => value === '*');
    if (!isOpen || others.length > 0) return;
    const message = `Whoever asks can send any ${key.value}; it keeps nobody out.`;
    yield { at: key, message };
  }),
];

/** Prefixes all of whose keys are known here. */
function isOwnPrefix(prefix: string): boolean {
  return ['aws', 's3', 'iam', 'sts'].includes(prefix);
}

/** A key that needs a name after a slash and has none. */
function lacksName(key: string): boolean {
  const folded = key.toLowerCase().replace(/\/$/, '');
  return findKey(folded) === undefined && findKey(`${folded}/x`) !== undefined;
}

/** A key that only some actions have. */
function isOfService({ key }: ConditionPart): boolean {
  const prefix = prefixOf(key.value);
  if (isGlobalKey(key.value) || !isService(prefix)) return false;
  return findKey(key.value) !== undefined;
}

function hasKey({ keys }: ActionFacts, key: string): boolean {
  const folded = key.toLowerCase();
  return keys.has(folded) || keys.has(openForm(folded) ?? '');
}

/** Whether the condition fails where the key is not there. */
function needsKey({ condition }: ConditionPart): boolean {
  const { negated, ifExists, quantifier, test } = condition.operator;
  return !negated && !ifExists && quantifier !== 'ForAllValues' && test !== 'Null';
}
