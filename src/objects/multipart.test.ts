import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { it } from 'node:test';
import { base64 } from '../base/bytes.ts';
import { bodyOf } from '../base/http.ts';
import { compositeChecksum, formatChecksum } from './digest/checksum.ts';
import type { ChecksumAlgorithm } from './digest/algorithms.ts';
import { digestOf } from './digest/digest.ts';
import { ObjectsError } from './error.ts';
import { PART_SIZE_MIN } from './limits.ts';
import type { Part, Upload } from './model.ts';
import type { CompleteUpload } from './store.ts';
import {
  get,
  NEW_OBJECT,
  NEW_UPLOAD,
  newBucket,
  NO_INTEGRITY,
  openTestStore,
  OWNER,
  pattern,
  put,
  readAll,
  refusal,
  told,
  type TestStore,
} from './testing/fixtures.ts';
import { verifyStore } from './verify-store.ts';

type Requested = CompleteUpload['parts'][number];

function completion(
  parts: readonly (Part | Requested)[],
  fields: Partial<CompleteUpload> = {},
): CompleteUpload {
  return {
    parts: parts.map(({ partNumber, etag, checksum }) => ({ partNumber, etag, checksum })),
    conditions: {},
    checksum: undefined,
    checksumType: undefined,
    size: undefined,
    ...fields,
  };
}

async function uploadParts(
  { store, bucket }: TestStore,
  parts: Readonly<Record<number, Uint8Array>>,
  fields: Partial<typeof NEW_UPLOAD> = {},
): Promise<{ upload: Upload; parts: Part[] }> {
  const upload = await store.createUpload(bucket, 'k', { ...NEW_UPLOAD, ...fields });
  const done: Part[] = [];
  for (const [partNumber, bytes] of Object.entries(parts)) {
    done.push(await store.putPart(upload, Number(partNumber), bodyOf(bytes), NO_INTEGRITY));
  }
  return { upload, parts: done };
}

const BIG = pattern(PART_SIZE_MIN, 1);
const BIGGER = pattern(PART_SIZE_MIN + 17, 2);
const SMALL = pattern(1000, 3);
const THREE = { 1: BIG, 2: BIGGER, 3: SMALL };
const WHOLE = Buffer.concat([BIG, BIGGER, SMALL]);
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();
const ETAG = `${md5(Buffer.concat([md5(BIG), md5(BIGGER), md5(SMALL)])).toString('hex')}-3`;

it('completeUpload: the parts become one object, read whole and in any range', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, THREE);
  const version = await test.store.completeUpload(upload, completion(parts));
  assert.equal(version.etag, ETAG);
  assert.equal(version.size, WHOLE.byteLength);
  assert.equal(version.partCount, 3);
  assert.deepEqual(await get(test, 'k'), WHOLE);
  const edge = BIG.byteLength;
  const end = WHOLE.byteLength;
  for (const [from, to] of [
    [0, 1],
    [edge - 1, edge],
    [edge, edge + 1],
    [edge - 5, edge + BIGGER.byteLength + 5],
    [end - 1, end],
    [end, end],
  ] as const) {
    const bytes = await readAll(await test.store.open(version, from, to));
    assert.ok(bytes.equals(WHOLE.subarray(from, to)), `${from} to ${to}`);
  }
  const second = await test.store.partOf(version, 2);
  assert.equal(second?.start, edge);
  assert.equal(second.part.size, BIGGER.byteLength);
  assert.equal(await test.store.partOf(version, 4), undefined);
  assert.equal(await test.store.partOf(version, 0), undefined);
  assert.deepEqual(await test.store.partsOf(version, { after: 1, limit: 1 }), {
    parts: [parts[1]],
    truncated: true,
  });
  assert.throws(() => test.store.getUpload(test.bucket, 'k', upload.uploadId), {
    kind: 'NoSuchUpload',
  });
});

