import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** What others send to end or to tell a program something. */
const PASSED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;
/** What a terminal sends to everybody in its foreground, the program included. */
const FROM_TERMINAL = ['SIGINT', 'SIGQUIT'] as const;
/** Shells report a program that a signal ended so. */
const SIGNALLED_EXIT = 128;

/** Passes this process's signals to the program, and resolves to the exit code that is the program's. */
export async function exitOf(child: ChildProcess, hasTerminal: boolean): Promise<number> {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  const leave = (): void => {};
  const own = hasTerminal ? leave : pass;
  for (const signal of PASSED) process.on(signal, pass);
  for (const signal of FROM_TERMINAL) process.on(signal, own);
  try {
    const [code, signal] = await endOf(child);
    return signal === null ? (code ?? 1) : SIGNALLED_EXIT + constants.signals[signal];
  } finally {
    for (const signal of PASSED) process.off(signal, pass);
    for (const signal of FROM_TERMINAL) process.off(signal, own);
  }
}

function endOf(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve([child.exitCode, child.signalCode]);
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve([code, signal]));
  });
}
