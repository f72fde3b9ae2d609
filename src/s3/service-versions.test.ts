import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { must, openCast } from './testing/cast.suite.ts';
import { element, elements, type Answer, type Call, type House } from './testing/house.suite.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

async function openVersioned(status = 'Enabled') {
  const cast = await openCast();
  const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
  await must(cast.house.call('PUT', '/photos?versioning', { as: cast.root, body }));
  return cast;
}

function refused({ status, code }: Answer) {
  return [status, code];
}

test('versioning is told as it was put, and as nothing before', async () => {
  const { house, root } = await openCast();
  const told = async () => (await must(house.call('GET', '/photos?versioning', { as: root }))).text;
  assert.match(await told(), /<VersioningConfiguration [^>]*\/>|><\/VersioningConfiguration>/);
  for (const status of ['Enabled', 'Suspended']) {
    const body = `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
    await must(house.call('PUT', '/photos?versioning', { as: root, body }));
    assert.equal(element(await told(), 'Status'), status);
  }
});

const REFUSED_VERSIONING: readonly (readonly [body: string, status: number, code: string])[] = [
  ['', 400, 'MissingRequestBodyError'],
  ['<VersioningConfiguration/>', 400, 'IllegalVersioningConfigurationException'],
  ['<VersioningConfiguration><Status>On</Status></VersioningConfiguration>', 400, 'MalformedXML'],
  [
    '<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>',
    501,
    'NotImplemented',
  ],
];

for (const [body, status, code] of REFUSED_VERSIONING) {
  test(`PutBucketVersioning of ${body === '' ? 'nothing' : body} is answered ${code}`, async () => {
    const { house, root } = await openCast();
    const answer = await house.call('PUT', '/photos?versioning', { as: root, body });
    assert.deepEqual(refused(answer), [status, code]);
    const told = await must(house.call('GET', '/photos?versioning', { as: root }));
    assert.equal(element(told.text, 'Status'), undefined);
  });
}

test('ListObjectVersions pages through versions and markers, newest first', async () => {
  const { house, root } = await openVersioned();
  const ids: string[] = [];
  for (const body of ['one', 'two']) {
    const put = await must(house.call('PUT', '/photos/b%20c', { as: root, body }));
    ids.unshift(put.headers.get('x-amz-version-id') ?? '');
  }
  const gone = await must(house.call('DELETE', '/photos/b%20c', { as: root }));
  assert.equal(gone.headers.get('x-amz-delete-marker'), 'true');
  const marker = gone.headers.get('x-amz-version-id') ?? '';
  const seen: string[] = [];
  let target = '/photos?versions&max-keys=1&encoding-type=url';
  for (;;) {
    const { text } = await must(house.call('GET', target, { as: root }));
    const kind = text.includes('<DeleteMarker>') ? 'marker' : 'version';
    seen.push([element(text, 'Key'), kind, element(text, 'VersionId')].join(' '));
    if (element(text, 'IsTruncated') === 'false') break;
    const key = element(text, 'NextKeyMarker');
    const id = element(text, 'NextVersionIdMarker');
    target = `/photos?versions&max-keys=1&encoding-type=url&key-marker=${key}&version-id-marker=${id}`;
  }
  assert.deepEqual(seen, [
    'a.txt version null',
    `b%20c marker ${marker}`,
    ...ids.map((id) => `b%20c version ${id}`),
  ]);
});

for (const query of ['version-id-marker=x', 'version-id-marker=x&key-marker=a', 'max-keys=-1']) {
  test(`ListObjectVersions with ${query} is answered InvalidArgument`, async () => {
    const { house, root } = await openCast();
    const answer = await house.call('GET', `/photos?versions&${query}`, { as: root });
    assert.deepEqual(refused(answer), [400, 'InvalidArgument']);
  });
}

test('only versions that have an id of their own are told to who made them', async () => {
  const { house, root } = await openVersioned('Suspended');
  const put = await must(house.call('PUT', '/photos/k', { as: root, body: 'x' }));
  assert.equal(put.headers.get('x-amz-version-id'), undefined);
  const got = await must(house.call('GET', '/photos/k', { as: root }));
  assert.equal(got.headers.get('x-amz-version-id'), 'null');
});

async function upload(house: House, call: Call): Promise<{ readonly target: string; xml: string }> {
  const begun = await must(house.call('POST', '/photos/big?uploads', call));
  const target = `/photos/big?uploadId=${element(begun.text, 'UploadId')}`;
  const part = await must(house.call('PUT', `${target}&partNumber=1`, { ...call, body: 'part' }));
  const etag = part.headers.get('etag') ?? '';
  const xml =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
    `<ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
  return { target, xml };
}

test('an upload that is completed twice is answered twice the same', async () => {
  const { house, root } = await openCast();
  const { target, xml } = await upload(house, { as: root });
  const once = await must(house.call('POST', target, { as: root, body: xml }));
  const twice = await must(house.call('POST', target, { as: root, body: xml }));
  assert.equal(element(twice.text, 'ETag'), element(once.text, 'ETag'));
  const other = xml.replace(/<ETag>[^<]*/, '<ETag>00000000000000000000000000000000');
  const wrong = await house.call('POST', target, { as: root, body: other });
  assert.deepEqual(refused(wrong), [404, 'NoSuchUpload']);
});

test('who began an upload in a bucket of another account may list and abort it, nobody else', async () => {
  const { house, root, stranger, reader } = await openCast();
  const acl = { 'x-amz-acl': 'public-read-write' };
  await must(house.call('PUT', '/photos?acl', { as: root, headers: acl }));
  const { target } = await upload(house, { as: stranger });
  for (const as of [undefined, reader]) {
    assert.deepEqual(refused(await house.call('DELETE', target, { as })), [403, 'AccessDenied']);
  }
  const listed = await must(house.call('GET', target, { as: stranger }));
  assert.deepEqual(elements(listed.text, 'PartNumber'), ['1']);
  await must(house.call('DELETE', target, { as: stranger }));
  const { target: another } = await upload(house, { as: stranger });
  await must(house.call('DELETE', another, { as: root }));
});

test('the checksum beside a completion is the object’s, not the document’s', async () => {
  const { house, root } = await openCast();
  const headers = { 'x-amz-checksum-algorithm': 'SHA256' };
  const begun = await must(house.call('POST', '/photos/big?uploads', { as: root, headers }));
  const target = `/photos/big?uploadId=${element(begun.text, 'UploadId')}`;
  const sum = 'dr8gjkWUFPYlNKYqHUGqsBPtMqIrE4uaGKpSJgoPOVs=';
  const part = await house.call('PUT', `${target}&partNumber=1`, {
    as: root,
    headers: { 'x-amz-checksum-sha256': 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=' },
    body: 'test',
  });
  const etag = (await must(Promise.resolve(part))).headers.get('etag') ?? '';
  const body =
    '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber>' +
    `<ETag>${etag}</ETag><ChecksumSHA256>n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=` +
    '</ChecksumSHA256></Part></CompleteMultipartUpload>';
  const wrong = await house.call('POST', target, {
    as: root,
    headers: { 'x-amz-checksum-sha256': `${sum}-1` },
    body,
  });
  assert.deepEqual(refused(wrong), [400, 'BadDigest']);
  const digest = createHash('sha256').update('test').digest();
  const right = createHash('sha256').update(digest).digest('base64');
  const done = await must(
    house.call('POST', target, {
      as: root,
      headers: { 'x-amz-checksum-sha256': `${right}-1` },
      body,
    }),
  );
  assert.equal(element(done.text, 'ChecksumSHA256'), `${right}-1`);
});

test('a bucket that is made again in us-east-1 keeps everything but its ACL', async () => {
  const { house, root, stranger } = await openCast();
  const acl = { 'x-amz-acl': 'public-read' };
  await must(house.call('PUT', '/photos?acl', { as: root, headers: acl }));
  assert.equal((await house.call('GET', '/photos')).status, 200);
  await must(house.call('PUT', '/photos', { as: root }));
  assert.equal((await house.call('GET', '/photos')).status, 403);
  await must(house.call('GET', '/photos/a.txt', { as: root }));
  const taken = await house.call('PUT', '/photos', { as: stranger });
  assert.deepEqual(refused(taken), [409, 'BucketAlreadyExists']);
});

test('ownership controls that were deleted are not found until they are put again', async () => {
  const { house, root } = await openCast();
  const told = () => house.call('GET', '/photos?ownershipControls', { as: root });
  assert.equal(element((await must(told())).text, 'ObjectOwnership'), 'ObjectWriter');
  await must(house.call('DELETE', '/photos?ownershipControls', { as: root }));
  assert.deepEqual(refused(await told()), [404, 'OwnershipControlsNotFoundError']);
  const body =
    '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule>' +
    '</OwnershipControls>';
  await must(house.call('PUT', '/photos?ownershipControls', { as: root, body }));
  assert.equal(element((await must(told())).text, 'ObjectOwnership'), 'BucketOwnerPreferred');
});

test('a put that does not say its length is refused', async () => {
  const { house, root } = await openCast();
  const answer = await house.call('PUT', '/photos/k', { as: root });
  assert.deepEqual(refused(answer), [411, 'MissingContentLength']);
});

test('that a key is missing is told to who may list what begins like it', async () => {
  const { house, root, stranger } = await openCast();
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:ListBucket',
        Resource: 'arn:aws:s3:::photos',
        Condition: { StringLike: { 's3:prefix': 'public/*' } },
      },
    ],
  });
  await must(house.call('PUT', '/photos?policy', { as: root, body: policy }));
  const cases = [
    ['/photos/public/k', 404],
    ['/photos/private/k', 403],
    ['/photos/private/k?prefix=public/', 403],
  ] as const;
  for (const [target, status] of cases) {
    assert.equal((await house.call('HEAD', target, { as: stranger })).status, status, target);
  }
});

