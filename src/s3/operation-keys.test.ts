import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  allow,
  element,
  MAIN,
  openHouse,
  type Call,
  type House,
  type Key,
} from './testing/house.suite.ts';

const SOME_TAGS = [{ Key: 'Team', Value: 'red' }];

/** What a user may do whose only permission holds under a condition. */
async function conditionalUser(
  house: House,
  name: string,
  actions: readonly string[],
  condition: object,
): Promise<Key> {
  return house.user(MAIN, name, { ...allow(actions, '*'), Condition: condition });
}

function configuration(inner: string): Call {
  return { body: `<CreateBucketConfiguration>${inner}</CreateBucketConfiguration>` };
}

function tagsXml(tags: typeof SOME_TAGS): string {
  const each = tags.map(({ Key, Value }) => `<Tag><Key>${Key}</Key><Value>${Value}</Value></Tag>`);
  return `<Tags>${each.join('')}</Tags>`;
}

describe('s3:ObjectCreationOperation', () => {
  /** The statement of "Enforce conditional writes on Amazon S3 buckets". */
  const MUST_BE_CONDITIONAL = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: 'arn:aws:s3:::bucket/*',
    Condition: {
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    },
  };

  test('a bucket can demand conditions of what makes an object, and of nothing else', async () => {
    const house = await openHouse();
    const as = await house.root(MAIN);
    await house.call('PUT', '/bucket', { as });
    const policy = JSON.stringify({ Version: '2012-10-17', Statement: [MUST_BE_CONDITIONAL] });
    await house.call('PUT', '/bucket?policy', { as, body: policy });
    const once = { 'if-none-match': '*' };

    assert.equal((await house.call('PUT', '/bucket/a', { as, body: 'a' })).code, 'AccessDenied');
    assert.equal(
      (await house.call('PUT', '/bucket/a', { as, body: 'a', headers: once })).status,
      200,
    );
    const copy = { 'x-amz-copy-source': 'bucket/a' };
    assert.equal(
      (await house.call('PUT', '/bucket/b', { as, headers: copy })).code,
      'AccessDenied',
    );

    const begun = await house.call('POST', '/bucket/m?uploads', { as });
    const upload = `/bucket/m?uploadId=${element(begun.text, 'UploadId')}`;
    const part = await house.call('PUT', `${upload}&partNumber=1`, { as, body: 'part' });
    assert.equal(part.status, 200, part.text);
    const etag = part.headers.get('etag');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    assert.equal((await house.call('POST', upload, { as, body })).code, 'AccessDenied');
    assert.equal((await house.call('POST', upload, { as, body, headers: once })).status, 200);
  });
});

describe('CreateBucket', () => {
  test('s3:LocationConstraint is the region that the body asks for', async () => {
    const house = await openHouse();
    const as = await conditionalUser(house, 'northern', ['s3:CreateBucket'], {
      StringEquals: { 's3:LocationConstraint': 'eu-north-1' },
    });
    const inRegion = (region: string) =>
      configuration(`<LocationConstraint>${region}</LocationConstraint>`);
    const elsewhere = await house.call('PUT', '/south', { as, ...inRegion('eu-south-1') });
    assert.equal(elsewhere.code, 'AccessDenied');
    assert.equal((await house.call('PUT', '/nowhere', { as })).code, 'AccessDenied');
    const north = await house.call('PUT', '/north', { as, ...inRegion('eu-north-1') });
    assert.equal(north.status, 200, north.text);
  });

  test('aws:RequestTag and aws:TagKeys are the tags that the bucket is made with', async () => {
    const house = await openHouse();
    const as = await conditionalUser(house, 'red', ['s3:CreateBucket', 's3:TagResource'], {
      StringEquals: { 'aws:RequestTag/team': 'red' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] },
    });
    const make = (name: string, tags: typeof SOME_TAGS) =>
      house.call('PUT', `/${name}`, { as, ...configuration(tagsXml(tags)) });
    assert.equal((await house.call('PUT', '/untagged', { as })).code, 'AccessDenied');
    assert.equal((await make('blue', [{ Key: 'Team', Value: 'blue' }])).code, 'AccessDenied');
    const more = [...SOME_TAGS, { Key: 'Other', Value: 'x' }];
    assert.equal((await make('more', more)).code, 'AccessDenied');
    assert.equal((await make('red-one', SOME_TAGS)).status, 200);
  });
});
