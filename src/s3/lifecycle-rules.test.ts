import assert from 'node:assert/strict';
import { it } from 'node:test';
import { S3Error } from './errors.ts';
import { rulesOfXml, xmlOfRules } from './lifecycle-rules.ts';

type WireRule = Parameters<typeof rulesOfXml>[0][number];

function rule(fields: Partial<WireRule>): WireRule {
  return { ID: 'r', Prefix: '', Status: 'Enabled', ...fields };
}

const EXPIRES = { Expiration: { Days: 3 } };
const MIDNIGHT = new Date('2027-01-02T00:00:00Z');
const TAG = { Key: 'k', Value: 'v' };

it('rulesOfXml: what was put is given back as it was written', () => {
  const cases: Partial<WireRule>[] = [
    EXPIRES,
    { Expiration: { Date: MIDNIGHT }, Status: 'Disabled' },
    { Expiration: { ExpiredObjectDeleteMarker: true } },
    { ...EXPIRES, Prefix: undefined, Filter: {} },
    { ...EXPIRES, Prefix: undefined, Filter: { Prefix: '' } },
    { ...EXPIRES, Prefix: undefined, Filter: { Tag: TAG } },
    { ...EXPIRES, Prefix: undefined, Filter: { ObjectSizeLessThan: 5 } },
    { ...EXPIRES, Prefix: undefined, Filter: { And: { Prefix: 'a', Tags: [TAG] } } },
    {
      ...EXPIRES,
      Prefix: undefined,
      Filter: { And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 7 } },
    },
    { Transitions: [{ Days: 30, StorageClass: 'STANDARD_IA' }], Expiration: { Days: 31 } },
    { Transitions: [{ Days: 0, StorageClass: 'GLACIER' }] },
    { NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 100 } },
    { NoncurrentVersionTransitions: [{ NoncurrentDays: 0, StorageClass: 'GLACIER' }] },
    { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ];
  for (const fields of cases) {
    const put = rule(fields);
    const [given] = xmlOfRules(rulesOfXml([put]));
    assert.deepEqual(withoutNothing(given), withoutNothing(put));
  }
});

/** Without members that are undefined or lists of nothing, as on the wire. */
function withoutNothing(value: unknown): unknown {
  if (value instanceof Date || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNothing);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined && !(Array.isArray(one) && one.length === 0))
      .map(([name, one]) => [name, withoutNothing(one)]),
  );
}

it('rulesOfXml: a rule without an id is given one', () => {
  const ids = rulesOfXml([rule({ ...EXPIRES, ID: undefined }), rule({ ...EXPIRES, ID: '' })]);
  assert.match(ids.map(({ id }) => id).join(), /^\w{48},\w{48}$/);
});

it('rulesOfXml: refuses what AWS refuses, by its code', () => {
  const both = { Prefix: 'a', Tag: TAG };
  const cases: [string, Partial<WireRule>][] = [
    ['InvalidRequest', {}],
    ['InvalidArgument', { ...EXPIRES, ID: 'x'.repeat(256) }],
    ['MalformedXML', { ...EXPIRES, Filter: {} }],
    ['MalformedXML', { ...EXPIRES, Prefix: undefined }],
    ['MalformedXML', { ...EXPIRES, Prefix: undefined, Filter: both }],
    ['MalformedXML', { ...EXPIRES, Prefix: undefined, Filter: { And: { Prefix: 'a' } } }],
    ['MalformedXML', { ...EXPIRES, Prefix: undefined, Filter: { Tag: TAG, And: both } }],
    ['InvalidTag', { ...EXPIRES, Prefix: undefined, Filter: { Tag: { Key: '', Value: '' } } }],
    ['InvalidRequest', { ...EXPIRES, Prefix: undefined, Filter: { ObjectSizeLessThan: 0 } }],
    [
      'InvalidRequest',
      {
        ...EXPIRES,
        Prefix: undefined,
        Filter: { And: { ObjectSizeGreaterThan: 5, ObjectSizeLessThan: 5 } },
      },
    ],
    ['MalformedXML', { Expiration: {} }],
    ['MalformedXML', { Expiration: { Days: 1, Date: MIDNIGHT } }],
    ['MalformedXML', { Expiration: { Days: 1, ExpiredObjectDeleteMarker: true } }],
    ['InvalidArgument', { Expiration: { Days: 0 } }],
    ['InvalidArgument', { Expiration: { Date: new Date('2027-01-02T00:00:01Z') } }],
    ['MalformedXML', { Transitions: [{ Days: 1 }] }],
    ['MalformedXML', { Transitions: [{ StorageClass: 'GLACIER' }] }],
    ['InvalidArgument', { Transitions: [{ Days: -1, StorageClass: 'GLACIER' }] }],
    ['InvalidArgument', { Transitions: [{ Days: 29, StorageClass: 'ONEZONE_IA' }] }],
    ['InvalidArgument', { ...EXPIRES, Transitions: [{ Days: 3, StorageClass: 'GLACIER' }] }],
    ['InvalidRequest', { ...EXPIRES, Transitions: [{ Date: MIDNIGHT, StorageClass: 'GLACIER' }] }],
    ['InvalidArgument', { NoncurrentVersionExpiration: { NoncurrentDays: 0 } }],
    ['InvalidArgument', { NoncurrentVersionExpiration: { NewerNoncurrentVersions: 3 } }],
    [
      'InvalidArgument',
      { NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 101 } },
    ],
    ['InvalidArgument', { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 0 } }],
    [
      'InvalidRequest',
      {
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        Prefix: undefined,
        Filter: { Tag: TAG },
      },
    ],
    [
      'InvalidRequest',
      {
        Expiration: { ExpiredObjectDeleteMarker: true },
        Prefix: undefined,
        Filter: { Tag: TAG },
      },
    ],
  ];
  for (const [code, fields] of cases) {
    assert.throws(
      () => rulesOfXml([rule(fields)]),
      (error) => error instanceof S3Error && error.code === code,
      `${code} ${JSON.stringify(fields)}`,
    );
  }
  const refuses = (rules: readonly WireRule[], code: string) =>
    assert.throws(() => rulesOfXml(rules), { code });
  refuses([], 'MalformedXML');
  refuses([rule(EXPIRES), rule(EXPIRES)], 'InvalidArgument');
  const many = Array.from({ length: 1001 }, (_, index) => rule({ ...EXPIRES, ID: `${index}` }));
  refuses(many, 'MalformedXML');
  assert.equal(rulesOfXml(many.slice(1)).length, 1000);
});
