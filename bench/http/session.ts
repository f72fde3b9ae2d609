import type { LoadGenerator } from './load.ts';
import { medianOf, type Measured } from './load.ts';
import type { Limits } from './limits.ts';
import type { LoadSpec } from './load-spec.ts';
import type { Goal, Row } from './report.ts';
import { HOST, type RunningServer } from './servers.ts';

/** How long everything is measured. */
export interface Pace {
  readonly windowMs: number;
  readonly rounds: number;
  readonly warmMs: number;
}

/** What all measures of a run work with and add to. */
export interface Session {
  readonly pace: Pace;
  readonly load: LoadGenerator;
  readonly limits: Limits;
  readonly coffer: RunningServer;
  /** Absent when it is not installed. */
  readonly nginx: RunningServer | undefined;
  readonly bare: RunningServer;
  /** Other S3 servers, with a bucket `bench` that has the same small objects. */
  readonly peers: readonly RunningServer[];
  readonly rows: Row[];
  readonly goals: Goal[];
  readonly notes: string[];
}

/** A spec without what the session and the server know. */
export type Ask = Omit<LoadSpec, 'host' | 'port' | 'key' | 'durationMs'>;

export function measure(
  { load, pace }: Pick<Session, 'load' | 'pace'>,
  server: RunningServer,
  ask: Ask,
  durationMs = pace.windowMs,
): Promise<Measured> {
  const spec = { ...ask, host: HOST, port: server.port, key: server.key, durationMs };
  return load.run(spec, server.pids());
}

/** Like `measure`, for what must succeed before anything can be measured. */
export async function must(
  session: Pick<Session, 'load' | 'pace'>,
  server: RunningServer,
  ask: Ask,
): Promise<void> {
  const { errors, firstError } = await measure(session, server, ask, PREPARE_MS_MAX);
  if (errors > 0) throw new Error(`${server.name}: ${firstError}`);
}

const PREPARE_MS_MAX = 60_000;

/** Takes turns between the measures, as often as the pace says, and gives the medians. */
export async function interleaved(
  rounds: number,
  measures: readonly (() => Promise<Measured>)[],
): Promise<Measured[]> {
  const windows: Measured[][] = measures.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, one] of measures.entries()) windows[index]?.push(await one());
  }
  return windows.map(medianOf);
}

/** A limit's rate in the form of a window, so that it takes its turn with the servers. */
export async function asMeasured(rate: Promise<number>): Promise<Measured> {
  const perSecond = await rate;
  return {
    requests: 0,
    errors: 0,
    firstError: undefined,
    elapsedMs: 0,
    perSecond,
    bytes: 0,
    p50: 0,
    p99: 0,
    clientCpuPerRequest: 0,
    serverCpuPerRequest: 0,
    serverMemory: 0,
  };
}
