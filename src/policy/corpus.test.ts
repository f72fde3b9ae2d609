/**
 * Replays the corpus: what AWS's documentation says about each of these requests, as data. Every
 * decision is asked of the engine, which must be able to explain it, and of the naive evaluator.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { AccessRequest, ContextValue, PolicyKind, PolicyPrincipal } from './index.ts';
import { type PolicySource, compilePolicy, evaluate, explain, parsePolicy } from './index.ts';
import { type RawPolicy, naiveEvaluate } from './testing/naive-evaluate.suite.ts';

interface CorpusFile {
  name: string;
  why: string;
  policies?: Record<string, RawPolicy>;
  tables?: ConditionTable[];
  actions?: { Action?: string | string[]; NotAction?: string | string[]; rows: Rows }[];
  resources?: ResourceTable[];
  cases?: {
    name: string;
    why: string;
    request?: Partial<CorpusDecision>;
    decisions: CorpusDecision[];
  }[];
}

/** What is asked to whether it is allowed: y or n. */
type Rows = Record<string, string>;
type RawContext = Record<string, ContextValue>;

interface ConditionTable {
  name: string;
  Version?: string;
  key: string;
  values: (string | number | boolean)[];
  context?: RawContext;
  requests: (ContextValue | null)[];
  lines: Record<string, string>;
}

interface ResourceTable {
  Version?: string | null;
  Resource?: string | string[];
  NotResource?: string | string[];
  context?: RawContext;
  rows: Rows;
}

interface CorpusDecision {
  principal: string;
  action: string;
  /** The ARN asked for. */
  resource: string;
  context: RawContext;
  /** Names of policies. */
  identity: string[];
  bucket?: string;
  trust?: string;
  boundary?: string;
  session?: string[];
  serviceControl?: string[][];
  resourceControl?: string[][];
  expect: 'Allow' | 'ExplicitDeny' | 'ImplicitDeny';
  /** The policy and the statement that decided. */
  by?: [string, number];
  lacking?: string;
}

const OWNER = '111122223333';
const DECISIONS_MIN = 1500;

function readCorpus<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), 'utf8')) as T;
}

const PRINCIPALS = readCorpus<Record<string, PolicyPrincipal>>('principals');
const DEFAULTS = {
  principal: 'ana',
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k',
  context: {},
  identity: [],
} satisfies Partial<CorpusDecision>;

let decisionCount = 0;

