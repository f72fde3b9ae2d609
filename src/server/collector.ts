import type { Log } from '../base/log.ts';
import type { ObjectStore } from '../objects/store.ts';

/** When nothing is left to reclaim, the collector looks again after this time. */
const IDLE_MS = 5000;
/** Between rounds that found something, so that requests come first. */
const BUSY_MS = 50;

/** Lifecycle rules fall due once a day, whatever a day is; asking costs nothing. */
const LIFECYCLE_IDLE_MS = 1000;

/** Reclaims unreferenced bytes in the background until it is disposed of. */
export function startCollector(objects: ObjectStore, log: Log): AsyncDisposable {
  const collect = async () => (await objects.collect()) > 0;
  return repeat(collect, IDLE_MS, (error) => {
    log.write('error', 'Collecting failed and is tried again', { error: String(error) });
  });
}

/** Carries out lifecycle rules in the background until it is disposed of. */
export function startLifecycle(objects: ObjectStore, log: Log): AsyncDisposable {
  return repeat(
    () => objects.runLifecycle(),
    LIFECYCLE_IDLE_MS,
    (error) => {
      log.write('error', 'A lifecycle pass failed and is tried again', { error: String(error) });
    },
  );
}

/** Calls `round` again and again, at once-ish while it finds work, else after `idleMs`. */
function repeat(
  round: () => Promise<boolean>,
  idleMs: number,
  onError: (error: unknown) => void,
): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let isEnded = false;
  const next = (delayMs: number) => {
    if (isEnded) return;
    timer = setTimeout(() => {
      running = runOnce();
    }, delayMs);
    timer.unref();
  };
  const runOnce = async () => {
    let isBusy = false;
    try {
      isBusy = await round();
    } catch (error) {
      onError(error);
    }
    next(isBusy ? BUSY_MS : idleMs);
  };
  next(BUSY_MS);
  return {
    async [Symbol.asyncDispose]() {
      isEnded = true;
      clearTimeout(timer);
      await running;
    },
  };
}