test('lifecycle rules are kept, told on objects, carried out, and deleted', async () => {
  const { house, root } = await openCast();
  const body =
    '<LifecycleConfiguration><Rule><ID>old logs</ID><Filter><Prefix>a</Prefix></Filter>' +
    '<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>';
  const bare = await house.call('PUT', '/photos?lifecycle', { as: root, body });
  assert.deepEqual(refused(bare), [400, 'InvalidRequest']);
  const md5 = createHash('md5').update(body).digest('base64');
  const headers = { 'content-md5': md5 };
  await must(house.call('PUT', '/photos?lifecycle', { as: root, body, headers }));
  const told = await must(house.call('GET', '/photos?lifecycle', { as: root }));
  assert.deepEqual([element(told.text, 'ID'), element(told.text, 'Days')], ['old logs', '1']);
  const head = await must(house.call('HEAD', '/photos/a.txt', { as: root }));
  assert.equal(
    head.headers.get('x-amz-expiration'),
    'expiry-date="Wed, 03 Jun 2026 00:00:00 GMT", rule-id="old%20logs"',
  );
  house.clock.advance(2 * DAY_MS);
  while (await house.objects.runLifecycle());
  assert.equal((await house.call('HEAD', '/photos/a.txt', { as: root })).status, 404);
  assert.equal((await house.call('DELETE', '/photos?lifecycle', { as: root })).status, 204);
  const gone = await house.call('GET', '/photos?lifecycle', { as: root });
  assert.deepEqual(refused(gone), [404, 'NoSuchLifecycleConfiguration']);
});
