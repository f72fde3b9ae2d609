import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A program that nobody here wrote, found on this machine. */
export interface Client {
  readonly name: string;
  /** Undefined when this machine has none. */
  readonly path: string | undefined;
}

/** Debian's own folder comes first where the version matters: other installations may shadow it. */
const DEBIAN_BIN = '/usr/bin';

export function findProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return [DEBIAN_BIN, ...folders].map((folder) => join(folder, name)).find(isExecutable);
}

/** The same program elsewhere in PATH than in Debian's folder: usually a newer release. */
export function findOtherProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .filter((folder) => folder !== DEBIAN_BIN && folder !== '/bin')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Pythons of this machine that can import a module, Debian's first, one for each version of it. */
export function findPythons(module: string): { python: string; version: string }[] {
  const folders = [DEBIAN_BIN, ...(process.env['PATH'] ?? '').split(delimiter)];
  const found = new Map<string, string>();
  for (const python of new Set(folders.map((folder) => join(folder, 'python3')))) {
    if (!isExecutable(python)) continue;
    const code = `import ${module}; print(${module}.__version__)`;
    const ran = spawnSync(python, ['-c', code], { encoding: 'utf8' });
    const version = ran.stdout.trim();
    if (ran.status === 0 && !found.has(version)) found.set(version, python);
  }
  return [...found].map(([version, python]) => ({ python, version }));
}

/** The path of a client, or the reason why its tests are skipped; continuous integration never skips. */
export function need(
  name: string,
  path: string | undefined,
): { path: string; skip: string | false } {
  if (path !== undefined) return { path, skip: false };
  const reason = `${name} is not installed`;
  if (process.env['CI'] === 'true') throw new Error(`${reason}, and CI=true allows no gap`);
  return { path: '', skip: reason };
}
