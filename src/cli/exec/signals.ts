import type { ChildProcess } from 'node:child_process';
import { constants } from 'node:os';

/** What others send to end or to tell a program something. */
const PASSED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** What a terminal sends to everybody in its foreground, the program included. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
/** Shells report a program that a signal ended so. */
const SIGNALLED_EXIT = 128;

export interface SignalPass extends Disposable {
  /** From now on signals are this process's, also those that came earlier. */
  to(child: ChildProcess): void;
}

/** Takes this process's signals for a program, which need not be there yet. */
export function passSignals(hasTerminal: boolean): SignalPass {
  let target: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  const pass = (signal: NodeJS.Signals): void => {
    if (target === undefined) early.push(signal);
    else target.kill(signal);
  };
  const leave = (): void => {};
  const taken = [
    ...PASSED.map((signal) => ({ signal, take: pass })),
    ...FROM_TERMINAL.map((signal) => ({ signal, take: hasTerminal ? leave : pass })),
  ];
  for (const { signal, take } of taken) process.on(signal, take);
  return {
    to: (child) => {
      target = child;
      for (const signal of early.splice(0)) child.kill(signal);
    },
    [Symbol.dispose]: () => {
      for (const { signal, take } of taken) process.off(signal, take);
    },
  };
}

/** Resolves to the exit code that is the program's. */
export async function exitOf(child: ChildProcess): Promise<number> {
  const [code, signal] = await endOf(child);
  return signal === null ? (code ?? 1) : SIGNALLED_EXIT + constants.signals[signal];
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
