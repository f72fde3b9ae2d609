import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseElement } from './element.ts';

const USERS = `<?xml version="1.0"?>
<ListUsersResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <ListUsersResult>
    <Users>
      <member><UserName>a &amp; <![CDATA[<b>]]></UserName><Path>/</Path></member>
      <member><UserName>c</UserName><Path/></member>
    </Users>
    <Tags/>
    <IsTruncated>false</IsTruncated>
  </ListUsersResult>
</ListUsersResponse>`;
const parse = (text: string) => parseElement(Buffer.from(text));

test('parseElement reads text, lists and empty elements', () => {
  const result = parse(USERS).find('ListUsersResult');
  assert.ok(result);
  assert.deepEqual(
    result.members('Users').map((user) => [user.textOf('UserName'), user.textOf('Path')]),
    [
      ['a & <b>', '/'],
      ['c', ''],
    ],
  );
  assert.deepEqual(result.members('Tags'), []);
  assert.deepEqual(result.members('Roles'), []);
  assert.equal(result.textOf('IsTruncated'), 'false');
  assert.equal(result.textOf('Marker'), undefined);
});

test('toJson makes arrays of members and of repeated names', () => {
  assert.deepEqual(parse(USERS).find('ListUsersResult/Users')?.toJson(), [
    { UserName: 'a & <b>', Path: '/' },
    { UserName: 'c', Path: '' },
  ]);
  assert.deepEqual(parse('<a><b>1</b><b>2</b><c>3</c></a>').toJson(), { b: ['1', '2'], c: '3' });
});

test('parseElement refuses what is not XML', () => {
  for (const text of ['', 'x', '<a>', '<a></b>', '<a/><b/>']) assert.throws(() => parse(text));
});
