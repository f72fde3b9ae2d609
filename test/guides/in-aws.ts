import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestServer } from '../harness/server.ts';

const NODE = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Why programs cannot be run against AWS's names here; false where they can. */
export function needExec(): string | false {
  const ran = spawnSync('unshare', ['--net', '--mount', 'true']);
  return ran.status === 0 ? false : 'namespaces are not to be had here';
}

/** The command, run where AWS's names are this server. */
export function inAws(
  server: Pick<TestServer, 'endpoint'>,
  command: readonly string[],
  flags: readonly string[] = [],
): readonly string[] {
  return [NODE, MAIN, 'exec', '--endpoint', server.endpoint, ...flags, '--', ...command];
}
