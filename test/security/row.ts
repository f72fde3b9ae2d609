import type { Answer } from '../harness/signed-client.ts';
import type { Cast } from './cast.ts';

/** How servers are broken into, after the mechanism. */
export type Family =
  | 'F1 a signature that is not checked'
  | 'F2 a header that is not signed'
  | 'F3 the source of a copy'
  | 'F4 a path that leaves its place'
  | 'F5 a form and its policy'
  | 'F6 a header meant for insiders'
  | 'F7 a user who raises himself'
  | 'F8 a route that nobody guards'
  | 'F9 a token that proves nothing'
  | 'F10 a condition that is misread'
  | 'F11 an answer before the right to it'
  | 'F12 encryption by the client’s key'
  | 'F13 denial of service'
  | 'F14 what an answer says';

/** A published fault of another server, as requests to this one. */
export interface Row {
  /** As published; several of one mechanism share a row. */
  readonly id: string;
  readonly peer: string;
  readonly family: Family;
  readonly what: string;
  /** Each of the requests must be answered alike. */
  readonly requests: (cast: Cast) => Promise<readonly Promise<Answer>[]>;
  readonly expected: readonly [status: number, code?: string];
  /** Looks further at the answers, or at what the requests left behind. */
  readonly afterwards?: (answers: readonly Answer[], cast: Cast) => Promise<void>;
}

/** A published fault that has no place here to be in. */
export interface Absent {
  readonly id: string;
  readonly peer: string;
  readonly why: string;
}
