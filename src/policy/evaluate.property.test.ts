/**
 * Random policies against random requests: the compiled engine and the naive evaluator agree.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { evaluate } from './index.ts';
import { naiveEvaluate } from './testing/naive-evaluate.suite.ts';
import { compileAll, randomPolicies, randomRequest } from './testing/random-policies.suite.ts';

/** A few seconds; each run of the tests searches with a seed of its own. */
const RUNS = 3000;

test('evaluate: agrees with the naive evaluator on random policies and requests', () => {
  const seen = { Allow: 0, ExplicitDeny: 0, ImplicitDeny: 0 };
  fc.assert(
    fc.property(randomRequest, randomPolicies, (asked, policies) => {
      const found = evaluate(
        { ...asked, context: (key) => asked.context[key] },
        compileAll(policies),
      );
      const expected = naiveEvaluate(asked, policies);
      assert.equal(found.error, undefined);
      assert.equal(found.effect, expected);
      seen[expected]++;
    }),
    { numRuns: RUNS },
  );
  for (const [effect, count] of Object.entries(seen)) {
    assert(count > RUNS / 20, `the search hardly ever met ${effect}: ${count} of ${RUNS}`);
  }
});
