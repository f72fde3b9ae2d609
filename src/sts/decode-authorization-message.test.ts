import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { allow, MAIN, openStsHouse, OTHER } from './testing/house.suite.ts';

const DECODE = allow('sts:DecodeAuthorizationMessage', '*');

async function refusal() {
  const house = await openStsHouse();
  const ana = await house.user(MAIN, 'ana');
  const refused = await house.ask('iam', 'ListUsers', {}, ana);
  assert.equal(refused.code, 'AccessDenied');
  return { house, ana, message: refused.value('EncodedMessage') };
}

describe('DecodeAuthorizationMessage', () => {
  test('tells a refused request in the words of AWS, and explains it', async () => {
    const { house, message } = await refusal();
    const admin = await house.user(MAIN, 'admin', DECODE);
    const answer = await house.ask(
      'sts',
      'DecodeAuthorizationMessage',
      { EncodedMessage: message },
      admin,
    );
    const decoded = JSON.parse(answer.value('DecodedMessage').replaceAll('&quot;', '"'));
    assert.deepEqual(
      [decoded.allowed, decoded.explicitDeny, decoded.context.action],
      [false, false, 'iam:ListUsers'],
    );
    assert.equal(decoded.context.principal.arn, `arn:aws:iam::${MAIN}:user/ana`);
    assert.equal(decoded.explanation.missing[0].statement.Action, 'iam:ListUsers');
    assert.deepEqual(decoded.matchedStatements, { items: [] });
  });

  test('is for who may, and for accounts that have a part in it', async () => {
    const { house, ana, message } = await refusal();
    const ask = { EncodedMessage: message };
    const denied = await house.ask('sts', 'DecodeAuthorizationMessage', ask, ana);
    assert.equal(denied.code, 'AccessDenied');
    const stranger = await house.user(OTHER, 'stranger', DECODE);
    const foreign = await house.ask('sts', 'DecodeAuthorizationMessage', ask, stranger);
    assert.equal(foreign.code, 'InvalidAuthorizationMessageException');
  });

  test('what was not given out here is refused', async () => {
    const { house, message } = await refusal();
    const admin = await house.user(MAIN, 'admin', DECODE);
    const changed = `${message.slice(0, -6)}AAAA${message.slice(-2)}`;
    for (const text of [changed, 'x', '1.', message.slice(2), `${message} `]) {
      const answer = await house.ask(
        'sts',
        'DecodeAuthorizationMessage',
        { EncodedMessage: text },
        admin,
      );
      assert.deepEqual(
        [answer.status, answer.code],
        [400, 'InvalidAuthorizationMessageException'],
        text,
      );
    }
    const missing = await house.ask('sts', 'DecodeAuthorizationMessage', {}, admin);
    assert.equal(missing.code, 'ValidationError');
  });
});
