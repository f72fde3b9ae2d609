import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { documentPrincipals } from './document.ts';
import { parsePolicy } from './parse.ts';
import { renamePrincipals } from './rename-principals.ts';

const ANA = 'arn:aws:iam::123456789012:user/ana';
const BOB = 'arn:aws:iam::123456789012:user/bob';
const names = new Map([
  [ANA, 'AIDAANA22222222222222'],
  [BOB, 'AIDABOB22222222222222'],
]);

test('renamePrincipals changes principals and nothing else', () => {
  const table: [before: string, after: string][] = [
    [
      `{"Statement":{"Principal":{"AWS":"${ANA}"}}}`,
      '{"Statement":{"Principal":{"AWS":"AIDAANA22222222222222"}}}',
    ],
    [
      `{ "Statement": [{"NotPrincipal": { "AWS" :\n["${ANA}", "*","${BOB}" ]}}, {"Sid":"${ANA}"}] }`,
      `{ "Statement": [{"NotPrincipal": { "AWS" :\n["AIDAANA22222222222222", "*","AIDABOB22222222222222" ]}}, {"Sid":"${ANA}"}] }`,
    ],
    [
      `{"Statement":[{"Resource":"${ANA}","Principal":{"Service":"${ANA}","AWS":"${BOB}"}}]}`,
      `{"Statement":[{"Resource":"${ANA}","Principal":{"Service":"${ANA}","AWS":"AIDABOB22222222222222"}}]}`,
    ],
    [
      String.raw`{"Statement":{"Principal":{"AWS":["arn:aws:iam::123456789012:user\/ana","\"\\"]}}}`,
      String.raw`{"Statement":{"Principal":{"AWS":["AIDAANA22222222222222","\"\\"]}}}`,
    ],
    ['{"Statement":{"Principal":"*"}}', '{"Statement":{"Principal":"*"}}'],
    ['{"Statement":', '{"Statement":'],
    ['[]', '[]'],
  ];
  for (const [before, after] of table) assert.equal(renamePrincipals(before, names), after);
});

test('renamePrincipals there and back again is the text', () => {
  const principal = fc.constantFrom(ANA, BOB, '123456789012', `${ANA}x`);
  const statement = fc.record({
    Sid: fc.constantFrom('a', 'b'),
    Effect: fc.constant('Allow'),
    Principal: fc.oneof(
      fc.constant('*'),
      fc.record({ AWS: fc.oneof(principal, fc.array(principal, { minLength: 1, maxLength: 4 })) }),
    ),
    Action: fc.constant('s3:*'),
    Resource: fc.constant('*'),
  });
  const back = new Map([...names].map(([arn, id]) => [id, arn]));
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 4 }), fc.nat(3), (all, indent) => {
      const text = JSON.stringify({ Version: '2012-10-17', Statement: all }, undefined, indent);
      const renamed = renamePrincipals(text, names);
      assert.equal(renamePrincipals(renamed, back), text);
      const [before, after] = [text, renamed].map((each) => {
        const parsed = parsePolicy(each, 'resource');
        return parsed.ok ? documentPrincipals(parsed.document) : undefined;
      });
      if (before !== undefined) {
        assert.deepEqual(
          after,
          before.map((name) => names.get(name) ?? name),
        );
      }
    }),
  );
});
