import type { Measured } from './load.ts';
import { goalOf, rowOf, type Row } from './report.ts';
import type { RunningServer } from './servers.ts';
import { asMeasured, interleaved, measure, type Ask, type Session } from './session.ts';

export const SMALL_SIZE = 4096;
/** Objects that the small reads take turns with. */
export const SMALL_COUNT = 1000;
export const BUCKET = 'bench';
const CONNECTIONS = [1, 16, 64] as const;
const MOST = 64;
/** Puts prepared for a window; a window that has used them up ends early. */
const PUTS_MAX = { 1: 4000, 16: 20_000, 64: 40_000 } as const;

const get = (connections: number): Ask => ({
  connections,
  method: 'GET',
  target: `/${BUCKET}/o/{n}`,
  count: SMALL_COUNT,
  expectStatus: 200,
  expectSize: SMALL_SIZE,
});

/** GET and HEAD of 4 KiB against the bare server, nginx and the other servers. */
export async function smallReads(session: Session): Promise<void> {
  const { coffer, bare, nginx, peers, pace } = session;
  const all = [coffer, bare, ...(nginx === undefined ? [] : [nginx]), ...peers];
  for (const server of all) {
    const warmMs = server === coffer ? pace.warmMs : pace.windowMs;
    await measure(session, server, get(MOST), warmMs);
  }
  for (const connections of CONNECTIONS) {
    const ask = get(connections);
    const servers = connections === MOST ? all : all.filter((one) => !peers.includes(one));
    await contest(session, 'GET 4 KiB', servers, ask);
  }
  const head: Ask = { ...get(MOST), method: 'HEAD', expectSize: 0 };
  for (const connections of CONNECTIONS) {
    await contest(session, 'HEAD', [coffer], { ...head, connections });
  }
}

/** Measures servers in turns and adds their rows; a goal where there is one for small reads. */
async function contest(
  session: Session,
  what: string,
  servers: readonly RunningServer[],
  ask: Ask,
): Promise<void> {
  const results = await interleaved(
    session.pace.rounds,
    servers.map((server) => () => measure(session, server, ask)),
  );
  const [own] = results;
  for (const [index, server] of servers.entries()) {
    const result = results[index];
    if (own === undefined || result === undefined) continue;
    const share = index === 0 ? undefined : own.perSecond / result.perSecond;
    session.rows.push({ ...rowOf(what, server.name, ask.connections, result), share });
    if (server === session.bare && ask.connections === MOST) {
      const name = 'small GET of bare node:http, 64 connections';
      session.goals.push(goalOf(name, share ?? 0, 'least', 0.4, '×', own.errors + result.errors));
    }
  }
}

/** Durable PUT of 4 KiB, and DELETE of what was put, against what store and disk give bare. */
export async function smallWrites(session: Session): Promise<void> {
  const { coffer, peers, pace, limits, rows, goals } = session;
  let batch = 0;
  const putsAndDeletes = async (
    server: RunningServer,
    connections: keyof typeof PUTS_MAX,
    durationMs = pace.windowMs,
  ) => {
    batch += 1;
    const target = `/${BUCKET}/p${batch}/{n}`;
    const ask: Ask = {
      connections,
      method: 'PUT',
      target,
      count: PUTS_MAX[connections],
      once: true,
      bodySize: SMALL_SIZE,
      expectStatus: 200,
    };
    const put = await measure(session, server, ask, durationMs);
    const { bodySize: _, ...rest } = ask;
    const count = Math.max(1, put.requests);
    const removal: Ask = { ...rest, method: 'DELETE', count, expectStatus: 204 };
    return { put, removal: await measure(session, server, removal, durationMs) };
  };
  await putsAndDeletes(coffer, MOST, pace.warmMs);
  for (const connections of CONNECTIONS) {
    const removals: Measured[] = [];
    const commits = () =>
      asMeasured(
        limits.perSecond({
          kind: 'commits',
          writers: connections,
          size: SMALL_SIZE,
          ms: pace.windowMs,
        }),
      );
    const appends = () =>
      asMeasured(
        limits.perSecond({
          kind: 'appends',
          group: connections,
          size: SMALL_SIZE,
          ms: pace.windowMs / 4,
        }),
      );
    const ofServer = (server: RunningServer) => async () => {
      const { put, removal } = await putsAndDeletes(server, connections);
      if (server === coffer) removals.push(removal);
      return put;
    };
    const others = connections === MOST ? peers : [];
    const results = await interleaved(pace.rounds, [
      ofServer(coffer),
      commits,
      appends,
      ...others.map(ofServer),
    ]);
    const [own, bareCommits, bareAppends, ...ofPeers] = results;
    if (own === undefined || bareCommits === undefined || bareAppends === undefined) return;
    const put = 'durable PUT 4 KiB';
    rows.push(rowOf(put, coffer.name, connections, own));
    rows.push(bareRow(put, 'store, commits', connections, own, bareCommits));
    rows.push(bareRow(put, 'disk, synced appends', connections, own, bareAppends));
    for (const [index, server] of others.entries()) {
      const result = ofPeers[index];
      if (result === undefined) continue;
      const share = own.perSecond / result.perSecond;
      rows.push({ ...rowOf(put, server.name, connections, result), share });
    }
    const [removed] = await interleaved(removals.length, [() => Promise.resolve(removals.pop()!)]);
    if (removed !== undefined) rows.push(rowOf('DELETE', coffer.name, connections, removed));
    if (connections !== MOST) continue;
    const share = own.perSecond / bareCommits.perSecond;
    const name = "small PUT of the store's bare durable commits, 64 connections";
    goals.push(goalOf(name, share, 'least', 0.6, '×', own.errors));
  }
}

function bareRow(
  what: string,
  contender: string,
  connections: number,
  own: Measured,
  bare: Measured,
): Row {
  const share = own.perSecond / bare.perSecond;
  return { what, contender, connections, rate: bare.perSecond, unit: '/s', share };
}
