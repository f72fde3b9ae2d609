import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Headers } from '../base/http.ts';
import { compileRest, header, integer, label, operation, parseParameters } from './index.ts';
import { query, required, string, type Declarations } from './index.ts';

const bucket = { Bucket: label(string) };
const object = { ...bucket, Key: label(string) };
const upload = { UploadId: required(query('uploadId', string)) };
const part = { ...upload, PartNumber: required(query('partNumber', integer)) };
const source = { CopySource: required(header('x-amz-copy-source', string)) };
const declare = (route: string, input: object) =>
  operation(route, { allows: 'x', input: input as typeof bucket, output: {} });

const declarations: Declarations = {
  ListBuckets: declare('GET /', {}),
  CreateBucket: declare('PUT /{Bucket}', bucket),
  DeleteBucket: declare('DELETE /{Bucket}', bucket),
  ListObjects: declare('GET /{Bucket}', bucket),
  ListObjectsV2: declare('GET /{Bucket}?list-type=2', bucket),
  ListMultipartUploads: declare('GET /{Bucket}?uploads', bucket),
  GetBucketAcl: declare('GET /{Bucket}?acl', bucket),
  DeleteObjects: declare('POST /{Bucket}?delete', bucket),
  PutObject: declare('PUT /{Bucket}/{Key+}?x-id=PutObject', object),
  CopyObject: declare('PUT /{Bucket}/{Key+}', { ...object, ...source }),
  UploadPart: declare('PUT /{Bucket}/{Key+}', { ...object, ...part }),
  UploadPartCopy: declare('PUT /{Bucket}/{Key+}', { ...object, ...part, ...source }),
  GetObject: declare('GET /{Bucket}/{Key+}', { ...object, Part: query('partNumber', integer) }),
  ListParts: declare('GET /{Bucket}/{Key+}', { ...object, ...upload }),
  PutObjectAcl: declare('PUT /{Bucket}/{Key+}?acl', object),
  DeleteObject: declare('DELETE /{Bucket}/{Key+}', object),
  AbortMultipartUpload: declare('DELETE /{Bucket}/{Key+}', { ...object, ...upload }),
  CreateMultipartUpload: declare('POST /{Bucket}/{Key+}?uploads', object),
  CompleteMultipartUpload: declare('POST /{Bucket}/{Key+}', { ...object, ...upload }),
  GetObjectAttributes: declare('GET /{Bucket}/{Key+}?attributes', {
    ...object,
    Wanted: required(header('x-amz-object-attributes', string)),
  }),
  SelectObjectContent: declare('POST /{Bucket}/{Key+}?select&select-type=2', object),
  NotAnOperation: { protocol: 'none' },
};
const { route } = compileRest(declarations, { notServed: ['inventory', 'torrent'] });

const ROUTES = `
GET    /                                  ListBuckets
GET    /?x-id=ListBuckets&max-buckets=3   ListBuckets
PUT    /b                                 CreateBucket
DELETE /b                                 DeleteBucket
GET    /b                                 ListObjects
GET    /b?prefix=acl                      ListObjects
GET    /b?list-type=1                     ListObjects
GET    /b?list-type=2&prefix=             ListObjectsV2
GET    /b?uploads                         ListMultipartUploads
GET    /b?uploads=                        ListMultipartUploads
GET    /b?acl                             GetBucketAcl
GET    /b?acl&unknown=1                   GetBucketAcl
POST   /b?delete                          DeleteObjects
PUT    /b/k                               PutObject
PUT    /b/k?x-id=UploadPart               PutObject
PUT    /b/k?unknown                       PutObject
PUT    /b/k+copy                          CopyObject
PUT    /b/k?partNumber=1&uploadId=u       UploadPart
PUT    /b/k?uploadId=u&partNumber=1+copy  UploadPartCopy
PUT    /b/k?partNumber=&uploadId=         UploadPart
PUT    /b/k?acl                           PutObjectAcl
PUT    /b/k?acl+copy                      PutObjectAcl
GET    /b/k                               GetObject
GET    /b/k?partNumber=2                  GetObject
GET    /b/k?uploadId=u                    ListParts
GET    /b/k?attributes                    GetObjectAttributes
DELETE /b/k                               DeleteObject
DELETE /b/k?versionId=v                   DeleteObject
DELETE /b/k?uploadId=u                    AbortMultipartUpload
POST   /b/k?uploads                       CreateMultipartUpload
POST   /b/k?uploadId=u                    CompleteMultipartUpload
POST   /b/k                               CompleteMultipartUpload
POST   /b/k?select&select-type=2          SelectObjectContent
POST   /b/k?select-type=2&select          SelectObjectContent
PUT    /b/k?partNumber=1                  incomplete partNumber
PUT    /b/k?uploadId=u                    incomplete uploadId
PUT    /b/k?partNumber=1+copy             incomplete partNumber
DELETE /b/k?partNumber=1                  incomplete partNumber
DELETE /b?uploadId=u                      incomplete uploadId
GET    /b?acl&uploads                     conflict acl uploads
GET    /b?list-type=2&uploads             conflict list-type=2 uploads
DELETE /b?acl                             unmatched acl
DELETE /b/k?acl                           unmatched acl
PUT    /b?delete                          unmatched delete
POST   /                                  unmatched
PATCH  /b/k                               unmatched
get    /b/k                               unmatched
GET    /b?inventory                       notServed inventory
DELETE /b?inventory                       notServed inventory
DELETE /b?inventory=x&acl                 notServed inventory
GET    /b/k?torrent                       notServed torrent
`;

test('route finds the operation that is meant, or says why there is none', async (t) => {
  for (const line of ROUTES.trim().split('\n')) {
    const [, method = '', target = '', expected = ''] = /^(\S+)\s+(\S+)\s+(.+)$/.exec(line) ?? [];
    await t.test(`${method} ${target}`, () => {
      const [path = '', copy] = target.split('+');
      const [, bucketName, key, words = ''] =
        /^\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(path) ?? [];
      const found = route({
        method,
        bucket: bucketName === '' ? undefined : bucketName,
        key,
        query: parseParameters(words) ?? new Map(),
        headers: Headers.of(copy === undefined ? {} : { 'x-amz-copy-source': '/b/k' }),
      });
      assert.equal(describe(found), expected);
    });
  }
});

function describe(found: ReturnType<typeof route>): string {
  switch (found.kind) {
    case 'matched':
      return found.name;
    case 'notServed':
      return `notServed ${found.word}`;
    case 'conflict':
      return `conflict ${found.words.join(' ')}`;
    case 'incomplete':
      return `incomplete ${found.parameter}`;
    case 'unmatched':
      return `unmatched ${found.word ?? ''}`.trim();
  }
}

test('compileRest refuses declarations that cannot be told apart', () => {
  const twice = { A: declare('GET /{Bucket}?a', bucket), B: declare('GET /{Bucket}?a', bucket) };
  assert.throws(() => compileRest(twice), /same route/);
  assert.throws(() => compileRest(declarations, { notServed: ['acl'] }), /served after all/);
});
