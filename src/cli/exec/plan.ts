/**
 * What passes between the process outside and the one inside the namespace, before that one becomes
 * the program.
 */

/** The address, inside, of everything that AWS's names mean. Of a range that no network uses (RFC 2544). */
export const AWS_ADDRESS = '198.18.0.1';
/** Instance metadata, as every SDK knows it, and container credentials. */
export const METADATA_ADDRESSES: readonly string[] = ['169.254.169.254', '169.254.170.2'];
/**
 * Where else the machine around may have metadata and credentials of its own: EC2 by IPv6, and the
 * agents of EKS, by both.
 */
export const FOREIGN_METADATA_ADDRESSES: readonly string[] = [
  '169.254.170.23',
  'fd00:ec2::254',
  'fd00:ec2::23',
];

export const HTTP_PORT = 80;
export const HTTPS_PORT = 443;
export const DNS_PORT = 53;

/** To the inside, once it is there. */
export interface Plan {
  readonly program: readonly [file: string, ...words: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** What lies outside, by what it hides inside: files over files, folders over folders. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  /** TCP ports to listen on, on every address at once. */
  readonly ports: readonly number[];
  /** Whom the program runs as, when the namespace made its user root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/** From the inside; sockets come with their messages. */
export type Report =
  | { readonly kind: 'here' }
  | { readonly kind: 'tcp'; readonly port: number }
  | { readonly kind: 'names' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };

/** What shells say of a program that is not there, and of one that cannot be run. */
export const NOT_FOUND_EXIT = 127;
export const NOT_RUNNABLE_EXIT = 126;
