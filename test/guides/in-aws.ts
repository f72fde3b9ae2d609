import { spawnSync } from 'node:child_process';
import { MAIN, NODE } from '../harness/checkout.ts';
import type { TestServer } from '../harness/server.ts';

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
