import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeXml, DecodeError, list, map, string, struct } from './index.ts';
import { attribute, encodeXml, flat, integer, isoDate, required, text } from './index.ts';
import { utf8 } from '../base/bytes.ts';

const Thing = struct({
  Name: string,
  Count: integer,
  Tags: list(struct({ Key: required(string), Value: string }), { item: 'Tag' }),
  Part: flat(list(struct({ ETag: string }))),
  Labels: map(string),
  Type: attribute('xsi:type', string),
  At: isoDate,
});

const ACCEPTED: [name: string, document: string, value: unknown][] = [
  ['an empty element', '<T/>', {}],
  ['a declaration', '<?xml version="1.0" encoding="UTF-8"?>\n<T></T>', {}],
  ['a byte order mark', '\uFEFF<?xml version="1.0"?><T/>', {}],
  [
    'single quotes and standalone',
    "<?xml version='1.0' encoding='utf-8' standalone='yes' ?><T/>",
    {},
  ],
  ['prefixes and namespaces', '<a:T xmlns:a="u" xmlns="v"><a:Name>x</a:Name></a:T>', { Name: 'x' }],
  [
    'unknown elements, nested',
    '<T><X a="1"><Y><Name>z</Name></Y></X><Name>x</Name></T>',
    { Name: 'x' },
  ],
  [
    'comments anywhere',
    '<!-- a --><T><!-- b --><Name>x<!--c-->y</Name></T><!-- d -->',
    { Name: 'xy' },
  ],
  ['CDATA', '<T><Name>a<![CDATA[<b>&amp;]]>c</Name></T>', { Name: 'a<b>&amp;c' }],
  [
    'references',
    '<T><Name>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F600;&#x1;</Name></T>',
    { Name: '<>&"\'A😀\u0001' },
  ],
  ['ends of lines', '<T><Name>a\r\nb\rc&#13;</Name></T>', { Name: 'a\nb\nc\r' }],
  ['blanks in text', '<T>\n <Name> x </Name>\n</T>', { Name: ' x ' }],
  ['blanks in tags', '<T\n><Name\t>x</Name ></T >', { Name: 'x' }],
  ['an attribute of any prefix', '<T z:type="A&amp;B"/>', { Type: 'A&B' }],
  [
    'a list',
    '<T><Tags><Tag><Key>k</Key></Tag><Tag><Key/></Tag></Tags></T>',
    { Tags: [{ Key: 'k' }, { Key: '' }] },
  ],
  ['an empty list', '<T><Tags/></T>', { Tags: [] }],
  [
    'a flat list',
    '<T><Part><ETag>1</ETag></Part><Name/><Part/></T>',
    { Part: [{ ETag: '1' }, {}], Name: '' },
  ],
  ['an empty number', '<T><Count></Count></T>', {}],
];

test('decodeXml reads what clients send', async (t) => {
  for (const [name, document, value] of ACCEPTED) {
    await t.test(name, () => {
      assert.deepEqual(JSON.parse(JSON.stringify(decodeXml(Thing, utf8(document)))), value);
    });
  }
});

const REFUSED: [name: string, document: string | Uint8Array][] = [
  ['nothing', ''],
  ['blanks', ' \n'],
  ['text', 'hello'],
  ['text before the root', 'x<T/>'],
  ['text after the root', '<T/>x'],
  ['two roots', '<T/><T/>'],
  ['a DOCTYPE', '<!DOCTYPE T [<!ENTITY a "b">]><T>&a;</T>'],
  ['an unknown entity', '<T><Name>&nbsp;</Name></T>'],
  ['an unknown entity in passing', '<T><X>&nbsp;</X></T>'],
  ['a bare ampersand', '<T><Name>a & b</Name></T>'],
  ['a reference without end', '<T><Name>&#65</Name></T>'],
  ['a reference to NUL', '<T><Name>&#0;</Name></T>'],
  ['a reference to a surrogate', '<T><Name>&#xD800;</Name></T>'],
  ['a reference beyond Unicode', '<T><Name>&#x110000;</Name></T>'],
  ['a processing instruction', '<T><?php x?></T>'],
  ['a declaration that is late', ' <?xml version="1.0"?><T/>'],
  ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><T/>'],
  ['a wrong end tag', '<T><Name>x</Nam></T>'],
  ['a longer end tag', '<T><Name>x</Names></T>'],
  ['crossed tags', '<T><X><Y></X></Y></T>'],
  ['a missing end tag', '<T><Name>x</Name>'],
  ['an end tag too many', '<T></T></T>'],
  ['an end inside a tag', '<T'],
  ['an end inside text', '<T><Name>x'],
  ['an end after <', '<T><'],
  ['markup inside a scalar', '<T><Name><b>x</b></Name></T>'],
  ['a scalar twice', '<T><Name>x</Name><Name>y</Name></T>'],
  ['an attribute twice', '<T a="1" a="2"/>'],
  ['an attribute without quotes', '<T a=1/>'],
  ['an attribute without blank', '<T a="1"b="2"/>'],
  ['< in an attribute', '<T a="<"/>'],
  [']]> in text', '<T><Name>a]]>b</Name></T>'],
  ['-- in a comment', '<T><!-- a -- b --></T>'],
  ['a comment without end', '<T><!-- a'],
  ['CDATA without end', '<T><Name><![CDATA[a</Name></T>'],
  ['a control character', '<T><Name>\u0001</Name></T>'],
  ['U+FFFE', '<T><Name>\uFFFE</Name></T>'],
  ['a name that begins with a digit', '<1T/>'],
  ['bytes that are not UTF-8', new Uint8Array([0x3c, 0x54, 0x3e, 0xff, 0x3c, 0x2f, 0x54, 0x3e])],
  ['UTF-16', Buffer.from('\uFEFF<T/>', 'utf16le')],
  ['65 levels', '<T>'.repeat(65) + '</T>'.repeat(65)],
  ['a million levels', '<T>'.repeat(1_000_000)],
  ['a map entry without key', '<T><Labels><entry><value>1</value></entry></Labels></T>'],
];

