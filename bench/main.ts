/** `npm run bench`: every goal of Coffer's speed as a ratio to a limit measured in the same run. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBare, startCoffer, startNginx, startS3rver } from './http/contenders.ts';
import { largeObjects, streaming } from './http/large-objects.ts';
import { Limits } from './http/limits.ts';
import { LARGE_BUCKET_KEYS, listings } from './http/listings.ts';
import { LoadGenerator, median } from './http/load.ts';
import { headersOfSmallGet, prepareData, putSmallObjects, writeFiles } from './http/prepare.ts';
import { formatReport, goalOf, type Report } from './http/report.ts';
import type { RunningServer } from './http/servers.ts';
import type { Pace, Session } from './http/session.ts';
import { BUCKET, SMALL_SIZE, smallReads, smallWrites } from './http/small-objects.ts';
import { benchPolicy } from './policy.ts';
import { benchSessions } from './sessions.ts';

const GIB = 1024 ** 3;
const READY_STARTS = 3;
/** The measures for which a million keys must be there; others do without when run by themselves. */
const NEEDS_KEYS = ['listings', 'ready'];
/** What large objects, their predecessors and two copies of a million keys take at most. */
const FREE_DISK_MIN = 24 * GIB;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    threads: { type: 'string', default: String(availableParallelism()) },
    /** Measures whose name holds this text; all when absent. */
    only: { type: 'string', default: '' },
  },
});

/** The compiler goes on for some twenty thousand requests; a server that runs for days is warm. */
const PACE: Pace = flags.quick
  ? { windowMs: 1000, rounds: 1, warmMs: 3000 }
  : { windowMs: 2000, rounds: 3, warmMs: 8000 };
const HUGE_SIZE = flags.quick ? GIB : 5 * GIB;

const startedAt = performance.now();
const folder = mkdtempSync(join(tmpdir(), 'coffer-bench-'));
try {
  const report = await run();
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : `\n${formatReport(report)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<Report> {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < FREE_DISK_MIN) throw new Error(`${folder} has less than 24 GiB free`);
  const threads = Number(flags.threads);
  const notes = [
    `${cpus().length} × ${cpus()[0]?.model}, shared with the client; node ${process.version}; ` +
      `Coffer serves with ${threads} threads; load average before ${loadavg()[0]?.toFixed(1)}`,
  ];
  await using opened = new AsyncDisposableStack();
  const load = opened.use(new LoadGenerator());
  const limits = opened.use(new Limits(folder));
  const dataFolder = join(folder, 'data');
  progress('preparing a million keys');
  const keyCount = NEEDS_KEYS.some((name) => name.includes(flags.only)) ? LARGE_BUCKET_KEYS : 0;
  const loads = { load, pace: PACE };
  const { firstStartMs, fillMs } = await prepareData(loads, dataFolder, threads, keyCount);
  notes.push(`filling with ${keyCount} keys took ${(fillMs / 1000).toFixed(1)} s`);
  const session: Session = {
    pace: PACE,
    load,
    limits,
    ...(await startContenders(opened, { load, pace: PACE }, dataFolder, threads, notes)),
    rows: [],
    goals: [],
    notes,
  };
  await stage('small-reads', () => smallReads(session));
  await stage('small-writes', () => smallWrites(session));
  await stage('listings', () => listings(session));
  await stage('large', () => largeObjects(session));
  await stage('policy', () => policyDecisions(session));
  await stage('sessions', () => sessions(session));
  await session.coffer[Symbol.asyncDispose]();
  await stage('ready', () => readyTimes(session, dataFolder, threads, firstStartMs));
  await stage('streaming', async () => {
    await using server = await startCoffer(dataFolder, { threads });
    await streaming(session, server, HUGE_SIZE);
  });
  notes.push(`the run took ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const failed = session.rows.filter((row) => (row.errors ?? 0) > 0);
  if (failed.length > 0) notes.push(`${failed.length} rows FAILED: not every answer was right`);
  return { rows: session.rows, goals: session.goals, notes };
}

async function startContenders(
  opened: AsyncDisposableStack,
  parts: Pick<Session, 'load' | 'pace'>,
  dataFolder: string,
  threads: number,
  notes: string[],
): Promise<Pick<Session, 'coffer' | 'bare' | 'nginx' | 'peers'>> {
  progress('starting servers');
  const coffer = opened.use(await startCoffer(dataFolder, { threads }));
  const headers = await headersOfSmallGet(coffer);
  const bare = opened.use(await startBare(headers, SMALL_SIZE, threads));
  const files = join(folder, 'files');
  writeFiles(files);
  const nginx = await optional('nginx', notes, () => startNginx(files, folder, threads));
  if (nginx !== undefined) opened.use(nginx);
  const peers: RunningServer[] = [];
  if (flags.quick) notes.push('s3rver: left out of a quick run');
  else {
    const s3rver = await optional('s3rver', notes, () => startS3rver(folder, BUCKET));
    if (s3rver !== undefined) {
      peers.push(opened.use(s3rver));
      await putSmallObjects(parts, s3rver);
    }
  }
  notes.push('Ceph radosgw: not measured; it needs a cluster of its own beside it');
  return { coffer, bare, nginx, peers };
}

async function optional(
  name: string,
  notes: string[],
  start: () => Promise<RunningServer>,
): Promise<RunningServer | undefined> {
  try {
    return await start();
  } catch (error) {
    notes.push(`${name}: not measured: ${(error as Error).message.split('\n')[0]}`);
    return undefined;
  }
}

async function policyDecisions({ rows, goals }: Session): Promise<void> {
  const results = await benchPolicy();
  for (const { name, value, unit } of results) {
    if (unit === 'decisions/s') {
      rows.push({ what: name, contender: 'Coffer', rate: value, unit: '/s' });
    } else {
      goals.push(goalOf(name, value, 'most', name.includes('20') ? 10 : 2, 'µs'));
    }
  }
}

async function sessions({ rows, goals }: Session): Promise<void> {
  for (const { name, value, unit } of await benchSessions()) {
    if (unit === 'requests/s') {
      rows.push({ what: name, contender: 'Coffer', rate: value, unit: '/s' });
      goals.push(goalOf(name, value, 'least', 1000, '/s'));
    } else if (unit === 'times') {
      goals.push(goalOf(name, value, 'most', 1.2, unit));
    }
  }
}

/**
 * From spawning the process to the line that says it serves. The first start is that of a checkout
 * which is installed: installing leaves the code compiled. How long it takes otherwise is told too.
 */
async function readyTimes(
  { goals, notes }: Session,
  dataFolder: string,
  threads: number,
  firstStartMs: number,
): Promise<void> {
  const times: number[] = [];
  for (let start = 0; start < READY_STARTS; start += 1) {
    await using server = await startCoffer(dataFolder, { threads });
    times.push(server.readyMs);
  }
  goals.push(
    goalOf('ready to serve, empty data folder', firstStartMs / 1000, 'most', 1, 's'),
    goalOf('ready to serve, over a million keys', median(times) / 1000, 'most', 1, 's'),
  );
  for (const what of ['nothing compiled', 'everything compiled']) {
    const fresh = mkdtempSync(join(folder, 'first-'));
    const compileCache = join(folder, 'compiled');
    await using server = await startCoffer(fresh, { threads, compileCache });
    notes.push(`start in an empty folder, ${what}: ${server.readyMs.toFixed(0)} ms`);
  }
  notes.push(`starts over a million keys: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
}

async function stage(name: string, work: () => Promise<void>): Promise<void> {
  if (!name.includes(flags.only)) return;
  progress(name);
  await work();
}

function progress(text: string): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
}
