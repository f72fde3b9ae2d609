import { isIP } from 'node:net';

/** Whom a certificate is for, or for whom an authority may speak. */
export interface Names {
  /** In lower case. Of an authority: these and all names below them. */
  readonly dns: readonly string[];
  /** Addresses; of an authority ranges, as `10.0.0.0/8`. */
  readonly addresses: readonly string[];
}

/** Below it lie all names under which AWS itself serves what Coffer serves. */
export const AWS_DOMAIN = 'amazonaws.com';

/**
 * Addresses that are never somebody else's: loopback, private (RFC 1918, RFC 4193) and link-local.
 */
export const LOCAL_RANGES: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/**
 * AWS's hosts of S3, IAM, STS and S3 Control, in every spelling: global, dash-region, dot-region and
 * dual-stack, with and without a bucket or an account in front.
 */
const AWS_NAME =
  /^(?:(?:.+\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?|(?:iam|sts)(?:\.[a-z0-9-]+)?|(?:\d{12}\.)?s3-control(?:\.dualstack)?\.[a-z0-9-]+)\.amazonaws\.com$/;
const HOST_NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isAwsName(name: string): boolean {
  return AWS_NAME.test(name) && isHostName(name);
}

/** Whether a name, in lower case, can stand in a certificate: letters, digits and dashes, no address. */
export function isHostName(name: string): boolean {
  return HOST_NAME.test(name) && isIP(name) === 0;
}

/** Whether a name is a domain or lies below it. */
export function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

/** The 4 or 16 bytes of an address. */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groupsOf = (text: string): string[] =>
    text.split(':').flatMap((group) => (group.includes('.') ? pairsOf(group) : group || []));
  const [before, after] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** Address and mask of a range, as certificates write it. */
export function rangeBytes(range: string): Buffer {
  const [address = '', length = ''] = range.split('/');
  const bytes = addressBytes(address);
  const mask = bytes.map((_, index) => {
    const bits = Math.min(8, Math.max(0, Number(length) - 8 * index));
    return 0xff & (0xff << (8 - bits));
  });
  return Buffer.concat([bytes, mask]);
}

/** Whether an address lies in a range that is written as `rangeBytes` does. */
export function isInRange(address: string, range: Uint8Array): boolean {
  const bytes = addressBytes(address);
  if (range.length !== 2 * bytes.length) return false;
  return bytes.every((byte, index) => {
    const mask = range[bytes.length + index] ?? 0;
    return (byte & mask) === ((range[index] ?? 0) & mask);
  });
}

function pairsOf(dotted: string): string[] {
  const bytes = addressBytes(dotted);
  return [bytes.toString('hex', 0, 2), bytes.toString('hex', 2, 4)];
}
