import { hex } from '../base/bytes.ts';
import { randomText, secureBytes } from '../base/random.ts';

/** AWS draws ids from the alphabet of base32 (RFC 4648), which has no 0, 1, 8 and 9. */
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+';
const DIGITS = '0123456789';

/** What the first four letters of a unique id say ("IAM identifiers", Unique identifiers). */
const ID_PREFIX = {
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  instanceProfile: 'AIPA',
} as const;
const UNIQUE_ID_LENGTH = 21;
const ACCESS_KEY_PREFIX = 'AKIA';
const TEMPORARY_KEY_PREFIX = 'ASIA';
const ACCESS_KEY_LENGTH = 20;
const SECRET_LENGTH = 40;
const ACCOUNT_ID_LENGTH = 12;
const CANONICAL_ID_BYTES = 32;
const UUID_SIZE = 16;

/** `AIDA…`, `AGPA…`, `AROA…` and so on: 21 characters, never given twice. */
export function newUniqueId(kind: keyof typeof ID_PREFIX): string {
  const prefix = ID_PREFIX[kind];
  return prefix + randomText(ID_ALPHABET, UNIQUE_ID_LENGTH - prefix.length);
}

/** A UUID of version 7 (RFC 9562): its text sorts by the time at which it was made. */
export function newJobId(nowMs: number): string {
  const bytes = Buffer.from(secureBytes(UUID_SIZE));
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function newAccessKeyId(): string {
  return ACCESS_KEY_PREFIX + randomText(ID_ALPHABET, ACCESS_KEY_LENGTH - ACCESS_KEY_PREFIX.length);
}

/**
 * What follows the prefix is 80 bits in base32. AWS keeps the account in 40 of them, from the second
 * on, and tools read it there; so do we, because nothing else is known of a temporary key.
 */
const KEY_ID_BITS = 80;
const ACCOUNT_SHIFT = 39n;
const ACCOUNT_MASK = 2n ** 40n - 1n;

/** `ASIA…`: names its account, and is as good as unique; tokens are what makes it so. */
export function newTemporaryKeyId(account: string): string {
  const random = BigInt(`0x${hex(secureBytes(KEY_ID_BITS / 8))}`);
  const bits = (random & ~(ACCOUNT_MASK << ACCOUNT_SHIFT)) | (BigInt(account) << ACCOUNT_SHIFT);
  let text = '';
  for (let shift = KEY_ID_BITS - 5; shift >= 0; shift -= 5) {
    text += ID_ALPHABET[Number((bits >> BigInt(shift)) & 31n)];
  }
  return TEMPORARY_KEY_PREFIX + text;
}

/** The account that a temporary key names; undefined for what is no such key. */
export function accountOfTemporaryKey(id: string): string | undefined {
  if (!/^ASIA[A-Z2-7]{16}$/.test(id)) return undefined;
  let bits = 0n;
  for (const symbol of id.slice(TEMPORARY_KEY_PREFIX.length)) {
    bits = (bits << 5n) | BigInt(ID_ALPHABET.indexOf(symbol));
  }
  const account = String((bits >> ACCOUNT_SHIFT) & ACCOUNT_MASK);
  return account.length > ACCOUNT_ID_LENGTH ? undefined : account.padStart(ACCOUNT_ID_LENGTH, '0');
}

export function newSecretAccessKey(): string {
  return randomText(SECRET_ALPHABET, SECRET_LENGTH);
}

/** Twelve digits, the first not zero, because spreadsheets and YAML drop a leading one. */
export function newAccountId(): string {
  return randomText(DIGITS.slice(1), 1) + randomText(DIGITS, ACCOUNT_ID_LENGTH - 1);
}

/** 64 hexadecimal digits: what S3 calls the owner's ID. */
export function newCanonicalUserId(): string {
  return hex(secureBytes(CANONICAL_ID_BYTES));
}

export function isAccountId(text: string): boolean {
  return /^[0-9]{12}$/.test(text);
}
