import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import { StoreFullError } from '../errors.ts';
import type { Commit } from '../key-value-store.ts';
import { BatchWriter } from './batch.ts';
import { CheckpointPolicy } from './checkpoint-policy.ts';
import { openWriting } from './database.ts';
import { encodeOutcome, readCommits } from './message.ts';
import type { PostedCommits, Reply } from './message.ts';
import { toStoreError } from './sqlite-error.ts';
import { Stamps } from './stamps.ts';
import type { WriterData, WriterOrder, WriterReport } from './writer-protocol.ts';

/** Bytes after which a batch is closed: it bounds what a transaction holds in memory. */
const BATCH_SIZE_MAX = 16 * 1024 * 1024;

interface Received {
  readonly port: MessagePort;
  readonly commits: readonly Commit[];
}

/** The thread that writes: it takes all commits that wait, from every thread, as one batch. */
class Writer {
  readonly #revisions: Int32Array<SharedArrayBuffer>;
  readonly #database;
  readonly #batchWriter: BatchWriter;
  readonly #checkpoints: CheckpointPolicy;
  readonly #ports = new Set<MessagePort>();
  /** Why it takes no commits any more. */
  #failure: Error | undefined;

  constructor(data: WriterData) {
    const { folder, revisions, pagesMax } = data;
    this.#revisions = new Int32Array(revisions);
    this.#database = openWriting(folder, pagesMax);
    this.#batchWriter = new BatchWriter(this.#database, new Stamps(data.stamps));
    this.#checkpoints = new CheckpointPolicy(data, this.#database, (error) => {
      this.#fail(error);
    });
  }

  attach(port: MessagePort): void {
    this.#ports.add(port);
    port.on('message', (message: PostedCommits) => {
      const first = { port, commits: readCommits(message) };
      this.#apply([first, ...this.#drain(message.size)]);
    });
    port.on('close', () => this.#ports.delete(port));
  }

  async close(): Promise<void> {
    for (let rest = this.#drain(0); rest.length > 0; rest = this.#drain(0)) this.#apply(rest);
    for (const port of this.#ports) {
      reply(port, { kind: 'closed' });
      port.close();
    }
    await this.#checkpoints.close();
    this.#database.close();
  }

  /** What waits in every port, round by round, so that no thread keeps the others waiting. */
  #drain(sizeBefore: number): Received[] {
    const received: Received[] = [];
    let size = sizeBefore;
    for (let found = true; found;) {
      found = false;
      for (const port of this.#ports) {
        if (size >= BATCH_SIZE_MAX) return received;
        const next = receiveMessageOnPort(port) as { message: PostedCommits } | undefined;
        if (next === undefined) continue;
        found = true;
        size += next.message.size;
        received.push({ port, commits: readCommits(next.message) });
      }
    }
    return received;
  }

  #apply(received: readonly Received[]): void {
    if (this.#failure !== undefined) {
      refuse(received, this.#failure);
      return;
    }
    const changed = new Set<number>();
    try {
      const commits = received.length === 1 ? received[0]?.commits : undefined;
      const all = commits ?? received.flatMap((message) => message.commits);
      const codes = this.#batchWriter.apply(all, changed).map(encodeOutcome);
      for (const space of changed) Atomics.add(this.#revisions, space, 1);
      let start = 0;
      for (const { port, commits: own } of received) {
        const end = start + own.length;
        reply(port, { kind: 'results', codes: Float64Array.from(codes.slice(start, end)) });
        start = end;
      }
    } catch (error) {
      refuse(received, this.#fail(error));
      return;
    }
    this.#checkpoints.afterBatch(this.#batchWriter.pagesWritten);
  }

  /** A full disk may have room again; after anything else nobody knows what the disk holds. */
  #fail(error: unknown): Error {
    const failure = toStoreError(error);
    if (!(failure instanceof StoreFullError)) this.#failure ??= failure;
    return failure;
  }
}

function refuse(received: readonly Received[], error: Error): void {
  const kind = error instanceof StoreFullError ? 'full' : 'failed';
  for (const { port } of received) reply(port, { kind, message: error.message });
}

function reply(port: MessagePort, message: Reply): void {
  port.postMessage(message);
}

function report(message: WriterReport): void {
  parentPort?.postMessage(message);
}

function start(): void {
  assert(parentPort !== null, 'The writer is the entry of a thread.');
  let writer: Writer;
  try {
    writer = new Writer(workerData as WriterData);
  } catch (error) {
    const { name, message } =
      error instanceof Error && 'errcode' in error ? toStoreError(error) : asError(error);
    report({ kind: 'refused', name, message });
    return;
  }
  parentPort.on('message', async (order: WriterOrder) => {
    if (order.kind === 'attach') return writer.attach(order.port);
    await writer.close();
    parentPort?.close();
  });
  report({ kind: 'ready' });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

start();
