import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Which rooms each room may import, beside itself. Two rooms of one layer never see each other. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  policy: ['base'],
  signature: ['base'],
  wire: ['base'],
  certificates: ['base'],
  kv: ['base'],
  blob: ['base'],
  objects: ['base', 'kv', 'blob'],
  identity: ['base', 'kv', 'policy'],
  access: ['base', 'policy', 'signature', 'wire', 'objects', 'identity'],
  decisions: ['base', 'policy', 'kv', 'identity', 'access'],
  metadata: ['base'],
  s3: ['base', 'policy', 'signature', 'wire', 'blob', 'objects', 'identity', 'access'],
  iam: ['base', 'policy', 'signature', 'wire', 'identity', 'access'],
  sts: ['base', 'policy', 'signature', 'wire', 'identity', 'access', 'decisions'],
  coffer: ['base', 'policy', 'wire', 'objects', 'identity', 'access', 'decisions'],
  server: [
    'base',
    'policy',
    'signature',
    'wire',
    'certificates',
    'kv',
    'blob',
    'objects',
    'identity',
    'access',
    'decisions',
    'coffer',
    'metadata',
    's3',
    'iam',
    'sts',
  ],
  cli: ['base', 'policy', 'signature', 'wire', 'metadata', 'certificates', 'server'],
};

/** Tables and generated texts, in which length is no sign of anything. */
const LONG_TABLES: readonly string[] = [];
const FILE_LINES_MAX = 500;

/** Words of the language that only one place may say. */
const RESERVED: readonly { what: string; pattern: RegExp; allowed: (file: string) => boolean }[] = [
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b/,
    allowed: (file) => /^src\/(server|cli)\//.test(file),
  },
  {
    what: 'reads the clock',
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)/,
    allowed: (file) => file === 'src/base/clock.ts',
  },
  {
    what: 'draws randomness',
    pattern:
      /\b(randomBytes|randomUUID|randomInt|randomFill|randomFillSync|getRandomValues)\b|\bMath\.random\b/,
    allowed: (file) => file === 'src/base/random.ts',
  },
  {
    what: 'writes to the console',
    pattern: /\bconsole\.\w+\(/,
    allowed: (file) => file.startsWith('src/cli/'),
  },
];

/** Split, so that this file does not trip over itself. */
const UNFINISHED = new RegExp(
  `\\b(${['FIX', 'XX'].map((half) => `${half}${half === 'XX' ? 'X' : 'ME'}`).join('|')})\\b`,
);

interface Source {
  readonly file: string;
  readonly text: string;
  /** The text without comments, with as many lines. */
  readonly code: string;
  /** Files of the checkout that it imports, types included. */
  readonly imports: readonly string[];
  /** Those of them that are still there at run time. */
  readonly runtimeImports: readonly string[];
}

const sources: readonly Source[] = globSync('{src,bench,test,scripts}/**/*.ts', { cwd: root })
  .sort()
  .map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const code = withoutComments(text);
    const runtimeCode = code.replace(/^(im|ex)port type [^;]*;/gm, '');
    return {
      file,
      text,
      code,
      imports: importsOf(file, code),
      runtimeImports: importsOf(file, runtimeCode),
    };
  });

/** What ships: neither tests, nor the suites and doubles that tests share. */
const shipped = sources.filter(({ file }) => file.startsWith('src/') && !isTestCode(file));

function isTestCode(file: string): boolean {
  return /\.(test|suite)\.ts$/.test(file) || file.includes('/testing/');
}

function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/.*$/gm, '$1');
}

function importsOf(file: string, code: string): string[] {
  const found = code.matchAll(
    /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|new URL\(\s*)'(\.{1,2}\/[^']+\.ts)'/g,
  );
  return [...found].map(([, path]) => relative(root, join(root, dirname(file), path!)));
}

const roomOf = (file: string): string => file.split('/')[1]!;

function lineOf(code: string, pattern: RegExp): number {
  return code.slice(0, code.search(pattern)).split('\n').length;
}

