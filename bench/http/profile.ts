/** `node bench/http/profile.ts [get|put|list] [connections]`: where a serving thread's time goes. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { startCoffer } from './contenders.ts';
import { LoadGenerator } from './load.ts';
import type { LoadSpec } from './load-spec.ts';
import { HOST } from './servers.ts';
import { profileLines } from './profile-report.ts';

const [what = 'get', connections = '64'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'));
process.env['COFFER_BENCH_PROFILES'] = folder;
const WARM_MS = 3000;
const WINDOW_MS = 5000;
const SETTLE_MS = 1500;
const LINES_SHOWN = 45;

try {
  const hook = fileURLToPath(new URL('profile-hook.ts', import.meta.url));
  await using server = await startCoffer(join(folder, 'data'), {
    threads: 2,
    nodeFlags: [`--import=${hook}`],
  });
  using load = new LoadGenerator();
  const base = { host: HOST, port: server.port, key: server.key, connections: 16 };
  const pids = server.pids();
  const quick = async (spec: LoadSpec) => {
    const result = await load.run(spec, pids);
    if (result.errors > 0) throw new Error(result.firstError);
    return result;
  };
  const put = { ...base, method: 'PUT', bodySize: 4096, expectStatus: 200, once: true } as const;
  await quick({ ...put, bodySize: 0, target: '/bench', count: 1, connections: 1, durationMs: 5e3 });
  await quick({ ...put, target: '/bench/o/{n}', count: 1000, durationMs: 20e3 });
  const specs: Record<string, LoadSpec> = {
    get: {
      ...base,
      method: 'GET',
      target: '/bench/o/{n}',
      count: 1000,
      expectStatus: 200,
      expectSize: 4096,
      durationMs: WARM_MS,
    },
    put: { ...put, once: false, target: '/bench/p/{n}', count: 20_000, durationMs: WARM_MS },
    list: {
      ...base,
      method: 'GET',
      target: '/bench?list-type=2&max-keys=1000',
      count: 1,
      expectStatus: 200,
      durationMs: WARM_MS,
    },
  };
  const spec: LoadSpec = { ...specs[what]!, connections: Number(connections) };
  await quick(spec);
  const plain = await quick(spec);
  process.kill(pids[0]!, 'SIGUSR2');
  await delay(SETTLE_MS);
  await quick({ ...spec, durationMs: WINDOW_MS });
  process.kill(pids[0]!, 'SIGUSR2');
  await delay(SETTLE_MS);
  const { perSecond, p50, p99, serverCpuPerRequest, clientCpuPerRequest } = plain;
  console.log(
    `${what} at ${connections}: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, ` +
      `server ${serverCpuPerRequest.toFixed(1)} µs, client ${clientCpuPerRequest.toFixed(1)} µs a request`,
  );
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const { busy, lines } = profileLines(join(folder, file));
    console.log(`\n${file}: busy ${(100 * busy).toFixed(0)} %`);
    for (const key of ['self', 'total'] as const) {
      console.log(`  by ${key}`);
      for (const line of lines.toSorted((a, b) => b[key] - a[key]).slice(0, LINES_SHOWN)) {
        const [self, total] = [line.self, line.total].map((share) =>
          `${(100 * share).toFixed(1)} %`.padStart(7),
        );
        console.log(`  ${self} ${total}  ${line.where}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
