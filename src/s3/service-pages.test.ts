import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must, openCast } from './testing/cast.suite.ts';
import { element, elements } from './testing/house.suite.ts';

test('ListBuckets pages by token, by prefix and by region, and tells region and ARN to who pages', async () => {
  const { house, root } = await openCast();
  for (const name of ['photos-2', 'videos', 'photos-1']) {
    await must(house.call('PUT', `/${name}`, { as: root }));
  }
  const elsewhere =
    '<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>';
  await must(house.call('PUT', '/photos-eu', { as: root, body: elsewhere }));
  const list = async (query: string) =>
    (await must(house.call('GET', `/?${query}`, { as: root }))).text;
  const names: string[] = [];
  let token: string | undefined;
  do {
    const after = token === undefined ? '' : `&continuation-token=${encodeURIComponent(token)}`;
    const page = await list(`max-buckets=2${after}`);
    assert.ok(elements(page, 'Name').length <= 2);
    assert.equal(elements(page, 'BucketRegion').length, elements(page, 'Name').length);
    names.push(...elements(page, 'Name'));
    token = element(page, 'ContinuationToken');
  } while (token !== undefined);
  assert.deepEqual(names, ['photos', 'photos-1', 'photos-2', 'photos-eu', 'videos']);
  assert.deepEqual(elements(await list('prefix=photos-'), 'Name'), [
    'photos-1',
    'photos-2',
    'photos-eu',
  ]);
  const inEurope = await list('bucket-region=eu-west-1&max-buckets=10');
  assert.deepEqual(elements(inEurope, 'Name'), ['photos-eu']);
  assert.equal(element(inEurope, 'BucketArn'), 'arn:aws:s3:::photos-eu');
  assert.doesNotMatch(await list(''), /BucketRegion|BucketArn/);
});

test('listings write keys percent-encoded where they are asked to', async () => {
  const { house, root } = await openCast();
  // A control character cannot stand in XML 1.0 at all: it is why there is an encoding.
  const keys = ['d/a b', 'd/ü+%', 'd/\u0001', 'd/e/f'];
  for (const key of keys) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    await must(house.call('PUT', `/photos/${path}`, { as: root, body: 'x' }));
  }
  for (const version of ['', 'list-type=2&', 'versions&']) {
    const query = `${version}encoding-type=url&prefix=d/&delimiter=/`;
    const { text } = await must(house.call('GET', `/photos?${query}`, { as: root }));
    assert.deepEqual(elements(text, 'Key'), ['d/%01', 'd/a%20b', 'd/%C3%BC%2B%25'], version);
    assert.equal(element(text, 'EncodingType'), 'url');
    assert.ok(elements(text, 'Prefix').includes('d/e/'));
  }
  const other = await house.call('GET', '/photos?encoding-type=base64', { as: root });
  assert.deepEqual([other.status, other.code], [400, 'InvalidArgument']);
});

test('listings take what is asked of further attributes, and have none to tell', async () => {
  const { house, root } = await openCast();
  const headers = { 'x-amz-optional-object-attributes': 'RestoreStatus' };
  for (const query of ['', '?list-type=2', '?versions']) {
    const { text } = await must(house.call('GET', `/photos${query}`, { as: root, headers }));
    assert.deepEqual(elements(text, 'Key'), ['a.txt']);
    assert.doesNotMatch(text, /RestoreStatus/);
  }
});

test('uploads and their parts come in pages', async () => {
  const { house, root } = await openCast();
  const ids: string[] = [];
  for (const key of ['a', 'b', 'b', 'c/d']) {
    const begun = await must(house.call('POST', `/photos/${key}?uploads`, { as: root }));
    ids.push(element(begun.text, 'UploadId') ?? '');
  }
  const seen: string[] = [];
  for (let markers = ''; ;) {
    const query = `uploads&max-uploads=1${markers}`;
    const { text } = await must(house.call('GET', `/photos?${query}`, { as: root }));
    seen.push(...elements(text, 'UploadId'));
    if (element(text, 'IsTruncated') === 'false') break;
    markers = `&key-marker=${element(text, 'NextKeyMarker')}&upload-id-marker=${element(text, 'NextUploadIdMarker')}`;
  }
  assert.deepEqual([...seen].sort(), [...ids].sort());
  const folded = await must(house.call('GET', '/photos?uploads&delimiter=/', { as: root }));
  assert.deepEqual(elements(folded.text, 'Key'), ['a', 'b', 'b']);
  assert.ok(elements(folded.text, 'Prefix').includes('c/'));

  for (const number of [1, 2, 9]) {
    const target = `/photos/a?partNumber=${number}&uploadId=${ids[0]}`;
    await must(house.call('PUT', target, { as: root, body: `part ${number}` }));
  }
  const page = async (query: string) =>
    (await must(house.call('GET', `/photos/a?uploadId=${ids[0]}${query}`, { as: root }))).text;
  const first = await page('&max-parts=2');
  assert.deepEqual(elements(first, 'PartNumber'), ['1', '2']);
  assert.equal(element(first, 'IsTruncated'), 'true');
  const rest = await page(`&part-number-marker=${element(first, 'NextPartNumberMarker')}`);
  assert.deepEqual(elements(rest, 'PartNumber'), ['9']);
  assert.equal(element(rest, 'IsTruncated'), 'false');
});

