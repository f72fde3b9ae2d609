import type { HttpRequest } from '../base/http.ts';

/** Addresses and names under which programs of this machine know the service. */
const OWN_HOSTS: ReadonlySet<string> = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '[fd00:ec2::254]',
  '[fd00:ec2::23]',
  '127.0.0.1',
  '[::1]',
  'localhost',
]);

/** What a proxy leaves on a request that it passes on. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-forwarded-host', 'via'];

const PORT = /:\d+$/;

/**
 * Whether the request was sent here by a program of this machine. One that a proxy passes on, or a
 * browser whose name server was made to point here, would hand the role to a stranger: the first
 * bears what proxies add, the second a foreign Host ("Add defense in depth … with enhancements to
 * the EC2 Instance Metadata Service", AWS Security Blog).
 */
export function isSentHere({ headers }: HttpRequest): boolean {
  if (FORWARDED.some((name) => headers.get(name) !== undefined)) return false;
  // HTTP/1.0 and the oldest clients send none; a browser always does.
  const host = headers.get('host')?.toLowerCase().replace(PORT, '');
  return host === undefined || OWN_HOSTS.has(host);
}