it('completeUpload: part numbers may have gaps, parts not chosen go', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, { 2: BIG, 5: SMALL, 7: BIGGER, 8: SMALL });
  const chosen = [parts[0]!, parts[2]!, parts[3]!];
  const version = await test.store.completeUpload(upload, completion(chosen));
  const whole = Buffer.concat([BIG, BIGGER, SMALL]);
  assert.ok((await get(test, 'k'))?.equals(whole));
  const range = await readAll(await test.store.open(version, BIG.byteLength, whole.byteLength));
  assert.ok(range.equals(whole.subarray(BIG.byteLength)));
  assert.equal((await test.store.partOf(version, 7))?.start, BIG.byteLength);
  assert.equal(await test.store.partOf(version, 5), undefined);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('completeUpload: refusals by the table, after which it still completes', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, THREE);
  const [one, two, three] = parts as [Part, Part, Part];
  const wrong = { ...two, etag: three.etag };
  const cases: readonly [string, CompleteUpload][] = [
    ['InvalidPartOrder', completion([two, one])],
    ['InvalidPartOrder', completion([one, one])],
    ['InvalidPart', completion([one, wrong])],
    ['InvalidPart', completion([one, { ...two, partNumber: 4 }])],
    ['InvalidRequest', completion([])],
    ['InvalidRequest', completion(parts, { size: 5 })],
    ['NoSuchKey', completion(parts, { conditions: { ifMatch: ETAG } })],
    ['InvalidRequest', completion(parts, { checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } })],
  ];
  for (const [kind, request] of cases) {
    await assert.rejects(test.store.completeUpload(upload, request), { kind });
  }
  const version = await test.store.completeUpload(
    upload,
    completion(parts, { size: WHOLE.byteLength }),
  );
  assert.equal(version.etag, ETAG);
});

it('completeUpload: a small part that is not the last is named in the refusal', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, { 1: BIG, 2: SMALL, 3: BIG });
  await assert.rejects(test.store.completeUpload(upload, completion(parts)), (error) => {
    assert.ok(error instanceof ObjectsError);
    assert.equal(error.kind, 'EntityTooSmall');
    assert.deepEqual(error.fields, {
      ProposedSize: '1000',
      MinSizeAllowed: '5242880',
      PartNumber: '2',
      ETag: parts[1]?.etag,
    });
    return true;
  });
});

it('completeUpload: checksums composite and over the full object', async () => {
  const cases: readonly [ChecksumAlgorithm, 'COMPOSITE' | 'FULL_OBJECT'][] = [
    ['CRC32', 'COMPOSITE'],
    ['CRC32', 'FULL_OBJECT'],
    ['CRC32C', 'FULL_OBJECT'],
    ['CRC64NVME', 'FULL_OBJECT'],
    ['SHA1', 'COMPOSITE'],
    ['SHA256', 'COMPOSITE'],
  ];
  for (const [algorithm, checksumType] of cases) {
    await using test = await openTestStore();
    const fields = { checksumAlgorithm: algorithm, checksumType };
    const { upload, parts } = await uploadParts(test, THREE, fields);
    const digests = Object.values(THREE).map((bytes) => digestOf(algorithm, bytes));
    const value =
      checksumType === 'COMPOSITE'
        ? formatChecksum(compositeChecksum(algorithm, digests))
        : base64(digestOf(algorithm, WHOLE));
    const complete = (request: CompleteUpload) => test.store.completeUpload(upload, request);
    const bad = { algorithm, value: 'bad' };
    await assert.rejects(complete(completion(parts, { checksum: bad })), refusal('BadDigest'));
    const otherType = checksumType === 'COMPOSITE' ? 'FULL_OBJECT' : 'COMPOSITE';
    await assert.rejects(
      complete(completion(parts, { checksumType: otherType })),
      refusal('InvalidRequest'),
    );
    const without = parts.map((part) => ({ ...part, checksum: undefined }));
    if (checksumType === 'COMPOSITE') {
      await assert.rejects(complete(completion(without)), refusal('InvalidRequest'));
    }
    const wrongPart = { ...parts[0]!, checksum: parts[1]!.checksum };
    await assert.rejects(
      complete(completion([wrongPart, ...parts.slice(1)])),
      refusal('InvalidPart'),
    );
    const version = await complete(completion(parts, { checksum: { algorithm, value } }));
    assert.deepEqual(version.checksum, { algorithm, type: checksumType, value });
  }
});

it('completeUpload: default checksum types are those that S3 documents', async () => {
  await using test = await openTestStore();
  const type = async (checksumAlgorithm: ChecksumAlgorithm) => {
    const request = { ...NEW_UPLOAD, checksumAlgorithm };
    return (await test.store.createUpload(test.bucket, 'k', request)).checksumType;
  };
  assert.equal(await type('CRC64NVME'), 'FULL_OBJECT');
  for (const name of ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const) {
    assert.equal(await type(name), 'COMPOSITE');
  }
  const wrong = { ...NEW_UPLOAD, checksumAlgorithm: 'SHA1', checksumType: 'FULL_OBJECT' } as const;
  await assert.rejects(test.store.createUpload(test.bucket, 'k', wrong), refusal('InvalidRequest'));
});

