import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Where the tools of the system lie that a user's own PATH may not have. */
const SYSTEM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** A tool of the system. */
export function findTool(name: string): string | undefined {
  return SYSTEM_FOLDERS.map((folder) => join(folder, name)).find(
    (file) => lookAt(file) === 'runnable',
  );
}

/** A program as a shell finds it. What is there and cannot be run is told apart from what is not. */
export function findProgram(
  name: string,
  path: string | undefined,
): { readonly file: string } | 'absent' | 'not runnable' {
  const files = name.includes('/')
    ? [resolve(name)]
    : (path ?? '/usr/bin:/bin').split(delimiter).map((folder) => resolve(folder, name));
  const found = files.find((file) => lookAt(file) === 'runnable');
  if (found !== undefined) return { file: found };
  return files.some((file) => lookAt(file) === 'there') ? 'not runnable' : 'absent';
}

function lookAt(file: string): 'runnable' | 'there' | 'absent' {
  try {
    if (!statSync(file).isFile()) return 'there';
    accessSync(file, constants.X_OK);
    return 'runnable';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? 'there' : 'absent';
  }
}
