import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder that is removed however this process ends, at the latest when it is disposed of. */
export interface PassingFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes a file that everybody may read, or its owner alone, and gives its path. */
  write(name: string, content: string, readers?: 'owner'): string;
  /** Makes an empty folder. */
  makeFolder(name: string): string;
  /** From now on the end of this process, by whatever, also ends that one (SIGTERM). */
  endWithUs(pid: number): void;
}

/**
 * A shell waits at the other end of a pipe, in a session of its own where no Ctrl-C reaches it. Its
 * pipe ends with this process, also when that is killed, and then it cleans up.
 */
const KEEPER = `
while read -r word pid; do
  case "$word" in
    ends) with=$pid ;;
    done) with= ;;
  esac
done
if [ -n "$with" ]; then kill -TERM "$with"; fi
rm -rf -- "$1"
`;
/** The program may run as another user than this process, and must get to what lies here. */
const FOLDER_MODE = 0o755;
const FILE_MODE = 0o644;
const OWNER_ONLY_MODE = 0o600;

export function openPassingFolder(): PassingFolder {
  const path = mkdtempSync(join(tmpdir(), 'coffer-exec-'));
  chmodSync(path, FOLDER_MODE);
  const keeper = spawn('/bin/sh', ['-c', KEEPER, 'coffer-exec', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  const ended = once(keeper, 'exit');
  keeper.stdin.on('error', () => {});
  keeper.unref();
  return {
    path,
    write: (name, content, readers) => {
      const file = join(path, name);
      writeFileSync(file, content, { mode: readers === 'owner' ? OWNER_ONLY_MODE : FILE_MODE });
      return file;
    },
    makeFolder: (name) => {
      mkdirSync(join(path, name), { mode: FOLDER_MODE });
      return join(path, name);
    },
    endWithUs: (pid) => void keeper.stdin.write(`ends ${pid}\n`),
    [Symbol.asyncDispose]: async () => {
      keeper.ref();
      keeper.stdin.end('done\n');
      await ended;
    },
  };
}
