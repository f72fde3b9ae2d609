import { randomText } from '../base/random.ts';

/**
 * Stamps order the versions of a key: milliseconds times 1,024, and a count within the millisecond,
 * so that they grow with every version whatever the clock does. A version id begins with the stamp
 * turned round, so that newer ids sort first, and ends in chance, so that nobody guesses one.
 */
const STAMPS_PER_MS = 1024;

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^9 is more than the largest stamp, 2^53 - 1. */
const STAMP_DIGITS = 9;
const RANDOM_DIGITS = 23;
/** 62^14: two contents of one millisecond never get the same. */
const CONTENT_RANDOM_DIGITS = 14;

/** How the one version without an id of its own is called. */
export const NULL_VERSION = 'null';

/** The stamp of a version made now, over one that has the stamp `latest`. */
export function nextStamp(nowMs: number, latest: number | undefined): number {
  const stamp = nowMs * STAMPS_PER_MS;
  return latest === undefined || stamp > latest ? stamp : latest + 1;
}

export function msOfStamp(stamp: number): number {
  return Math.floor(stamp / STAMPS_PER_MS);
}

export function newVersionId(stamp: number): string {
  return invertedDigits(stamp) + randomText(DIGITS, RANDOM_DIGITS);
}

/** Where a version stands among those of its key: its id, or, for `null`, what its stamp gives. */
export function sortIdOf(version: { readonly id?: string | undefined; stamp: number }): string {
  return version.id ?? invertedDigits(version.stamp) + '0'.repeat(RANDOM_DIGITS);
}

export function isVersionId(text: string): boolean {
  return /^[0-9A-Za-z]{32}$/.test(text);
}

/** Ids of uploads sort by when they began, as ListMultipartUploads orders those of one key. */
export function newUploadId(nowMs: number): string {
  return digits(nowMs * STAMPS_PER_MS) + randomText(DIGITS, 2 * RANDOM_DIGITS);
}

/** Ids of contents grow with time, so that those of one moment lie together in the store. */
export function newContentId(nowMs: number): string {
  return digits(nowMs * STAMPS_PER_MS) + randomText(DIGITS, CONTENT_RANDOM_DIGITS);
}

export function newBucketId(): string {
  return randomText(DIGITS, 14);
}

function invertedDigits(stamp: number): string {
  return digits(Number.MAX_SAFE_INTEGER - stamp);
}

function digits(value: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < STAMP_DIGITS; index += 1) {
    text = DIGITS.charAt(rest % DIGITS.length) + text;
    rest = Math.floor(rest / DIGITS.length);
  }
  return text;
}
