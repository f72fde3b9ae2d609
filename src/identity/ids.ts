import { hex } from '../base/bytes.ts';
import { randomText, secureBytes } from '../base/random.ts';

/** AWS draws ids from the alphabet of base32 (RFC 4648), which has no 0, 1, 8 and 9. */
const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const SECRET_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+';
const DIGITS = '0123456789';

/** What the first four letters of a unique id say ("IAM identifiers", Unique identifiers). */
const ID_PREFIX = { user: 'AIDA', group: 'AGPA', role: 'AROA', policy: 'ANPA' } as const;
const UNIQUE_ID_LENGTH = 21;
const ACCESS_KEY_PREFIX = 'AKIA';
const ACCESS_KEY_LENGTH = 20;
const SECRET_LENGTH = 40;
const ACCOUNT_ID_LENGTH = 12;
const CANONICAL_ID_BYTES = 32;

/** `AIDA…`, `AGPA…`, `AROA…`, `ANPA…`: 21 characters, never given twice. */
export function newUniqueId(kind: keyof typeof ID_PREFIX): string {
  const prefix = ID_PREFIX[kind];
  return prefix + randomText(ID_ALPHABET, UNIQUE_ID_LENGTH - prefix.length);
}

export function newAccessKeyId(): string {
  return ACCESS_KEY_PREFIX + randomText(ID_ALPHABET, ACCESS_KEY_LENGTH - ACCESS_KEY_PREFIX.length);
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
