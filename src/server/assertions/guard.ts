import { setImmediate } from 'node:timers/promises';
import { AccessError } from '../../access/index.ts';
import type { Log } from '../../base/log.ts';
import { decidesAnything } from '../../identity/index.ts';
import { encodeKey } from '../../kv/key.ts';
import type {
  Check,
  Commit,
  CommitResult,
  Entry,
  KeyValueStore,
} from '../../kv/key-value-store.ts';
import { overlay } from '../../kv/overlay.ts';
import { SPACE } from '../../kv/spaces.ts';
import { decidesAboutBucket } from '../../objects/in-force.ts';
import {
  proofs,
  type Assertion,
  type Assertions,
  type CounterExample,
} from '../../policy/index.ts';
import { estateInForce } from './estate.ts';

/**
 * Every commit that decides what anybody may do reads this entry before anything else, checks it and
 * writes it. So when such a commit succeeds, no other came between, and what was proved of the state
 * after it is true of the state after it, whichever thread or process made the others.
 */
const TURN_KEY = encodeKey(SPACE.guard);
const TURN_VALUE = new Uint8Array(0);

interface Refuted {
  readonly assertion: Assertion;
  readonly by: CounterExample;
}

type Readable = Pick<KeyValueStore, 'get' | 'range'>;

/**
 * The store, except that a commit after which an assertion would be refuted that was not refuted
 * before is refused with an AccessError, and changes nothing. Commits that decide nothing pass as
 * they are. The returned store closes with `kv`.
 */
export function guardedStore(kv: KeyValueStore, assertions: Assertions, log: Log): KeyValueStore {
  const guard = new Guard(kv, assertions, log);
  return {
    get: (key) => kv.get(key),
    range: (range) => kv.range(range),
    revision: (space) => kv.revision(space),
    commit: (commit) => guard.commit(commit),
    [Symbol.asyncDispose]: () => kv[Symbol.asyncDispose](),
  };
}

/** Says in the log which assertions do not hold, or not for sure, of what is stored. */
export async function reportAssertions(
  kv: Readable,
  assertions: Assertions,
  log: Log,
): Promise<void> {
  for (const { assertion, outcome } of proofs(await estateInForce(kv), assertions)) {
    if (outcome.kind === 'refuted') {
      log.write('warning', 'An assertion does not hold, and is not guarded until it does', {
        ...named(assertion),
        example: exampleText(outcome.by),
      });
    } else if (outcome.kind === 'unknown') {
      log.write('warning', UNKNOWN, { ...named(assertion), reason: outcome.reasons.join(' ') });
    }
  }
}

const UNKNOWN = 'Whether an assertion holds is unknown, so it guards nothing for sure';

class Guard {
  readonly #kv: KeyValueStore;
  readonly #assertions: Assertions;
  readonly #log: Log;
  /** Commits of this thread wait for each other: together they would only be in each other's way. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What was last said of an assertion, by its line. */
  readonly #warned = new Map<number, string>();

  constructor(kv: KeyValueStore, assertions: Assertions, log: Log) {
    this.#kv = kv;
    this.#assertions = assertions;
    this.#log = log;
  }

