import { namedAccount } from '../principal.ts';
import type {
  ApplicablePolicies,
  ContextReader,
  ContextValue,
  PolicyPrincipal,
} from '../request.ts';
import { compilePolicy } from '../compile.ts';
import { ANY, DIGIT, type Pattern, RUN, allBut, literal } from './automaton.ts';
import { FREE } from './context-keys.ts';
import { type Estate, type EstateRole, type EstateUser, resourcePoliciesOf } from './estate.ts';
import type { Bounds } from './key-values.ts';

/**
 * Somebody who may ask, or all who cannot be told apart. What a request says of who asks is known,
 * or has bounds and is chosen with the request; `become` then says who it is.
 */
export interface Subject {
  readonly kind: 'anonymous' | 'root' | 'user' | 'role' | 'stranger';
  /** Undefined for the anonymous. */
  readonly accountId: string | undefined;
  readonly principal: PolicyPrincipal;
  readonly policies: Omit<ApplicablePolicies, 'resource'>;
  readonly keys: ReadonlyMap<string, ContextValue | undefined | typeof FREE>;
  readonly bounds: ReadonlyMap<string, Bounds>;
  /** Whether there is such a principal already, or there could be. */
  readonly exists: boolean;
  readonly user?: EstateUser;
  readonly role?: EstateRole;
  readonly become: (context: ContextReader) => Identified;
}

type Identified = Pick<Subject, 'principal' | 'keys'>;

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

const SESSION = 'session';
const PRINCIPAL_ARN = 'aws:principalarn';
const PRINCIPAL_ACCOUNT = 'aws:principalaccount';
const USER_ID = 'aws:userid';
const PROVIDER = 'aws:federatedprovider';
const SOME: Pattern = [ANY, RUN];
/** A path and a name, in which there is no slash. */
const PATH_AND_NAME: Pattern = [RUN, allBut('/'.charCodeAt(0), false)];

type Keys = readonly (readonly [string, ContextValue | undefined | typeof FREE])[];

function fixed(
  subject: Omit<Subject, 'keys' | 'bounds' | 'become' | 'exists'>,
  keys: Keys,
  exists = true,
): Subject {
  const map = new Map(keys);
  const { principal } = subject;
  return {
    ...subject,
    exists,
    keys: map,
    bounds: new Map(),
    become: () => ({ principal, keys: map }),
  };
}

/** Everybody who may ask for something: those of the estate, and those whom it does not know. */
export function subjectsOf(estate: Estate): readonly Subject[] {
  const named = namesIn(estate);
  const users = estate.users.map((user) =>
    userSubject(user, canonicalIdOf(estate, user.accountId)),
  );
  const roles = estate.roles.flatMap((role) => roleSubjects(role, estate, named));
  const roots = estate.accounts.map(({ id, canonicalUserId }) => rootSubject(id, canonicalUserId));
  const others = estate.accounts.flatMap(({ id, canonicalUserId }) =>
    othersOf(id, canonicalUserId, estate, named, []),
  );
  return [anonymous(), ...users, ...roles, ...roots, ...others, ...strangers(estate, named)];
}

function canonicalIdOf({ accounts }: Estate, id: string): string | undefined {
  return accounts.find((account) => account.id === id)?.canonicalUserId;
}

function anonymous(): Subject {
  return fixed(
    {
      kind: 'anonymous',
      accountId: undefined,
      principal: { kind: 'anonymous' },
      policies: { identity: [] },
    },
    [
      [PRINCIPAL_ARN, undefined],
      [PRINCIPAL_ACCOUNT, 'anonymous'],
      ['aws:principaltype', 'Anonymous'],
      [USER_ID, 'anonymous'],
      ['aws:username', undefined],
      [PROVIDER, undefined],
      ['s3:authtype', undefined],
      ['s3:signatureversion', undefined],
      ['s3:signatureage', undefined],
    ],
  );
}

function rootSubject(
  id: string,
  canonicalUserId: string | undefined,
  kind: 'root' | 'stranger' = 'root',
): Subject {
  const arn = `arn:aws:iam::${id}:root`;
  return fixed(
    {
      kind,
      accountId: id,
      principal: { kind: 'root', accountId: id, arn, userId: id, ...canonical(canonicalUserId) },
      policies: { identity: [] },
    },
    [
      [PRINCIPAL_ARN, arn],
      [PRINCIPAL_ACCOUNT, id],
      ['aws:principaltype', 'Account'],
      [USER_ID, id],
      ['aws:username', undefined],
      [PROVIDER, undefined],
    ],
  );
}

