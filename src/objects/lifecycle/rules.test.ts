import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DAY_MS } from '../limits.ts';
import type { LifecycleFilter, LifecycleRule } from './configuration.ts';
import {
  abortsUpload,
  actionOn,
  firstExpiry,
  prefixesOf,
  withoutTags,
  type MarkerFacts,
  type ObjectFacts,
} from './rules.ts';

const MIDNIGHT = Date.UTC(2026, 0, 10);
const HOUR_MS = 3_600_000;

const NO_FILTER: LifecycleFilter = {
  form: 'filter',
  prefix: undefined,
  tags: [],
  sizeGreaterThan: undefined,
  sizeLessThan: undefined,
};

function rule(
  fields: Partial<Omit<LifecycleRule, 'filter'>> & { filter?: Partial<LifecycleFilter> },
): LifecycleRule {
  return {
    id: 'r',
    isEnabled: true,
    expiration: undefined,
    transitions: [],
    noncurrentExpiration: undefined,
    noncurrentTransitions: [],
    abortUploadsDays: undefined,
    ...fields,
    filter: { ...NO_FILTER, ...fields.filter },
  };
}

function lifecycle(...rules: LifecycleRule[]) {
  return { rules, smallObjects: 'all_storage_classes_128K' } as const;
}

function object(fields: Partial<ObjectFacts> = {}): ObjectFacts {
  return {
    kind: 'object',
    key: 'logs/a',
    size: 200_000,
    tags: [],
    storageClass: 'STANDARD',
    createdAtMs: MIDNIGHT,
    noncurrent: undefined,
    ...fields,
  };
}

function marker(fields: Partial<MarkerFacts> = {}): MarkerFacts {
  const common = { key: 'logs/a', createdAtMs: MIDNIGHT, noncurrent: undefined };
  return { kind: 'deleteMarker', isAlone: true, ...common, ...fields };
}

const days = (count: number) => ({ kind: 'days', days: count }) as const;
const at = (dayCount: number, ms = 0) => ({
  nowMs: MIDNIGHT + dayCount * DAY_MS + ms,
  dayMs: DAY_MS,
});

it('actionOn: expires at the midnight after so many days, not before', () => {
  const configuration = lifecycle(rule({ expiration: days(3) }));
  const cases = [
    [MIDNIGHT, at(3, -1), undefined],
    [MIDNIGHT, at(3), 'expire'],
    // "Object created on 1/15/2014 10:30 AM … 3 days … deletion on 1/19/2014 00:00 UTC."
    [MIDNIGHT + 10.5 * HOUR_MS, at(3, 10.5 * HOUR_MS), undefined],
    [MIDNIGHT + 10.5 * HOUR_MS, at(4, -1), undefined],
    [MIDNIGHT + 10.5 * HOUR_MS, at(4), 'expire'],
  ] as const;
  for (const [createdAtMs, time, expected] of cases) {
    assert.equal(actionOn(configuration, object({ createdAtMs }), time)?.kind, expected);
  }
});

it('actionOn: a date expires everything from then on, whatever its age', () => {
  const configuration = lifecycle(
    rule({ expiration: { kind: 'date', dateMs: MIDNIGHT + DAY_MS } }),
  );
  assert.equal(actionOn(configuration, object(), at(1, -1)), undefined);
  assert.deepEqual(actionOn(configuration, object(), at(1)), { kind: 'expire' });
  const young = object({ createdAtMs: MIDNIGHT + 9 * DAY_MS });
  assert.deepEqual(actionOn(configuration, young, at(9, 1)), { kind: 'expire' });
});

it('actionOn: every condition of a filter must hold', () => {
  const tag = (key: string, value: string) => ({ key, value });
  const cases = [
    [{}, {}, true],
    [{ prefix: 'logs/' }, {}, true],
    [{ prefix: 'log' }, { key: 'lo' }, false],
    [{ prefix: 'logs/' }, { key: 'Logs/a' }, false],
    [{ sizeGreaterThan: 10 }, { size: 10 }, false],
    [{ sizeGreaterThan: 10 }, { size: 11 }, true],
    [{ sizeLessThan: 10 }, { size: 10 }, false],
    [{ sizeLessThan: 10 }, { size: 9 }, true],
    [{ tags: [tag('a', '1')] }, {}, false],
    [{ tags: [tag('a', '1')] }, { tags: [tag('a', '2')] }, false],
    [{ tags: [tag('a', '1')] }, { tags: [tag('b', ''), tag('a', '1')] }, true],
    [{ tags: [tag('a', '1'), tag('b', '')] }, { tags: [tag('a', '1')] }, false],
    [{ prefix: 'x', tags: [tag('a', '1')] }, { tags: [tag('a', '1')] }, false],
  ] as const;
  for (const [filter, facts, expected] of cases) {
    const configuration = lifecycle(rule({ filter, expiration: days(1) }));
    const action = actionOn(configuration, object(facts), at(2));
    assert.equal(action !== undefined, expected, JSON.stringify([filter, facts]));
    // What the coarse rules let be, the whole rules must let be.
    const coarse = actionOn(withoutTags(configuration), object({ ...facts, tags: [] }), at(2));
    assert.ok(coarse !== undefined || action === undefined);
  }
});

it('actionOn: a disabled rule does nothing', () => {
  const configuration = lifecycle(rule({ isEnabled: false, expiration: days(1) }));
  assert.equal(actionOn(configuration, object(), at(9)), undefined);
});

