import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Headers } from '../base/http.ts';
import { encodeChunks } from './chunk-encoder.ts';
import { EMPTY_SHA256_HEX } from './hmac.ts';
import { parseClaim } from './parse-claim.ts';
import { presignV2, signV2 } from './sign-v2.ts';
import { presignV4, signRequestV4 } from './sign-v4.ts';
import { parseHttpDate } from './times.ts';
import { verifyClaim } from './verify-claim.ts';

// The examples of the Amazon S3 API reference: "Signature Calculations for the Authorization
// Header", "Authenticating Requests: Using Query Parameters" and "Signing and authenticating REST
// requests".
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const secretAccessKey = credentials.secretAccessKey;
const nowMs = Date.UTC(2013, 4, 24);
const host = 'examplebucket.s3.amazonaws.com';
const common = { credentials, region: 'us-east-1', service: 's3', nowMs };

const headerVectors = [
  {
    name: 'GET Object',
    method: 'GET',
    target: '/test.txt',
    headers: { host, range: 'bytes=0-9' },
    payloadHash: EMPTY_SHA256_HEX,
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT Object',
    method: 'PUT',
    target: '/test%24file.text',
    headers: {
      host,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    payloadHash: '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET Bucket Lifecycle',
    method: 'GET',
    target: '/?lifecycle',
    headers: { host },
    payloadHash: EMPTY_SHA256_HEX,
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET Bucket (List Objects)',
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: { host },
    payloadHash: EMPTY_SHA256_HEX,
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
];

for (const { name, signature, ...request } of headerVectors) {
  test(`SigV4 header, ${name}: signs as documented and verifies`, () => {
    const signed = signRequestV4({ ...common, ...request });
    assert.equal(signed.seed.signature, signature);
    const message = { ...request, headers: Headers.of(signed.headers) };
    const claim = parseClaim(message);
    assert(claim.kind === 'signed' && claim.version === 'v4');
    assert.deepEqual(claim.scope, { date: '20130524', region: 'us-east-1', service: 's3' });
    verifyClaim(claim, message, { secretAccessKey, nowMs, services: ['s3'] });
  });
}

test('SigV4 query, GET Object: signs as documented and verifies', () => {
  const target = presignV4({
    ...common,
    method: 'GET',
    target: '/test.txt',
    headers: { host },
    expiresInSeconds: 86_400,
  });
  assert.match(
    target,
    /&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/,
  );
  const message = { method: 'GET', target, headers: Headers.of({ host }) };
  const claim = parseClaim(message);
  assert(claim.kind === 'signed');
  verifyClaim(claim, message, { secretAccessKey, nowMs: nowMs + 86_399_000, services: ['s3'] });
});

const chunkHeaders = {
  host,
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': '66560',
};
const chunks = [Buffer.alloc(65_536, 'a'), Buffer.alloc(1024, 'a')];

test('SigV4 chunked upload: seed and chunk signatures are the documented ones', () => {
  const { seed } = signRequestV4({
    ...common,
    method: 'PUT',
    target: '/examplebucket/chunkObject.txt',
    headers: { ...chunkHeaders, host: 's3.amazonaws.com', 'content-length': '66824' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  });
  assert.equal(seed.signature, '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
  assert.deepEqual(signaturesIn(encodeChunks(chunks, { seed })), [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ]);
  assert.equal(encodeChunks(chunks, { seed }).byteLength, 66_824);
});

test('SigV4 chunked upload with trailer: all signatures are the documented ones', () => {
  const { seed } = signRequestV4({
    ...common,
    method: 'PUT',
    target: '/examplebucket/chunkObject.txt',
    headers: {
      ...chunkHeaders,
      host: 's3.amazonaws.com',
      'x-amz-trailer': 'x-amz-checksum-crc32c',
    },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  });
  assert.equal(seed.signature, '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
  const trailers = new Map([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
  assert.deepEqual(signaturesIn(encodeChunks(chunks, { seed, trailers })), [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
    'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
  ]);
});

function signaturesIn(body: Uint8Array): string[] {
  const text = Buffer.from(body).toString('latin1');
  return [...text.matchAll(/signature[=:]([0-9a-f]{64})/g)].map((match) => match[1]!);
}

const v2Vectors = [
  {
    name: 'Object GET',
    method: 'GET',
    target: '/photos/puppy.jpg',
    headers: { Date: 'Tue, 27 Mar 2007 19:36:42 +0000' },
    virtualHostBucket: 'awsexamplebucket1',
    signature: 'qgk2+6Sv9/oM7G3qLEjTH1a1l1g=',
  },
  {
    name: 'Object PUT',
    method: 'PUT',
    target: '/photos/puppy.jpg',
    headers: {
      'Content-Type': 'image/jpeg',
      'Content-Length': '94328',
      Date: 'Tue, 27 Mar 2007 21:15:45 +0000',
    },
    virtualHostBucket: 'awsexamplebucket1',
    signature: 'iqRzw+ileNPu1fhspnRs8nOjjIA=',
  },
  {
    name: 'List',
    method: 'GET',
    target: '/?prefix=photos&max-keys=50&marker=puppy',
    headers: { 'User-Agent': 'Mozilla/5.0', Date: 'Tue, 27 Mar 2007 19:42:41 +0000' },
    virtualHostBucket: 'awsexamplebucket1',
    signature: 'm0WP8eCtspQl5Ahe6L1SozdX9YA=',
  },
  {
    name: 'Fetch of a sub-resource',
    method: 'GET',
    target: '/?acl',
    headers: { Date: 'Tue, 27 Mar 2007 19:44:46 +0000' },
    virtualHostBucket: 'awsexamplebucket1',
    signature: '82ZHiFIjc+WbcwFKGUVEQspPn+0=',
  },
  {
    name: 'Upload',
    method: 'PUT',
    target: '/db-backup.dat.gz',
    headers: {
      'User-Agent': 'curl/7.15.5',
      Date: 'Tue, 27 Mar 2007 21:06:08 +0000',
      'x-amz-acl': 'public-read',
      'content-type': 'application/x-download',
      'Content-MD5': '4gJE4saaMU4BqNR0kLY+lw==',
      'X-Amz-Meta-ReviewedBy': 'joe@example.com,jane@example.com',
      'X-Amz-Meta-FileChecksum': '0x02661779',
      'X-Amz-Meta-ChecksumAlgorithm': 'crc32',
      'Content-Length': '5913339',
    },
    virtualHostBucket: 'static.example.com',
    signature: 'jtBQa0Aq+DkULFI8qrpwIjGEx0E=',
  },
  {
    name: 'List all my buckets',
    method: 'GET',
    target: '/',
    headers: { Date: 'Wed, 28 Mar 2007 01:29:59 +0000' },
    signature: 'qGdzdERIC03wnaRNKh6OqZehG9s=',
  },
  {
    name: 'Unicode keys',
    method: 'GET',
    target: '/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re',
    headers: { Date: 'Wed, 28 Mar 2007 01:49:49 +0000' },
    signature: 'DNEZGsoieTZ92F3bUfSPQcbGmlM=',
  },
];

for (const { name, signature, ...request } of v2Vectors) {
  test(`SigV2 header, ${name}: signs as documented and verifies`, () => {
    const headers = signV2({ ...request, credentials, nowMs: 0 });
    assert.equal(headers['authorization'], `AWS ${credentials.accessKeyId}:${signature}`);
    const message = { ...request, headers: Headers.of(headers) };
    const claim = parseClaim(message);
    assert(claim.kind === 'signed' && claim.version === 'v2');
    const time = parseHttpDate(headers['x-amz-date'] ?? headers['date'] ?? '');
    const { virtualHostBucket } = request;
    verifyClaim(claim, message, {
      secretAccessKey,
      nowMs: time!,
      services: ['s3'],
      ...(virtualHostBucket === undefined ? {} : { virtualHostBucket }),
    });
  });
}

test('SigV2 header, DELETE: x-amz-date in the place of the date verifies as documented', () => {
  const message = {
    method: 'DELETE',
    target: '/awsexamplebucket1/photos/puppy.jpg',
    headers: Headers.of({
      'User-Agent': 'dotnet',
      Date: 'Tue, 27 Mar 2007 21:20:27 +0000',
      'x-amz-date': 'Tue, 27 Mar 2007 21:20:26 +0000',
      Authorization: `AWS ${credentials.accessKeyId}:XbyTlbQdu9Xw5o8P4iMwPktxQd8=`,
    }),
  };
  const claim = parseClaim(message);
  assert(claim.kind === 'signed' && claim.version === 'v2');
  assert.equal(claim.signedAtMs, Date.UTC(2007, 2, 27, 21, 20, 26));
  const signedAtMs = claim.signedAtMs;
  verifyClaim(claim, message, { secretAccessKey, nowMs: signedAtMs, services: ['s3'] });
});

test('SigV2 query: signs as documented and verifies', () => {
  const target = presignV2({
    method: 'GET',
    target: '/photos/puppy.jpg',
    headers: {},
    virtualHostBucket: 'johnsmith',
    credentials,
    expiresAtMs: 1_175_139_620_000,
  });
  assert.match(target, /&Expires=1175139620&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D$/);
});
