import { isIP } from 'node:net';
import { S3Error } from './errors.ts';

/**
 * "Bucket naming rules" of the S3 user guide: 3 to 63 of a-z, 0-9, dot and hyphen. Each label
 * between dots begins and ends with a letter or digit, or it could be no host name.
 */
const SHAPE = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const BROKEN_LABEL = /\.[.-]|-\./;
const RESERVED_PREFIXES = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const RESERVED_SUFFIXES = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** Throws InvalidBucketName for a name that no bucket can be made with. */
export function assertBucketName(name: string): void {
  const isWellFormed = SHAPE.test(name) && !BROKEN_LABEL.test(name) && isIP(name) === 0;
  const isReserved =
    RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix)) ||
    RESERVED_SUFFIXES.some((suffix) => name.endsWith(suffix));
  if (!isWellFormed || isReserved) throw new S3Error('InvalidBucketName', { BucketName: name });
}