describe('layers', () => {
  test('the parser of imports sees every form', () => {
    const code = [
      "import { a } from './a.ts';",
      "import type { B } from '../kv/b.ts';",
      "export * from './c.ts';",
      "import './d.ts';",
      "const e = await import('./e.ts');",
      "new Worker(new URL('./f.ts', import.meta.url));",
      "// import './g.ts';",
    ].join('\n');
    assert.deepEqual(importsOf('src/blob/x.ts', withoutComments(code)), [
      'src/blob/a.ts',
      'src/kv/b.ts',
      'src/blob/c.ts',
      'src/blob/d.ts',
      'src/blob/e.ts',
      'src/blob/f.ts',
    ]);
  });

  test('every room of src has its place', () => {
    const rooms = new Set(shipped.map(({ file }) => roomOf(file)));
    assert.deepEqual(
      [...rooms].filter((room) => MAY_IMPORT[room] === undefined),
      [],
    );
  });

  test('imports point down only, and never to a sibling', () => {
    const wrong = shipped.flatMap(({ file, imports }) =>
      imports
        .filter((target) => {
          if (!target.startsWith('src/')) return true;
          const [from, to] = [roomOf(file), roomOf(target)];
          return from !== to && !MAY_IMPORT[from]?.includes(to);
        })
        .map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  test('what ships imports no test code', () => {
    const wrong = shipped.flatMap(({ file, imports }) =>
      imports.filter(isTestCode).map((target) => `${file} imports ${target}`),
    );
    assert.deepEqual(wrong, []);
  });

  test('no import leads in a circle', () => {
    const importsByFile = new Map(shipped.map((one) => [one.file, one.runtimeImports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, way: readonly string[]): void => {
      const seenAt = way.indexOf(file);
      if (seenAt >= 0) circles.push([...way.slice(seenAt), file].join(' -> '));
      if (seenAt >= 0 || done.has(file)) return;
      for (const target of importsByFile.get(file) ?? []) visit(target, [...way, file]);
      done.add(file);
    };
    for (const { file } of shipped) visit(file, []);
    assert.deepEqual(circles, []);
  });

  for (const { what, pattern, allowed } of RESERVED) {
    test(`only its own place ${what}`, () => {
      const wrong = shipped
        .filter(({ file, code }) => !allowed(file) && pattern.test(code))
        .map(({ file, code }) => `${file}:${lineOf(code, pattern)} ${what}`);
      assert.deepEqual(wrong, []);
    });
  }
});

describe('tidiness', () => {
  test(`no file is longer than ${FILE_LINES_MAX} lines`, () => {
    const long = sources
      .filter(({ file }) => !LONG_TABLES.includes(file))
      .map(({ file, text }) => ({ file, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ file, lines }) => `${file} has ${lines} lines`);
    assert.deepEqual(long, []);
  });

  test('no marker of unfinished work is left', () => {
    const left = sources
      .filter(({ text }) => UNFINISHED.test(text))
      .map(({ file, text }) => `${file}:${lineOf(text, UNFINISHED)}`);
    assert.deepEqual(left, []);
  });

  test('names of files are in kebab case', () => {
    const wrong = sources
      .map(({ file }) => file)
      .filter((file) => !file.split('/').every((part) => /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(part)));
    assert.deepEqual(wrong, []);
  });

  test('every file of an operations folder is in its table', () => {
    const operations = shipped.filter(({ file }) => /^src\/[^/]+\/operations\//.test(file));
    const wrong = operations
      .filter(({ file }) => !file.endsWith('/index.ts'))
      .filter(({ file }) => {
        const table = operations.find((one) => one.file === join(dirname(file), 'index.ts'));
        return table === undefined || !table.imports.includes(file);
      })
      .map(({ file }) => `${file} is in no table`);
    assert.deepEqual(wrong, []);
  });

  test('every file that ships is used by another', () => {
    // Threads are started by file name, hence the search for the name alone.
    const unused = shipped
      .map(({ file }) => file)
      .filter((file) => file !== 'src/cli/main.ts')
      .filter((file) => {
        const name = file.split('/').at(-1)!.slice(0, -'.ts'.length);
        const mentions = (one: Source): boolean =>
          one.imports.includes(file) ||
          one.code.includes(`workerModule('${name}'`) ||
          (name !== 'index' && one.code.includes(`'./${name}`));
        return !sources.some((one) => one.file !== file && mentions(one));
      });
    assert.deepEqual(unused, []);
  });
});
