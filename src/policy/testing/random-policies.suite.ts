/**
 * Random policies and requests over a small vocabulary, so that what is asked and what is said
 * often meet. Shared by the properties of the evaluator and of its explanations.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { ApplicablePolicies, ContextValue, PolicyKind, PolicyPrincipal } from '../index.ts';
import { type PolicySource, compilePolicy, parsePolicy } from '../index.ts';
import type { NaivePolicies, RawPolicy, RawStatement } from './naive-evaluate.suite.ts';

const OWN = '111122223333';
const OTHER = '444455556666';
const USER_ID = 'AIDAANAANAANAANAANA1';
const ROLE_ID = 'AROAAPPAPPAPPAPPAPP1';
const ANA = `arn:aws:iam::${OWN}:user/ana`;
const ROLE = `arn:aws:iam::${OWN}:role/App`;
const SESSION = `arn:aws:sts::${OWN}:assumed-role/App/s`;
const FEDERATED = `arn:aws:sts::${OWN}:federated-user/f`;
const SERVICE = 'logging.s3.amazonaws.com';
const PROVIDER = 'accounts.google.com';

const principal: fc.Arbitrary<PolicyPrincipal> = fc.constantFrom<PolicyPrincipal[]>(
  { kind: 'anonymous' },
  { kind: 'service', service: SERVICE },
  { kind: 'root', accountId: OWN, arn: `arn:aws:iam::${OWN}:root`, userId: OWN },
  { kind: 'user', accountId: OWN, arn: ANA, userId: USER_ID, canonicalUserId: 'c1' },
  { kind: 'user', accountId: OTHER, arn: `arn:aws:iam::${OTHER}:user/eve`, userId: 'AIDAEVE' },
  {
    kind: 'assumed-role',
    accountId: OWN,
    arn: SESSION,
    roleArn: ROLE,
    roleId: ROLE_ID,
    userId: `${ROLE_ID}:s`,
  },
  {
    kind: 'federated-user',
    accountId: OWN,
    arn: FEDERATED,
    userArn: ANA,
    callerUserId: USER_ID,
    userId: `${OWN}:f`,
  },
);

const oneOrMany = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | T[]> =>
  fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 }));

const principalElement = fc.oneof(
  fc.constant('*'),
  fc.dictionary(
    fc.constant('AWS'),
    oneOrMany(
      fc.constantFrom(
        OWN,
        OTHER,
        `arn:aws:iam::${OWN}:root`,
        ANA,
        ROLE,
        SESSION,
        FEDERATED,
        USER_ID,
        ROLE_ID,
        '*',
      ),
    ),
    { minKeys: 1 },
  ),
  fc.record(
    {
      AWS: fc.array(fc.constantFrom(OWN, ANA, ROLE, SESSION), { minLength: 1, maxLength: 3 }),
      Service: fc.constantFrom(SERVICE, '*', 'ec2.amazonaws.com'),
      CanonicalUser: fc.constantFrom('c1', 'c2'),
    },
    { requiredKeys: ['AWS'] },
  ),
  fc.constant({ Federated: PROVIDER }),
);

const action = fc.constantFrom('s3:GetObject', 's3:PutObject', 'S3:getobject', 'iam:GetUser');
const actionPattern = fc.constantFrom(
  '*',
  's3:*',
  's3:Get*',
  's3:?etObject',
  's3:getOBJECT',
  's3:*Object',
  'iam:*',
  's3:PutObject',
);

/** Texts over a tiny alphabet, in which stars, astral characters and new lines are ordinary. */
const fragment = fc.string({
  unit: fc.constantFrom('a', 'b', 'ab', '/', '*', '?', '😀', '\n', ':', 'A'),
  maxLength: 6,
});
const variable = fc.constantFrom(
  '${aws:username}',
  '${AWS:UserName}',
  "${aws:PrincipalTag/t, 'a*'}",
  "${aws:PrincipalTag/t,''}",
  '${aws:TagKeys}',
  '${*}',
  '${?}',
  '${$}',
);
const pattern = fc
  .array(fc.oneof({ weight: 3, arbitrary: fragment }, { weight: 1, arbitrary: variable }), {
    maxLength: 4,
  })
  .map((parts) => parts.join(''));
const arnPattern = fc.oneof(
  fc.constantFrom('*', ANA, `arn:aws:iam::*:user/*`, `arn:aws:iam::${OWN}:*`, 'arn:aws:s3:*'),
  pattern.map((text) => `arn:aws:s?:::${text}`),
);
const resourcePattern = fc.oneof(
  fc.constantFrom('*', '*', 'arn:aws:s3:::*', 'arn:aws:s3:::b/*'),
  pattern.map((text) => `arn:aws:s3:::${text}`),
);
const resource = fc.oneof(
  fc.constant('*'),
  fragment.map((text) => `arn:aws:s3:::${text}`),
  fc.constantFrom('arn:aws:s3:::b/a', 'arn:aws:s3:::ana/a'),
);

