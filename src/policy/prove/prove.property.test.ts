/**
 * Random estates and assertions against random requests: what is proved is contradicted by no
 * request, and a counter-example is one. The vocabulary is small, so that what is asked, what is
 * granted and what is asserted often meet.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type ContextValue, type PolicyPrincipal, evaluate } from '../index.ts';
import { naiveEvaluate } from '../testing/naive-evaluate.suite.ts';
import type { Estate, EstateBucket } from './estate.ts';
import { parseAssertions } from './parse-assertions.ts';
import { proveAll } from './prove.ts';
import { ACCOUNT, type Statements, compiled, estateOf } from './testing/estate.ts';

const OTHER = '444455556666';
const ANA = `arn:aws:iam::${ACCOUNT}:user/ana`;
const APP = `arn:aws:iam::${ACCOUNT}:role/app`;
const EVE = `arn:aws:iam::${OTHER}:user/eve`;

const oneOrMany = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));
const rarely = fc.constantFrom(false, false, false, false, true);

const ACTIONS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'];
const actionPattern = fc.constantFrom('*', 's3:*', 's3:*Object', 's3:Get*', 's3:PutObject');
const key = fc
  .array(fc.constantFrom('a', 'b', 'ab', '/', 'ana'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''));
const resource = fc.oneof(
  fc.constantFrom('arn:aws:s3:::one', 'arn:aws:s3:::two'),
  fc
    .tuple(fc.constantFrom('one', 'two'), key)
    .map(([bucket, name]) => `arn:aws:s3:::${bucket}/${name}`),
);
const piece = fc.constantFrom('a', 'b', '/', '*', '?', 'ab', 'ana');
const resourcePattern = fc.oneof(
  fc.constantFrom('*', 'arn:aws:s3:::*', 'arn:aws:s3:::one*', 'arn:aws:s3:::*/a*'),
  fc
    .tuple(
      fc.constantFrom('one/', 'two/', '*/', 'o?e/'),
      fc.array(
        fc.oneof(
          { weight: 8, arbitrary: piece },
          { weight: 1, arbitrary: fc.constantFrom('${aws:username}', '${s3:prefix}', '${*}') },
        ),
        { minLength: 1, maxLength: 3 },
      ),
    )
    .map(([bucket, parts]) => `arn:aws:s3:::${bucket}${parts.join('')}`),
);

const ADDRESSES = ['10.0.0.1', '10.0.1.1', '192.0.2.7', '2001:db8::1', '::ffff:10.0.0.1'];
const MOMENTS = ['2026-01-01T00:00:00Z', '2026-06-01T12:00:00Z', '2027-01-01T00:00:00Z'];

/** Operators, keys and values that go together. */
const CONDITIONS: fc.Arbitrary<Record<string, Record<string, unknown>>> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'StringEquals',
        'StringNotEquals',
        'StringLike',
        'StringNotLikeIfExists',
        'StringEqualsIgnoreCase',
        'StringEqualsIfExists',
      ),
      fc.constantFrom('s3:prefix', 'app:Text', 'aws:username', 'aws:PrincipalTag/team'),
      oneOrMany(fc.constantFrom('a', 'A', 'a*', '?b', 'ana', '', 'red', '${aws:username}')),
    )
    .map(([operator, name, values]) => ({ [operator]: { [name]: values } })),
  fc
    .tuple(
      fc.constantFrom('ForAllValues:', 'ForAnyValue:'),
      fc.constantFrom('StringEquals', 'StringLike', 'StringNotEquals'),
      fc.constantFrom('app:Text', 's3:RequestObjectTagKeys'),
      oneOrMany(fc.constantFrom('a', 'b*', 'b', '*')),
    )
    .map(([prefix, operator, name, values]) => ({ [`${prefix}${operator}`]: { [name]: values } })),
  fc
    .tuple(fc.constantFrom('true', 'false'), fc.constantFrom('aws:SecureTransport', 'app:Flag'))
    .map(([value, name]) => ({ Bool: { [name]: value } })),
  fc
    .tuple(
      fc.constantFrom('IpAddress', 'NotIpAddress'),
      oneOrMany(fc.constantFrom('10.0.0.0/8', '10.0.0.0/24', '::/0', '192.0.2.7', '0.0.0.0/0')),
    )
    .map(([operator, values]) => ({ [operator]: { 'aws:SourceIp': values } })),
  fc
    .tuple(
      fc.constantFrom('NumericLessThan', 'NumericEquals', 'NumericGreaterThanEquals'),
      fc.constantFrom('s3:max-keys', 'app:Count'),
      fc.constantFrom('1', '2', '10'),
    )
    .map(([operator, name, value]) => ({ [operator]: { [name]: value } })),
  fc
    .tuple(
      fc.constantFrom('DateLessThan', 'DateGreaterThanEquals', 'DateEquals'),
      fc.constantFrom('aws:CurrentTime', 'aws:EpochTime'),
      fc.constantFrom(...MOMENTS),
    )
    .map(([operator, name, value]) => ({ [operator]: { [name]: value } })),
  fc
    .tuple(
      fc.constantFrom('ArnLike', 'ArnNotEquals', 'StringLike'),
      fc.constantFrom(ANA, 'arn:aws:iam::*:user/*', `arn:aws:iam::${OTHER}:*`, EVE),
    )
    .map(([operator, value]) => ({ [operator]: { 'aws:PrincipalArn': value } })),
  fc
    .tuple(fc.constantFrom('s3:prefix', 'app:Text', 'aws:username'), fc.boolean())
    .map(([name, value]) => ({ Null: { [name]: value } })),
  fc.constantFrom(
    { StringEquals: { 'aws:PrincipalAccount': ACCOUNT } },
    { StringNotEquals: { 'aws:PrincipalAccount': [ACCOUNT, OTHER] } },
    { StringLike: { 'aws:userid': 'AROA*:x' } },
  ),
);

