import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = globSync(['*.md', 'bench/*.md', 'docs/**/*.md'], { cwd: root });
const packed = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] })
  .files;

interface Link {
  readonly page: string;
  /** The file from the root of the checkout. */
  readonly path: string;
  readonly anchor: string | undefined;
}

function linksOf(page: string): Link[] {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor] = target.split('#');
      return { page, path: file === '' ? page : normalize(join(dirname(page), file)), anchor };
    });
}

/** The names of a page's headings, as sites that show Markdown make them. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('links lead somewhere', () => {
  const broken = pages.flatMap(linksOf).filter(({ path, anchor }) => {
    if (!existsSync(join(root, path))) return true;
    return anchor !== undefined && !anchorsOf(path).includes(anchor);
  });
  assert.deepEqual(broken, []);
});

test('every decision is listed', () => {
  const listed = linksOf('docs/decisions/README.md').map(({ path }) => path);
  const written = readdirSync(join(root, 'docs/decisions')).map((name) => `docs/decisions/${name}`);
  assert.deepEqual(
    listed.toSorted(),
    written.filter((path) => !path.endsWith('/README.md')),
  );
});

test('what the README leads to is in the package', () => {
  const missing = linksOf('README.md').filter(
    ({ path }) => !packed.some((file) => path === file || path.startsWith(`${file}/`)),
  );
  assert.deepEqual(missing, []);
});