const numberText = fc.constantFrom('1', '2', '2.0', '-1', '10', 'x');
const dateText = fc.constantFrom(
  '2026-07-01T00:00:00Z',
  '2026-07-01',
  '2026-07-01T02:00:00+02:00',
  '2026-07-01T00:00:00',
  '2026',
  '1782864000',
  '1782864001',
);
const addressText = fc.constantFrom(
  '10.0.0.1',
  '10.0.1.1',
  '::1',
  '2001:db8::1',
  '::ffff:10.0.0.1',
);
const rangeText = fc.oneof(
  addressText,
  fc.constantFrom(
    '10.0.0.0/8',
    '10.0.0.0/24',
    '0.0.0.0/0',
    '2001:db8::/32',
    '::/0',
    '::ffff:10.0.0.0/120',
  ),
);

/** The values that go with each family of operators: of the policy, and of the request. */
const FAMILIES: readonly {
  operators: readonly string[];
  key: string;
  policy: fc.Arbitrary<string | boolean>;
  request: fc.Arbitrary<string>;
}[] = [
  {
    operators: [
      'StringEquals',
      'StringNotEquals',
      'StringEqualsIgnoreCase',
      'StringNotEqualsIgnoreCase',
      'StringLike',
      'StringNotLike',
    ],
    key: 'app:String',
    policy: pattern,
    request: fragment,
  },
  {
    operators: [
      'NumericEquals',
      'NumericNotEquals',
      'NumericLessThan',
      'NumericLessThanEquals',
      'NumericGreaterThan',
      'NumericGreaterThanEquals',
    ],
    key: 'app:Number',
    policy: numberText,
    request: numberText,
  },
  {
    operators: [
      'DateEquals',
      'DateNotEquals',
      'DateLessThan',
      'DateLessThanEquals',
      'DateGreaterThan',
      'DateGreaterThanEquals',
    ],
    key: 'app:Date',
    policy: dateText,
    request: fc.oneof(dateText, fc.constant('soon')),
  },
  {
    operators: ['Bool'],
    key: 'app:Bool',
    policy: fc.constantFrom('true', 'false', true, false, 'x'),
    request: fc.constantFrom('true', 'false', 'TRUE', 'x'),
  },
  {
    operators: ['IpAddress', 'NotIpAddress'],
    key: 'app:Address',
    policy: rangeText,
    request: fc.oneof(addressText, fc.constant('nowhere')),
  },
  {
    operators: ['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    key: 'app:Arn',
    policy: arnPattern,
    request: fc.oneof(
      fc.constant(ANA),
      fragment.map((text) => `arn:aws:s3:::${text}`),
      fragment,
    ),
  },
  {
    operators: ['BinaryEquals'],
    key: 'app:Binary',
    policy: fc.constantFrom('AA==', 'AAA=', 'AB=='),
    request: fc.constantFrom('AA==', 'AAA=', 'AB==', ''),
  },
];

const conditionBlock = fc
  .array(
    fc.oneof(
      ...FAMILIES.map(({ operators, key, policy }) =>
        fc.tuple(
          fc.constantFrom('', '', 'ForAllValues:', 'ForAnyValue:'),
          fc.constantFrom(...operators),
          fc.constantFrom('', '', 'IfExists'),
          fc.constant(key),
          oneOrMany(policy) as fc.Arbitrary<unknown>,
        ),
      ),
      fc.tuple(
        fc.constant(''),
        fc.constant('Null'),
        fc.constant(''),
        fc.constantFrom('app:String', 'app:Bool'),
        oneOrMany(fc.constantFrom('true', 'false', false)) as fc.Arbitrary<unknown>,
      ),
    ),
    { maxLength: 2 },
  )
  .map((tests) => {
    const block: Record<string, Record<string, unknown>> = {};
    for (const [prefix, operator, suffix, key, values] of tests) {
      block[`${prefix}${operator}${suffix}`] = { [key]: values };
    }
    return block;
  });

const context: fc.Arbitrary<Record<string, ContextValue>> = fc
  .tuple(
    fc.record(
      Object.fromEntries(
        FAMILIES.map(({ key, request }) => [
          key.toLowerCase(),
          fc.oneof(request, fc.array(request, { maxLength: 3 })) as fc.Arbitrary<ContextValue>,
        ]),
      ),
      { requiredKeys: [] },
    ),
    fc.record(
      {
        'aws:username': fc.constantFrom('a', 'ana', '*', '', 'a?', 'b:c'),
        'aws:principaltag/t': fragment,
        'aws:tagkeys': fc.constantFrom<string[][]>(['a'], ['a', 'b']),
        'aws:federatedprovider': fc.constant(PROVIDER),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([values, names]) => ({ ...values, ...names }) as Record<string, ContextValue>);

function statement(kind: PolicyKind): fc.Arbitrary<RawStatement> {
  const effect = fc.constantFrom('Allow', 'Allow', 'Allow', 'Allow', 'Deny');
  return fc
    .record({
      effect,
      negations: fc.tuple(rarely, rarely, rarely),
      who: principalElement,
      actions: oneOrMany(actionPattern),
      resources: oneOrMany(resourcePattern),
      conditions: fc.option(conditionBlock, { nil: undefined }),
    })
    .map(({ effect, negations, who, actions, resources, conditions }) => ({
      Effect: effect,
      ...(kind === 'identity'
        ? {}
        : { [negations[0] && kind === 'resource' ? 'NotPrincipal' : 'Principal']: who }),
      [negations[1] ? 'NotAction' : 'Action']: actions,
      ...(kind === 'trust' ? {} : { [negations[2] ? 'NotResource' : 'Resource']: resources }),
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })) as fc.Arbitrary<RawStatement>;
}

const rarely = fc.constantFrom(false, false, false, true);

function policy(kind: PolicyKind): fc.Arbitrary<RawPolicy> {
  return fc
    .tuple(
      fc.constantFrom('2012-10-17', '2012-10-17', '2012-10-17', '2008-10-17', undefined),
      fc.oneof(statement(kind), fc.array(statement(kind), { minLength: 1, maxLength: 3 })),
    )
    .map(([version, Statement]) => ({
      ...(version === undefined ? {} : { Version: version }),
      Statement,
    }));
}

const identityPolicy = policy('identity');
/** Mostly there is no organization, or the deeper rules would hardly ever be reached. */
const controls = fc.oneof(
  { weight: 5, arbitrary: fc.constant<RawPolicy[][]>([]) },
  {
    weight: 1,
    arbitrary: fc.array(fc.array(identityPolicy, { maxLength: 2 }), { minLength: 1, maxLength: 2 }),
  },
);
/** Policies of every kind. */
export const randomPolicies: fc.Arbitrary<NaivePolicies> = fc
  .record(
    {
      identity: fc.array(identityPolicy, { maxLength: 2 }),
      resource: policy('resource'),
      trust: policy('trust'),
      boundary: identityPolicy,
      session: fc.array(identityPolicy, { maxLength: 2 }),
      serviceControl: controls,
      resourceControl: controls,
    },
    { requiredKeys: ['identity'] },
  )
  .map(({ trust, ...raw }) => {
    const resource = raw.resource ?? trust;
    const isTrust = raw.resource === undefined && trust !== undefined;
    return { ...raw, ...(resource && { resource }), isTrust };
  });

/** What is asked, its context still a record. */
export const randomRequest = fc.record({
  principal,
  action,
  resource,
  resourceAccountId: fc.constantFrom(OWN, OWN, OTHER),
  context,
});

function compile(raw: RawPolicy, kind: PolicyKind, type: PolicySource['type'], id: string) {
  const text = JSON.stringify(raw);
  const parsed = parsePolicy(text, kind);
  assert(parsed.ok, `${text} was refused: ${JSON.stringify(parsed)}`);
  return compilePolicy(parsed.document, { type, id });
}

/** Policies as the naive evaluator takes them, for the engine. Their ids are the places in a list. */
export function compileAll({
  identity,
  resource,
  isTrust,
  boundary,
  session,
  serviceControl,
  resourceControl,
}: NaivePolicies): ApplicablePolicies {
  const list = (policies: readonly RawPolicy[], type: PolicySource['type'], prefix = '') =>
    policies.map((each, index) => compile(each, 'identity', type, `${prefix}${index}`));
  return {
    identity: list(identity, 'identity-based'),
    ...(resource && {
      resource: isTrust
        ? compile(resource, 'trust', 'trust', '0')
        : compile(resource, 'resource', 'resource-based', '0'),
    }),
    ...(boundary && { boundary: compile(boundary, 'identity', 'permissions boundary', '0') }),
    ...(session && { session: list(session, 'session') }),
    ...(serviceControl && {
      serviceControl: serviceControl.map((level, at) => list(level, 'service control', `${at}/`)),
    }),
    ...(resourceControl && {
      resourceControl: resourceControl.map((level, at) =>
        list(level, 'resource control', `${at}/`),
      ),
    }),
  };
}