it('completedObject: completing again finds the object, until it is no longer the latest', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, { 1: SMALL });
  const request = completion(parts);
  const again = async () =>
    told(await test.store.completedObject(test.bucket, 'k', upload.uploadId, request));
  assert.equal(await again(), undefined);
  const version = await test.store.completeUpload(upload, request);
  assert.deepEqual(await again(), told(version));
  assert.deepEqual(told(await test.store.completeUpload(upload, request)), told(version));
  const other = completion([{ ...parts[0]!, etag: ETAG.slice(0, 32) }]);
  await assert.rejects(test.store.completeUpload(upload, other), refusal('NoSuchUpload'));
  await put(test, 'k', 'newer');
  assert.equal(await again(), undefined);
  await assert.rejects(test.store.completeUpload(upload, request), refusal('NoSuchUpload'));
});

it('completeUpload: twice at the same time makes one object', async () => {
  await using test = await openTestStore();
  const { upload, parts } = await uploadParts(test, { 1: SMALL });
  const runs = [1, 2, 3].map(() => test.store.completeUpload(upload, completion(parts)));
  const versions = await Promise.all(runs);
  assert.equal(new Set(versions.map(({ lastModifiedMs }) => lastModifiedMs)).size, 1);
  assert.deepEqual(await test.store.bucketUsage(test.bucket), { objects: 1, bytes: 1000 });
});

