import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { editIni, parseIni, withoutSettings } from './ini.ts';

describe('parseIni', () => {
  const cases: readonly { name: string; text: string; expected: object }[] = [
    { name: 'nothing', text: '', expected: {} },
    {
      name: 'sections with dots, blanks and slashes in their names',
      text: '[profile my.site.example]\nregion = a\n[a b]\nregion=b\n[c/d]\nregion:c\n',
      expected: {
        'profile my.site.example': { region: 'a' },
        'a b': { region: 'b' },
        'c/d': { region: 'c' },
      },
    },
    {
      name: 'values with ; # = and blanks inside',
      text: '[default]\naws_secret_access_key = a;b #c=d/+=\n',
      expected: { default: { aws_secret_access_key: 'a;b #c=d/+=' } },
    },
    {
      name: 'comments and settings outside of any section',
      text: 'lost = 1\n# x = 1\n; y = 2\n[default] ; a remark\n  # z = 3\nregion = eu\n',
      expected: { default: { region: 'eu' } },
    },
    {
      name: 'indented settings below an empty value, and only there',
      text: '[default]\ns3 =\n  addressing_style = path\n  max_queue_size = 4\nregion = x\n  y = z\n',
      expected: {
        default: { s3: { addressing_style: 'path', max_queue_size: '4' }, region: 'x' },
      },
    },
    {
      name: 'carriage returns, a byte order mark, names in capitals, a section twice',
      text: '\uFEFF[a]\r\nREGION = x\r\n[b]\r\n[a]\r\nregion = y\r\noutput = json\r\n',
      expected: { a: { region: 'y', output: 'json' }, b: {} },
    },
  ];
  for (const { name, text, expected } of cases) {
    test(name, () => assert.deepEqual(Object.fromEntries(parseIni(text)), expected));
  }
});

describe('editIni', () => {
  const BOTH = '# mine\n[a]\nregion = x\ns3 =\n  addressing_style = path\n\n[b]\nregion = y\n';
  const cases: readonly {
    name: string;
    text: string;
    section: string;
    changes: Record<string, string | undefined>;
    expected: string;
  }[] = [
    {
      name: 'begins a file',
      text: '',
      section: 'profile a',
      changes: { region: 'x' },
      expected: '[profile a]\nregion = x\n',
    },
    {
      name: 'adds a section',
      text: '[b]\nregion = y\n',
      section: 'a',
      changes: { region: 'x' },
      expected: '[b]\nregion = y\n\n[a]\nregion = x\n',
    },
    {
      name: 'changes, adds and takes away, and touches nothing else',
      text: BOTH,
      section: 'a',
      changes: { region: 'z', output: 'json', s3: undefined },
      expected: '# mine\n[a]\nregion = z\noutput = json\n\n[b]\nregion = y\n',
    },
    {
      name: 'keeps the settings below a name',
      text: BOTH,
      section: 'a',
      changes: { region: 'z' },
      expected: BOTH.replace('region = x', 'region = z'),
    },
    {
      name: 'changes the last section of a file without an end of line',
      text: '[a]\nregion = x',
      section: 'a',
      changes: { region: 'y', output: 'text' },
      expected: '[a]\nregion = y\noutput = text\n',
    },
  ];
  for (const { name, text, section, changes, expected } of cases) {
    test(name, () => assert.equal(editIni(text, section, changes), expected));
  }
});

test('withoutSettings: drops settings of any section with what belongs to them, and nothing else', () => {
  const text = [
    '# mine',
    '[default]',
    'Region = x',
    'key = 1',
    'services =',
    '  key = kept below another',
    '[profile a]',
    'key =',
    '  below = it',
    '#key = 2',
    'last = y',
    '',
  ].join('\n');
  assert.equal(
    withoutSettings(text, (name) => name === 'key'),
    '# mine\n[default]\nRegion = x\nservices =\n  key = kept below another\n[profile a]\n#key = 2\nlast = y\n',
  );
});
