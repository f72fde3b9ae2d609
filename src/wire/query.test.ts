import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { fromUtf8, utf8 } from '../base/bytes.ts';
import { bodyOf, Headers } from '../base/http.ts';
import { action, boolean, compileQuery, DecodeError, flat, integer, isoDate } from './index.ts';
import { list, map, named, oneOf, parseParameters, policyDocument, readForm } from './index.ts';
import { required, sensitive, string, struct, text } from './index.ts';

const tags = list(struct({ Key: required(text({ min: 1 })), Value: required(string) }));

const CreateThing = action('CreateThing', {
  allows: 'x:CreateThing',
  input: {
    UserName: required(text({ min: 1, max: 4, pattern: /^[\w+=,.@-]+$/ })),
    Document: policyDocument,
    Tags: tags,
    Names: list(string, { item: 'Name', max: 3 }),
    Flat: flat(list(string)),
    Attributes: map(integer),
    Force: boolean,
    Kind: named('Type', oneOf('a', 'b')),
    Password: sensitive(text({ max: 4 })),
    Nested: struct({ Inner: struct({ Value: string }) }),
  },
  output: {
    Thing: required(
      struct({ Name: string, Document: policyDocument, CreateDate: isoDate, Tags: tags }),
    ),
  },
});
const DeleteThing = action('DeleteThing', { allows: 'x', input: {}, output: {} });
const TouchThing = action('TouchThing', {
  allows: 'x',
  input: {},
  output: {},
  hasEmptyResult: true,
});
const XMLNS = 'https://example.com/doc/2010-05-08/';
const protocol = compileQuery(
  { CreateThing, DeleteThing, TouchThing },
  { version: '2010-05-08', xmlns: XMLNS },
);

function form(text: string) {
  const parameters = parseParameters(text);
  assert.ok(parameters);
  return parameters;
}

test('route knows its actions and version', () => {
  const kindOf = (text: string) => protocol.route(form(text)).kind;
  assert.equal(kindOf('Action=CreateThing&Version=2010-05-08'), 'matched');
  assert.equal(kindOf('Action=CreateThing'), 'matched');
  assert.equal(kindOf('Version=2010-05-08'), 'missingAction');
  assert.equal(kindOf('Action='), 'missingAction');
  assert.equal(kindOf('Action=createThing'), 'unknownAction');
  assert.equal(kindOf('Action=toString'), 'unknownAction');
  assert.equal(kindOf('Action=CreateThing&Version=2011-06-15'), 'unknownVersion');
});

const FORMS: [name: string, form: string, expected: unknown][] = [
  ['scalars', 'Force=TRUE&Type=b', { Force: true, Kind: 'b' }],
  [
    'a list of structs',
    'Tags.member.1.Key=a&Tags.member.1.Value=',
    { Tags: [{ Key: 'a', Value: '' }] },
  ],
  [
    'the numbers of items as numbers, with gaps',
    'Names.Name.10=c&Names.Name.9=b&Names.Name.1=a',
    { Names: ['a', 'b', 'c'] },
  ],
  ['member for any item name', 'Names.member.1=a', { Names: ['a'] }],
  ['a list written flat', 'Names.1=a', { Names: ['a'] }],
  ['a flat list', 'Flat.2=b&Flat.1=a', { Flat: ['a', 'b'] }],
  ['an empty list', 'Names=&Flat=', { Names: [], Flat: [] }],
  [
    'a map',
    'Attributes.entry.1.key=__proto__&Attributes.entry.1.value=2',
    { Attributes: JSON.parse('{"__proto__":2}') },
  ],
  ['nested structs', 'Nested.Inner.Value=x', { Nested: { Inner: { Value: 'x' } } }],
  ['blanks and escapes', 'Document=a+b%2B%26%C3%A9', { Document: 'a b+&é' }],
  ['what nobody knows', 'Unknown=1&Tags2.member.x=1&' + 'a.'.repeat(50_000) + '=1', {}],
];

test('decode reads forms', async (t) => {
  for (const [name, text, expected] of FORMS) {
    await t.test(name, () => {
      const input = protocol.decode(CreateThing, form(`UserName=u&${text}`));
      assert.deepEqual(JSON.parse(JSON.stringify(input)), {
        UserName: 'u',
        ...(expected as object),
      });
    });
  }
});

const BROKEN: [form: string, message: string][] = [
  [
    'UserName=u&Password=secret',
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 4",
  ],
  [
    '',
    "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
  ],
  [
    'UserName=',
    "2 validation errors detected: Value '' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1",
  ],
  [
    'UserName=u&Tags.member.2.Key=',
    "2 validation errors detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
  ],
  [
    'UserName=u&Type=c',
    "1 validation error detected: Value 'c' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [a, b]",
  ],
  [
    'UserName=u&Names.1=&Names.2=&Names.3=&Names.4=',
    "1 validation error detected: Value '[4 items]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 3",
  ],
];

test('decode names every violation in AWS words', async (t) => {
  for (const [text, message] of BROKEN) {
    await t.test(text, () => {
      assert.throws(() => protocol.decode(CreateThing, form(text)), {
        name: 'DecodeError',
        message,
      });
    });
  }
});

