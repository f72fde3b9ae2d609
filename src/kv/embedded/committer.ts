import type { MessagePort } from 'node:worker_threads';
import { StoreClosedError, StoreFailedError, StoreFullError } from '../errors.ts';
import type { Commit, CommitResult } from '../key-value-store.ts';
import { assertCommit } from '../resolve.ts';
import { CommitMessage, decodeOutcome } from './message.ts';
import type { Reply } from './message.ts';

interface Waiting {
  resolve(result: CommitResult): void;
  reject(error: Error): void;
}

/**
 * A thread's way to the writer. All commits of one turn of the event loop travel in one message;
 * replies come in the order of the messages.
 */
export class Committer {
  readonly #port: MessagePort;
  #message = new CommitMessage();
  #waiting: Waiting[] = [];
  /** Those of each message that is under way, in order. */
  readonly #posted: Waiting[][] = [];
  #refusal: Error | undefined;
  #onIdle: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (reply: Reply) => this.#receive(reply));
    port.on('close', () => {
      this.#refuse(new StoreFailedError('The writer of the store ended unexpectedly.'));
    });
    port.unref();
  }

  commit(commit: Commit): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      if (this.#refusal !== undefined) throw this.#refusal;
      assertCommit(commit);
      this.#message.append(commit);
      this.#waiting.push({ resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#post());
    });
  }

  /** Finishes what is under way and takes no more. */
  async close(): Promise<void> {
    this.#post();
    this.#refusal ??= new StoreClosedError('The store is closed.');
    if (this.#posted.length > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    this.#port.close();
  }

  #post(): void {
    if (this.#waiting.length === 0) return;
    const posted = this.#message.finish();
    this.#posted.push(this.#waiting);
    this.#message = new CommitMessage(1.5 * posted.size);
    this.#waiting = [];
    // A process must not end while somebody waits for an answer, and may when nobody does.
    if (this.#posted.length === 1) this.#port.ref();
    this.#port.postMessage(posted, [posted.commits]);
  }

  #receive(reply: Reply): void {
    if (reply.kind === 'closed') {
      this.#refuse(new StoreClosedError('The store is closed.'));
      return;
    }
    const waiting = this.#posted.shift() ?? [];
    if (this.#posted.length === 0) this.#port.unref();
    if (reply.kind === 'results') {
      for (const [index, { resolve, reject }] of waiting.entries()) {
        const outcome = decodeOutcome(reply.codes[index] ?? Number.NaN);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      }
    } else {
      const { message } = reply;
      const error =
        reply.kind === 'full' ? new StoreFullError(message) : new StoreFailedError(message);
      for (const { reject } of waiting) reject(error);
    }
    if (this.#posted.length === 0) this.#onIdle?.();
  }

  /** Rejects all that wait, and whatever comes. */
  #refuse(error: Error): void {
    this.#refusal ??= error;
    const waiting = [...this.#posted.splice(0).flat(), ...this.#waiting.splice(0)];
    for (const { reject } of waiting) reject(error);
    this.#port.unref();
    this.#onIdle?.();
  }
}
