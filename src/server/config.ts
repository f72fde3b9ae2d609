import { availableParallelism } from 'node:os';
import type { LogLevel } from '../base/log.ts';
import type { CertificateFiles } from '../certificates/given-certificate.ts';
import type { Bucket } from '../objects/model.ts';
import { parseAddressRange, type AddressRange } from '../policy/index.ts';

/** Everything that a person may decide about a server. The same settings as flags of `serve`. */
export interface Config {
  /** Where everything is kept; made when absent. */
  readonly dataFolder: string;
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Port of TLS; undefined for none. */
  readonly tlsPort: number | undefined;
  /** A certificate of somebody else's, for the names that it covers. */
  readonly tlsFiles: CertificateFiles | undefined;
  /** Answers for AWS's own names too, on ports 80 and 443. */
  readonly awsNames: boolean;
  /** Region of buckets made without a location, and of the endpoint. */
  readonly region: string;
  /** Refuses credential scopes of other regions as AWS does, instead of accepting them. */
  readonly strictRegion: boolean;
  /** Host names under which a first label is a bucket, beside AWS's own. */
  readonly domains: readonly string[];
  /** Reverse proxies whose word counts on whom they speak for. */
  readonly trustedProxies: readonly AddressRange[];
  /** Instance metadata; undefined for none. */
  readonly metadata: MetadataConfig | undefined;
  /** Name or ARN of the instance profile whose role this machine has. */
  readonly instanceProfile: string | undefined;
  /** What reads HTTP: Node's own server, or the leaner one of this project. */
  readonly front: 'node' | 'lean';
  /** Threads that serve requests. */
  readonly threads: number;
  readonly logLevel: LogLevel;
  /** Ownership of new buckets. `ObjectWriter` is what guides before 2023 need; AWS's is BucketOwnerEnforced. */
  readonly defaultOwnership: Bucket['ownership'];
  /** How long lifecycle rules take a day to be: a day, but for tests. */
  readonly lifecycleDaySeconds: number;
  /** File of assertions that guard every change of policies; undefined for none. */
  readonly assertionsFile: string | undefined;
  /** Root's first key, instead of a random one. */
  readonly rootKey: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/** Instance metadata on a listener of its own. */
export interface MetadataConfig {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Refuses version 1, which has no session tokens. */
  readonly isV2Only: boolean;
  /** File with what the container endpoint wants in Authorization. */
  readonly tokenFile: string | undefined;
}

/** A setting that cannot be. The message is for whoever typed it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** What `serve` is told, flag name to text. */
export type Settings = Readonly<Record<string, string | undefined>>;

const OWNERSHIPS = ['ObjectWriter', 'BucketOwnerPreferred', 'BucketOwnerEnforced'] as const;
const FRONTS = ['node', 'lean'] as const;
const LOG_LEVELS = ['error', 'warning', 'info', 'debug'] as const;

/** Browsers and most resolvers take every name under `localhost` to this machine. */
const LOCAL_DOMAIN = 's3.localhost';
/** More threads than this only take memory: the store has one writer. */
const THREADS_MAX = 64;

const DAY_SECONDS = 86_400;
/** Near the address that it answers for. */
const METADATA_PORT = '9254';

/** The configuration of flags, and of environment variables where a flag is not given. */
export function configOf(flags: Settings, environment: Settings): Config {
  const setting = (name: string): string | undefined =>
    flags[name] ?? environment[`COFFER_${name.toUpperCase().replaceAll('-', '_')}`];
  const accessKeyId = environment['COFFER_ROOT_ACCESS_KEY_ID'];
  const secretAccessKey = environment['COFFER_ROOT_SECRET_ACCESS_KEY'];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError(
      'Set both COFFER_ROOT_ACCESS_KEY_ID and COFFER_ROOT_SECRET_ACCESS_KEY, or neither',
    );
  }
  return {
    dataFolder: setting('data') ?? 'coffer-data',
    host: setting('host') ?? '127.0.0.1',
    port: wholeNumber('port', setting('port') ?? '9000', 0, 65_535),
    tlsPort:
      setting('tls-port') === undefined
        ? undefined
        : wholeNumber('tls-port', setting('tls-port') ?? '', 0, 65_535),
    tlsFiles: certificateFiles(setting('tls-certificate'), setting('tls-key')),
    awsNames: flag('aws-names', setting('aws-names') ?? 'false'),
    region: setting('region') ?? 'us-east-1',
    strictRegion: flag('strict-region', setting('strict-region') ?? 'false'),
    domains: [LOCAL_DOMAIN, ...(setting('domain')?.toLowerCase().split(',') ?? [])],
    trustedProxies: (setting('trusted-proxies')?.split(',') ?? []).map(addressRange),
    metadata: setting('metadata-port') === undefined ? undefined : metadataOf(setting),
    instanceProfile: setting('instance-profile'),
    front: oneOf('front', setting('front') ?? 'lean', FRONTS),
    threads: wholeNumber(
      'threads',
      setting('threads') ?? String(Math.min(availableParallelism(), THREADS_MAX)),
      1,
      THREADS_MAX,
    ),
    logLevel: oneOf('log-level', setting('log-level') ?? 'warning', LOG_LEVELS),
    defaultOwnership: oneOf(
      'object-ownership',
      setting('object-ownership') ?? 'ObjectWriter',
      OWNERSHIPS,
    ),
    lifecycleDaySeconds: wholeNumber(
      'lifecycle-day-seconds',
      setting('lifecycle-day-seconds') ?? String(DAY_SECONDS),
      1,
      DAY_SECONDS,
    ),
    assertionsFile: setting('assertions'),
    rootKey:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey },
  };
}

/** The settings of the metadata listener, of `serve` and of the agent alike. */
export function metadataOf(setting: (name: string) => string | undefined): MetadataConfig {
  return {
    host: setting('metadata-host') ?? '127.0.0.1',
    port: wholeNumber('metadata-port', setting('metadata-port') ?? METADATA_PORT, 0, 65_535),
    isV2Only: flag('metadata-v2-only', setting('metadata-v2-only') ?? 'false'),
    tokenFile: setting('container-token-file'),
  };
}

function certificateFiles(
  certificate: string | undefined,
  key: string | undefined,
): CertificateFiles | undefined {
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  if (certificate === undefined && key === undefined) return undefined;
  throw new ConfigError('Settings tls-certificate and tls-key go together');
}

function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigError(`Setting ${name} must be a whole number from ${min} to ${max}: "${text}"`);
}

function addressRange(text: string): AddressRange {
  const range = parseAddressRange(text.trim());
  if (range !== undefined) return range;
  throw new ConfigError(`Setting trusted-proxies takes addresses and CIDR ranges: "${text}"`);
}

function flag(name: string, text: string): boolean {
  if (text === 'true' || text === '') return true;
  if (text === 'false') return false;
  throw new ConfigError(`Setting ${name} must be true or false: "${text}"`);
}

function oneOf<T extends string>(name: string, text: string, values: readonly T[]): T {
  const value = values.find((one) => one === text);
  if (value !== undefined) return value;
  throw new ConfigError(`Setting ${name} must be one of ${values.join(', ')}: "${text}"`);
}
