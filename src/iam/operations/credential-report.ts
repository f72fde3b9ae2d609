import { setImmediate as nextTurn } from 'node:timers/promises';
import { utf8 } from '../../base/bytes.ts';
import {
  rootArn,
  userArn,
  type IdentityStore,
  type PasswordPolicy,
  type User,
} from '../../identity/index.ts';
import type * as api from '../api/reports.ts';
import type { IamHandler } from '../handler.ts';

/** "Understanding the report format": these columns in this order, and LF between rows. */
const COLUMNS = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...[1, 2].flatMap((key) =>
    ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
      (column) => `access_key_${key}_${column}`,
    ),
  ),
  ...[1, 2].flatMap((certificate) => [
    `cert_${certificate}_active`,
    `cert_${certificate}_last_rotated`,
  ]),
] as const;

const NONE = 'N/A';
/** What root's password is like cannot be told. */
const NOT_SUPPORTED = 'not_supported';
const NEVER_USED = 'no_information';
/** Nobody has signing certificates here. */
const CERTIFICATES = ['false', NONE, 'false', NONE];
const NO_KEY = ['false', NONE, NONE, NONE, NONE];
const KEYS_SHOWN = 2;
/** Between pages others get their turn: a page takes some milliseconds. */
const USERS_PER_PAGE = 100;
const DAY_MS = 24 * 60 * 60_000;

/** Complete when it answers, unlike AWS's, which takes minutes over it. */
export const generateCredentialReport: IamHandler<typeof api.GenerateCredentialReport> = async (
  _,
  { identity, account },
) => {
  await identity.renewCredentialReport(account, () => reportOf(identity, account));
  return { State: 'COMPLETE' };
};

export const getCredentialReport: IamHandler<typeof api.GetCredentialReport> = async (
  _,
  { identity, account },
) => {
  const { generatedAtMs, text } = await identity.getCredentialReport(account);
  return {
    Content: utf8(text),
    ReportFormat: 'text/csv',
    GeneratedTime: new Date(generatedAtMs),
  };
};

async function reportOf(identity: IdentityStore, account: string): Promise<string> {
  const policy = await identity.findPasswordPolicy(account);
  const rows: (readonly string[])[] = [COLUMNS, await rootRow(identity, account)];
  let after: string | undefined;
  do {
    const page = await identity.listUsers(account, { after, limit: USERS_PER_PAGE });
    for (const user of page.items) rows.push(await userRow(identity, user, policy));
    after = page.next;
    await nextTurn();
  } while (after !== undefined);
  return rows.map((row) => row.map(csvField).join(',')).join('\n');
}

async function rootRow(identity: IdentityStore, account: string): Promise<string[]> {
  const record = await identity.findAccount(account);
  return [
    '<root_account>',
    rootArn(account),
    dateText(record?.createdAtMs ?? 0),
    NOT_SUPPORTED,
    NEVER_USED,
    NOT_SUPPORTED,
    NOT_SUPPORTED,
    String((record?.rootMfaSerials.length ?? 0) > 0),
    ...(await keyFields(identity, record?.rootAccessKeyIds ?? [])),
    ...CERTIFICATES,
  ];
}

async function userRow(
  identity: IdentityStore,
  user: User,
  policy: PasswordPolicy | undefined,
): Promise<string[]> {
  const { name, createdAtMs, mfaSerials, accessKeyIds } = user;
  return [
    name,
    userArn(user),
    dateText(createdAtMs),
    ...passwordFields(user, policy),
    String(mfaSerials.length > 0),
    ...(await keyFields(identity, accessKeyIds)),
    ...CERTIFICATES,
  ];
}

function passwordFields(
  { login, passwordLastUsedAtMs }: User,
  policy: PasswordPolicy | undefined,
): string[] {
  if (login === undefined) return ['false', NONE, NONE, NONE];
  const { changedAtMs } = login;
  const maxAgeDays = policy?.maxAgeDays;
  return [
    'true',
    passwordLastUsedAtMs === undefined ? NEVER_USED : dateText(passwordLastUsedAtMs),
    dateText(changedAtMs),
    maxAgeDays === undefined ? NONE : dateText(changedAtMs + maxAgeDays * DAY_MS),
  ];
}

/** Of the two oldest keys. One that is not active still tells its age. */
async function keyFields(identity: IdentityStore, ids: readonly string[]): Promise<string[]> {
  const fields = await Promise.all(
    ids.slice(0, KEYS_SHOWN).map(async (id) => {
      const key = await identity.findAccessKey(id);
      // Deleted after its user was read.
      if (key === undefined) return NO_KEY;
      const { status, createdAtMs } = key;
      const use = await identity.findKeyUse(id);
      return [
        String(status === 'Active'),
        dateText(createdAtMs),
        ...(use === undefined
          ? [NONE, NONE, NONE]
          : [dateText(use.atMs), use.region === '' ? NONE : use.region, use.service]),
      ];
    }),
  );
  while (fields.length < KEYS_SHOWN) fields.push(NO_KEY);
  return fields.flat();
}

/** ISO 8601 in whole seconds. */
function dateText(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Names and ARNs of users may have commas in them (RFC 4180). */
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
