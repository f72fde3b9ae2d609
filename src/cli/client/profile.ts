import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from '../../signature/index.ts';
import { ProfileError } from './errors.ts';
import { parseIni, withoutSettings, type IniSection } from './ini.ts';

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a person said on the command line; it goes before environment and files. */
export interface ProfileChoice {
  readonly profile?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
}

export type ServiceName = 's3' | 'iam' | 'sts' | 'coffer';

/** Where requests go and who signs them, out of flags, environment and AWS's files. */
export interface Profile {
  readonly name: string;
  readonly region: string;
  /** The URL of a service, without a slash at its end: AWS's own where none is configured. */
  endpointOf(service: ServiceName): string;
  /** The same; undefined where none is configured. */
  configuredEndpoint(service: ServiceName): string | undefined;
  /** Throws a ProfileError where there are none. */
  credentials(): Credentials;
  /** A file of certificates that are trusted beside those of the system. */
  readonly caBundle: string | undefined;
}

/** AWS's files, which this project reads and writes as AWS's own tools do. */
export interface ProfileFiles {
  readonly config: string;
  readonly credentials: string;
}

export const DEFAULT_PROFILE = 'default';
const DEFAULT_REGION = 'us-east-1';

export function profileFiles(environment: Environment): ProfileFiles {
  const folder = join(environment['HOME'] ?? homedir(), '.aws');
  return {
    config: environment['AWS_CONFIG_FILE'] ?? join(folder, 'config'),
    credentials: environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(folder, 'credentials'),
  };
}

/** The section of a profile in the config file; the default one has no prefix. */
export function configSection(profile: string): string {
  if (profile === DEFAULT_PROFILE) return profile;
  return `profile ${/\s/.test(profile) ? `"${profile}"` : profile}`;
}

/** Reads files at once; whether there are credentials is asked when they are needed. */
export function readProfile(choice: ProfileChoice, given: Environment): Profile {
  const environment = withoutEmpty(given);
  const files = profileFiles(environment);
  const config = parseIni(readIfThere(files.config));
  const shared = parseIni(readIfThere(files.credentials));
  const name = choice.profile ?? environment['AWS_PROFILE'] ?? DEFAULT_PROFILE;
  const named = sectionOfProfile(config, name);
  const keys = shared.get(name);
  const isChosen = choice.profile !== undefined || environment['AWS_PROFILE'] !== undefined;
  if (isChosen && named === undefined && keys === undefined) {
    throw new ProfileError(
      `There is no profile "${name}" in ${files.config} or ${files.credentials}`,
    );
  }
  const setting = (key: string): string | undefined => textOf(keys, key) ?? textOf(named, key);
  const region =
    choice.region ??
    environment['AWS_REGION'] ??
    environment['AWS_DEFAULT_REGION'] ??
    setting('region') ??
    DEFAULT_REGION;
  const services = config.get(`services ${setting('services') ?? ''}`);
  const isIgnored = environment['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() === 'true';
  const configuredEndpoint = (service: ServiceName): string | undefined => {
    const ofService = services?.[service];
    const configured = isIgnored
      ? undefined
      : (environment[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] ??
        environment['AWS_ENDPOINT_URL'] ??
        (typeof ofService === 'object' ? ofService['endpoint_url'] : undefined) ??
        setting('endpoint_url'));
    const text = choice.endpoint ?? configured;
    return text === undefined ? undefined : checkedEndpoint(text);
  };
  return {
    name,
    region,
    configuredEndpoint,
    endpointOf: (service) => configuredEndpoint(service) ?? awsEndpoint(service, region),
    credentials: () => {
      // As in AWS's tools: a profile named on the command line goes before keys of the environment.
      const found =
        (choice.profile === undefined ? ofEnvironment(environment) : undefined) ??
        ofSection(keys) ??
        ofSection(named);
      if (found !== undefined) return found;
      throw new ProfileError(
        `There are no credentials for profile "${name}". Make some with: coffer configure`,
      );
    },
    caBundle: environment['AWS_CA_BUNDLE'] ?? setting('ca_bundle'),
  };
}

/** AWS's tools take an empty variable for one that is not set. */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function sectionOfProfile(
  config: ReadonlyMap<string, IniSection>,
  name: string,
): IniSection | undefined {
  const quoted = [`profile ${name}`, `profile "${name}"`, `profile '${name}'`];
  const found = quoted.map((one) => config.get(one)).find((one) => one !== undefined);
  return found ?? (name === DEFAULT_PROFILE ? config.get(name) : undefined);
}

function textOf(section: IniSection | undefined, key: string): string | undefined {
  const value = section?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function ofEnvironment(environment: Environment): Credentials | undefined {
  return credentialsOf(
    environment['AWS_ACCESS_KEY_ID'],
    environment['AWS_SECRET_ACCESS_KEY'],
    environment['AWS_SESSION_TOKEN'] ?? environment['AWS_SECURITY_TOKEN'],
  );
}

function ofSection(section: IniSection | undefined): Credentials | undefined {
  return credentialsOf(
    textOf(section, 'aws_access_key_id'),
    textOf(section, 'aws_secret_access_key'),
    textOf(section, 'aws_session_token') ?? textOf(section, 'aws_security_token'),
  );
}

function credentialsOf(
  accessKeyId: string | undefined,
  secretAccessKey: string | undefined,
  sessionToken: string | undefined,
): Credentials | undefined {
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
}

function checkedEndpoint(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new ProfileError(`Endpoint must be a URL like http://127.0.0.1:9000: "${text}"`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

const OF_CREDENTIALS =
  /^(?:aws_access_key_id|aws_secret_access_key|aws_session_token|aws_security_token|credential_process|credential_source|source_profile|role_arn|web_identity_token_file|login_session|sso_.*)$/;

/** The text of a config file without the settings by which a profile comes to credentials. */
export function withoutCredentials(config: string): string {
  return withoutSettings(config, (name) => OF_CREDENTIALS.test(name));
}

/** Where AWS itself serves: IAM has one address for all regions. */
function awsEndpoint(service: ServiceName, region: string): string {
  return service === 'iam'
    ? 'https://iam.amazonaws.com'
    : `https://${service}.${region}.amazonaws.com`;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new ProfileError(`Could not read ${path}: ${(error as Error).message}`);
  }
}
