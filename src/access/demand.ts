import { whenKnown, type Awaitable } from '../base/awaitable.ts';
import type { Log } from '../base/log.ts';
import type { IdentityStore } from '../identity/index.ts';
import { consider, type Considered, type Question } from './authorize.ts';
import { signedRegion, type Caller } from './caller.ts';
import { denialOf } from './denial.ts';

/** Hears of every decision that the answer to a request depends on. */
export interface DecisionObserver {
  /** Called for every request that goes on, so it must cost next to nothing. */
  allowed(requestId: string, question: Question, considered: Considered): void;
  /** Returns what the refusal says beside AWS's own words, as members of the wire error. */
  denied(
    requestId: string,
    question: Question,
    considered: Considered,
  ): Readonly<Record<string, string>>;
}

export interface DemandParts {
  readonly identity: IdentityStore;
  readonly observer: DecisionObserver;
  readonly log: Log;
}

/** Throws AccessError in AWS's words unless the caller may. */
export function demandAccess(
  parts: DemandParts,
  requestId: string,
  question: Question,
  service: 's3' | 'query',
): Awaitable<void> {
  noteUse(parts.identity, question.caller, question.action);
  return whenKnown(consider(parts.identity, question), (considered) => {
    const { effect, error } = considered.decision;
    if (effect === 'Allow') {
      parts.observer.allowed(requestId, question, considered);
      return;
    }
    if (error !== undefined) {
      parts.log.write('error', 'Deciding failed, which denies', {
        requestId,
        error: String(error),
      });
    }
    const members = parts.observer.denied(requestId, question, considered);
    throw denialOf(question, considered.decision, service, members);
  });
}

/** What was asked for last is known of every user and role, whether or not he was let. */
function noteUse(identity: IdentityStore, caller: Caller, action: string): void {
  if (caller.principal === undefined) return;
  identity.noteServiceUse(caller.principal, action, signedRegion(caller));
}

/** For a server that keeps nothing of what it decides. */
export const SILENT_OBSERVER: DecisionObserver = { allowed() {}, denied: () => ({}) };
