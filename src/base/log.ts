import { systemClock, type Clock } from './clock.ts';

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes one JSON object a line. Secrets and signatures are never among the fields. */
export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
}

const SEVERITY: Record<LogLevel, number> = { error: 0, warning: 1, info: 2, debug: 3 };

/** A log that keeps lines at or above `level` and hands each, with its newline, to `sink`. */
export function jsonLog(
  sink: (line: string) => void,
  level: LogLevel,
  clock: Clock = systemClock,
): Log {
  return {
    write(lineLevel, message, fields) {
      if (SEVERITY[lineLevel] > SEVERITY[level]) return;
      const time = new Date(clock.nowMs()).toISOString();
      sink(`${JSON.stringify({ time, level: lineLevel, message, ...fields })}\n`);
    },
  };
}

export const silentLog: Log = { write() {} };
