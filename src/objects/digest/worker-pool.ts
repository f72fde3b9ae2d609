import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { workerModule } from '../../base/worker-module.ts';
import type { Algorithm } from './algorithms.ts';
import type { DigestReply, DigestRequest } from './digest-message.ts';

/** One stream of bytes on its way through one worker. */
export interface Lane {
  /** Adds the first `size` bytes of a slot; they must not change until `digested` is called. */
  update(slot: number, memory: Uint8Array<SharedArrayBuffer>, size: number): void;
  /**
   * Ends the stream and gives its digests; afterwards the worker holds none of its memory. Rejects
   * when the worker died. May be called again, for the same promise.
   */
  end(): Promise<ReadonlyMap<Algorithm, Uint8Array>>;
}

export interface LaneEvents {
  digested(slot: number): void;
  /** The worker died; nothing more will be digested. */
  failed(error: Error): void;
}

/** A digest worker ended without being told to. */
export class DigestWorkerError extends Error {
  override readonly name = 'DigestWorkerError';
}

const WORKER_URL = workerModule('digest-worker', import.meta.url);

/**
 * Digest workers of this thread: started when first needed, never more than the cores, and none of
 * them keeps the process alive while it has nothing to do.
 */
export class WorkerPool {
  readonly workersMax: number;
  readonly #url: URL;
  readonly #workers = new Set<DigestWorker>();

  constructor(workersMax: number = availableParallelism(), url: URL = WORKER_URL) {
    this.workersMax = workersMax;
    this.#url = url;
  }

  get workerCount(): number {
    return this.#workers.size;
  }

  get laneCount(): number {
    let count = 0;
    for (const worker of this.#workers) count += worker.laneCount;
    return count;
  }

  /** Opens a stream on the worker that has the fewest. */
  open(algorithms: readonly Algorithm[], events: LaneEvents): Lane {
    let chosen: DigestWorker | undefined;
    for (const worker of this.#workers) {
      if (chosen === undefined || worker.laneCount < chosen.laneCount) chosen = worker;
    }
    const isBusy = chosen === undefined || chosen.laneCount > 0;
    if (chosen === undefined || (isBusy && this.#workers.size < this.workersMax)) {
      const started = new DigestWorker(this.#url, () => this.#workers.delete(started));
      this.#workers.add(started);
      chosen = started;
    }
    return chosen.open(algorithms, events);
  }

  /** Ends every worker; what is open on them fails. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }
}

interface OpenLane {
  readonly events: LaneEvents;
  readonly ended: PromiseWithResolvers<ReadonlyMap<Algorithm, Uint8Array>>;
}

class DigestWorker {
  readonly #worker: Worker;
  readonly #lanes = new Map<number, OpenLane>();
  #nextStream = 0;

  constructor(url: URL, onDead: () => void) {
    this.#worker = new Worker(url);
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on('message', (reply: DigestReply) => this.#receive(reply));
    this.#worker.on('error', (error) => (cause = error));
    // The worker's last event: from here on no thread reads the lanes' memory.
    this.#worker.on('exit', () => {
      onDead();
      this.#failAll(new DigestWorkerError('A digest worker ended unexpectedly', { cause }));
    });
  }

  get laneCount(): number {
    return this.#lanes.size;
  }

  open(algorithms: readonly Algorithm[], events: LaneEvents): Lane {
    const stream = this.#nextStream;
    this.#nextStream += 1;
    const ended: OpenLane['ended'] = Promise.withResolvers();
    // Whoever cares for a failure hears of it by `failed` or by the promise that `end` returns.
    ended.promise.catch(() => {});
    this.#lanes.set(stream, { events, ended });
    this.#worker.ref();
    this.#send({ kind: 'open', stream, algorithms });
    const sent = new Set<number>();
    let isEnding = false;
    return {
      update: (slot, memory, size) => {
        const isKnown = sent.has(slot);
        sent.add(slot);
        this.#send({ kind: 'update', stream, slot, memory: isKnown ? undefined : memory, size });
      },
      end: () => {
        if (!isEnding) this.#send({ kind: 'end', stream });
        isEnding = true;
        return ended.promise;
      },
    };
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #send(request: DigestRequest): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: DigestReply): void {
    const lane = this.#lanes.get(reply.stream);
    if (lane === undefined) return;
    if (reply.kind === 'digested') return lane.events.digested(reply.slot);
    this.#lanes.delete(reply.stream);
    if (this.#lanes.size === 0) this.#worker.unref();
    lane.ended.resolve(reply.digests);
  }

  #failAll(error: Error): void {
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    for (const lane of lanes) {
      lane.ended.reject(error);
      lane.events.failed(error);
    }
  }
}
