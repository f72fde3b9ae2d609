import { readFileSync, statSync } from 'node:fs';
import { isAwsName } from '../../certificates/names.ts';
import type { PassingFolder } from './folder.ts';
import { AWS_ADDRESS, type Plan } from './plan.ts';

const RESOLVER = '/etc/resolv.conf';
const HOSTS = '/etc/hosts';
const SWITCH = '/etc/nsswitch.conf';
/** The cache of names of the C library speaks over a socket that knows no namespaces. */
const CACHES = ['/run/nscd', '/var/run/nscd'];

export interface Resolving {
  /** The system's own name servers. */
  readonly nameServers: readonly string[];
  readonly mounts: Plan['mounts'];
}

/** Files by which the C library, and who reads its files, asks the namespace's resolver alone. */
export function resolvingIn(folder: PassingFolder): Resolving {
  const resolver = textOf(RESOLVER);
  const lines = resolver?.split('\n') ?? [];
  const isServer = (line: string): boolean => /^\s*nameserver\s/.test(line);
  const nameServers = lines.filter(isServer).map((line) => line.trim().split(/\s+/)[1] ?? '');
  // Search lists and options stay the person's.
  const rest = lines
    .filter((line) => !isServer(line))
    .join('\n')
    .trimEnd();
  const own = `nameserver ${AWS_ADDRESS}\n${rest === '' ? '' : `${rest}\n`}`;
  const mounts: { source: string; target: string }[] = [];
  // Without that file the C library asks at the loopback address, where we answer too.
  if (resolver !== undefined) {
    mounts.push({ source: folder.write('resolv.conf', own), target: RESOLVER });
  }
  const hosts = textOf(HOSTS) ?? '';
  const others = hosts
    .split('\n')
    .filter((line) => !namesAws(line))
    .join('\n');
  // Whoever wrote AWS's names there meant this machine, not the namespace.
  if (others !== hosts) mounts.push({ source: folder.write('hosts', others), target: HOSTS });
  const order = textOf(SWITCH);
  if (order !== undefined) {
    // Other sources, as systemd's resolver, are asked by sockets that know no namespaces either.
    const plain = order.replace(/^\s*hosts:.*$/m, 'hosts: files dns');
    mounts.push({ source: folder.write('nsswitch.conf', plain), target: SWITCH });
  }
  const caches = CACHES.filter(isFolder).slice(0, 1);
  for (const target of caches) mounts.push({ source: folder.makeFolder('nscd'), target });
  return { nameServers, mounts };
}

function namesAws(line: string): boolean {
  const [, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
  return names.some((name) => isAwsName(name.toLowerCase()));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
