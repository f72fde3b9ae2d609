/**
 * Loaded with `--import` into a server under measurement: SIGUSR2 starts the CPU profiler of every
 * worker thread and of the main thread, the next one stops it and writes a file for each thread to
 * the folder COFFER_BENCH_PROFILES.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import threads, { isMainThread, Worker } from 'node:worker_threads';

const workers = new Map<Worker, string>();
const folder = process.env['COFFER_BENCH_PROFILES'] ?? '.';

class SeenWorker extends Worker {
  constructor(...parts: ConstructorParameters<typeof Worker>) {
    super(...parts);
    const name = /([^/]+)\.[jt]s$/.exec(String(parts[0]))?.[1] ?? 'thread';
    workers.set(this, name);
    this.once('exit', () => workers.delete(this));
  }
}

const main = new Session();
let stop: (() => Promise<void>) | undefined;

async function start(): Promise<() => Promise<void>> {
  main.connect();
  await main.post('Profiler.enable');
  await main.post('Profiler.setSamplingInterval', { interval: 500 });
  await main.post('Profiler.start');
  const handles = await Promise.all(
    [...workers].map(async ([worker, name]) => ({
      file: `${name}-${worker.threadId}`,
      handle: await worker.startCpuProfile(),
    })),
  );
  return async () => {
    const { profile } = await main.post('Profiler.stop');
    writeFileSync(join(folder, 'main.cpuprofile'), JSON.stringify(profile));
    main.disconnect();
    for (const { file, handle } of handles) {
      writeFileSync(join(folder, `${file}.cpuprofile`), await handle.stop());
    }
    process.stderr.write('profiles are written\n');
  };
}

async function toggle(): Promise<void> {
  if (stop === undefined) {
    stop = await start();
    return;
  }
  await stop();
  stop = undefined;
}

if (isMainThread) {
  threads.Worker = SeenWorker;
  syncBuiltinESMExports();
  process.on('SIGUSR2', () => {
    void toggle();
  });
}
