import {
  actionsMatching,
  findAction,
  isKnownService,
  isService,
  prefixOf,
  servicePrefixes,
} from '../catalog/catalog.ts';
import { COMPARED_MAX, perStatement } from '../check.ts';
import type { Check, Found } from '../finding.ts';
import { removeItem, replaceText } from '../fix.ts';
import { nearest } from '../nearest.ts';
import { coversAction } from '../pattern-sets.ts';
import type { Part } from '../subject.ts';
import { adviceOnAction, isUnknownAction } from './unknown-action.ts';

const WILDCARD = /[*?]/;

/** What `Action` and `NotAction` say, one by one. */
export const ACTION_CHECKS: readonly Check[] = [
  perStatement('UnknownAction', 'error', function* ({ actions }) {
    for (const item of actions.items) {
      if (isUnknownAction(item.value)) yield unknownAction(item);
    }
  }),

  perStatement('ActionPatternMatchesNothing', 'error', function* ({ actions }) {
    for (const item of actions.items) {
      const { value } = item;
      if (!isKnownService(prefixOf(value)) || !WILDCARD.test(value)) continue;
      if (actionsMatching(value).length > 0) continue;
      yield { at: item, message: `No action is named like ${value}.` };
    }
  }),

  perStatement('UnknownService', 'error', function* ({ actions }) {
    for (const item of actions.items) {
      const prefix = prefixOf(item.value);
      if (item.value === '*' || WILDCARD.test(prefix) || isService(prefix)) continue;
      const meant = nearest(prefix, servicePrefixes());
      const message = `No service has the prefix ${prefix}.`;
      const rest = item.value.slice(prefix.length);
      yield meant === undefined
        ? { at: item, message }
        : {
            at: item,
            message: `${message} Is ${meant} meant?`,
            fix: replaceText(item, `${meant}${rest}`),
          };
    }
  }),

  perStatement('ServiceNotServed', 'suggestion', function* ({ actions }) {
    for (const item of actions.items) {
      const prefix = prefixOf(item.value);
      if (!isService(prefix) || isKnownService(prefix)) continue;
      yield { at: item, message: `${prefix} is a service of AWS that this server does not offer.` };
    }
  }),

  perStatement('ActionCase', 'suggestion', function* ({ actions }) {
    for (const item of actions.items) {
      const facts = findAction(item.value);
      if (facts === undefined || facts.name === item.value) continue;
      const message = `The case of actions does not count; AWS writes ${facts.name}.`;
      yield { at: item, message, fix: replaceText(item, facts.name) };
    }
  }),

  perStatement('RedundantAction', 'suggestion', function* ({ actions: { items } }) {
    if (items.length > COMPARED_MAX) return;
    for (const [at, item] of items.entries()) {
      const wider = items.find(
        (other, otherAt) =>
          otherAt !== at &&
          coversAction(other.value, item.value) &&
          (otherAt < at || !coversAction(item.value, other.value)),
      );
      if (wider === undefined) continue;
      const message = `${item.value} is already said by ${wider.value}.`;
      yield { at: item, message, fix: removeItem(items, item) };
    }
  }),

  perStatement('NotActionWithAllow', 'security warning', function* ({ actions, statement }) {
    if (!actions.negated || statement.effect !== 'Allow') return;
    const message =
      'Allow with NotAction allows every action that is not listed, of every service, and those that are yet to come.';
    yield { at: actions.at, message };
  }),

  perStatement('StarActionForOneService', 'suggestion', function* ({ actions, resources }) {
    const [item] = actions.items;
    if (item?.value !== '*' || actions.negated || resources === undefined) return;
    const services = new Set(resources.items.map(({ value }) => value.split(':')[2] ?? '*'));
    const [service = '*'] = services;
    if (services.size !== 1 || resources.negated || !isKnownService(service)) return;
    const message = `Only actions of ${service} are on such resources; ${service}:* says so.`;
    yield { at: item, message, fix: replaceText(item, `${service}:*`) };
  }),

  {
    code: 'NotABucketAction',
    severity: 'error',
    *find({ kind, statements }) {
      if (kind !== 'resource') return;
      for (const { actions } of statements) {
        for (const item of actions.items) {
          const prefix = prefixOf(item.value);
          if (prefix === 's3' || WILDCARD.test(prefix)) continue;
          yield { at: item, message: `The policy of a bucket decides on actions of s3 alone.` };
        }
      }
    },
  },
];

function unknownAction(item: Part): Found {
  const { message, meant } = adviceOnAction(item.value);
  return { at: item, message, fix: meant === undefined ? undefined : replaceText(item, meant) };
}