function decide(
  policies: Record<string, RawPolicy>,
  decision: CorpusDecision,
  title: string,
): void {
  decisionCount++;
  const raw = (name: string): RawPolicy => {
    const policy = policies[name];
    assert(policy !== undefined, `${title}: no policy is called ${name}`);
    return policy;
  };
  const compile = (name: string, kind: PolicyKind, type: PolicySource['type']) => {
    const parsed = parsePolicy(JSON.stringify(raw(name)), kind);
    assert(parsed.ok, `${title}: ${JSON.stringify(parsed)}`);
    return compilePolicy(parsed.document, { type, id: name });
  };
  const context = Object.fromEntries(
    Object.entries(decision.context).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const principal = PRINCIPALS[decision.principal];
  assert(principal !== undefined, `${title}: no principal is called ${decision.principal}`);
  const { action, resource, identity, bucket, trust, boundary, session } = decision;
  const { serviceControl, resourceControl } = decision;
  const asked = { principal, action, resource, resourceAccountId: OWNER };
  const request: AccessRequest = { ...asked, context: (key) => context[key] };
  const named = bucket ?? trust;
  const applicable = {
    identity: identity.map((name) => compile(name, 'identity', 'identity-based')),
    ...(bucket && { resource: compile(bucket, 'resource', 'resource-based') }),
    ...(trust && { resource: compile(trust, 'trust', 'trust') }),
    ...(boundary && { boundary: compile(boundary, 'identity', 'permissions boundary') }),
    ...(session && { session: session.map((name) => compile(name, 'identity', 'session')) }),
    ...(serviceControl && {
      serviceControl: serviceControl.map((level) =>
        level.map((name) => compile(name, 'identity', 'service control')),
      ),
    }),
    ...(resourceControl && {
      resourceControl: resourceControl.map((level) =>
        level.map((name) => compile(name, 'identity', 'resource control')),
      ),
    }),
  };
  const found = evaluate(request, applicable);
  assert.equal(found.effect, decision.expect, `${title}: ${JSON.stringify(found)}`);
  assert.equal(found.error, undefined);
  if (decision.by !== undefined) {
    assert.deepEqual([found.by?.source.id, found.by?.statementIndex], decision.by, title);
  }
  if (decision.lacking !== undefined) assert.equal(found.lacking, decision.lacking, title);
  const explanation = explain(request, applicable);
  assert.deepEqual(explanation.decision, found, title);
  const [nearest] = explanation.missing;
  if (found.lacking !== undefined) assert.equal(nearest?.type, found.lacking, title);
  else if (found.effect === 'Allow') assert.equal(nearest, undefined, title);
  else assert(explanation.denials.length > 0, title);
  const naive = naiveEvaluate(
    { ...asked, context },
    {
      identity: identity.map(raw),
      ...(named && { resource: raw(named) }),
      isTrust: trust !== undefined,
      ...(boundary && { boundary: raw(boundary) }),
      ...(session && { session: session.map(raw) }),
      ...(serviceControl && { serviceControl: serviceControl.map((level) => level.map(raw)) }),
      ...(resourceControl && { resourceControl: resourceControl.map((level) => level.map(raw)) }),
    },
  );
  assert.equal(naive, decision.expect, `${title}, the naive evaluator`);
}

/** One statement that allows, and what is expected of it: y or n. */
function decideStatement(
  statement: Record<string, unknown>,
  version: string | null | undefined,
  asked: Partial<CorpusDecision>,
  expected: string | undefined,
  title: string,
): void {
  assert(expected === 'y' || expected === 'n', `${title}: ${expected} is neither y nor n`);
  const policy = {
    ...(version === null ? {} : { Version: version ?? '2012-10-17' }),
    Statement: {
      Effect: 'Allow',
      ...('NotAction' in statement ? {} : { Action: '*' }),
      ...statement,
    },
  } as RawPolicy;
  const expect = expected === 'y' ? 'Allow' : 'ImplicitDeny';
  decide({ policy }, { ...DEFAULTS, ...asked, identity: ['policy'], expect }, title);
}

function decideConditionTable(table: ConditionTable): void {
  const { key, values, requests } = table;
  for (const [operator, line] of Object.entries(table.lines)) {
    assert.equal(line.length, requests.length, `${table.name}, ${operator}: one letter a value`);
    for (const [column, value] of requests.entries()) {
      const statement = { Resource: '*', Condition: { [operator]: { [key]: values } } };
      const context = { ...table.context, ...(value === null ? {} : { [key]: value }) };
      const title = `${table.name}: ${operator} ${JSON.stringify(value)}`;
      decideStatement(statement, table.Version, { context }, line[column], title);
    }
  }
}

const FILES = [
  'strings',
  'numbers-and-dates',
  'other-operators',
  'sets',
  'actions',
  'resources',
  'accounts',
  'applications',
].map((name) => readCorpus<CorpusFile>(name));

for (const file of FILES) {
  for (const table of file.tables ?? []) {
    test(`evaluate: ${file.name}: ${table.name}`, () => decideConditionTable(table));
  }
  for (const { rows, ...element } of file.actions ?? []) {
    test(`evaluate: ${file.name}: ${JSON.stringify(element)}`, () => {
      for (const [action, expected] of Object.entries(rows)) {
        decideStatement({ ...element, Resource: '*' }, undefined, { action }, expected, action);
      }
    });
  }
  for (const { rows, Version, context, ...element } of file.resources ?? []) {
    test(`evaluate: ${file.name}: ${JSON.stringify(element)}, ${Version}`, () => {
      for (const [resource, expected] of Object.entries(rows)) {
        const asked = { action: 's3:Anything', resource, context: context ?? {} };
        decideStatement({ ...element }, Version, asked, expected, resource);
      }
    });
  }
  for (const { name, why, request, decisions } of file.cases ?? []) {
    test(`evaluate: ${file.name}: ${name}: ${why}`, () => {
      for (const decision of decisions) {
        const title = JSON.stringify(decision);
        decide(file.policies ?? {}, { ...DEFAULTS, ...request, ...decision }, title);
      }
    });
  }
}

test('the corpus is as large as it claims', () => {
  assert(decisionCount >= DECISIONS_MIN, `${decisionCount} decisions`);
  console.log(`${decisionCount} decisions replayed`);
});
