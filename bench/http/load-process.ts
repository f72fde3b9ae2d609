import { LoadConnection, type Window } from './load-connection.ts';
import type { LoadOrder, LoadReport, LoadResult, LoadSpec } from './load-spec.ts';
import { prepareRequests } from './signed-requests.ts';

/** Runs in a process of its own: prepares a window, tells so, and measures it when told to. */
let prepared: (() => Promise<LoadResult>) | undefined;

async function prepare(spec: LoadSpec): Promise<() => Promise<LoadResult>> {
  const requests = prepareRequests(spec);
  const times: number[] = [];
  let sent = 0;
  let bytes = 0;
  let errors = 0;
  let firstError: string | undefined;
  let endAt = 0;
  const window: Window = {
    spec,
    requests,
    next: () => {
      if (performance.now() >= endAt || (spec.once === true && sent >= spec.count))
        return undefined;
      const index = sent % spec.count;
      sent += 1;
      return index;
    },
    answered: (elapsedMs, size) => {
      times.push(elapsedMs);
      bytes += size;
    },
    failed: (message) => {
      errors += 1;
      firstError ??= message;
    },
  };
  const connections: LoadConnection[] = [];
  for (let index = 0; index < spec.connections; index += 1) {
    connections.push(await LoadConnection.open(window));
  }
  return async () => {
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    endAt = startedAt + spec.durationMs;
    await Promise.all(connections.map((connection) => connection.run()));
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    const sorted = Float64Array.from(times).sort();
    const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? 0;
    return {
      requests: times.length,
      errors,
      firstError,
      elapsedMs,
      perSecond: (times.length / elapsedMs) * 1000,
      bytes,
      p50: at(0.5),
      p99: at(0.99),
      clientCpuPerRequest: (user + system) / Math.max(1, times.length),
    };
  };
}

const report = (message: LoadReport) => process.send?.(message);

process.on('message', (order: LoadOrder) => {
  const work = async (): Promise<LoadReport> => {
    if (order.kind === 'prepare') {
      prepared = await prepare(order.spec);
      return { kind: 'prepared' };
    }
    if (prepared === undefined) throw new Error('No window was prepared');
    const result = await prepared();
    prepared = undefined;
    return { kind: 'done', result };
  };
  work().then(report, (error: Error) => report({ kind: 'failed', message: error.message }));
});
