/**
 * Explanations of random policies and requests: they decide as `evaluate` does, and whoever does
 * what they say is allowed, in the eyes of the naive evaluator.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Explanation, type PolicySource, evaluate, explain } from '../index.ts';
import {
  type NaivePolicies,
  type RawPolicy,
  type RawStatement,
  naiveEvaluate,
} from '../testing/naive-evaluate.suite.ts';
import { compileAll, randomPolicies, randomRequest } from '../testing/random-policies.suite.ts';

const RUNS = 2000;

test('an explanation decides as evaluate does, and following it leads to Allow', () => {
  const seen = { allowed: 0, denied: 0, followed: 0, several: 0, near: 0 };
  fc.assert(
    fc.property(randomRequest, randomPolicies, (asked, policies) => {
      const request = { ...asked, context: (key: string) => asked.context[key] };
      const compiled = compileAll(policies);
      const explanation = explain(request, compiled);
      assert.deepEqual(explanation.decision, evaluate(request, compiled));
      assert.deepEqual(JSON.parse(JSON.stringify(explanation)), explanation);
      assertStatementsAgree(explanation);

      const { denials, missing, decision } = explanation;
      const opened = withoutDenials(policies, explanation);
      for (let count = 0; count <= missing.length; count++) {
        const followed = missing.slice(0, count).reduce(withGrant, opened);
        const expected = count === missing.length ? 'Allow' : 'ImplicitDeny';
        assert.equal(naiveEvaluate(asked, followed), expected, JSON.stringify(missing));
        assert.equal(evaluate(request, compileAll(followed)).lacking, missing[count]?.type);
      }
      if (decision.effect === 'Allow') seen.allowed++;
      if (denials.length > 0) seen.denied++;
      if (missing.length > 0) seen.followed++;
      if (missing.length > 1) seen.several++;
      if (missing.some(({ near }) => near.length > 0)) seen.near++;
    }),
    { numRuns: RUNS },
  );
  for (const [what, count] of Object.entries(seen)) {
    assert(count > RUNS / 40, `the search hardly ever met ${what}: ${count} of ${RUNS}`);
  }
});

/** What the statements say, taken together, is what was decided. */
function assertStatementsAgree({ decision, policies, denials }: Explanation): void {
  const applying = policies.flatMap(({ source, statements }) =>
    statements.filter(({ applies }) => applies).map((statement) => ({ source, ...statement })),
  );
  const denies = applying.filter(({ effect }) => effect === 'Deny');
  assert.equal(denies.length > 0, decision.effect === 'ExplicitDeny');
  assert.equal(denials.length, denies.length);
  if (decision.by !== undefined) {
    const { source, statementIndex } = decision.by;
    assert(applying.some((one) => one.source === source && one.index === statementIndex));
  }
  const ofLackingKind = applying.filter(({ source }) => source.type === decision.lacking);
  // A level of an organization may allow where another does not.
  if (decision.lacking?.endsWith(' control') !== true) assert.deepEqual(ofLackingKind, []);
}

const statementsOf = ({ Statement }: RawPolicy): RawStatement[] => [Statement].flat();

/** The policies in which the Deny statements that an explanation names are of another action. */
function withoutDenials(policies: NaivePolicies, { denials }: Explanation): NaivePolicies {
  const left = (type: PolicySource['type'], level?: number) => (raw: RawPolicy, at: number) => {
    const id = level === undefined ? String(at) : `${level}/${at}`;
    const isNamed = (index: number) =>
      denials.some(
        ({ source, statementIndex }) =>
          source.type === type && source.id === id && statementIndex === index,
      );
    const changed = statementsOf(raw).map((statement, index) => {
      if (!isNamed(index)) return statement;
      const { NotAction: _, ...kept } = statement;
      return { ...kept, Action: 'other:Action' };
    });
    return { ...raw, Statement: changed };
  };
  const { identity, resource, boundary, session, serviceControl, resourceControl } = policies;
  const levels = (all: RawPolicy[][], type: PolicySource['type']) =>
    all.map((level, at) => level.map(left(type, at)));
  return {
    ...policies,
    identity: identity.map(left('identity-based')),
    ...(resource && {
      resource: left(policies.isTrust === true ? 'trust' : 'resource-based')(resource, 0),
    }),
    ...(boundary && { boundary: left('permissions boundary')(boundary, 0) }),
    ...(session && { session: session.map(left('session')) }),
    ...(serviceControl && { serviceControl: levels(serviceControl, 'service control') }),
    ...(resourceControl && { resourceControl: levels(resourceControl, 'resource control') }),
  };
}

/** The policies with a grant where an explanation says that it is missing. */
function withGrant(
  policies: NaivePolicies,
  { type, level, statement }: Explanation['missing'][number],
): NaivePolicies {
  const grant: RawPolicy = {
    Version: '2012-10-17',
    Statement: statement as unknown as RawStatement,
  };
  const joined = (raw: RawPolicy | undefined): RawPolicy =>
    raw === undefined
      ? grant
      : { ...raw, Statement: [...statementsOf(raw), ...statementsOf(grant)] };
  const atLevel = (all: RawPolicy[][] = []) =>
    all.map((each, index) => (index === level ? [...each, grant] : each));
  switch (type) {
    case 'identity-based':
      return { ...policies, identity: [...policies.identity, grant] };
    case 'resource-based':
    case 'trust':
      return { ...policies, resource: joined(policies.resource) };
    case 'permissions boundary':
      return { ...policies, boundary: joined(policies.boundary) };
    case 'session':
      return { ...policies, session: [...(policies.session ?? []), grant] };
    case 'service control':
      return { ...policies, serviceControl: atLevel(policies.serviceControl) };
    case 'resource control':
      return { ...policies, resourceControl: atLevel(policies.resourceControl) };
  }
}
