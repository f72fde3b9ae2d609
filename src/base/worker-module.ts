import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The address of the module `name` beside the module at `importer`, for starting a worker: it ends
 * in `.ts` in a checkout and in `.js` in the built package.
 */
export function workerModule(name: string, importer: string): URL {
  return new URL(`./${name}${extname(fileURLToPath(importer))}`, importer);
}

/** None: by default a thread gets the process's flags, some of which only a process understands. */
export const WORKER_FLAGS: string[] = [];
