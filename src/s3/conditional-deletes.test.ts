import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ALL, must, openCast } from './testing/cast.suite.ts';
import { allow, element, MAIN, type Key } from './testing/house.suite.ts';

const HELLO = createHash('md5').update('hello').digest('hex');

test('who deletes by ETag must be allowed to read; who deletes whatever is there need not', async () => {
  const { house, root } = await openCast();
  const only = await house.user(MAIN, 'only', allow('s3:DeleteObject*', ALL));
  const both = await house.user(MAIN, 'both', allow(['s3:DeleteObject', 's3:GetObject'], ALL));
  const etag = { 'if-match': `"${HELLO}"` };
  const remove = (as: Key, headers: Record<string, string>, query = '') =>
    house.call('DELETE', `/photos/a.txt${query}`, { as, headers });
  const among = (as: Key) => {
    const body = `<Delete><Object><Key>a.txt</Key><ETag>${HELLO}</ETag></Object></Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    return must(house.call('POST', '/photos?delete', { as, headers, body }));
  };
  for (const refused of [await remove(only, etag), await remove(only, etag, '?versionId=null')]) {
    assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
  }
  assert.equal(element((await among(only)).text, 'Code'), 'AccessDenied');
  await must(remove(only, { 'if-match': '*' }));
  for (const how of [() => must(remove(both, etag)), () => among(both)]) {
    await must(house.call('PUT', '/photos/a.txt', { as: root, body: 'hello' }));
    await how();
    assert.equal((await house.call('GET', '/photos/a.txt', { as: root })).status, 404);
  }
});
