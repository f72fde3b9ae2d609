import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { LimitOrder, LimitReport } from './limits-process.ts';

/** Asks the process that measures what machine and store give by themselves. */
export class Limits implements Disposable {
  readonly #child: ChildProcess;

  constructor(folder: string) {
    this.#child = fork(new URL('limits-process.ts', import.meta.url), [folder]);
    this.#child.once('exit', (code) => {
      if (code !== null) throw new Error('The process that measures limits ended');
    });
  }

  async perSecond(order: LimitOrder): Promise<number> {
    const answer = once(this.#child, 'message');
    this.#child.send(order);
    const [report] = (await answer) as [LimitReport];
    return report.perSecond;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
