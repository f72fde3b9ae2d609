import type { Log } from '../base/log.ts';
import type { ObjectStore } from '../objects/store.ts';

/** When nothing is left to reclaim, the collector looks again after this time. */
const IDLE_MS = 5000;
/** Between rounds that found something, so that requests come first. */
const BUSY_MS = 50;

/** Reclaims unreferenced bytes in the background until it is disposed of. */
export function startCollector(objects: ObjectStore, log: Log): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> = Promise.resolve();
  let isEnded = false;
  const next = (delayMs: number) => {
    if (isEnded) return;
    timer = setTimeout(() => {
      round = collect();
    }, delayMs);
    timer.unref();
  };
  const collect = async () => {
    let found = 0;
    try {
      found = await objects.collect();
    } catch (error) {
      log.write('error', 'Collecting failed and is tried again', { error: String(error) });
    }
    next(found > 0 ? BUSY_MS : IDLE_MS);
  };
  next(BUSY_MS);
  return {
    async [Symbol.asyncDispose]() {
      isEnded = true;
      clearTimeout(timer);
      await round;
    },
  };
}
