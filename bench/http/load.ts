import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { LoadOrder, LoadReport, LoadResult, LoadSpec } from './load-spec.ts';
import { cpuMicros, peakMemory, resetPeakMemory } from './process-stats.ts';

/** One window against one server. */
export interface Measured extends LoadResult {
  /** Microseconds of all threads of the server. */
  readonly serverCpuPerRequest: number;
  /** Bytes resident at most during the window. */
  readonly serverMemory: number;
}

/** The load process. */
export class LoadGenerator implements Disposable {
  readonly #child: ChildProcess = fork(new URL('load-process.ts', import.meta.url), [], {
    serialization: 'advanced',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });

  constructor() {
    // Without it a window would be waited for that nobody measures any more.
    this.#child.once('exit', (code) => {
      if (code !== null) throw new Error('The load process ended');
    });
  }

  /** Measures one window, and the processes `pids` of the server during it. */
  async run(spec: LoadSpec, pids: readonly number[]): Promise<Measured> {
    await this.#ask({ kind: 'prepare', spec });
    resetPeakMemory(pids);
    const cpu = cpuMicros(pids);
    const report = await this.#ask({ kind: 'go' });
    if (report.kind !== 'done') throw new Error('The load process lost its window');
    const { result } = report;
    return {
      ...result,
      serverCpuPerRequest: (cpuMicros(pids) - cpu) / Math.max(1, result.requests),
      serverMemory: peakMemory(pids),
    };
  }

  async #ask(order: LoadOrder): Promise<LoadReport> {
    const answer = once(this.#child, 'message');
    this.#child.send(order);
    const [report] = (await answer) as [LoadReport];
    if (report.kind === 'failed') throw new Error(report.message);
    return report;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

/** The windows of one contender as one: medians, errors of all, the highest memory. */
export function medianOf(windows: readonly Measured[]): Measured {
  const mid = (pick: (one: Measured) => number) => median(windows.map(pick));
  return {
    requests: windows.reduce((sum, one) => sum + one.requests, 0),
    errors: windows.reduce((sum, one) => sum + one.errors, 0),
    firstError: windows.find((one) => one.firstError !== undefined)?.firstError,
    elapsedMs: mid((one) => one.elapsedMs),
    perSecond: mid((one) => one.perSecond),
    bytes: windows.reduce((sum, one) => sum + one.bytes, 0),
    p50: mid((one) => one.p50),
    p99: mid((one) => one.p99),
    clientCpuPerRequest: mid((one) => one.clientCpuPerRequest),
    serverCpuPerRequest: mid((one) => one.serverCpuPerRequest),
    serverMemory: Math.max(...windows.map((one) => one.serverMemory)),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
