import { mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Authority, type AuthorityPem } from '../certificates/authority.ts';
import { GivenCertificate } from '../certificates/given-certificate.ts';
import {
  AWS_DOMAIN,
  isAwsName,
  isHostName,
  isWithin,
  LOCAL_RANGES,
  type Names,
} from '../certificates/names.ts';
import { ServerContexts } from '../certificates/server-contexts.ts';
import { ConfigError, type Config } from './config.ts';
import { OWNER_ONLY_FOLDER, writePrivateFile, type DataFolder } from './data-folder.ts';

type NameSettings = Pick<Config, 'host' | 'domains' | 'awsNames'>;
type TlsSettings = NameSettings & Pick<Config, 'tlsFiles'>;

const LOCALHOST = 'localhost';

/**
 * The server's own certificate authority, made when it is first needed. Refuses one that was made
 * for other names than are to be served now: a new one must be trusted anew, which nobody can do but
 * whoever runs the clients.
 */
export function authorityOf(folder: DataFolder, settings: NameSettings, clock: Clock): Authority {
  const found = readAuthority(folder);
  if (found === undefined) return renewAuthority(folder, settings, clock);
  const refused = found.refused(neededNames(settings));
  if (refused.length === 0) return found;
  throw new ConfigError(
    `The certificate authority in ${folder.authority} was not made for ${refused.join(', ')}. ` +
      'Make a new one, which clients must trust anew, with: coffer ca --renew',
  );
}

/** A new authority in the place of an old one. */
export function renewAuthority(
  folder: DataFolder,
  settings: NameSettings,
  clock: Clock,
): Authority {
  const { dns, addresses } = neededNames(settings);
  const permitted = { dns, addresses: [...LOCAL_RANGES, ...addresses.map(rangeOf)] };
  const authority = Authority.create(permitted, hostname(), clock.nowMs());
  mkdirSync(folder.authority, { recursive: true, mode: OWNER_ONLY_FOLDER });
  // The key first: a certificate without its key would be trusted and of no use.
  writePrivateFile(join(folder.authority, 'ca.key'), authority.pem.key);
  writePrivateFile(join(folder.authority, 'ca.pem'), authority.pem.certificate);
  return authority;
}

/** Certificates for what a server with these settings is called. */
export function contextsOf(pem: AuthorityPem, settings: TlsSettings, clock: Clock): ServerContexts {
  const authority = new Authority(pem);
  const domains = ownDomains(settings);
  return new ServerContexts({
    authority,
    clock,
    usual: {
      dns: domains,
      addresses: ownAddresses(settings.host).filter(
        (address) => authority.refused({ dns: [], addresses: [address] }).length === 0,
      ),
    },
    given: givenCertificate(settings, clock),
    isServed: (name) =>
      domains.some((domain) => isWithin(name, domain)) || (settings.awsNames && isAwsName(name)),
  });
}

/** The certificate that the settings name; undefined when they name none. */
export function givenCertificate(
  { tlsFiles }: Pick<Config, 'tlsFiles'>,
  clock: Clock,
): GivenCertificate | undefined {
  if (tlsFiles === undefined) return undefined;
  try {
    return new GivenCertificate(tlsFiles, clock);
  } catch (error) {
    const { certificate, key } = tlsFiles;
    const { message } = error as Error;
    throw new ConfigError(`Certificate ${certificate} with key ${key} cannot be used: ${message}`);
  }
}

function readAuthority(folder: DataFolder): Authority | undefined {
  const read = (name: string): string => readFileSync(join(folder.authority, name), 'utf8');
  try {
    return new Authority({ certificate: read('ca.pem'), key: read('ca.key') });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What an authority must be allowed, beside the local ranges, which every one is. */
function neededNames(settings: NameSettings): Names {
  const { host, awsNames } = settings;
  const isSpecific = isIP(host) !== 0 && host !== '0.0.0.0' && host !== '::';
  return {
    dns: [...ownDomains(settings), ...(awsNames ? [AWS_DOMAIN] : [])],
    addresses: isSpecific ? [host] : [],
  };
}

function ownDomains({ host, domains }: NameSettings): string[] {
  const names = [LOCALHOST, hostname(), host, ...domains].map((name) => name.toLowerCase());
  return [...new Set(names)].filter(isHostName);
}

/** Every address at which clients may reach the server: without a name it is all that they have. */
function ownAddresses(host: string): string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  const all = ['127.0.0.1', '::1', host, ...interfaces.map(({ address }) => address)];
  return [...new Set(all)].filter((address) => isIP(address) !== 0);
}

function rangeOf(address: string): string {
  return `${address}/${isIP(address) === 4 ? 32 : 128}`;
}