function canonical(canonicalUserId: string | undefined) {
  return canonicalUserId === undefined ? {} : { canonicalUserId };
}

function userKeys(accountId: string, arn: string, userId: string): Keys {
  return [
    [PRINCIPAL_ARN, arn],
    [PRINCIPAL_ACCOUNT, accountId],
    ['aws:principaltype', 'User'],
    [USER_ID, userId],
    ['aws:username', arn.slice(arn.lastIndexOf('/') + 1)],
    [PROVIDER, undefined],
  ];
}

function userSubject(user: EstateUser, canonicalUserId: string | undefined): Subject {
  const { accountId, arn, id, identity, boundary, tags } = user;
  return fixed(
    {
      kind: 'user',
      accountId,
      principal: { kind: 'user', accountId, arn, userId: id, ...canonical(canonicalUserId) },
      policies: { identity, ...(boundary === undefined ? {} : { boundary }) },
      user,
    },
    [
      ...userKeys(accountId, arn, id),
      ...(tags ?? []).map(({ key, value }) => [`${TAG}${key.toLowerCase()}`, value] as const),
      // Whoever's tags are known has no others.
      ...(tags === undefined ? [] : [[TAG, undefined] as const]),
    ],
  );
}

/** Tags of the principal; as a key of its own, what holds for those that are not listed. */
export const TAG = 'aws:principaltag/';

/** Sessions that policies name, and all others of the role, of which only the name is open. */
function roleSubjects(role: EstateRole, estate: Estate, named: Names): Subject[] {
  const { accountId, arn, id, name, identity, boundary } = role;
  const canonicalUserId = canonicalIdOf(estate, accountId);
  const prefix = `arn:aws:sts::${accountId}:assumed-role/${name}/`;
  const policies = { identity, ...(boundary === undefined ? {} : { boundary }) };
  const sessions = [...named.arns].filter((each) => each.startsWith(prefix));
  const names = sessions.map((session) => session.slice(prefix.length));
  const who = (session: string, provider: string | typeof FREE): Identified => ({
    principal: {
      kind: 'assumed-role',
      accountId,
      arn: prefix + session,
      roleArn: arn,
      roleId: id,
      userId: `${id}:${session}`,
      ...canonical(canonicalUserId),
    },
    keys: new Map<string, ContextValue | undefined | typeof FREE>([
      [PRINCIPAL_ARN, arn],
      [PRINCIPAL_ACCOUNT, accountId],
      ['aws:principaltype', 'AssumedRole'],
      [USER_ID, `${id}:${session}`],
      ['aws:username', undefined],
      [PROVIDER, provider],
    ]),
  });
  const base = { kind: 'role', accountId, policies, exists: true, role } as const;
  const providers: readonly (string | typeof FREE)[] = [FREE, ...named.providers];
  return providers.flatMap((provider): Subject[] => [
    ...names.map((session) => {
      const self = who(session, provider);
      return { ...base, ...self, bounds: new Map<string, Bounds>(), become: () => self };
    }),
    {
      ...base,
      ...who(SESSION, provider),
      keys: new Map([...who(SESSION, provider).keys, [USER_ID, FREE] as const]),
      bounds: new Map([
        [
          USER_ID,
          {
            required: [[...literal(`${id}:`), ...SOME]],
            forbidden: names.map((session) => literal(`${id}:${session}`)),
          },
        ],
      ]),
      become: (context: ContextReader) => {
        const userId = context(USER_ID);
        return who(typeof userId === 'string' ? userId.slice(id.length + 1) : SESSION, provider);
      },
    },
  ]);
}

/** What policies of resources say about who asks. */
interface Names {
  readonly arns: ReadonlySet<string>;
  readonly accounts: ReadonlySet<string>;
  readonly canonicalUsers: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
}

const ACCOUNT_IDS = /(?<!\d)\d{12}(?!\d)/g;

