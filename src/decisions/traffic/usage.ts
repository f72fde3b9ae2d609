import { assert } from '../../base/assert.ts';
import { addPath, DEPTH_MAX, mergeOutline, newOutline, prune, type Outline } from './outline.ts';

/** What one principal did with one action, in outline. Times are milliseconds since 1970. */
export interface ActionUsage {
  /** Requests; none when the action was only foreseen. */
  count: number;
  firstMs: number;
  lastMs: number;
  /** Requests that did not come over TLS. */
  plainCount: number;
  /** Where requests came from, an address or a network each; absent when there were too many. */
  networks?: string[];
  /** By ARN; that of a bucket with a slash behind it stands for the bucket's keys, in outline. */
  resources: Record<string, Outline>;
  /** There were more resources than are told apart. */
  anyResource?: true;
}

/** By action, such as `s3:GetObject`. */
export type Usage = Record<string, ActionUsage>;

/** Buckets told apart for one action, and ARNs of what is no bucket. */
const RESOURCES_MAX = 32;
/** Networks told apart: the machines that a program runs on. */
const NETWORKS_MAX = 4;

const S3_ARN = 'arn:aws:s3:::';

export interface Use {
  readonly action: string;
  readonly resource: string;
  readonly atMs: number;
  readonly secure: boolean;
  /** The peer's address. */
  readonly address: string;
  /** Nobody asked for it, but whoever does what was asked for may have to. */
  readonly isForeseen?: boolean;
}

/** Without a prototype, all the way down: whoever names a folder chooses the names in it. */
export function newUsage(): Usage {
  return Object.create(null) as Usage;
}

/** Whether anything was seen that was not known, so that the usage may have grown. */
export function addUse(usage: Usage, use: Use): boolean {
  const { action, resource, atMs, secure, address } = use;
  const of = (usage[action] ??= newActionUsage(atMs));
  if (use.isForeseen !== true) of.count += 1;
  of.lastMs = atMs;
  if (!secure) of.plainCount += 1;
  addNetwork(of, networkOf(address));
  const slash = resource.startsWith(S3_ARN) ? resource.indexOf('/', S3_ARN.length) : -1;
  const outline = outlineOf(of, slash < 0 ? resource : resource.slice(0, slash + 1));
  if (outline === undefined) return false;
  const isNew = outline.count === 0;
  if (slash >= 0) return addPath(outline, resource.slice(slash + 1)) || isNew;
  outline.count += 1;
  return isNew;
}

/** Characters of a usage's stored form: each flush reads and writes all of it. */
export const USAGE_LENGTH_MAX = 128 * 1024;

/**
 * Forgets the deepest folders first, and resources in the end, until the stored form is no longer
 * than this: whoever may read a bucket can ask for any number of keys in it.
 */
export function shorten(usage: Usage, lengthMax: number = USAGE_LENGTH_MAX): void {
  const isTooLong = (): boolean => JSON.stringify(usage).length > lengthMax;
  for (let depth = DEPTH_MAX - 1; depth >= 0 && isTooLong(); depth -= 1) {
    for (const of of Object.values(usage)) {
      for (const outline of Object.values(of.resources)) prune(outline, depth);
    }
  }
  if (isTooLong()) for (const of of Object.values(usage)) forgetResources(of);
}

/** Whether the outline under this ARN is of keys. */
export function isOfKeys(arn: string): boolean {
  return arn.startsWith(S3_ARN) && arn.endsWith('/');
}

/** Adds all of `other`, which may be of other times and as it was stored, to one that `newUsage` made. */
export function mergeUsage(into: Usage, other: Usage): void {
  assert(Object.getPrototypeOf(into) === null, 'Names of folders are looked up in no prototype');
  for (const [action, theirs] of Object.entries(other)) {
    const ours = (into[action] ??= newActionUsage(theirs.firstMs));
    ours.count += theirs.count;
    ours.firstMs = Math.min(ours.firstMs, theirs.firstMs);
    ours.lastMs = Math.max(ours.lastMs, theirs.lastMs);
    ours.plainCount += theirs.plainCount;
    if (theirs.networks === undefined) delete ours.networks;
    for (const network of theirs.networks ?? []) addNetwork(ours, network);
    if (theirs.anyResource) forgetResources(ours);
    for (const [name, outline] of Object.entries(theirs.resources)) {
      const known = outlineOf(ours, name);
      if (known !== undefined) mergeOutline(known, outline);
    }
  }
}

function newActionUsage(atMs: number): ActionUsage {
  const resources = Object.create(null) as Record<string, Outline>;
  return { count: 0, firstMs: atMs, lastMs: atMs, plainCount: 0, networks: [], resources };
}

function outlineOf(usage: ActionUsage, name: string): Outline | undefined {
  if (usage.anyResource) return undefined;
  const known = usage.resources[name];
  if (known !== undefined) return known;
  if (Object.keys(usage.resources).length < RESOURCES_MAX) {
    return (usage.resources[name] = newOutline());
  }
  forgetResources(usage);
  return undefined;
}

function forgetResources(usage: ActionUsage): void {
  usage.anyResource = true;
  usage.resources = Object.create(null) as Record<string, Outline>;
}

function addNetwork(usage: ActionUsage, network: string): void {
  const { networks } = usage;
  if (networks === undefined || networks.includes(network)) return;
  if (networks.length < NETWORKS_MAX) networks.push(network);
  else delete usage.networks;
}

/** The /24 of an IPv4 address, which machines of one place share; an IPv6 address as it is. */
function networkOf(address: string): string {
  const start = address.startsWith('::ffff:') ? '::ffff:'.length : 0;
  const end = address.lastIndexOf('.');
  return end < 0 ? address : `${address.slice(start, end)}.0/24`;
}
