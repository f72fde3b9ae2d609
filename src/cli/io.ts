/** What a command may touch of the world, so that a test can run it with another one. */
export interface Io {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  /** Resolves at the first request to stop: Ctrl-C, or SIGTERM. */
  untilStopped(): Promise<void>;
}

export function processIo(): Io {
  return {
    environment: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    untilStopped: () =>
      new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      }),
  };
}
