import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Considered, DecisionObserver, Question } from '../access/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Seal } from '../identity/index.ts';
import type { KeyValueStore } from '../kv/key-value-store.ts';
import { Budget } from './budget.ts';
import { Denials, type DenialOwners } from './denials.ts';
import type { Ask, Exchange } from './exchange.ts';
import { RecentDecisions } from './recent.ts';
import { openTrace, sealTrace } from './sealed-trace.ts';
import { traceFor, traceOf, type Trace } from './trace.ts';
import { foreseenAction } from './traffic/foreseen.ts';
import { Traffic, type Actor } from './traffic/traffic.ts';
import type { Usage } from './traffic/usage.ts';

/**
 * Decisions that a thread remembers, whatever came of them: enough to ask after what one just did.
 * Each keeps its whole request, and with more of them requests outlive the young generation of the
 * heap, which costs a busy server a fifth of its CPU and hundreds of MiB.
 */
const RECENT_MAX = 128;
/**
 * A refusal that is explained costs several times one that is not, and anybody can ask for many. One
 * that few policies had a say in is counted as one, which is about a millisecond.
 */
const EXPLAINED_BURST = 200;
const EXPLAINED_PER_SECOND = 50;
/** Nobody knows who sent them, and they must not use up what explains the refusals of those who are known. */
const ANONYMOUS_BURST = 50;
const ANONYMOUS_PER_SECOND = 10;

/** By so many statements costs grow by one: who is in ten groups of ten policies each has thousands. */
const STATEMENTS_PER_COST = 40;

export interface DecisionLogParts {
  readonly kv: KeyValueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly seal: Seal;
  readonly exchange: Exchange;
}

/**
 * What was decided, and why: the last decisions of each thread, the refusals of some time, and in
 * outline what each principal uses.
 */
export class DecisionLog implements DecisionObserver, AsyncDisposable {
  readonly #parts: DecisionLogParts;
  readonly #recent = new RecentDecisions(RECENT_MAX);
  readonly #denials: Denials;
  readonly #traffic: Traffic;
  readonly #budget: Budget;
  readonly #anonymousBudget: Budget;

  constructor(parts: DecisionLogParts) {
    const { kv, log, clock, exchange } = parts;
    this.#parts = parts;
    this.#denials = new Denials(kv, log);
    this.#traffic = new Traffic(parts);
    this.#budget = new Budget({ clock, burst: EXPLAINED_BURST, perSecond: EXPLAINED_PER_SECOND });
    this.#anonymousBudget = new Budget({
      clock,
      burst: ANONYMOUS_BURST,
      perSecond: ANONYMOUS_PER_SECOND,
    });
    exchange.answer((ask) => this.#answer(ask));
  }

  allowed(requestId: string, question: Question, considered: Considered): void {
    const atMs = this.#parts.clock.nowMs();
    this.#recent.add({ requestId, atMs, question, considered });
    const actor = actorOf(question);
    if (actor === undefined) return;
    const { action, resource, sender } = question;
    const { secure, remoteAddress: address } = sender;
    const use = { action, resource, atMs, secure, address };
    this.#traffic.note(actor, use);
    const foreseen = foreseenAction(question);
    if (foreseen === undefined) return;
    this.#traffic.note(actor, { ...use, action: foreseen, isForeseen: true });
  }

  /** The sealed trace is the only thing that a refusal says beside AWS's own words. */
  denied(
    requestId: string,
    question: Question,
    considered: Considered,
  ): Readonly<Record<string, string>> {
    const atMs = this.#parts.clock.nowMs();
    this.#recent.add({ requestId, atMs, question, considered });
    const isKnown = question.caller.principal !== undefined;
    const budget = isKnown ? this.#budget : this.#anonymousBudget;
    if (!budget.take(costOf(considered))) return {};
    const trace = traceOf(requestId, atMs, question, considered);
    this.#denials.add(trace);
    return { EncodedMessage: sealTrace(this.#parts.seal, trace) };
  }

  /** Every decision on the request in which the account has a part, as far as it is remembered. */
  async find(requestId: string, account: string): Promise<readonly Trace[]> {
    const mine = await this.#recentTraces(requestId);
    const found = mine.length > 0 ? mine : await this.#findElsewhere(requestId);
    return visibleTo(account, found);
  }

  /** Refusals in which the account has a part, of that principal if one is named, newest first. */
  async *denials(account: string, beforeMs: number, principalArn?: string): AsyncGenerator<Trace> {
    await this.#denials.settle();
    await this.#parts.exchange.askAll({ kind: 'flush' });
    const isWanted = (owners: DenialOwners): boolean =>
      (owners.principalAccount === account || owners.resourceAccount === account) &&
      (principalArn === undefined || owners.principalArn === principalArn);
    const found = this.#denials.newest(beforeMs, isWanted);
    for await (const trace of found) yield* visibleTo(account, [trace]);
  }

  /** Undefined when the text is none of this installation's, or the account has no part in it. */
  open(sealed: string, account: string): Trace | undefined {
    const trace = openTrace(this.#parts.seal, sealed);
    return trace && traceFor(trace, account);
  }

  /** What the principal used since then, the requests of this moment included. */
  async usage(actor: Actor, sinceMs: number): Promise<Usage> {
    await this.#traffic.flush();
    await this.#parts.exchange.askAll({ kind: 'flush' });
    return this.#traffic.since(actor, sinceMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#settle();
    this.#parts.exchange[Symbol.dispose]();
  }

  async #findElsewhere(requestId: string): Promise<readonly Trace[]> {
    const stored = await this.#denials.of(requestId);
    if (stored.length > 0) return stored;
    return this.#parts.exchange.askAll({ kind: 'find', requestId });
  }

  async #answer(ask: Ask): Promise<readonly Trace[]> {
    if (ask.kind === 'find') return this.#recentTraces(ask.requestId);
    await this.#settle();
    return [];
  }

  async #recentTraces(requestId: string): Promise<readonly Trace[]> {
    const traces: Trace[] = [];
    for (const { atMs, question, considered } of this.#recent.of(requestId)) {
      traces.push(traceOf(requestId, atMs, question, considered));
      // There may be many of one request, under many policies.
      await nextTurn();
    }
    return traces;
  }

  async #settle(): Promise<void> {
    await Promise.all([this.#denials.settle(), this.#traffic.flush()]);
  }
}

function costOf({ policies }: Considered): number {
  const { identity, resource, boundary, session = [] } = policies;
  const statements = [...identity, ...session, resource, boundary].reduce(
    (sum, policy) => sum + (policy?.statements.length ?? 0),
    0,
  );
  return 1 + Math.floor(statements / STATEMENTS_PER_COST);
}

function visibleTo(account: string, traces: readonly Trace[]): readonly Trace[] {
  return traces.flatMap((trace) => traceFor(trace, account) ?? []);
}

/** Root needs no policy and the anonymous can have none of their own. */
function actorOf({ caller: { policyPrincipal: principal } }: Question): Actor | undefined {
  switch (principal.kind) {
    case 'user':
      return { account: principal.accountId, id: principal.userId };
    case 'assumed-role':
      return { account: principal.accountId, id: principal.roleId };
    case 'federated-user':
      return principal.callerUserId === undefined
        ? undefined
        : { account: principal.accountId, id: principal.callerUserId };
    default:
      return undefined;
  }
}