const BAD_PAGES = [
  '/?max-buckets=0',
  '/?max-buckets=10001',
  '/?max-buckets=x',
  '/?continuation-token=%25',
  '/?continuation-token=/w==',
  '/photos?max-keys=-1',
  '/photos?max-keys=1e3',
  '/photos?max-keys=99999999999999999999',
  '/photos?list-type=2&continuation-token=',
  '/photos?list-type=2&continuation-token=%25',
  '/photos?list-type=2&continuation-token=/w==',
  '/photos?uploads&max-uploads=-1',
  '/photos/a?uploadId=x&max-parts=-1',
  '/photos/a?uploadId=x&part-number-marker=-1',
];

for (const target of BAD_PAGES) {
  test(`GET ${target} is answered InvalidArgument`, async () => {
    const { house, root } = await openCast();
    const answer = await house.call('GET', target, { as: root });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], answer.text);
    assert.deepEqual(house.logged, []);
  });
}

test('GetObjectAttributes tells what is asked, and parts with checksums in pages', async () => {
  const { house, root } = await openCast();
  const begun = await must(
    house.call('POST', '/photos/big?uploads', {
      as: root,
      headers: { 'x-amz-checksum-algorithm': 'CRC32' },
    }),
  );
  const upload = `uploadId=${element(begun.text, 'UploadId')}`;
  const parts: string[] = [];
  for (const [number, body] of [Buffer.alloc(5 * 1024 * 1024), Buffer.from('end')].entries()) {
    const sent = await must(
      house.call('PUT', `/photos/big?partNumber=${number + 1}&${upload}`, { as: root, body }),
    );
    parts.push(
      `<Part><PartNumber>${number + 1}</PartNumber><ETag>${sent.headers.get('etag')}</ETag>` +
        `<ChecksumCRC32>${sent.headers.get('x-amz-checksum-crc32')}</ChecksumCRC32></Part>`,
    );
  }
  const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const wrongSize = { 'x-amz-mp-object-size': '7' };
  const refused = await house.call('POST', `/photos/big?${upload}`, {
    as: root,
    body,
    headers: wrongSize,
  });
  assert.deepEqual([refused.status, refused.code], [400, 'InvalidRequest']);
  await must(house.call('POST', `/photos/big?${upload}`, { as: root, body }));

  const ask = async (headers: Readonly<Record<string, string>>) =>
    house.call('GET', '/photos/big?attributes', { as: root, headers });
  const all = { 'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize' };
  const { text } = await must(ask({ ...all, 'x-amz-max-parts': '1' }));
  assert.match(element(text, 'ETag') ?? '', /^[0-9a-f]{32}-2$/);
  assert.equal(element(text, 'ObjectSize'), String(5 * 1024 * 1024 + 3));
  assert.equal(element(text, 'StorageClass'), 'STANDARD');
  assert.equal(element(text, 'PartsCount'), '2');
  assert.equal(element(text, 'IsTruncated'), 'true');
  assert.deepEqual(elements(text, 'PartNumber'), ['1']);
  const rest = await must(ask({ ...all, 'x-amz-part-number-marker': '1' }));
  assert.deepEqual(elements(rest.text, 'PartNumber'), ['2']);
  const one = await must(ask({ 'x-amz-object-attributes': 'ObjectSize' }));
  assert.doesNotMatch(one.text, /ETag|StorageClass|PartsCount/);
  for (const bad of [
    { 'x-amz-object-attributes': 'Colour' },
    { ...all, 'x-amz-max-parts': '-1' },
    { ...all, 'x-amz-part-number-marker': 'x' },
    {},
  ]) {
    const answer = await ask(bad);
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], answer.text);
  }
});

test('UploadPartCopy takes a range of the source, and none that is not there', async () => {
  const { house, root } = await openCast();
  const begun = await must(house.call('POST', '/photos/copy?uploads', { as: root }));
  const target = `/photos/copy?partNumber=1&uploadId=${element(begun.text, 'UploadId')}`;
  const copy = (range: string) =>
    house.call('PUT', target, {
      as: root,
      headers: { 'x-amz-copy-source': 'photos/a.txt', 'x-amz-copy-source-range': range },
    });
  const listed = async () =>
    elements(
      (await must(house.call('GET', target.replace('partNumber=1&', ''), { as: root }))).text,
      'Size',
    );
  for (const range of ['bytes=0-5', 'bytes=5-5', 'bytes=-2', 'bytes=2-', 'bytes=3-1', '0-1', '']) {
    const { status } = await copy(range);
    assert.ok(status === 400 || status === 416, `${range}: ${status}`);
  }
  assert.deepEqual(await listed(), []);
  await must(copy('bytes=1-3'));
  assert.deepEqual(await listed(), ['3']);
});

test('an answer shows itself by each of the six headers that a signed request may choose', async () => {
  const { house, reader } = await openCast();
  const chosen: Readonly<Record<string, string>> = {
    'content-type': 'text/x',
    'content-language': 'de',
    expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
    'cache-control': 'no-cache',
    'content-disposition': 'attachment; filename="a b.txt"',
    'content-encoding': 'identity',
  };
  const query = Object.entries(chosen).map(
    ([name, value]) => `response-${name}=${encodeURIComponent(value)}`,
  );
  for (const sign of ['header', 'query', 'v2', 'v2-query'] as const) {
    const target = `/photos/a.txt?${query.join('&')}`;
    const answer = await must(house.call('GET', target, { as: reader, sign }));
    for (const [name, value] of Object.entries(chosen)) {
      assert.equal(answer.headers.get(name), value, `${sign} ${name}`);
    }
  }
});
