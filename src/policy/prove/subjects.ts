import type { ContextReader, ContextValue } from '../request.ts';
import { ANY, type Pattern, RUN, literal } from './automaton.ts';
import { FREE } from './context-keys.ts';
import type { Estate, EstateRole, EstateUser } from './estate.ts';
import type { Bounds } from './key-values.ts';
import { type Names, namesIn } from './names.ts';
import { othersOf, strangers } from './strangers.ts';
import {
  type Identified,
  PRINCIPAL_ACCOUNT,
  PRINCIPAL_ARN,
  PRINCIPAL_TYPE,
  PROVIDER,
  SESSION,
  type Subject,
  TAG,
  USER_ID,
  USER_NAME,
  canonical,
  fixed,
  nameApart,
  rootSubject,
  userKeys,
} from './subject.ts';

const SOME: Pattern = [ANY, RUN];

/** Everybody who may ask for something: those of the estate, and those whom it does not know. */
export function subjectsOf(estate: Estate, mentioned: readonly string[]): readonly Subject[] {
  const named = namesIn(estate, mentioned);
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
      [PRINCIPAL_TYPE, 'Anonymous'],
      [USER_ID, 'anonymous'],
      [USER_NAME, undefined],
      [PROVIDER, undefined],
      ['s3:authtype', undefined],
      ['s3:signatureversion', undefined],
      ['s3:signatureage', undefined],
    ],
  );
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
      ...(user.isIdMadeUp === true ? [[USER_ID, FREE] as const] : []),
      ...(tags ?? []).map(({ key, value }) => [`${TAG}${key.toLowerCase()}`, value] as const),
      // Whoever's tags are known has no others.
      ...(tags === undefined ? [] : [[TAG, undefined] as const]),
    ],
  );
}

/** Sessions that policies name, and all others of the role, of which only the name is open. */
function roleSubjects(role: EstateRole, estate: Estate, named: Names): Subject[] {
  const { accountId, arn, id, name, identity, boundary } = role;
  const idPattern = role.isIdMadeUp === true ? [...literal('AROA'), RUN] : literal(role.id);
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
      [PRINCIPAL_TYPE, 'AssumedRole'],
      [USER_ID, role.isIdMadeUp === true ? FREE : `${id}:${session}`],
      [USER_NAME, undefined],
      [PROVIDER, provider],
    ]),
  });
  const base = { kind: 'role', accountId, policies, exists: true, role } as const;
  const other = nameApart(SESSION, (session) => names.includes(session));
  const providers: readonly (string | typeof FREE)[] = [FREE, ...named.providers];
  return providers.flatMap((provider): Subject[] => [
    ...names.map((session) => {
      const self = who(session, provider);
      const required = [[...idPattern, ...literal(`:${session}`)]];
      const bounds = new Map<string, Bounds>([[USER_ID, { required, forbidden: [] }]]);
      return { ...base, ...self, bounds, become: () => self };
    }),
    {
      ...base,
      ...who(other, provider),
      keys: new Map([...who(other, provider).keys, [USER_ID, FREE] as const]),
      bounds: new Map([
        [
          USER_ID,
          {
            required: [[...idPattern, ...literal(':'), ...SOME]],
            forbidden: names.map((session) => [...idPattern, ...literal(`:${session}`)]),
          },
        ],
      ]),
      become: (context: ContextReader) => {
        const userId = context(USER_ID);
        const session = typeof userId === 'string' ? userId.slice(userId.indexOf(':') + 1) : other;
        return who(session, provider);
      },
    },
  ]);
}