const MALFORMED = [
  'Names.member.x=1',
  'Names.member.-1=1',
  'Names=a',
  'Attributes.entry.1.key=a',
  'Attributes=1',
];

test('decode refuses lists that are none', async (t) => {
  for (const text of MALFORMED) {
    await t.test(text, () => {
      assert.throws(
        () => protocol.decode(CreateThing, form(`UserName=u&${text}`)),
        (error) => error instanceof DecodeError && error.kind === 'malformedForm',
      );
    });
  }
});

test('decode answers any form with an input or a DecodeError', () => {
  const segment = fc.constantFrom('Tags', 'member', '1', '02', 'Key', 'Names', 'UserName', 'entry');
  const name = fc.array(fc.oneof(segment, fc.string()), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 6 }), (pairs) => {
      const parameters = new Map(pairs.map(([segments, value]) => [segments.join('.'), value]));
      try {
        protocol.decode(CreateThing, parameters);
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});

test('encode wraps the result, and leaves it out where an action has none', () => {
  const answer = protocol.encode(
    CreateThing,
    { Thing: { Name: 'a<', Document: '{"a": 1}', CreateDate: new Date(1), Tags: [] } },
    'R',
  );
  assert.deepEqual(answer.headers, ['Content-Type', 'text/xml', 'x-amzn-RequestId', 'R']);
  assert.equal(
    fromUtf8(answer.body as Uint8Array),
    `<CreateThingResponse xmlns="${XMLNS}"><CreateThingResult><Thing><Name>a&lt;</Name>` +
      '<Document>%7B%22a%22%3A%201%7D</Document><CreateDate>1970-01-01T00:00:00Z</CreateDate>' +
      '<Tags></Tags></Thing></CreateThingResult><ResponseMetadata><RequestId>R</RequestId>' +
      '</ResponseMetadata></CreateThingResponse>',
  );
  assert.equal(
    fromUtf8(protocol.encode(DeleteThing, {}, 'R').body as Uint8Array),
    `<DeleteThingResponse xmlns="${XMLNS}"><ResponseMetadata><RequestId>R</RequestId>` +
      '</ResponseMetadata></DeleteThingResponse>',
  );
  assert.equal(
    fromUtf8(protocol.encode(TouchThing, {}, 'R').body as Uint8Array),
    `<TouchThingResponse xmlns="${XMLNS}"><TouchThingResult></TouchThingResult>` +
      '<ResponseMetadata><RequestId>R</RequestId></ResponseMetadata></TouchThingResponse>',
  );
});

test('encodeError says whose fault it is', () => {
  const error = { code: 'NoSuchEntity', message: 'No <user>', requestId: 'R' };
  const textOf = (status: number) =>
    fromUtf8(protocol.encodeError({ ...error, status }).body as Uint8Array);
  assert.equal(
    textOf(404),
    `<ErrorResponse xmlns="${XMLNS}"><Error><Type>Sender</Type><Code>NoSuchEntity</Code>` +
      '<Message>No &lt;user&gt;</Message></Error><RequestId>R</RequestId></ErrorResponse>',
  );
  assert.match(textOf(500), /<Type>Receiver</);
});

const PARAMETERS: [text: string, expected: [string, string][] | undefined][] = [
  ['', []],
  ['&&', []],
  ['a', [['a', '']]],
  ['a=1&a=2', [['a', '1']]],
  ['a=b=c', [['a', 'b=c']]],
  ['%61+b=%2B', [['a b', '+']]],
  ['__proto__=1', [['__proto__', '1']]],
  ['a=%', undefined],
  ['a=%zz', undefined],
  ['a=%ff', undefined],
  ['a&'.repeat(10_001), undefined],
];

test('parseParameters reads queries and forms strictly', async (t) => {
  for (const [text, expected] of PARAMETERS) {
    await t.test(text.slice(0, 40), () => {
      const parameters = parseParameters(text);
      assert.deepEqual(parameters && [...parameters], expected);
    });
  }
});

test('parseParameters is the inverse of URLSearchParams', () => {
  const word = fc.string({ unit: 'binary' }).map((value) => value.toWellFormed());
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(word, word), { selector: ([name]) => name }), (pairs) => {
      // A pair of nothing and nothing is written `=`, and reads the same.
      const parsed = parseParameters(new URLSearchParams(pairs).toString());
      assert.deepEqual(parsed && [...parsed], pairs);
    }),
  );
});

test('readForm joins body and query, within its bound', async () => {
  const request = (target: string, body: string) => ({
    method: 'POST',
    target,
    headers: new Headers([]),
    body: bodyOf(utf8(body)),
    remoteAddress: '::1',
    secure: false,
  });
  const both = await readForm(request('/?Action=A&b=1', 'b=2&c=3'));
  assert.deepEqual(Object.fromEntries(both), { Action: 'A', b: '2', c: '3' });
  const rejects = async (body: string, kind: string) =>
    assert.rejects(
      async () => readForm(request('/', body)),
      (error) => error instanceof DecodeError && error.kind === kind,
    );
  await rejects('a=%', 'malformedForm');
  await rejects('a'.repeat(2 ** 20 + 1), 'bodyTooLarge');
});
