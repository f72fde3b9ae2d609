import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as declarations from './api/index.ts';
import { ACCOUNT, openClients } from './testing/clients.ts';
import { GOOD } from './testing/parameters.ts';

/** Values that name something, mean something elsewhere, or mean nothing. */
const NAMES = ['bob', 'BOB', 'g', 'r', 'R', 'i', 'p', 'nobody'];
const ARNS = [
  'policy/p',
  'policy/x',
  'role/r',
  'user/bob',
  'mfa/phone',
  'oidc-provider/example.com',
];
const value = fc.oneof(
  fc.constantFrom(...NAMES),
  fc.constantFrom(...ARNS.map((resource) => `arn:aws:iam::${ACCOUNT}:${resource}`)),
  fc.constantFrom(...Object.values(GOOD).flatMap((parameters) => Object.values(parameters))),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'true',
    '*',
    '../x',
    '__proto__',
    'arn:aws:iam::aws:policy/',
  ),
  fc.constantFrom('arn:aws:iam::aws:policy/IAMFullAccess', 'arn:aws:iam::000000000000:policy/p'),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.json({ maxDepth: 3 }),
);
const call = fc.constantFrom(...Object.values(declarations)).chain((operation) => {
  const members = Object.keys(operation.input.members);
  const parameters = members.flatMap((member) => [
    // Most are in order, lest nothing ever comes past the first look.
    fc.constant(Object.entries(GOOD[member] ?? {})),
    fc.constant([]),
    fc.tuple(fc.constantFrom(...Object.keys(GOOD[member] ?? {})), value).map((pair) => [pair]),
  ]);
  const chosen = members.map((_, index) => {
    const [good, none, other] = parameters.slice(3 * index, 3 * index + 3);
    return fc.oneof({ weight: 4, arbitrary: good! }, none!, { weight: 2, arbitrary: other! });
  });
  const more = fc.array(fc.tuple(fc.constantFrom('Tags.member.2.Key', 'a.b', 'Marker'), value), {
    maxLength: 1,
  });
  return fc.tuple(fc.constant(operation.action), fc.tuple(...chosen), more);
});

const TRUST = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"${ACCOUNT}"},"Action":"sts:AssumeRole"}}`;

test('whatever is asked, IAM answers, and whatever is wrong is the asker’s fault', async () => {
  const { identity, act, logged } = await openClients();
  const text =
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}';
  await identity.createUser(ACCOUNT, { name: 'bob' });
  await identity.createGroup(ACCOUNT, { name: 'g' });
  await identity.createPolicy(ACCOUNT, { name: 'p', text });
  await identity.createRole(ACCOUNT, { name: 'r', trustText: TRUST });
  await identity.createMfaDevice(ACCOUNT, { name: 'phone' });
  let accepted = 0;
  const property = fc.asyncProperty(call, async ([action, chosen, more]) => {
    const parameters = Object.fromEntries([...chosen.flat(), ...more]) as Record<string, string>;
    const { status, text: answer } = await act(action, parameters);
    const what = `${action} ${JSON.stringify(parameters)}: ${answer}`;
    assert.ok(status === 200 || (status >= 400 && status < 500), what);
    assert.deepEqual(logged, [], what);
    if (status === 200) accepted += 1;
  });
  await fc.assert(property, { numRuns: 1500 });
  assert.ok(accepted > 100, `${accepted} accepted`);
});
