import type { Clock } from '../../base/clock.ts';
import type { ListenerOptions } from '../listener.ts';
import type { Connection } from './connection.ts';
import type { FrontLimits } from './limits.ts';

/** What a front is to do with requests, wherever their connections come from. */
export type FrontOptions = Pick<ListenerOptions, 'handle' | 'log'>;

/** What the connections of one listener share. */
export class Front {
  readonly options: FrontOptions;
  readonly limits: FrontLimits;
  readonly connections = new Set<Connection>();
  /** Whether every answer is the last one of its connection. */
  isClosing = false;
  /** Time since the start as the sweeps count it: no request reads a clock for its timeouts. */
  elapsedMs = 0;
  readonly #clock: Clock;
  readonly #keepAlive: string;
  #second = -1;
  #date = '';
  #openTail = '';

  constructor(options: FrontOptions, limits: FrontLimits, clock: Clock) {
    this.options = options;
    this.limits = limits;
    this.#clock = clock;
    this.#keepAlive = `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(limits.keepAliveTimeoutMs / 1000)}\r\n\r\n`;
  }

  /** The last fields of every answer, with the empty line. */
  answerTail(keepsAlive: boolean): string {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = `Date: ${new Date(second * 1000).toUTCString()}\r\n`;
      this.#openTail = this.#date + this.#keepAlive;
    }
    return keepsAlive ? this.#openTail : `${this.#date}Connection: close\r\n\r\n`;
  }

  report(message: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.options.log.write('error', message, { error: text });
  }

  /** Looks at every connection once; called at even intervals, by which the timeouts are counted. */
  sweep(intervalMs: number): void {
    this.elapsedMs += intervalMs;
    for (const connection of this.connections) connection.expire();
  }
}