it('actionOn: noncurrent versions go by when they became so, and the newest stay', () => {
  const configuration = lifecycle(rule({ noncurrentExpiration: { days: 2, newerVersions: 1 } }));
  const cases = [
    [undefined, at(9), undefined],
    [{ sinceMs: MIDNIGHT, newerCount: 0 }, at(9), undefined],
    [{ sinceMs: MIDNIGHT, newerCount: 1 }, at(2, -1), undefined],
    [{ sinceMs: MIDNIGHT, newerCount: 1 }, at(2), 'remove'],
    [{ sinceMs: MIDNIGHT + 7 * DAY_MS, newerCount: 5 }, at(8), undefined],
  ] as const;
  for (const [noncurrent, time, expected] of cases) {
    assert.equal(actionOn(configuration, object({ noncurrent }), time)?.kind, expected);
    const found = actionOn(configuration, marker({ noncurrent }), time)?.kind;
    assert.equal(found, expected);
  }
});

it('actionOn: a delete marker goes when nothing is under it', () => {
  const tags = [{ key: 'a', value: '1' }];
  const cases = [
    [rule({ expiration: { kind: 'markers' } }), marker(), at(0), 'remove'],
    [rule({ expiration: { kind: 'markers' } }), marker({ isAlone: false }), at(9), undefined],
    [rule({ expiration: days(2) }), marker(), at(2, -1), undefined],
    [rule({ expiration: days(2) }), marker(), at(2), 'remove'],
    [rule({ expiration: days(2) }), marker({ isAlone: false }), at(9), undefined],
    [rule({ expiration: days(2), filter: { tags } }), marker(), at(9), undefined],
    [rule({ expiration: days(2), filter: { sizeLessThan: 5 } }), marker(), at(9), undefined],
    [rule({ expiration: { kind: 'markers' } }), object(), at(9), undefined],
  ] as const;
  for (const [one, facts, time, expected] of cases) {
    assert.equal(actionOn(lifecycle(one), facts, time)?.kind, expected);
  }
});

it('actionOn: objects move down the classes, never up, and deletion goes first', () => {
  const to = (storageClass: string, count: number) => ({ due: days(count), storageClass });
  const rules = rule({ transitions: [to('STANDARD_IA', 1), to('GLACIER', 2)] });
  const cases = [
    ['STANDARD', at(1), 'STANDARD_IA'],
    ['STANDARD', at(2), 'GLACIER'],
    ['STANDARD_IA', at(1), undefined],
    ['STANDARD_IA', at(2), 'GLACIER'],
    ['DEEP_ARCHIVE', at(2), undefined],
  ] as const;
  for (const [storageClass, time, expected] of cases) {
    const action = actionOn(lifecycle(rules), object({ storageClass }), time);
    const target = action?.kind === 'transition' ? action.storageClass : undefined;
    assert.equal(target, expected);
  }
  const both = lifecycle({ ...rules, expiration: days(2) });
  assert.deepEqual(actionOn(both, object(), at(2)), { kind: 'expire' });
  const noncurrent = { sinceMs: MIDNIGHT, newerCount: 0 };
  const older = rule({
    noncurrentTransitions: [{ days: 1, newerVersions: undefined, storageClass: 'GLACIER_IR' }],
  });
  assert.equal(actionOn(lifecycle(older), object({ noncurrent }), at(1))?.kind, 'transition');
  assert.equal(actionOn(lifecycle(older), object(), at(1)), undefined);
});

it('actionOn: small objects stay where they are unless a size or the bucket says otherwise', () => {
  const to = (storageClass: string) => [{ due: days(1), storageClass }];
  const small = object({ size: 128 * 1024 - 1 });
  const varies = 'varies_by_storage_class';
  const cases = [
    [rule({ transitions: to('GLACIER') }), 'all_storage_classes_128K', false],
    [rule({ transitions: to('GLACIER') }), varies, true],
    [rule({ transitions: to('STANDARD_IA') }), varies, false],
    [
      rule({ transitions: to('STANDARD_IA'), filter: { sizeGreaterThan: 0 } }),
      'all_storage_classes_128K',
      true,
    ],
  ] as const;
  for (const [one, smallObjects, expected] of cases) {
    const action = actionOn({ rules: [one], smallObjects }, small, at(1));
    assert.equal(action !== undefined, expected);
  }
});

it('firstExpiry: the first of the matching rules', () => {
  const configuration = lifecycle(
    rule({ id: 'late', expiration: days(9) }),
    rule({ id: 'other', expiration: days(1), filter: { prefix: 'x' } }),
    rule({ id: 'off', expiration: days(1), isEnabled: false }),
    rule({ id: 'early', expiration: days(2) }),
  );
  const facts = object({ createdAtMs: MIDNIGHT + 1 });
  const expected = { atMs: MIDNIGHT + 3 * DAY_MS, ruleId: 'early' };
  assert.deepEqual(firstExpiry(configuration, facts, DAY_MS), expected);
  assert.equal(firstExpiry(lifecycle(), facts, DAY_MS), undefined);
});

it('abortsUpload: by prefix and age', () => {
  const configuration = lifecycle(rule({ abortUploadsDays: 2, filter: { prefix: 'a/' } }));
  const upload = { key: 'a/b', initiatedMs: MIDNIGHT };
  assert.equal(abortsUpload(configuration, upload, at(2, -1)), false);
  assert.equal(abortsUpload(configuration, upload, at(2)), true);
  assert.equal(abortsUpload(configuration, { ...upload, key: 'b' }, at(2)), false);
});

it('prefixesOf: those of enabled rules, none within another', () => {
  const rules = ['b/c', 'b/', 'é', 'a', 'b/'].map((prefix) => rule({ filter: { prefix } }));
  const disabled = rule({ isEnabled: false, filter: { prefix: 'z' } });
  assert.deepEqual(prefixesOf(lifecycle(...rules, disabled)), ['a', 'b/', 'é']);
  assert.deepEqual(prefixesOf(lifecycle(...rules, rule({}))), ['']);
});
