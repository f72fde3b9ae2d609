import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ALL, must, openCast } from './testing/cast.suite.ts';
import { allow, MAIN } from './testing/house.suite.ts';

/** Condition keys must say what the request does, whatever else its sender writes beside it. */

const VERSION_ALLOWED = { Condition: { StringEquals: { 's3:VersionId': 'allowed' } } };

test('s3:VersionId of a copy is the version of its source, not a parameter', async () => {
  const { house, root } = await openCast();
  await must(house.call('PUT', '/target', { as: root }));
  const copier = await house.user(MAIN, 'copier', allow('s3:PutObject', 'arn:aws:s3:::target/*'), {
    ...allow('s3:GetObjectVersion', ALL),
    ...VERSION_ALLOWED,
  });
  const { code } = await house.call('PUT', '/target/k?versionId=allowed', {
    as: copier,
    headers: { 'x-amz-copy-source': 'photos/a.txt?versionId=null' },
  });
  assert.equal(code, 'AccessDenied');
});

test('s3:VersionId of a deletion among several is its own, not a parameter', async () => {
  const { house, root } = await openCast();
  const deleter = await house.user(MAIN, 'deleter', {
    ...allow('s3:DeleteObjectVersion', ALL),
    ...VERSION_ALLOWED,
  });
  const body = '<Delete><Object><Key>a.txt</Key><VersionId>null</VersionId></Object></Delete>';
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  const target = '/photos?delete&versionId=allowed';
  const { text } = await house.call('POST', target, { as: deleter, headers, body });
  assert.match(text, /<Code>AccessDenied<\/Code>/);
  await must(house.call('GET', '/photos/a.txt', { as: root }));
});

test('s3:if-match of a deletion among several is its own ETag, not a header', async () => {
  const { house, root } = await openCast();
  const deleter = await house.user(MAIN, 'careful', allow('s3:GetObject', ALL), {
    ...allow('s3:DeleteObject', ALL),
    Condition: { Null: { 's3:if-match': 'false' } },
  });
  const etag = createHash('md5').update('hello').digest('hex');
  const remove = async (condition: string, more = {}) => {
    const body = `<Delete><Object><Key>a.txt</Key>${condition}</Object></Delete>`;
    const md5 = createHash('md5').update(body).digest('base64');
    const headers = { 'content-md5': md5, ...more };
    return house.call('POST', '/photos?delete', { as: deleter, headers, body });
  };
  assert.match((await remove('', { 'if-match': etag })).text, /<Code>AccessDenied<\/Code>/);
  await must(house.call('GET', '/photos/a.txt', { as: root }));
  assert.match((await remove(`<ETag>${etag}</ETag>`)).text, /<Deleted><Key>a\.txt<\/Key>/);
});

test('s3:x-amz-copy-source is the source as understood, however it is spelled', async () => {
  const { house, root } = await openCast();
  await must(house.call('PUT', '/target', { as: root }));
  const TARGET = 'arn:aws:s3:::target/*';
  for (const pattern of ['photos/a*', '/photos/a*']) {
    const copier = await house.user(
      MAIN,
      `copier${pattern.length}`,
      allow(['s3:PutObject', 's3:GetObject*'], [TARGET, ALL]),
      {
        Effect: 'Deny',
        Action: 's3:PutObject',
        Resource: TARGET,
        Condition: { StringLike: { 's3:x-amz-copy-source': pattern } },
      },
    );
    const sources = ['photos/a.txt', '/photos/a.txt', 'photos/%61.txt', '%70hotos/a.txt'];
    for (const source of [...sources, 'photos%2Fa.txt', 'photos/a.txt?versionId=null']) {
      const headers = { 'x-amz-copy-source': source };
      const { code } = await house.call('PUT', '/target/k', { as: copier, headers });
      assert.equal(code, 'AccessDenied', `${source} under ${pattern}`);
    }
  }
});

test('s3:prefix of a listing that was not asked for tells nobody which keys are missing', async () => {
  const { house } = await openCast();
  const reader = await house.user(MAIN, 'prefixed', allow('s3:GetObject', ALL), {
    ...allow('s3:ListBucket', 'arn:aws:s3:::photos'),
    Condition: { StringEquals: { 's3:prefix': 'public/' } },
  });
  const { code } = await house.call('GET', '/photos/missing?prefix=public/', { as: reader });
  assert.equal(code, 'AccessDenied');
});
