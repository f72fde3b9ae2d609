import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf } from './form.ts';

test('formOf numbers lists, joins fields and leaves out what is undefined', () => {
  const form = formOf({
    Action: 'TagUser',
    MaxItems: 5,
    Marker: undefined,
    Tags: [{ Key: 'a b', Value: 'c&d' }, { Key: 'é' }],
    ActionNames: ['s3:*'],
  });
  assert.equal(
    form,
    'Action=TagUser&MaxItems=5&Tags.member.1.Key=a%20b&Tags.member.1.Value=c%26d&' +
      'Tags.member.2.Key=%C3%A9&ActionNames.member.1=s3%3A%2A',
  );
});
