/** The search against trying everything, and the formula against `evaluate`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ApplicablePolicies, type PolicyPrincipal, evaluate } from '../index.ts';
import { Budget } from './budget.ts';
import type { Choice, Dimension } from './dimension.ts';
import { findRequests } from './search.ts';
import { type Formula, formulaOf } from './statements.ts';
import { ACCOUNT, compiled } from './testing/estate.ts';

const STATEMENTS = 8;
const set = fc.bigInt({ min: 0n, max: (1n << BigInt(STATEMENTS)) - 1n });

/** Denied by any of `denies`; allowed by one of each of the others. */
function randomFormula(denies: bigint, levels: readonly bigint[]): Formula {
  return {
    considered: Array.from({ length: STATEMENTS }, (_, index) => ({
      compiled: undefined as never,
      variables: true,
      bit: 1n << BigInt(index),
    })),
    denies,
    allows: (applying) =>
      (applying & denies) === 0n && levels.every((level) => (applying & level & ~denies) !== 0n),
  };
}

function product(dimensions: readonly Dimension[]): bigint[] {
  const all = (1n << BigInt(STATEMENTS)) - 1n;
  return dimensions.reduce(
    (states, { choices }) =>
      states.flatMap((state) => choices.map(({ excludes }) => state & ~excludes)),
    [all],
  );
}

test('findRequests: finds a request of the wanted decision just when there is one', () => {
  const dimension = fc.array(set, { minLength: 1, maxLength: 5 }).map((all): Dimension => ({
    choices: all.map((excludes): Choice => ({ keys: [], excludes, doubts: 0n })),
    freeKeys: [],
  }));
  const seen = { found: 0, none: 0 };
  fc.assert(
    fc.property(
      set,
      fc.array(set, { minLength: 1, maxLength: 3 }),
      fc.array(dimension, { maxLength: 4 }),
      fc.constantFrom('allowed' as const, 'denied' as const),
      (denies, levels, dimensions, goal) => {
        const formula = randomFormula(denies, levels);
        const wanted = product(dimensions).filter(
          (applying) => formula.allows(applying) === (goal === 'allowed'),
        );
        const found = [
          ...findRequests(formula, dimensions, goal, 'against the goal', new Budget(1e7)),
        ];
        assert.equal(found.length > 0, wanted.length > 0);
        for (const choices of found) {
          assert.equal(choices.length, dimensions.length);
          const excluded = choices.reduce((all, { excludes }) => all | excludes, 0n);
          assert(wanted.includes(((1n << BigInt(STATEMENTS)) - 1n) & ~excluded));
        }
        seen[found.length > 0 ? 'found' : 'none']++;
      },
    ),
    { numRuns: 3000 },
  );
  assert(seen.found > 300 && seen.none > 300, JSON.stringify(seen));
});

