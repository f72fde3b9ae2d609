import type { Measured } from './load.ts';

/** One line of the table of rates. */
export interface Row {
  readonly what: string;
  readonly contender: string;
  readonly connections?: number | undefined;
  readonly rate: number;
  readonly unit: '/s' | 'GB/s';
  /** Coffer's rate over this one's, where this is something to be held against. */
  readonly share?: number | undefined;
  /** Milliseconds. */
  readonly p50?: number;
  readonly p99?: number;
  /** Microseconds of the server's and the client's processes a request. */
  readonly serverCpu?: number | undefined;
  readonly clientCpu?: number;
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly requests?: number;
  readonly errors?: number;
  readonly firstError?: string | undefined;
}

/** One line of the table of goals. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly target: number;
  /** Whether the value must be at least or at most the target. */
  readonly sense: 'least' | 'most';
  readonly met: boolean;
  /** Undefined when the measure had errors or could not be taken. */
  readonly note?: string | undefined;
}

export interface Report {
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
  /** What was not measured, and why; what is worth knowing about the run. */
  readonly notes: readonly string[];
}

const MIB = 1024 * 1024;

export function rowOf(
  what: string,
  contender: string,
  connections: number,
  measured: Measured,
  options: { readonly bytesPerRequest?: number; readonly local?: boolean } = {},
): Row {
  const { bytesPerRequest, local = true } = options;
  const inBytes = bytesPerRequest !== undefined;
  return {
    what,
    contender,
    connections,
    rate: inBytes ? (measured.perSecond * bytesPerRequest) / 1e9 : measured.perSecond,
    unit: inBytes ? 'GB/s' : '/s',
    p50: measured.p50,
    p99: measured.p99,
    serverCpu: local ? measured.serverCpuPerRequest : undefined,
    clientCpu: measured.clientCpuPerRequest,
    memory: local ? measured.serverMemory : undefined,
    requests: measured.requests,
    errors: measured.errors,
    firstError: measured.firstError,
  };
}

export function goalOf(
  what: string,
  value: number,
  sense: Goal['sense'],
  target: number,
  unit: string,
  errors = 0,
): Goal {
  const reached = sense === 'least' ? value >= target : value <= target;
  const note = errors > 0 ? `${errors} errors` : undefined;
  return { what, value, unit, target, sense, met: reached && errors === 0, note };
}

export function formatReport({ rows, goals, notes }: Report): string {
  const rates = rows.map((row) => [
    row.what,
    row.connections === undefined ? '' : String(row.connections),
    row.contender,
    row.unit === '/s' ? figure(row.rate) : row.rate.toFixed(2),
    row.unit,
    row.share === undefined ? '' : row.share.toFixed(2),
    optional(row.p50, (value) => value.toFixed(2)),
    optional(row.p99, (value) => value.toFixed(2)),
    optional(row.serverCpu, figure),
    optional(row.clientCpu, figure),
    optional(row.memory, (value) => (value / MIB).toFixed(0)),
    row.errors === undefined || row.errors === 0 ? '' : `FAILED ${row.errors}: ${row.firstError}`,
  ]);
  const head = ['what', 'conns', 'who', 'rate', '', 'Coffer/it', 'p50 ms', 'p99 ms'];
  const table = aligned(
    [[...head, 'server µs', 'client µs', 'peak MiB', ''], ...rates],
    new Set([1, 3, 5, 6, 7, 8, 9, 10]),
  );
  const verdicts = goals.map(({ what, value, unit, target, sense, met, note }) => [
    what,
    precise(value),
    `at ${sense} ${target}`,
    unit,
    `${met ? 'met' : 'MISSED'}${note === undefined ? '' : ` (${note})`}`,
  ]);
  const goalTable = aligned([['goal', 'value', 'wanted', '', ''], ...verdicts], new Set([1]));
  return [table, '', goalTable, '', ...notes, ''].join('\n');
}

function optional(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? '' : format(value);
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

function precise(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
}

function aligned(lines: readonly (readonly string[])[], right: ReadonlySet<number>): string {
  const widths: number[] = [];
  for (const line of lines) {
    for (const [index, cell] of line.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return lines
    .map((line) =>
      line
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          return right.has(index) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
