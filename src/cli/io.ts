import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** What a command may touch of the world, so that a test can run it with another one. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /**
   * Asks whoever sits at the terminal, and shows what is typed unless it is secret. Undefined where
   * there is nobody: standard input is no terminal, or was closed.
   */
  ask(question: string, answer?: 'secret'): Promise<string | undefined>;
  /** Resolves at the first request to stop: Ctrl-C, or SIGTERM. */
  untilStopped(): Promise<void>;
}

export function processIo(): Io {
  return {
    environment: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    ask: askAtTerminal,
    untilStopped: () =>
      new Promise((resolve) => {
        // For good: under npm one Ctrl-C comes twice, from the terminal and from npm, and the second
        // would end at once what the first lets finish.
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
      }),
  };
}

/** Asks on standard error, since standard output is for results. */
function askAtTerminal(question: string, answer?: 'secret'): Promise<string | undefined> {
  if (!process.stdin.isTTY) return Promise.resolve(undefined);
  // A terminal echoes by the interface's hand: one that writes nowhere shows nothing.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: answer === 'secret' ? silent : process.stderr,
    terminal: true,
  });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.once('SIGINT', () => {
      lines.close();
      process.kill(process.pid, 'SIGINT');
    });
    if (answer === 'secret') process.stderr.write(question);
    lines.question(answer === 'secret' ? '' : question, (text) => {
      if (answer === 'secret') process.stderr.write('\n');
      resolve(text);
      lines.close();
    });
  });
}
