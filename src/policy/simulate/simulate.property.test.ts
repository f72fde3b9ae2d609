/** What a simulation says of random requests, held against other requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ContextValue, evaluate, simulate } from '../index.ts';
import { compileAll, randomPolicies, randomRequest } from '../testing/random-policies.suite.ts';

const RUNS = 3000;

/** Often nothing is known of the request but who asks for what. */
const sparseRequest = fc
  .tuple(randomRequest, fc.boolean())
  .map(([asked, isBare]) => (isBare ? { ...asked, context: {} } : asked)) as typeof randomRequest;

test('a key that changes the decision is among those that are missing', () => {
  const seen = { changed: 0, missing: 0, settled: 0 };
  fc.assert(
    fc.property(sparseRequest, randomRequest, randomPolicies, (asked, other, policies) => {
      const compiled = compileAll(policies);
      const request = (context: Readonly<Record<string, ContextValue>>) => ({
        ...asked,
        context: (key: string) => context[key],
      });
      const { decision, missingKeys } = simulate(request(asked.context), compiled);
      assert.deepEqual(decision, evaluate(request(asked.context), compiled));
      const missing = new Set(missingKeys.map((key) => key.toLowerCase()));
      for (const key of missing) assert.equal(asked.context[key], undefined);
      if (missing.size > 0) seen.missing++;
      else seen.settled++;
      // Who asks does not change while keys are added.
      const { 'aws:federatedprovider': _, ...more } = other.context;
      const added = Object.fromEntries(Object.entries(more).filter(([key]) => !missing.has(key)));
      const unmoved = evaluate(request({ ...added, ...asked.context }), compiled);
      assert.equal(unmoved.effect, decision.effect, JSON.stringify([...missing]));
      const moved = evaluate(request({ ...more, ...asked.context }), compiled);
      if (moved.effect !== decision.effect) seen.changed++;
    }),
    { numRuns: RUNS },
  );
  for (const [what, count] of Object.entries(seen)) {
    assert(count > RUNS / 100, `the search hardly ever met ${what}: ${count} of ${RUNS}`);
  }
});

test('the statements that matched are those of the decision', () => {
  fc.assert(
    fc.property(randomRequest, randomPolicies, (asked, policies) => {
      const request = { ...asked, context: (key: string) => asked.context[key] };
      const { decision, matched } = simulate(request, compileAll(policies));
      const wanted = decision.effect === 'Allow' ? 'Allow' : 'Deny';
      for (const { policy, index } of matched) {
        assert.equal(policy.document.statements[index]?.effect, wanted);
      }
      const { by } = decision;
      if (by === undefined) return;
      assert(
        matched.some(
          ({ policy, index }) => policy.source === by.source && index === by.statementIndex,
        ),
      );
    }),
    { numRuns: RUNS / 3 },
  );
});
