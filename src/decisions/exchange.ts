import { BroadcastChannel } from 'node:worker_threads';
import type { Trace } from './trace.ts';

/** What one thread may ask of the others. */
export type Ask =
  /** The decisions on a request that the thread made. */
  | { readonly kind: 'find'; readonly requestId: string }
  /** To write down what it has only seen so far. */
  | { readonly kind: 'flush' };

/** How the threads of a server speak of what each of them has decided. */
export interface Exchange extends Disposable {
  /** What the others answer; those that do not answer in time are left out. */
  askAll(ask: Ask): Promise<readonly Trace[]>;
  /** Sets what this thread answers. */
  answer(answerer: (ask: Ask) => Promise<readonly Trace[]>): void;
}

type Message =
  | { readonly kind: 'ask'; readonly from: string; readonly number: number; readonly ask: Ask }
  | {
      readonly kind: 'answer';
      readonly to: string;
      readonly number: number;
      readonly traces: readonly Trace[];
    };

/** A thread that is busy answers late; a person who asks why waits no longer than this. */
const ANSWER_TIMEOUT_MS = 2000;

/**
 * The exchange of the threads that name the same channel. `others` is how many of them there are
 * beside this one, so that an answer need not wait for the time to run out.
 */
export function openExchange(channelName: string, own: string, others: number): Exchange {
  const channel = new BroadcastChannel(channelName);
  channel.unref();
  const waiting = new Map<number, (traces: readonly Trace[]) => void>();
  let answerer: (ask: Ask) => Promise<readonly Trace[]> = async () => [];
  let count = 0;
  const post = (message: Message): void => channel.postMessage(message);
  channel.addEventListener('message', (event) => {
    const message = (event as unknown as { readonly data: Message }).data;
    if (message.kind === 'answer') {
      if (message.to === own) waiting.get(message.number)?.(message.traces);
      return;
    }
    const { from: to, number, ask } = message;
    void answerer(ask)
      .catch(() => [])
      .then((traces) => post({ kind: 'answer', to, number, traces }));
  });
  return {
    askAll(ask) {
      count += 1;
      const number = count;
      const answers: Trace[] = [];
      let awaited = others;
      return new Promise((resolve) => {
        const finish = (): void => {
          clearTimeout(timeout);
          waiting.delete(number);
          resolve(answers);
        };
        const timeout = setTimeout(finish, ANSWER_TIMEOUT_MS);
        waiting.set(number, (traces) => {
          answers.push(...traces);
          awaited -= 1;
          if (awaited <= 0) finish();
        });
        if (awaited <= 0) finish();
        else post({ kind: 'ask', from: own, number, ask });
      });
    },
    answer(given) {
      answerer = given;
    },
    [Symbol.dispose]: () => channel.close(),
  };
}

/** For a server of one thread. */
export const NO_EXCHANGE: Exchange = {
  askAll: async () => [],
  answer() {},
  [Symbol.dispose]() {},
};
