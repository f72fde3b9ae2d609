import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import {
  assertWriterName,
  bootOf,
  fileBlobId,
  fileBlobIdOf,
  fileName,
  folderName,
  parseBlobId,
  segmentBlobId,
  segmentName,
} from './blob-id.ts';

it('parseBlobId: takes exactly the spelling that the engine gives', () => {
  const good = [
    ['s.boot-0-00000001.00000010.0', { segment: 'boot-0-00000001', offset: 16, length: 0 }],
    ['s.a-b-0000000f.03ffffff.10000', { segment: 'a-b-0000000f', offset: 0x3ffffff, length: 65536 }],
    ['f.a-b-0000000fff.1', { folder: 'a-b-0000000', index: 0xfff, length: 1 }],
    ['f.a-b-00000010a2.140000000', { folder: 'a-b-0000001', index: 0xa2, length: 5 * 2 ** 30 }],
  ] as const; // prettier-ignore
  for (const [id, expected] of good) {
    const { kind: _, ...place } = parseBlobId(id)!;
    assert.deepEqual(place, expected, id);
  }
  const bad = [
    '', 's', 's...', 's.boot-0-00000001.00000010.', 's.boot-0-00000001.00000010.00',
    's.boot-0-00000001.10.0', 's.boot-0-00000001.0000001G.0', 's.BOOT-0-00000001.00000010.0',
    's.boot-0-00000001.00000010.0.', ' s.boot-0-00000001.00000010.0', 's.boot-0-00000001.00000010.0\n',
    's.boot-00000001.00000010.0', 's.../-0-00000001.00000010.0', 's.boot-0-00000001.00000010.0x1',
    's.boot-0-00000001.00000010.100000000', 'f.a-b-0000000fff', 'f.a-b-0000000fff.01', 'f.a/b-c-0000000fff.1',
    'f.a-b-0000000fff.10000000000000', 'm.a-b-0000000fff.1', 'f.a-b-0000000fff.-1', 'f.a-b-0000000fff.1/..',
  ]; // prettier-ignore
  for (const id of bad) assert.equal(parseBlobId(id), undefined, JSON.stringify(id));
});

it('parseBlobId: any text is either refused or spelled back the same (property)', () => {
  const near = fc.stringMatching(/^[sf]\.[a-c./-]{1,3}-[0-9a-f]-[0-9a-f]{7,10}\.[0-9a-f.]{1,9}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (id) => {
      const place = parseBlobId(id);
      if (place === undefined) return;
      const again =
        place.kind === 'segment'
          ? segmentBlobId(place.segment, place.offset, place.length)
          : fileBlobId(place.folder, place.index, place.length);
      assert.equal(again, id);
      assert.doesNotMatch(id, /[/\\]|\.\.|\0/);
    }),
  );
});

it('blob ids: order as text is order on the disk (property)', () => {
  const place = fc.tuple(fc.nat(5000), fc.nat(0x3ff_ffff));
  fc.assert(
    fc.property(place, place, (a, b) => {
      const [first, second] = [a, b].map(([number, offset]) =>
        segmentBlobId(segmentName('boot-0', number), offset, 70_000),
      );
      const expected = Math.sign(a[0] - b[0] || a[1] - b[1]);
      assert.equal(first! < second! ? -1 : first! > second! ? 1 : 0, expected);
    }),
  );
});

it('fileBlobIdOf: finds the id in the name, and nothing in names of others', () => {
  const folder = folderName('boot-0', 3);
  assert.equal(fileBlobIdOf(folder, fileName(17, 999)), fileBlobId(folder, 17, 999));
  for (const name of ['lost+found', '01.0', '0010.0', '001.00', '001.0.tmp', '001']) {
    assert.equal(fileBlobIdOf(folder, name), undefined, name);
  }
  assert.equal(fileBlobIdOf('lost+found', '001.0'), undefined);
});

it('assertWriterName: only boot and thread, in lower-case letters and digits', () => {
  assertWriterName('k3j2-12');
  assert.equal(bootOf('k3j2-12'), 'k3j2');
  for (const writer of ['', 'boot', 'boot-', '-0', 'Boot-0', 'boot-0-1', '../x-0', 'boot-0\n']) {
    assert.throws(() => assertWriterName(writer), writer);
  }
});