function namesIn(estate: Estate): Names {
  const arns = new Set<string>();
  const accounts = new Set<string>();
  const canonicalUsers = new Set<string>();
  const providers = new Set<string>();
  for (const { document } of resourcePoliciesOf(estate)) {
    for (const { principals, conditions } of document.statements) {
      for (const name of principals?.aws ?? []) {
        if (name.startsWith('arn:') && namedAccount(name) === undefined) arns.add(name);
        for (const [id] of name.matchAll(ACCOUNT_IDS)) accounts.add(id);
      }
      for (const id of principals?.canonicalUser ?? []) canonicalUsers.add(id);
      for (const name of principals?.federated ?? []) providers.add(name);
      for (const value of conditions.flatMap(({ values }) => values)) {
        for (const [id] of value.matchAll(ACCOUNT_IDS)) accounts.add(id);
      }
    }
  }
  return { arns, accounts, canonicalUsers, providers };
}

/**
 * Principals of an account of which the estate knows nothing: those that policies name, and any user
 * or session of a role beside them. `identity` is what they are taken to be allowed.
 */
function othersOf(
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
  const whoOf = (arn: string) => identified(arn, accountId, canonicalUserId);
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
    const self = whoOf(prefix + 'x');
    if (self === undefined) return [];
    const bounds = new Map([
      [PRINCIPAL_ARN, { required: [[...literal(prefix), ...PATH_AND_NAME]], forbidden }],
    ]);
    const keys = new Map([...self.keys, [PRINCIPAL_ARN, FREE], [USER_ID, FREE]] as const);
    if (type === 'user') keys.set('aws:username', FREE);
    const become = (context: ContextReader) => {
      const arn = context(PRINCIPAL_ARN);
      return (typeof arn === 'string' ? whoOf(arn) : undefined) ?? self;
    };
    return [{ ...base, kind: kind ?? type, principal: self.principal, keys, bounds, become }];
  });
  return [...listed, ...open];
}

/** The principal of an ARN that a resource's policy may name. */
function identified(arn: string, accountId: string, canonicalUserId: string | undefined) {
  const [, , , , , ...rest] = arn.split(':');
  const [type = '', ...path] = rest.join(':').split('/');
  const name = path.at(-1) ?? '';
  const own = canonical(canonicalUserId);
  if (type === 'user') {
    const userId = 'AIDA0000000000000000';
    const principal: PolicyPrincipal = { kind: 'user', accountId, arn, userId, ...own };
    return { principal, keys: new Map(userKeys(accountId, arn, userId)), roleName: undefined };
  }
  if (type === 'federated-user') {
    const userArn = `arn:aws:iam::${accountId}:user/x`;
    const userId = `${accountId}:${name}`;
    const principal: PolicyPrincipal = { kind: type, accountId, arn, userArn, userId, ...own };
    const keys: Keys = [
      [PRINCIPAL_ARN, arn],
      [PRINCIPAL_ACCOUNT, accountId],
      ['aws:principaltype', 'FederatedUser'],
      [USER_ID, userId],
      ['aws:username', undefined],
      [PROVIDER, undefined],
    ];
    return { principal, keys: new Map(keys), roleName: undefined };
  }
  if (type !== 'role' && type !== 'assumed-role') return undefined;
  const roleId = 'AROA0000000000000000';
  const [roleName = '', session = SESSION] = type === 'role' ? [name] : path;
  const roleArn = type === 'role' ? arn : `arn:aws:iam::${accountId}:role/${roleName}`;
  const principal: PolicyPrincipal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${session}`,
    roleArn,
    roleId,
    userId: `${roleId}:${session}`,
    ...own,
  };
  const keys: Keys = [
    [PRINCIPAL_ARN, roleArn],
    [PRINCIPAL_ACCOUNT, accountId],
    ['aws:principaltype', 'AssumedRole'],
    [USER_ID, principal.userId],
    ['aws:username', undefined],
  ];
  return { principal, keys: new Map(keys), roleName };
}

/** An account that no policy mentions stands for all of those. */
const UNMENTIONED = ['999988887777', '888877776666', '777766665555', '666655554444'];

/** Those who come from accounts that the estate does not have: their own policies allow them all. */
function strangers(estate: Estate, named: Names): Subject[] {
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
      return identified(own, account, undefined) ?? subject;
    },
  };
}
