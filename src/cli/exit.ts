/** Exit codes that scripts can rely on. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** The words of the call make no sense. */
  usage: 2,
  /** Credentials or configuration are absent or wrong. */
  configuration: 3,
  denied: 4,
  notFound: 5,
  /** Something is there already, is not empty, or is not as a condition wants it. */
  conflict: 6,
  /** Some items failed; standard error lists them. */
  partly: 7,
  /** A guard refused: a limit, or a question that nobody could answer. */
  guarded: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code that an error carries, or the common one. */
export function exitCodeOfError(error: unknown): ExitCode {
  const code = (error as { exitCode?: unknown }).exitCode;
  return Object.values(EXIT).find((one) => one === code) ?? EXIT.failed;
}
