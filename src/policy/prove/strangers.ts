import { compilePolicy } from '../compile.ts';
import type { ContextReader } from '../request.ts';
import { DIGIT, type Pattern, RUN, allBut, literal } from './automaton.ts';
import { FREE } from './context-keys.ts';
import type { Estate } from './estate.ts';
import { identified } from './identified.ts';
import type { Names } from './names.ts';
import {
  PRINCIPAL_ACCOUNT,
  PRINCIPAL_ARN,
  type Subject,
  USER_NAME,
  nameApart,
  rootSubject,
} from './subject.ts';

const ALLOW_ALL = compilePolicy(
  {
    version: '2012-10-17',
    statements: [
      {
        effect: 'Allow',
        actions: { negated: false, patterns: ['*'] },
        resources: { negated: false, patterns: ['*'] },
        conditions: [],
      },
    ],
  },
  { type: 'identity-based', id: 'AdministratorAccess' },
);

/** A path and a name, in which there is no slash. */
const PATH_AND_NAME: Pattern = [RUN, allBut('/'.charCodeAt(0), false)];

/**
 * Principals of an account of which the estate knows nothing: those that policies name, and any user
 * or session of a role beside them. `identity` is what they are taken to be allowed.
 */
export function othersOf(
  accountId: string,
  canonicalUserId: string | undefined,
  estate: Estate,
  named: Names,
  identity: Subject['policies']['identity'],
  isStranger = false,
): Subject[] {
  const kind = isStranger ? 'stranger' : undefined;
  const known = new Set([...estate.users, ...estate.roles].map(({ arn }) => arn));
  const roleNames = new Set(estate.roles.map(({ accountId, name }) => `${accountId} ${name}`));
  const mine = [...named.arns].filter((arn) => arn.split(':')[4] === accountId && !known.has(arn));
  // A federated session has nothing without a policy of its own.
  const policies = { identity, session: identity };
  const base = { accountId, policies, exists: false } as const;
  const isTaken = (arn: string): boolean => known.has(arn) || mine.includes(arn);
  const whoOf = (arn: string) => identified(arn, accountId, canonicalUserId, isTaken);
  const listed = mine.flatMap((arn): Subject[] => {
    const self = whoOf(arn);
    if (self === undefined || roleNames.has(`${accountId} ${self.roleName}`)) return [];
    const { principal, keys } = self;
    const actual = kind ?? (principal.kind === 'user' ? 'user' : 'role');
    return [{ ...base, kind: actual, principal, keys, bounds: new Map(), become: () => self }];
  });
  const forbidden = [...known, ...mine].map((arn) => literal(arn));
  const open = (['user', 'role'] as const).flatMap((type): Subject[] => {
    const prefix = `arn:aws:iam::${accountId}:${type}/`;
    const self = whoOf(nameApart(`${prefix}x`, isTaken));
    if (self === undefined) return [];
    const bounds = new Map([
      [PRINCIPAL_ARN, { required: [[...literal(prefix), ...PATH_AND_NAME]], forbidden }],
    ]);
    const keys = new Map([...self.keys, [PRINCIPAL_ARN, FREE]] as const);
    if (type === 'user') keys.set(USER_NAME, FREE);
    const become = (context: ContextReader) => {
      const arn = context(PRINCIPAL_ARN);
      return (typeof arn === 'string' ? whoOf(arn) : undefined) ?? self;
    };
    return [{ ...base, kind: kind ?? type, principal: self.principal, keys, bounds, become }];
  });
  return [...listed, ...open];
}

/** An account that no policy mentions stands for all of those. */
const UNMENTIONED = ['999988887777', '888877776666', '777766665555', '666655554444'];

/** Those who come from accounts that the estate does not have: their own policies allow them all. */
export function strangers(estate: Estate, named: Names): Subject[] {
  const ours = new Set(estate.accounts.map(({ id }) => id));
  const canonicalOurs = new Set(estate.accounts.map(({ canonicalUserId }) => canonicalUserId));
  const foreign = [...named.accounts].filter((id) => !ours.has(id));
  const apart =
    UNMENTIONED.find((id) => !ours.has(id) && !named.accounts.has(id)) ?? '000000000000';
  const unknownIds = [...named.canonicalUsers].filter((id) => !canonicalOurs.has(id));
  const anyAccount = othersOf(apart, undefined, estate, named, [ALLOW_ALL], true).map((subject) =>
    ofAnyAccount(subject, [...ours, ...foreign]),
  );
  return [
    ...[...foreign, apart].map((id) => rootSubject(id, undefined, 'stranger')),
    ...foreign.flatMap((id) => othersOf(id, undefined, estate, named, [ALLOW_ALL], true)),
    ...unknownIds.flatMap((id) => othersOf(apart, id, estate, named, [ALLOW_ALL], true)),
    ...anyAccount,
  ];
}

/** The same, but of whatever account beside the mentioned ones. */
function ofAnyAccount(subject: Subject, mentioned: readonly string[]): Subject {
  const type = subject.principal.kind === 'user' ? 'user' : 'role';
  const digits = Array.from({ length: 12 }, () => DIGIT);
  const arn = [...literal('arn:aws:iam::'), ...digits, ...literal(`:${type}/`), ...PATH_AND_NAME];
  const forbidden = mentioned.map((id) => [...literal(`arn:aws:iam::${id}:`), RUN]);
  return {
    ...subject,
    keys: new Map([...subject.keys, [PRINCIPAL_ACCOUNT, FREE]]),
    bounds: new Map([
      [PRINCIPAL_ARN, { required: [arn], forbidden }],
      [PRINCIPAL_ACCOUNT, { required: [digits], forbidden: mentioned.map((id) => literal(id)) }],
    ]),
    become: (context) => {
      const chosen = context(PRINCIPAL_ARN) ?? context(PRINCIPAL_ACCOUNT);
      const account = /\d{12}/.exec(typeof chosen === 'string' ? chosen : '')?.[0];
      if (account === undefined) return subject;
      const text = typeof chosen === 'string' && chosen.startsWith('arn:') ? chosen : undefined;
      const own = text ?? `arn:aws:iam::${account}:${type}/x`;
      return identified(own, account, undefined, () => false) ?? subject;
    },
  };
}