test('decodeXml refuses a malformed document', async (t) => {
  for (const [name, document] of REFUSED) {
    await t.test(name, () => {
      const bytes = typeof document === 'string' ? utf8(document) : document;
      assert.throws(
        () => decodeXml(Thing, bytes),
        (error) => error instanceof DecodeError && error.kind === 'malformedXml',
      );
    });
  }
});

test('decodeXml names every violation with its place', () => {
  const Strict = struct({
    UserName: required(text({ min: 2, max: 3, pattern: /^[a-z]+$/ })),
    Size: required(integer({ max: 5 })),
    Tags: list(struct({ Key: required(string) })),
  });
  const document = '<T><UserName>ABCD</UserName><Tags><member/></Tags></T>';
  assert.throws(
    () => decodeXml(Strict, utf8(document)),
    (error) => {
      assert(error instanceof DecodeError);
      assert.equal(error.kind, 'constraint');
      assert.equal(
        error.message,
        "4 validation errors detected: Value 'ABCD' at 'userName' failed to satisfy constraint: " +
          "Member must satisfy regular expression pattern: [a-z]+; Value 'ABCD' at 'userName' " +
          'failed to satisfy constraint: Member must have length less than or equal to 3; ' +
          "Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be " +
          "null; Value null at 'size' failed to satisfy constraint: Member must not be null",
      );
      return true;
    },
  );
});

test('decodeXml takes time linear in a hostile document', () => {
  const hostile = [
    `<T ${'a'.repeat(400_000)}`,
    `<T${' '.repeat(400_000)}`,
    `<T${' a="1"'.repeat(60_000)}`,
    `<T>${'&'.repeat(400_000)}</T>`,
    `<T>${'<!---->'.repeat(60_000)}`,
    `<T>${'<X>'.repeat(100_000)}`,
    `<?xml version="1.0"${' '.repeat(400_000)}`,
  ];
  const startedAt = process.cpuUsage();
  for (const document of hostile)
    assert.throws(() => decodeXml(Thing, utf8(document)), DecodeError);
  // A quadratic reader needs minutes for these; the bound leaves a slow machine plenty of room.
  assert.ok(process.cpuUsage(startedAt).user < 5_000_000);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('<&>"\'', ']]>', '<![CDATA[', '\u0085\u2028', '\r\n', '😀\u0301', '&#x1;', ' '),
);
/** What XML can carry: NUL and the two non-characters have no spelling, surrogates no bytes. */
const xmlText = anyText.map((value) => value.toWellFormed().replace(/[\0\uFFFE\uFFFF]/g, ''));

test('encodeXml and decodeXml are inverse for any text', () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          Name: xmlText,
          Count: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
          Tags: fc.array(
            fc.record(
              { Key: xmlText, Value: xmlText },
              { requiredKeys: ['Key'], noNullPrototype: true },
            ),
          ),
          Part: fc.array(fc.record({ ETag: xmlText }, { noNullPrototype: true }), { minLength: 1 }),
          Type: xmlText,
          At: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
      (value) => {
        const document = encodeXml('T', 'http://example.com/', Thing, value);
        assert.deepEqual(decodeXml(Thing, utf8(document)), value);
      },
    ),
    { numRuns: 500 },
  );
});

test('decodeXml answers any damage with a value or a DecodeError', () => {
  const whole =
    '<?xml version="1.0"?><a:T xsi:type="x"><Name>a&lt;<![CDATA[b]]></Name><!-- c -->' +
    '<Tags><Tag><Key>k</Key></Tag></Tags><Part><ETag/></Part><Count>1</Count></a:T>';
  const damage = fc.tuple(
    fc.nat(whole.length),
    fc.nat(9),
    fc.constantFrom('', '<', '>', '/', '&', '"', ']]>', '<!--', '<T>', '</T>', '\0', '\xff', 'x'),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      let document = whole;
      for (const [at, length, text] of damages) {
        document = document.slice(0, at) + text + document.slice(at + length);
      }
      try {
        decodeXml(Thing, Buffer.from(document, 'latin1'));
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});

test('decodeXml keeps map keys such as __proto__ apart from the prototype', () => {
  const document = '<T><Labels><entry><key>__proto__</key><value>x</value></entry></Labels></T>';
  const { Labels } = decodeXml(Thing, utf8(document));
  assert.deepEqual(Object.entries(Labels ?? {}), [['__proto__', 'x']]);
  assert.equal(Object.getPrototypeOf(Labels), null);
});
