/**
 * Starts a server once, in a folder that is gone afterwards, and stops it: what it loaded stays
 * compiled beside the packages, so that the first start of an installed checkout is like the next.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'coffer-warm-'));
try {
  const server = spawn(process.execPath, [main, 'serve', '--data', folder, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(server, 'exit');
  await Promise.race([once(server.stdout, 'data'), ended]);
  server.kill('SIGTERM');
  const [code] = (await ended) as [number | null];
  process.exitCode = code ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
