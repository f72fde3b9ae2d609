import { base64, fromBase64 } from '../base/bytes.ts';
import { secureBytes } from '../base/random.ts';
import { readRecord, type Core } from './core.ts';
import { entityIn, findEntity, readEntity, USER } from './entity.ts';
import { IdentityError } from './error.ts';
import type { LoginProfile, PasswordVerdict, User } from './model.ts';
import { isSameHash, PasswordHasher, SALT_SIZE, type HashPlaces } from './password-hash.ts';
import { assertConforms, REMEMBERED_PASSWORDS_MAX } from './password-policy.ts';
import { accounts, passwordPolicies, passwords, users, type PasswordRecord } from './records.ts';
import type { Transaction } from './transaction.ts';

export interface CreateLogin {
  readonly password: string;
  readonly isResetRequired?: boolean | undefined;
}

export interface UpdateLogin {
  readonly password?: string | undefined;
  readonly isResetRequired?: boolean | undefined;
}

/** As IAM's operations have it. */
const PASSWORD_LENGTH_MAX = 128;
const DAY_MS = 24 * 60 * 60_000;
/** "If a password is used more than once in a five-minute span, only the first use is returned." */
const USE_NOTE_INTERVAL_MS = 5 * 60_000;

/** Users' console passwords. */
export function loginProfileMethods(core: Core, places: HashPlaces | undefined) {
  const hasher = new PasswordHasher({ places });
  return {
    createLoginProfile: (account: string, userName: string, request: CreateLogin) =>
      createLogin(core, hasher, account, userName, request),
    /** What is absent stays as it is. */
    updateLoginProfile: (account: string, userName: string, request: UpdateLogin) =>
      updateLogin(core, hasher, account, userName, request),
    deleteLoginProfile: (account: string, userName: string): Promise<void> =>
      core.transact(async (tx) => {
        const { login: _, ...user } = await withLoginIn(tx, account, userName);
        tx.set(users, user, account, user.id);
        tx.delete(passwords, account, user.id);
      }),
    /** Throws NoSuchEntity for a user without a password, and for no user. */
    async getLoginProfile(account: string, userName: string): Promise<LoginProfile> {
      const { login } = await readEntity(core, USER, account, userName);
      if (login === undefined) throw noLogin(userName);
      return login;
    },
    changePassword: (account: string, userName: string, oldPassword: string, password: string) =>
      changePassword(core, hasher, account, userName, oldPassword, password),
    /**
     * Whether this is the user's console password, for a sign-in, which it also notes. Takes as
     * long for a user who is not there. Throws Throttling when too many are asked about at once.
     */
    verifyPassword: (account: string, userName: string, password: string) =>
      verifyPassword(core, hasher, account, userName, password),
  };
}

async function createLogin(
  core: Core,
  hasher: PasswordHasher,
  account: string,
  userName: string,
  { password, isResetRequired = false }: CreateLogin,
): Promise<LoginProfile> {
  const salt = secureBytes(SALT_SIZE);
  await readEntity(core, USER, account, userName);
  const hash = await hasher.hash(password, salt);
  return core.transact(async (tx) => {
    const user = await entityIn(tx, USER, account, userName);
    if (user.login !== undefined) {
      throw new IdentityError(
        'EntityAlreadyExists',
        `Login Profile for user ${userName} already exists.`,
      );
    }
    await assertConformsIn(tx, account, password);
    const nowMs = core.clock.nowMs();
    const login = { createdAtMs: nowMs, changedAtMs: nowMs, isResetRequired };
    tx.set(users, { ...user, login }, account, user.id);
    const record = { salt: base64(salt), sealedHashes: sealHashes(core, user, [hash]) };
    tx.set(passwords, record, account, user.id);
    return login;
  });
}

async function updateLogin(
  core: Core,
  hasher: PasswordHasher,
  account: string,
  userName: string,
  { password, isResetRequired }: UpdateLogin,
): Promise<void> {
  const salt = password === undefined ? undefined : await saltOf(core, account, userName);
  const hash =
    password === undefined || salt === undefined ? undefined : await hasher.hash(password, salt);
  await core.transact(async (tx) => {
    const user = await withLoginIn(tx, account, userName);
    const login = { ...user.login, isResetRequired: isResetRequired ?? user.login.isResetRequired };
    if (password === undefined || salt === undefined || hash === undefined) {
      tx.set(users, { ...user, login }, account, user.id);
      return;
    }
    await assertConformsIn(tx, account, password);
    await setPassword(core, tx, { ...user, login }, salt, hash);
  });
}

async function changePassword(
  core: Core,
  hasher: PasswordHasher,
  account: string,
  userName: string,
  oldPassword: string,
  password: string,
): Promise<void> {
  const salt = await saltOf(core, account, userName);
  const [oldHash, hash] = await Promise.all([
    hasher.hash(oldPassword, salt),
    hasher.hash(password, salt),
  ]);
  await core.transact(async (tx) => {
    const user = await withLoginIn(tx, account, userName);
    const [current] = openHashes(core, user, await recordIn(tx, user, salt));
    if (current === undefined || !isSameHash(current, oldHash)) {
      throw new IdentityError('AccessDenied', 'The old password was incorrect.');
    }
    await assertConformsIn(tx, account, password);
    const login = { ...user.login, isResetRequired: false };
    await setPassword(core, tx, { ...user, login }, salt, hash);
  });
}

