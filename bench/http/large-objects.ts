import { BUCKET } from './small-objects.ts';
import { residentMemory } from './process-stats.ts';
import { goalOf, rowOf } from './report.ts';
import type { RunningServer } from './servers.ts';
import { asMeasured, interleaved, measure, must, type Ask, type Session } from './session.ts';

const MIB = 1024 * 1024;
export const LARGE_SIZE = 64 * MIB;
const CONNECTIONS = [1, 4] as const;
/** Names that large puts take turns with, so that little is left on the disk. */
const NAMES = 4;
const SAMPLE_MS = 20;
const FLAT_WITHIN_MIB = 64;
const TRANSFER_MS_MAX = 180_000;

const putLarge = (connections: number): Ask => ({
  connections,
  method: 'PUT',
  target: `/${BUCKET}/large/{n}`,
  count: NAMES,
  bodySize: LARGE_SIZE,
  expectStatus: 200,
});

/** GET and PUT of 64 MiB, against nginx and against the MD5 of one core. */
export async function largeObjects(session: Session): Promise<void> {
  const { coffer, nginx, pace, limits, rows, goals } = session;
  await must(session, coffer, { ...putLarge(1), count: 1, once: true });
  // Coffer's large files are written past the page cache, nginx's was written through it.
  const { bodySize: _, ...firstGet } = putLarge(1);
  await must(session, coffer, { ...firstGet, method: 'GET', count: 1, once: true });
  const inBytes = { bytesPerRequest: LARGE_SIZE };
  for (const connections of CONNECTIONS) {
    const get: Ask = {
      connections,
      method: 'GET',
      target: `/${BUCKET}/large/{n}`,
      count: 1,
      expectStatus: 200,
      expectSize: LARGE_SIZE,
    };
    const servers = nginx === undefined ? [coffer] : [coffer, nginx];
    const results = await interleaved(
      pace.rounds,
      servers.map((server) => () => measure(session, server, get)),
    );
    const [own, other] = results;
    if (own === undefined) return;
    rows.push(rowOf('GET 64 MiB', coffer.name, connections, own, inBytes));
    if (nginx === undefined || other === undefined) continue;
    const share = own.perSecond / other.perSecond;
    rows.push({ ...rowOf('GET 64 MiB', nginx.name, connections, other, inBytes), share });
    const name = `64 MiB GET of nginx, ${connections} connections`;
    goals.push(goalOf(name, share, 'least', 0.7, '×', own.errors + other.errors));
  }
  for (const connections of CONNECTIONS) {
    const [own, md5, files] = await interleaved(pace.rounds, [
      () => measure(session, coffer, putLarge(connections)),
      () => asMeasured(limits.perSecond({ kind: 'md5', ms: pace.windowMs / 2 })),
      () =>
        asMeasured(limits.perSecond({ kind: 'files', size: LARGE_SIZE, ms: pace.windowMs / 2 })),
    ]);
    if (!own || !md5 || !files) return;
    const what = 'durable PUT 64 MiB';
    const row = rowOf(what, coffer.name, connections, own, inBytes);
    const rate = md5.perSecond / 1e9;
    const share = row.rate / rate;
    rows.push(row, { what, contender: 'MD5, one core', connections, rate, unit: 'GB/s', share });
    const disk = files.perSecond / 1e9;
    rows.push({
      what,
      contender: 'disk, file and sync',
      connections,
      rate: disk,
      unit: 'GB/s',
      share: row.rate / disk,
    });
    const name = `64 MiB PUT of one core's MD5, ${connections} connections`;
    goals.push(goalOf(name, share, 'least', 0.8, '×', own.errors));
  }
}

/**
 * Memory while one object streams through a server that has only warmed up: what it grows by beyond
 * what it had before the transfer.
 */
export async function streaming(
  session: Session,
  server: RunningServer,
  size: number,
): Promise<void> {
  await must(session, server, { ...putLarge(1), count: 1, once: true });
  const warmGet: Ask = { ...putLarge(1), method: 'GET', count: 1, once: true };
  const { bodySize: _, ...warm } = warmGet;
  await must(session, server, warm);
  const put: Ask = {
    connections: 1,
    method: 'PUT',
    target: `/${BUCKET}/huge`,
    count: 1,
    once: true,
    bodySize: size,
    expectStatus: 200,
  };
  const { bodySize: __, ...rest } = put;
  const get: Ask = { ...rest, method: 'GET', expectSize: size };
  const before = residentMemory(server.pids());
  const gib = size / (1024 * MIB);
  for (const [what, ask] of [
    [`PUT ${gib} GiB`, put],
    [`GET ${gib} GiB`, get],
  ] as const) {
    let peak = 0;
    const pids = server.pids();
    const timer = setInterval(() => {
      peak = Math.max(peak, residentMemory(pids));
    }, SAMPLE_MS);
    const result = await measure(session, server, ask, TRANSFER_MS_MAX);
    clearInterval(timer);
    session.rows.push(rowOf(what, server.name, 1, result, { bytesPerRequest: size }));
    const growth = (Math.max(peak, result.serverMemory) - before) / MIB;
    const name = `memory that streaming grew by, ${what}`;
    session.goals.push(goalOf(name, growth, 'most', FLAT_WITHIN_MIB, 'MiB', result.errors));
  }
  await must(session, server, { ...rest, method: 'DELETE', expectStatus: 204 });
}
