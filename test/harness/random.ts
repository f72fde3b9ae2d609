import { randomBytes } from 'node:crypto';

/** A bucket name that no other test has. */
export function bucketName(purpose: string): string {
  return `${purpose}-${randomBytes(6).toString('hex')}`;
}

/** Bytes that do not compress and do not repeat. */
export function someBytes(size: number): Buffer {
  return randomBytes(size);
}