const principal = fc.oneof(
  fc.constant('*'),
  fc
    .uniqueArray(
      fc.constantFrom(
        ACCOUNT,
        OTHER,
        ANA,
        APP,
        EVE,
        `arn:aws:iam::${ACCOUNT}:user/gone`,
        `arn:aws:sts::${ACCOUNT}:assumed-role/app/session`,
        `arn:aws:iam::${OTHER}:role/far`,
        `arn:aws:sts::${OTHER}:assumed-role/far/session`,
        `arn:aws:iam::${OTHER}:user/x`,
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((AWS) => ({ AWS })),
);

function statements(isResource: boolean): fc.Arbitrary<Statements> {
  const statement = fc
    .record({
      effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
      negations: fc.tuple(rarely, rarely, rarely),
      who: principal,
      actions: oneOrMany(actionPattern),
      resources: oneOrMany(resourcePattern),
      conditions: fc.option(CONDITIONS, { nil: undefined, freq: 1 }),
    })
    .map(({ effect, negations, who, actions, resources, conditions }) => ({
      Effect: effect,
      ...(isResource && { [negations[0] && who !== '*' ? 'NotPrincipal' : 'Principal']: who }),
      [negations[1] ? 'NotAction' : 'Action']: actions,
      [negations[2] ? 'NotResource' : 'Resource']: resources,
      ...(conditions && { Condition: conditions }),
    }));
  return fc.array(statement, { minLength: 1, maxLength: 3 });
}

const estate: fc.Arbitrary<Estate> = fc
  .record(
    {
      ana: statements(false),
      boundary: statements(false),
      app: statements(false),
      one: statements(true),
      two: statements(true),
    },
    { requiredKeys: [] },
  )
  .map(({ ana, boundary, app, one, two }) =>
    estateOf({
      users: {
        ana: {
          ...(ana && { identity: ana }),
          ...(boundary && { boundary }),
          groups: ['staff'],
          tags: [{ key: 'team', value: 'red' }],
        },
        ben: {},
      },
      roles: { app: { ...(app && { identity: app }) } },
      buckets: { one: one ? { policy: one } : {}, two: two ? { policy: two } : {} },
    }),
  );

const asserted = fc
  .tuple(
    fc.constantFrom(
      'anyone',
      'user/ana',
      'role/app',
      'group/staff',
      'anonymous',
      'outsiders',
      'anyone EXCEPT user/ana',
      'user/*',
      'account',
      ANA,
    ),
    fc.constantFrom('CAN', 'CANNOT', 'CANNOT'),
    fc.constantFrom('s3:GetObject', 's3:*Object', 's3:*', 's3:PutObject, s3:ListBucket'),
    fc.constantFrom(
      'one/*',
      'one, one/*',
      '*',
      'two/a*',
      'one/* EXCEPT one/a*',
      '*/${aws:username}',
      'o*',
      'one/ab',
    ),
    fc.constantFrom(
      '',
      '',
      '',
      'WHERE aws:SecureTransport = false',
      'WHERE s3:prefix LIKE a*',
      'WHERE aws:SourceIp IN 10.0.0.0/8 AND app:Text MISSING',
      'WHERE aws:CurrentTime < 2026-03-01',
      'WHERE app:Text ForAnyValue:StringEquals a',
      'WHERE aws:PrincipalTag/team = red',
    ),
  )
  .map((parts) => parts.join(' '));

const text = fc.constantFrom('a', 'A', 'b', 'ab', 'ana', '', 'bb');
const facts = fc.record(
  {
    'aws:sourceip': fc.constantFrom(...ADDRESSES),
    'aws:securetransport': fc.constantFrom('true', 'false'),
    time: fc.constantFrom(...MOMENTS, '2025-01-01T00:00:00Z', '2026-12-31T23:59:59Z'),
    's3:prefix': text,
    's3:max-keys': fc.constantFrom('0', '1', '1.5', '2', '10', '11', 'x'),
    'app:count': fc.oneof(fc.constantFrom('1', '5'), fc.constant(['1', '10'])),
    'app:flag': fc.constantFrom('true', 'false', 'TRUE', 'x'),
    'app:text': fc.oneof(text, fc.uniqueArray(text, { maxLength: 3 })),
    's3:requestobjecttagkeys': fc.uniqueArray(text, { maxLength: 3 }),
  },
  { requiredKeys: ['aws:sourceip', 'aws:securetransport', 'time'] },
);

type Facts = Readonly<Record<string, ContextValue>>;

interface Asker {
  readonly principal: PolicyPrincipal;
  readonly keys: Facts;
  readonly name: string;
}

function askersOf({ users }: Estate): readonly Asker[] {
  const userOf = (arn: string, userId: string, tags: Facts = {}): Asker => {
    const [, , , , accountId = ''] = arn.split(':');
    const name = arn.slice(arn.lastIndexOf('/') + 1);
    return {
      principal: { kind: 'user', accountId, arn, userId },
      keys: {
        'aws:principalarn': arn,
        'aws:principalaccount': accountId,
        'aws:userid': userId,
        'aws:username': name,
        ...tags,
      },
      name: `user/${name}`,
    };
  };
  const sessionOf = (account: string, role: string, roleId: string, session: string): Asker => ({
    principal: {
      kind: 'assumed-role',
      accountId: account,
      arn: `arn:aws:sts::${account}:assumed-role/${role}/${session}`,
      roleArn: `arn:aws:iam::${account}:role/${role}`,
      roleId,
      userId: `${roleId}:${session}`,
    },
    keys: {
      'aws:principalarn': `arn:aws:iam::${account}:role/${role}`,
      'aws:principalaccount': account,
      'aws:userid': `${roleId}:${session}`,
    },
    name: `role/${role}`,
  });
  return [
    {
      principal: { kind: 'anonymous' },
      keys: { 'aws:principalaccount': 'anonymous', 'aws:userid': 'anonymous' },
      name: 'anonymous',
    },
    ...users.map(({ arn, id, name }) =>
      userOf(arn, id, name === 'ana' ? { 'aws:principaltag/team': 'red' } : {}),
    ),
    ...['x', 'y', 'session'].map((name) => sessionOf(ACCOUNT, 'app', 'AROAAPP0000000000000', name)),
    ...['x', 'session'].map((name) => sessionOf(OTHER, 'far', 'AROAFAR', name)),
    userOf(`arn:aws:iam::${OTHER}:user/x`, 'AIDAX'),
    userOf(EVE, 'AIDAEVE'),
    userOf('arn:aws:iam::123412341234:user/p/ana', 'AIDAFAR', { 'aws:principaltag/team': 'red' }),
    userOf(`arn:aws:iam::${ACCOUNT}:user/gone`, 'AIDAGONE'),
  ];
}

const ALL = compiled([{ Effect: 'Allow', Action: '*', Resource: '*' }]);

function decisionOf(
  { users, roles, buckets }: Estate,
  { principal: who }: Asker,
  asked: { action: string; resource: string; context: Facts },
) {
  const bucket = buckets.find(
    ({ name }) => asked.resource.split(/[:/]/)[5] === name,
  ) as EstateBucket;
  const arnOf = who.kind === 'assumed-role' ? who.roleArn : 'arn' in who ? who.arn : '';
  const actor = [...users, ...roles].find(({ arn }) => arn === arnOf);
  const isForeign = 'accountId' in who && who.accountId !== ACCOUNT;
  return evaluate(
    {
      principal: who,
      action: asked.action,
      resource: asked.resource,
      resourceAccountId: ACCOUNT,
      context: (name) => asked.context[name],
    },
    {
      identity: isForeign ? [ALL] : (actor?.identity ?? []),
      ...(actor?.boundary && { boundary: actor.boundary }),
      ...(bucket.policy && { resource: bucket.policy }),
    },
  );
}

/** The assertion's own reading of who is meant, by a list. */
const MEANT: Readonly<Record<string, (asker: Asker) => boolean>> = {
  anyone: () => true,
  'user/ana': ({ principal }) => 'arn' in principal && principal.arn === ANA,
  [ANA]: ({ principal }) => 'arn' in principal && principal.arn === ANA,
  'group/staff': ({ principal }) => 'arn' in principal && principal.arn === ANA,
  'role/app': ({ name }) => name === 'role/app',
  anonymous: ({ name }) => name === 'anonymous',
  outsiders: ({ principal }) => 'accountId' in principal && principal.accountId !== ACCOUNT,
  'anyone EXCEPT user/ana': ({ principal }) => !('arn' in principal && principal.arn === ANA),
  'user/*': ({ principal, name }) =>
    'accountId' in principal && principal.accountId === ACCOUNT && /^user\/(ana|ben)$/.test(name),
  account: ({ principal }) => 'accountId' in principal && principal.accountId === ACCOUNT,
};

const BUCKET_ACTION = 's3:ListBucket';
/** A few seconds; each run of the tests searches with a seed of its own. */
const RUNS = 800;

test('prove: nothing that is proved is contradicted by any request', (t) => {
  const seen = { proved: 0, refuted: 0, unknown: 0 };
  let asked = 0;
  fc.assert(
    fc.property(
      estate,
      asserted,
      fc.array(resource, { minLength: 6, maxLength: 6 }),
      fc.array(facts, { minLength: 10, maxLength: 10 }),
      (random, line, resources, situations) => {
        const parsed = parseAssertions(line);
        assert(parsed.ok, `${line}: ${JSON.stringify(parsed)}`);
        const [result] = proveAll(random, parsed.assertions);
        assert(result !== undefined);
        const { outcome, assertion } = result;
        seen[outcome.kind]++;
        if (outcome.kind === 'refuted') {
          assert.equal(outcome.by.decision.effect === 'Allow', assertion.verb === 'CANNOT');
        }
        if (outcome.kind !== 'proved') return;
        const who = line.slice(0, line.search(/ CAN(?:NOT)? /));
        const askers = askersOf(random).filter((asker) => MEANT[who]!(asker));
        const requests = resources.flatMap((on) =>
          ACTIONS.flatMap((name) =>
            askers.flatMap((asker) =>
              situations.map((situation) => [asker, name, on, situation] as const),
            ),
          ),
        );
        for (const [asker, name, on, { time, ...rest }] of requests) {
          if (on.includes('/') === (name === BUCKET_ACTION)) continue;
          const isGone = 'arn' in asker.principal && asker.principal.arn.endsWith('gone');
          if (isGone && assertion.verb === 'CAN') continue;
          const context: Facts = {
            ...(rest as Facts),
            ...asker.keys,
            'aws:currenttime': new Date(time).toISOString(),
            'aws:epochtime': String(new Date(time).getTime() / 1000),
          };
          if (!isMeant(assertion, name, on, context)) continue;
          asked++;
          const decision = decisionOf(random, asker, { action: name, resource: on, context });
          assert.equal(
            decision.effect === 'Allow',
            assertion.verb === 'CAN',
            `${line}: ${JSON.stringify({ asker, name, on, context })}`,
          );
        }
      },
    ),
    { numRuns: RUNS },
  );
  t.diagnostic(`${JSON.stringify(seen)}; ${asked} requests asked of what was proved`);
  assert(seen.proved > RUNS / 20 && seen.refuted > RUNS / 20, JSON.stringify(seen));
  assert(asked > RUNS, `only ${asked} requests were asked of what was proved`);
});

/** Whether the naive evaluator finds the request among those that the assertion describes. */
function isMeant(
  { actions, resources, where }: ReturnType<typeof proveAll>[number]['assertion'],
  name: string,
  on: string,
  context: Facts,
): boolean {
  const operatorOf = ({ operator }: (typeof where)[number]): string => {
    const { test: base, negated, quantifier } = operator;
    const word = base === 'StringEquals' && negated ? 'StringNotEquals' : base;
    return `${quantifier === undefined ? '' : `${quantifier}:`}${word}`;
  };
  const effect = naiveEvaluate(
    {
      principal: { kind: 'user', accountId: ACCOUNT, arn: ANA, userId: 'AIDA' },
      action: name,
      resource: on,
      resourceAccountId: ACCOUNT,
      context,
    },
    {
      identity: [
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: [...actions.of],
              Resource: [...resources.of],
              Condition: Object.fromEntries(
                where.map((each) => [operatorOf(each), { [each.key]: [...each.values] }]),
              ),
            },
            ...(resources.except.length === 0
              ? []
              : [{ Effect: 'Deny', Action: '*', Resource: [...resources.except] }]),
          ],
        },
      ],
    },
  );
  return effect === 'Allow';
}