async function verifyPassword(
  core: Core,
  hasher: PasswordHasher,
  account: string,
  userName: string,
  password: string,
): Promise<PasswordVerdict> {
  // Longer ones were never taken, and cost the more to hash.
  if (password.length > PASSWORD_LENGTH_MAX) return { verdict: 'wrong' };
  const user = await findEntity(core, USER, account, userName);
  const record = user && (await readRecord(core, passwords, account, user.id));
  const salt = record === undefined ? secureBytes(SALT_SIZE) : saltIn(record);
  const hash = await hasher.hash(password, salt);
  if (user === undefined || record === undefined) return { verdict: 'wrong' };
  return core.transact(async (tx) => {
    const now = await tx.get(users, account, user.id);
    const stored = await tx.get(passwords, account, user.id);
    if (now?.login === undefined || stored?.salt !== record.salt) return { verdict: 'wrong' };
    const [current] = openHashes(core, now, stored);
    if (current === undefined || !isSameHash(current, hash)) return { verdict: 'wrong' };
    const policy = await tx.get(passwordPolicies, account);
    const nowMs = core.clock.nowMs();
    const maxAgeMs = (policy?.maxAgeDays ?? Infinity) * DAY_MS;
    const isExpired = nowMs >= now.login.changedAtMs + maxAgeMs;
    if (isExpired && policy?.isHardExpiry === true) return { verdict: 'expired' };
    const mustChange = isExpired || now.login.isResetRequired;
    if (nowMs - (now.passwordLastUsedAtMs ?? -Infinity) < USE_NOTE_INTERVAL_MS) {
      return { verdict: 'valid', user: now, mustChange };
    }
    const noted = { ...now, passwordLastUsedAtMs: nowMs };
    tx.set(users, noted, account, now.id);
    return { verdict: 'valid', user: noted, mustChange };
  });
}

type UserWithLogin = User & { readonly login: LoginProfile };

async function withLoginIn(
  tx: Transaction,
  account: string,
  userName: string,
): Promise<UserWithLogin> {
  const user = await entityIn(tx, USER, account, userName);
  if (user.login === undefined) throw noLogin(userName);
  return { ...user, login: user.login };
}

async function assertConformsIn(tx: Transaction, account: string, password: string): Promise<void> {
  const record = await tx.get(accounts, account);
  const policy = await tx.get(passwordPolicies, account);
  assertConforms(password, policy, record ?? { name: '', email: '' });
}

/**
 * Puts a password that conforms in place, unless it was one of the last few. All hashes of a user
 * have one salt, so that a new password is hashed once and not once for each that it must differ from.
 */
async function setPassword(
  core: Core,
  tx: Transaction,
  user: UserWithLogin,
  salt: Uint8Array,
  hash: Uint8Array,
): Promise<void> {
  const { account, id } = user;
  const record = await recordIn(tx, user, salt);
  const before = openHashes(core, user, record);
  const policy = await tx.get(passwordPolicies, account);
  const barred = before.slice(0, policy?.remembered ?? 0);
  if (barred.some((one) => isSameHash(one, hash))) {
    throw new IdentityError(
      'PasswordPolicyViolation',
      'Policy constraint violation with password reuse prevention during password change.',
    );
  }
  const hashes = [hash, ...before].slice(0, REMEMBERED_PASSWORDS_MAX);
  tx.set(passwords, { ...record, sealedHashes: sealHashes(core, user, hashes) }, account, id);
  const login = { ...user.login, changedAtMs: core.clock.nowMs() };
  tx.set(users, { ...user, login }, account, id);
}

/** The user's passwords, if they are still those that were hashed with this salt. */
async function recordIn(tx: Transaction, user: User, salt: Uint8Array): Promise<PasswordRecord> {
  const record = await tx.get(passwords, user.account, user.id);
  if (record !== undefined && record.salt === base64(salt)) return record;
  throw new IdentityError(
    'EntityTemporarilyUnmodifiable',
    `Login Profile for User ${user.name} was replaced meanwhile.`,
  );
}

async function saltOf(core: Core, account: string, userName: string): Promise<Uint8Array> {
  const user = await readEntity(core, USER, account, userName);
  const record = await readRecord(core, passwords, account, user.id);
  if (record === undefined) throw noLogin(userName);
  return saltIn(record);
}

function saltIn({ salt }: PasswordRecord): Uint8Array {
  return fromBase64(salt) ?? new Uint8Array(0);
}

/** Sealed too, so that the stored data alone are not enough to guess at. */
function sealHashes({ seal }: Core, { id }: User, hashes: readonly Uint8Array[]): string {
  return seal.seal(hashes.map(base64).join(' '), sealName(id));
}

/** Newest first. */
function openHashes({ seal }: Core, { id }: User, record: PasswordRecord): readonly Uint8Array[] {
  const texts = seal.open(record.sealedHashes, sealName(id)).split(' ');
  return texts.map((text) => fromBase64(text) ?? new Uint8Array(0));
}

function sealName(userId: string): string {
  return `password of ${userId}`;
}

function noLogin(userName: string): IdentityError {
  return new IdentityError('NoSuchEntity', `Login Profile for User ${userName} cannot be found.`);
}
