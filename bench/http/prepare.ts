import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { secureBytes } from '../../src/base/random.ts';
import { EMPTY_SHA256_HEX, signRequestV4 } from '../../src/signature/index.ts';
import { startCoffer } from './contenders.ts';
import { fillBuckets, listedKey } from './fill.ts';
import { LARGE_SIZE } from './large-objects.ts';
import { LARGE_BUCKET, LARGE_BUCKET_KEYS, SMALL_BUCKET, SMALL_BUCKET_KEYS } from './listings.ts';
import { HOST, type RunningServer } from './servers.ts';
import { must, type Session } from './session.ts';
import { BUCKET, SMALL_COUNT, SMALL_SIZE } from './small-objects.ts';

/** Headers that node's server adds by itself, or that the bare server counts for itself. */
const NODES_OWN = new Set(['connection', 'keep-alive', 'date', 'content-length']);

type Loads = Pick<Session, 'load' | 'pace'>;

/** The bucket and the objects that small reads read. */
export async function putSmallObjects(session: Loads, server: RunningServer): Promise<void> {
  const ask = { method: 'PUT', once: true, expectStatus: 200, bodySize: SMALL_SIZE } as const;
  const target = `/${BUCKET}/o/{n}`;
  await must(session, server, { ...ask, connections: 16, target, count: SMALL_COUNT });
}

export async function createBucket(
  session: Loads,
  server: RunningServer,
  name: string,
): Promise<void> {
  const ask = { method: 'PUT', once: true, expectStatus: 200, bodySize: 0, count: 1 } as const;
  await must(session, server, { ...ask, connections: 1, target: `/${name}` });
}

/** A data folder with all buckets. Returns how long the first start of all took, and the filling. */
export async function prepareData(
  session: Loads,
  dataFolder: string,
  threads: number,
  keyCount: number,
): Promise<{ firstStartMs: number; fillMs: number }> {
  let firstStartMs: number;
  const template = { bucket: SMALL_BUCKET, key: listedKey(0) };
  {
    await using server = await startCoffer(dataFolder, { threads });
    firstStartMs = server.readyMs;
    for (const name of [BUCKET, SMALL_BUCKET, LARGE_BUCKET]) {
      await createBucket(session, server, name);
    }
    await putSmallObjects(session, server);
    await must(session, server, {
      connections: 1,
      method: 'PUT',
      target: `/${SMALL_BUCKET}/${template.key}`,
      count: 1,
      once: true,
      bodySize: 100,
      expectStatus: 200,
    });
  }
  const startedAt = performance.now();
  const step = LARGE_BUCKET_KEYS / SMALL_BUCKET_KEYS;
  await fillBuckets(dataFolder, template, [
    { bucket: SMALL_BUCKET, count: Math.min(keyCount, SMALL_BUCKET_KEYS), step },
    { bucket: LARGE_BUCKET, count: keyCount, step: 1 },
  ]);
  return { firstStartMs, fillMs: performance.now() - startedAt };
}

/** The same objects as files, for nginx. */
export function writeFiles(folder: string): void {
  for (const name of ['o', 'large']) mkdirSync(join(folder, BUCKET, name), { recursive: true });
  const small = secureBytes(SMALL_SIZE);
  for (let index = 0; index < SMALL_COUNT; index += 1) {
    writeFileSync(join(folder, BUCKET, 'o', String(index).padStart(7, '0')), small);
  }
  writeFileSync(join(folder, BUCKET, 'large', '0000000'), secureBytes(LARGE_SIZE));
}

/** The headers of an answer to a small GET, which the bare server then sends too. */
export async function headersOfSmallGet(server: RunningServer): Promise<string[]> {
  const target = `/${BUCKET}/o/0000000`;
  if (server.key === undefined) throw new Error('Coffer answers signed requests only');
  const { headers } = signRequestV4({
    method: 'GET',
    target,
    headers: { host: `${HOST}:${server.port}` },
    credentials: server.key,
    region: 'us-east-1',
    service: 's3',
    nowMs: systemClock.nowMs(),
    payloadHash: EMPTY_SHA256_HEX,
  });
  const raw = await new Promise<string[]>((resolve, reject) => {
    const request = get({ host: HOST, port: server.port, path: target, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.rawHeaders));
    });
    request.once('error', reject);
  });
  return raw.filter((_, index) => !NODES_OWN.has((raw[index - (index % 2)] ?? '').toLowerCase()));
}