it('putPart: the last upload of a number counts; other checksums are refused', async () => {
  await using test = await openTestStore();
  const { store } = test;
  const { upload } = await uploadParts(test, { 1: BIG }, { checksumAlgorithm: 'CRC32' });
  const again = await store.putPart(upload, 1, bodyOf(SMALL), NO_INTEGRITY);
  assert.deepEqual(await store.listParts(upload, { after: 0, limit: 10 }), {
    parts: [again],
    truncated: false,
  });
  const sha = { ...NO_INTEGRITY, checksumAlgorithm: 'SHA256' as const };
  await assert.rejects(store.putPart(upload, 2, bodyOf(SMALL), sha), refusal('InvalidRequest'));
  for (const number of [0, 10_001, 1.5]) {
    const run = store.putPart(upload, number, bodyOf(SMALL), NO_INTEGRITY);
    await assert.rejects(run, refusal('InvalidArgument'));
  }
  await store.completeUpload(upload, completion([again]));
  assert.deepEqual(await get(test, 'k'), SMALL);
  const late = store.putPart(upload, 2, bodyOf(BIG), NO_INTEGRITY);
  await assert.rejects(late, refusal('NoSuchUpload'));
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('putPart: racing with completion, either the part counts or it is refused', async () => {
  for (let round = 0; round < 10; round += 1) {
    await using test = await openTestStore();
    const { upload, parts } = await uploadParts(test, { 1: SMALL, 2: SMALL });
    const replace = test.store.putPart(upload, 1, bodyOf(pattern(20_000, round)), NO_INTEGRITY);
    const [completed] = await Promise.allSettled([
      test.store.completeUpload(upload, completion([parts[0]!])),
      replace,
    ]);
    if (completed.status === 'fulfilled') assert.deepEqual(await get(test, 'k'), SMALL);
    else assert.equal((completed.reason as ObjectsError).kind, 'InvalidPart');
    assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  }
});

it('abortUpload: the upload and its parts are gone after the collector', async () => {
  await using test = await openTestStore();
  const { upload } = await uploadParts(test, THREE);
  await test.store.abortUpload(upload);
  await assert.rejects(test.store.abortUpload(upload), refusal('NoSuchUpload'));
  const late = test.store.putPart(upload, 4, bodyOf(BIG), NO_INTEGRITY);
  await assert.rejects(late, refusal('NoSuchUpload'));
  test.clock.advance(600_000);
  while ((await test.store.collect()) > 0);
  assert.equal(test.blobMap.size, 0);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('listUploads: by key and age, paged by both markers, rolled up by delimiter', async () => {
  await using test = await openTestStore();
  const { store, bucket } = test;
  const made: Upload[] = [];
  for (const key of ['b', 'a', 'b', 'd/1', 'd/2', 'b']) {
    test.clock.advance(1000);
    made.push(await store.createUpload(bucket, key, NEW_UPLOAD));
  }
  const all = { prefix: '', delimiter: '', keyMarker: '', uploadIdMarker: '', limit: 10 };
  const expected = [1, 0, 2, 5, 3, 4].map((index) => made[index]!.uploadId);
  const page = await store.listUploads(bucket, all);
  assert.deepEqual(
    page.uploads.map(({ uploadId }) => uploadId),
    expected,
  );
  assert.deepEqual(page.uploads[0], made[1]);

  const paged: string[] = [];
  let markers = { keyMarker: '', uploadIdMarker: '' };
  for (;;) {
    const next = await store.listUploads(bucket, { ...all, ...markers, limit: 1 });
    paged.push(...next.uploads.map(({ uploadId }) => uploadId));
    if (!next.truncated) break;
    markers = {
      keyMarker: next.nextKeyMarker ?? '',
      uploadIdMarker: next.nextUploadIdMarker ?? '',
    };
  }
  assert.deepEqual(paged, expected);

  const afterB = await store.listUploads(bucket, { ...all, keyMarker: 'b' });
  assert.deepEqual(
    afterB.uploads.map(({ key }) => key),
    ['d/1', 'd/2'],
  );
  const rolled = await store.listUploads(bucket, { ...all, delimiter: '/' });
  assert.deepEqual(rolled.commonPrefixes, ['d/']);
  assert.equal(rolled.uploads.length, 4);
  const inside = await store.listUploads(bucket, { ...all, prefix: 'd/', limit: 1 });
  assert.deepEqual([inside.uploads[0]?.key, inside.truncated], ['d/1', true]);
});

it('copy: of parts and of blobs moves no byte and outlives its source', async () => {
  await using test = await openTestStore();
  const { store, bucket } = test;
  const { upload, parts } = await uploadParts(test, THREE);
  const inParts = await store.completeUpload(upload, completion(parts));
  const inBlob = await put(test, 'blob', BIG);
  const small = await put(test, 'small', SMALL);
  const blobCount = test.blobMap.size;
  const request = { ...NEW_OBJECT, conditions: {}, checksumAlgorithm: undefined };
  for (const source of [inParts, inBlob, small]) {
    const copy = await store.copy(source, bucket, `copy of ${source.key}`, request);
    assert.equal(copy.etag, source.etag);
    await store.copy(copy, bucket, copy.key, { ...request, storageClass: 'GLACIER' });
    await store.delete(bucket, source.key, { owner: OWNER, conditions: {} });
  }
  assert.equal(test.blobMap.size, blobCount);
  test.clock.advance(600_000);
  while ((await store.collect()) > 0);
  assert.equal(test.blobMap.size, blobCount);
  assert.ok((await get(test, 'copy of k'))?.equals(WHOLE));
  assert.ok((await get(test, 'copy of blob'))?.equals(BIG));
  assert.ok((await get(test, 'copy of small'))?.equals(SMALL));
  await assert.rejects(store.copy(inBlob, bucket, 'late', request), refusal('NoSuchKey'));
  const found = await store.find(bucket, 'copy of k');
  assert.ok(found?.kind === 'object');
  assert.equal(found.storageClass, 'GLACIER');
  const withSha = await store.copy(found, bucket, 'sha', {
    ...request,
    checksumAlgorithm: 'SHA256',
  });
  const sha = {
    algorithm: 'SHA256',
    type: 'FULL_OBJECT',
    value: base64(digestOf('SHA256', WHOLE)),
  };
  assert.deepEqual(withSha.checksum, sha);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});

it('deleteBucket: unfinished uploads do not keep it, and are dropped', async () => {
  await using test = await openTestStore();
  const { upload } = await uploadParts(test, THREE);
  await test.store.deleteBucket('photos');
  await test.store.createBucket(newBucket('photos'));
  const request = completion([]);
  await assert.rejects(test.store.completeUpload(upload, request), refusal('NoSuchBucket'));
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
  test.clock.advance(600_000);
  await test.store.collect();
  test.clock.advance(600_000);
  while ((await test.store.collect()) > 0);
  assert.equal(test.blobMap.size, 0);
  assert.deepEqual(await verifyStore(test.kv, test.blobs), []);
});