const OTHER = '444455556666';
const ANA = `arn:aws:iam::${ACCOUNT}:user/ana`;
const APP = `arn:aws:iam::${ACCOUNT}:role/app`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/s`;
const FEDERATED = `arn:aws:sts::${ACCOUNT}:federated-user/f`;

const PRINCIPALS: readonly PolicyPrincipal[] = [
  { kind: 'anonymous' },
  { kind: 'service', service: 'logging.s3.amazonaws.com' },
  { kind: 'root', accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: ACCOUNT },
  {
    kind: 'user',
    accountId: ACCOUNT,
    arn: ANA,
    userId: 'AIDAANAANAANAANAANA1',
    canonicalUserId: 'c1',
  },
  { kind: 'user', accountId: OTHER, arn: `arn:aws:iam::${OTHER}:user/eve`, userId: 'AIDAEVE' },
  {
    kind: 'assumed-role',
    accountId: ACCOUNT,
    arn: SESSION,
    roleArn: APP,
    roleId: 'AROAAPPAPPAPPAPPAPP1',
    userId: 'AROAAPPAPPAPPAPPAPP1:s',
  },
  {
    kind: 'federated-user',
    accountId: ACCOUNT,
    arn: FEDERATED,
    userArn: ANA,
    callerUserId: 'AIDAANA',
    userId: `${ACCOUNT}:f`,
  },
  {
    kind: 'federated-user',
    accountId: ACCOUNT,
    arn: FEDERATED,
    userArn: `arn:aws:iam::${ACCOUNT}:root`,
    userId: `${ACCOUNT}:f`,
  },
];

test('formulaOf: says of the statements that apply what evaluate says of the request', () => {
  const who = fc.oneof(
    fc.constant('*'),
    fc
      .uniqueArray(
        fc.constantFrom(ACCOUNT, OTHER, ANA, APP, SESSION, FEDERATED, 'AROAAPPAPPAPPAPPAPP1'),
        { minLength: 1, maxLength: 3 },
      )
      .map((AWS) => ({ AWS })),
    fc.constant({ CanonicalUser: 'c1' }),
    fc.constant({ Service: 'logging.s3.amazonaws.com' }),
  );
  const policy = (kind: 'identity' | 'resource' | 'trust') =>
    fc.array(
      fc
        .record({
          effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
          who,
          negated: fc.constantFrom(false, false, false, true),
          action: fc.constantFrom('sts:*', 'sts:AssumeRole', 'sts:TagSession'),
          resource: fc.constantFrom('*', APP, 'arn:aws:iam::*:role/b*'),
          prefix: fc.constantFrom('a', 'b', undefined),
        })
        .map(({ effect, who, negated, action, resource, prefix }) => ({
          Effect: effect,
          Action: action,
          ...(kind === 'identity'
            ? {}
            : {
                [negated && who !== '*' && kind === 'resource' ? 'NotPrincipal' : 'Principal']: who,
              }),
          ...(kind === 'trust' ? {} : { Resource: resource }),
          ...(prefix && { Condition: { StringEquals: { 'app:key': prefix } } }),
        })),
      { minLength: 1, maxLength: 3 },
    );
  const level = fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.array(policy('identity'), { maxLength: 2 }), { maxLength: 2 }),
    },
  );
  const policies = fc.record(
    {
      identity: fc.array(policy('identity'), { maxLength: 2 }),
      resource: policy('resource'),
      trust: policy('trust'),
      boundary: policy('identity'),
      session: fc.array(policy('identity'), { maxLength: 2 }),
      serviceControl: level,
      resourceControl: level,
    },
    { requiredKeys: ['identity'] },
  );
  const seen = { Allow: 0, ExplicitDeny: 0, ImplicitDeny: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...PRINCIPALS),
      fc.constantFrom(ACCOUNT, ACCOUNT, OTHER),
      policies,
      (principal, resourceAccountId, raw) => {
        const own = (all: Parameters<typeof compiled>[0][], type: 'session' | 'service control') =>
          all.map((each) => compiled(each, 'identity', type));
        const applicable: ApplicablePolicies = {
          identity: raw.identity.map((each) => compiled(each)),
          ...(raw.trust !== undefined
            ? { resource: compiled(raw.trust, 'trust', 'trust') }
            : raw.resource && { resource: compiled(raw.resource, 'resource') }),
          ...(raw.boundary && {
            boundary: compiled(raw.boundary, 'identity', 'permissions boundary'),
          }),
          ...(raw.session && { session: own(raw.session, 'session') }),
          ...(raw.serviceControl && {
            serviceControl: raw.serviceControl.map((each) => own(each, 'service control')),
          }),
          ...(raw.resourceControl && {
            resourceControl: raw.resourceControl.map((each) => own(each, 'service control')),
          }),
        };
        const context = (key: string) => (key === 'app:key' ? 'a' : undefined);
        const asked = { principal, action: 'sts:AssumeRole', resource: APP, resourceAccountId };
        const decision = evaluate({ ...asked, context }, applicable);
        const formula = formulaOf({ ...asked, policies: applicable, context });
        const applying = formula.considered
          .filter(({ compiled: statement }) => statement.matchesResource(APP, context))
          .filter(({ compiled: statement }) =>
            statement.conditions.every((holds) => holds(context)),
          )
          .reduce((all, { bit }) => all | bit, 0n);
        assert.equal(decision.error, undefined);
        assert.equal(formula.allows(applying), decision.effect === 'Allow');
        seen[decision.effect]++;
      },
    ),
    { numRuns: 4000 },
  );
  for (const [effect, count] of Object.entries(seen)) assert(count > 200, `${effect}: ${count}`);
});
