import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must, openCast } from './testing/cast.suite.ts';
import { element, MAIN, OTHER } from './testing/house.suite.ts';

const policyFor = (principal: unknown) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: principal,
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::photos/*',
    },
  });
const NINA = `arn:aws:iam::${MAIN}:user/nina`;

test('a bucket policy keeps to the user whom it named, not to his name', async () => {
  const { house, root } = await openCast();
  const { identity } = house;
  const nina = await house.user(MAIN, 'nina');
  const { id } = await identity.getUser(MAIN, 'nina');
  const policy = policyFor({ AWS: NINA });
  await must(house.call('PUT', '/photos?policy', { as: root, body: policy }));
  const shown = async () => (await must(house.call('GET', '/photos?policy', { as: root }))).text;
  assert.equal(await shown(), policy);
  await must(house.call('GET', '/photos/a.txt', { as: nina }));
  await identity.updateUser(MAIN, 'nina', { newName: 'anna' });
  assert.equal(await shown(), policyFor({ AWS: `arn:aws:iam::${MAIN}:user/anna` }));
  await must(house.call('GET', '/photos/a.txt', { as: nina }));
  await identity.updateUser(MAIN, 'anna', { newName: 'nina' });

  await identity.deleteAccessKey(MAIN, { kind: 'user', name: 'nina' }, nina.accessKeyId);
  await identity.deleteUser(MAIN, 'nina');
  const impostor = await house.user(MAIN, 'nina');
  const refused = await house.call('GET', '/photos/a.txt', { as: impostor });
  assert.deepEqual([refused.status, refused.code], [403, 'AccessDenied']);
  assert.equal(await shown(), policyFor({ AWS: id }));
  const again = await house.call('PUT', '/photos?policy', { as: root, body: await shown() });
  assert.deepEqual([again.status, again.code], [400, 'MalformedPolicy']);
  await must(house.call('PUT', '/photos?policy', { as: root, body: policy }));
  await must(house.call('GET', '/photos/a.txt', { as: impostor }));
});

test('a bucket policy that names nobody is refused, and changes nothing', async () => {
  const { house, root } = await openCast();
  const before = policyFor({ AWS: `arn:aws:iam::${OTHER}:user/stranger` });
  await must(house.call('PUT', '/photos?policy', { as: root, body: before }));
  const nobody: [principal: Readonly<Record<string, unknown>>, detail: string][] = [
    [{ AWS: [NINA] }, `"AWS" : "${NINA}"`],
    [{ AWS: '999999999999' }, '"AWS" : "999999999999"'],
    [{ AWS: `arn:aws:iam::${MAIN}:role/none` }, `"AWS" : "arn:aws:iam::${MAIN}:role/none"`],
    [{ CanonicalUser: 'f'.repeat(64) }, `"CanonicalUser" : "${'f'.repeat(64)}"`],
  ];
  for (const [principal, detail] of nobody) {
    const body = policyFor(principal);
    const refused = await house.call('PUT', '/photos?policy', { as: root, body });
    assert.deepEqual([refused.status, refused.code], [400, 'MalformedPolicy']);
    assert.equal(element(refused.text, 'Message'), 'Invalid principal in policy');
    assert.equal(element(refused.text, 'Detail')?.replaceAll('&quot;', '"'), detail);
  }
  const { text } = await must(house.call('GET', '/photos?policy', { as: root }));
  assert.equal(text, before);
});
