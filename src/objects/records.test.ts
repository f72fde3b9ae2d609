import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { CHECKSUM_ALGORITHMS } from './digest/algorithms.ts';
import { RecordCorruptError, RecordFormatError } from './envelope.ts';
import { layoutOf, partAt, partNumbered } from './part-layout.ts';
import {
  decodeListedVersion,
  decodeVersion,
  encodeVersion,
  inlineBody,
  verifiedBytes,
  type Body,
  type VersionRecord,
} from './records.ts';
import { NEW_OBJECT } from './testing/fixtures.ts';

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const id = optional(
  fc.string({ unit: fc.constantFrom(...'09AZaz'), minLength: 32, maxLength: 32 }),
);
const stamp = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const owner = fc.constantFrom('111122223333', '');

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.uint8Array({ maxLength: 50 }).map(inlineBody),
  fc.constant({ kind: 'content', id: '0c', crc: 7, bytes: undefined } as const),
  fc.constant({ kind: 'blob', blob: 's.1-2.x' } as const),
  fc.constant({
    kind: 'parts',
    group: 'g',
    sizes: [
      [3, 5],
      [1, 2],
    ],
    numbers: [[4, 2]],
  } as const),
);

const anyRecord: fc.Arbitrary<VersionRecord> = fc.oneof(
  fc.record({ kind: fc.constant('deleteMarker' as const), id, stamp, owner }),
  fc.record({
    kind: fc.constant('object' as const),
    id,
    stamp,
    size: stamp,
    etag: fc.oneof(
      hex(32),
      hex(32).map((md5) => `${md5}-10000`),
      fc.string(),
    ),
    owner,
    storageClass: fc.constantFrom('STANDARD', 'GLACIER_IR', 'NEW_CLASS', 'SNOW'),
    metadata: fc.constant(NEW_OBJECT.metadata),
    checksum: optional(
      fc.record({
        algorithm: fc.constantFrom(...CHECKSUM_ALGORITHMS),
        type: fc.constantFrom('COMPOSITE' as const, 'FULL_OBJECT' as const),
        value: fc.string(),
      }),
    ),
    acl: optional(fc.constant({ owner: '1', grants: [] })),
    tags: optional(fc.array(fc.record({ key: fc.string(), value: fc.string() }))),
    body,
  }),
);

const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, member: unknown) =>
      member instanceof Uint8Array ? Buffer.from(member).toString('hex') : member,
    ),
  );
const bytesAsHex = (record: VersionRecord): VersionRecord =>
  record.kind === 'object' && record.body.kind === 'inline'
    ? { ...record, body: { ...record.body, bytes: Uint8Array.from(record.body.bytes) } }
    : record;

it('encodeVersion: what is decoded is what was encoded, and listings tell the same', () => {
  fc.assert(
    fc.property(anyRecord, (record) => {
      const bytes = encodeVersion(record);
      const decoded = bytesAsHex(decodeVersion(bytes));
      assert.deepEqual(plain(decoded), plain(bytesAsHex(record)));
      const listed = decodeListedVersion(bytes);
      assert.equal(listed.kind, record.kind);
      assert.equal(listed.id, record.id);
      assert.equal(listed.stamp, record.stamp);
      if (listed.kind !== 'object' || record.kind !== 'object') return;
      assert.equal(listed.etag, record.etag);
      assert.equal(listed.size, record.size);
      assert.equal(listed.storageClass, record.storageClass);
      assert.equal(listed.checksum?.algorithm, record.checksum?.algorithm);
      assert.equal(listed.checksum?.type, record.checksum?.type);
    }),
  );
});

it('decodeVersion: any flipped bit and any cut is noticed', () => {
  const record = encodeVersion({
    kind: 'object',
    ...NEW_OBJECT,
    id: undefined,
    stamp: 1,
    size: 3,
    etag: 'a',
    checksum: undefined,
    body: inlineBody(Buffer.from('abc')),
  });
  const read = (bytes: Uint8Array) => {
    const decoded = decodeVersion(bytes);
    assert.ok(decoded.kind === 'object' && decoded.body.kind === 'inline');
    verifiedBytes(decoded.body);
  };
  read(record);
  for (let bit = 0; bit < record.byteLength * 8; bit += 1) {
    const bad = Uint8Array.from(record);
    bad[bit >>> 3]! ^= 1 << (bit & 7);
    const expected = bit < 8 ? RecordFormatError : RecordCorruptError;
    assert.throws(() => read(bad), expected, `bit ${bit}`);
  }
  for (let size = 0; size < record.byteLength; size += 1) {
    assert.throws(() => read(record.subarray(0, size)), RecordCorruptError, `size ${size}`);
  }
});

it('layoutOf: every byte and every number is found where a plain list has it', () => {
  const part = fc.record({
    gap: fc.constantFrom(1, 1, 1, 2, 7),
    size: fc.constantFrom(1, 5, 5, 8),
  });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 12 }), (gaps) => {
      let partNumber = 0;
      let start = 0;
      const list = gaps.map(({ gap, size }, index) => {
        partNumber += gap;
        start += size;
        return { index, partNumber, start: start - size, size };
      });
      const parts = { kind: 'parts', group: 'g', ...layoutOf(list) } as const;
      for (let position = 0; position < start; position += 1) {
        const expected = list.findLast((span) => span.start <= position);
        assert.deepEqual(partAt(parts, position), expected);
      }
      assert.equal(partAt(parts, start), undefined);
      for (let number = 0; number <= partNumber + 1; number += 1) {
        const expected = list.find((span) => span.partNumber === number);
        assert.deepEqual(partNumbered(parts, number), expected);
      }
    }),
  );
});