  async commit(commit: Commit): Promise<CommitResult> {
    // A copy, since the caller may reuse the bytes of his as soon as this has returned.
    if (!commit.writes.some(({ key }) => isOfPolicies(key))) return this.#kv.commit(commit);
    const kept = copyOf(commit);
    const seen = new Reads(this.#kv);
    if (!(await decides(seen, kept))) {
      // It decides nothing over what is stored now: over anything else it may.
      return this.#kv.commit({ ...kept, checks: [...(kept.checks ?? []), ...seen.checks] });
    }
    const mine = this.#turn.then(() => this.#guard(kept));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #guard(commit: Commit): Promise<CommitResult> {
    const turn = await this.#kv.get(TURN_KEY);
    let refuted: readonly Refuted[];
    try {
      refuted = await this.#newlyRefuted(commit);
    } catch (error) {
      // A state that changed while it was read may be torn, and is looked at again by the caller.
      if (await this.#isOvertaken(commit, turn)) return OVERTAKEN;
      throw error;
    }
    const [first] = refuted;
    if (first !== undefined) {
      if (await this.#isOvertaken(commit, turn)) return OVERTAKEN;
      throw refusal(first);
    }
    const checks = commit.checks ?? [];
    const result = await this.#kv.commit({
      checks: [...checks, { key: TURN_KEY, version: turn?.version }],
      writes: [...commit.writes, { kind: 'set', key: TURN_KEY, value: TURN_VALUE }],
    });
    return result;
  }

  /** Whether the commit would fail anyway: then nothing that was found out about it is of worth. */
  async #isOvertaken({ checks = [] }: Commit, turn: Entry | undefined): Promise<boolean> {
    for (const { key, version } of [...checks, { key: TURN_KEY, version: turn?.version }]) {
      if ((await this.#kv.get(key))?.version !== version) return true;
    }
    return false;
  }

  async #newlyRefuted({ writes }: Commit): Promise<readonly Refuted[]> {
    const after = await this.#refuted(overlay(this.#kv, writes), this.#assertions, true);
    if (after.length === 0) return after;
    const { assumesNoObjectAcls } = this.#assertions;
    const list = after.map(({ assertion }) => assertion);
    const before = await this.#refuted(this.#kv, { list, assumesNoObjectAcls }, false);
    const wasRefuted = new Set(before.map(({ assertion }) => assertion));
    return after.filter(({ assertion }) => !wasRefuted.has(assertion));
  }

  async #refuted(
    kv: Readable,
    assertions: Assertions,
    warns: boolean,
  ): Promise<readonly Refuted[]> {
    const refuted: Refuted[] = [];
    for (const { assertion, outcome } of proofs(await estateInForce(kv), assertions)) {
      if (outcome.kind === 'refuted') refuted.push({ assertion, by: outcome.by });
      if (warns) this.#warn(assertion, outcome.kind === 'unknown' ? outcome.reasons.join(' ') : '');
      // Requests come between two proofs, each of which may take some milliseconds.
      await setImmediate();
    }
    return refuted;
  }

  /** Once for each reason. */
  #warn(assertion: Assertion, reason: string): void {
    if ((this.#warned.get(assertion.line) ?? '') === reason) return;
    this.#warned.set(assertion.line, reason);
    if (reason !== '') this.#log.write('warning', UNKNOWN, { ...named(assertion), reason });
  }
}

/** Entries as they are read once, and the checks that they still are so. */
class Reads {
  readonly #kv: Pick<KeyValueStore, 'get'>;
  readonly #found = new Map<
    string,
    { readonly key: Uint8Array; readonly entry: Entry | undefined }
  >();

  constructor(kv: Pick<KeyValueStore, 'get'>) {
    this.#kv = kv;
  }

  get checks(): readonly Check[] {
    return [...this.#found.values()].map(({ key, entry }) => ({ key, version: entry?.version }));
  }

  async get(key: Uint8Array): Promise<Entry | undefined> {
    const name = Buffer.from(key).toString('latin1');
    const known = this.#found.get(name);
    if (known !== undefined) return known.entry;
    const entry = await this.#kv.get(key);
    this.#found.set(name, { key, entry });
    return entry;
  }
}

async function decides(kv: Pick<KeyValueStore, 'get'>, { writes }: Commit): Promise<boolean> {
  for (const write of writes) {
    if (await decidesAnything(kv, write)) return true;
    if (await decidesAboutBucket(kv, write)) return true;
  }
  return false;
}

const OVERTAKEN: CommitResult = { committed: false, failedCheck: 0 };

function isOfPolicies(key: Uint8Array): boolean {
  return key[0] === SPACE.identity || key[0] === SPACE.bucket;
}

function copyOf({ checks = [], writes }: Commit): Commit {
  return {
    checks: checks.map(({ key, version }) => ({ key: Uint8Array.from(key), version })),
    writes: writes.map((write) =>
      write.kind === 'set'
        ? { ...write, key: Uint8Array.from(write.key), value: Uint8Array.from(write.value) }
        : { ...write, key: Uint8Array.from(write.key) },
    ),
  };
}

function named({ line, text }: Assertion) {
  return { line, assertion: text };
}

function refusal({ assertion, by }: Refuted): AccessError {
  return new AccessError(
    'AccessDenied',
    `This change would break an assertion that guards the policies of this server, line ` +
      `${assertion.line}: ${assertion.text}. ${exampleText(by)}`,
  );
}

/** One request, in one sentence. */
function exampleText({ principal, action, resource, context, decision }: CounterExample): string {
  const keys = Object.entries(context).map(
    ([key, value]) => `${key} = ${[value].flat().join(', ')}`,
  );
  const under = keys.length === 0 ? '' : ` with ${keys.join(' and ')}`;
  const verb = decision.effect === 'Allow' ? 'could' : 'could not';
  return `Then ${principal} ${verb} take ${action} on ${resource}${under}.`;
}
