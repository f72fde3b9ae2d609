import type { Credentials } from '../../signature/index.ts';
import type { Environment } from '../client/profile.ts';

/** Who the program is, when someone chose it. */
export interface Identity {
  /** Its key; undefined for a role, whose credentials the program finds by itself. */
  readonly credentials: Credentials | undefined;
  readonly region: string;
}

const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy'];
/** What must reach us, and no proxy. */
const NOT_FOR_PROXIES = '.amazonaws.com,169.254.169.254,169.254.170.2';

/** The environment of a program in the namespace, where AWS's names are to be used as they are. */
export function environmentInside(
  environment: Environment,
  identity: Identity | undefined,
): Record<string, string> {
  const inside = withIdentity(environment, identity);
  // Endpoints in profiles, too, are for programs that know no better.
  inside['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] = 'true';
  if (proxyPorts(environment).length > 0) {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const own = inside[name] ?? '';
      inside[name] = own === '' ? NOT_FOR_PROXIES : `${own},${NOT_FOR_PROXIES}`;
    }
  }
  return inside;
}

/** The environment of a program that gets no namespace. */
export function environmentOutside(
  environment: Environment,
  identity: Identity | undefined,
  endpoint: URL,
  caBundle: string | undefined,
): Record<string, string> {
  return {
    ...withIdentity(environment, identity),
    AWS_ENDPOINT_URL: endpoint.origin,
    ...(caBundle === undefined ? {} : { AWS_CA_BUNDLE: caBundle }),
  };
}

/** The ports of the proxies that the environment names. */
export function proxyPorts(environment: Environment): number[] {
  return PROXIES.flatMap((name) => [name, name.toUpperCase()]).flatMap((name) => {
    const text = environment[name];
    if (!text) return [];
    const url = URL.parse(text.includes('://') ? text : `http://${text}`);
    if (url === null) return [];
    return [url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)];
  });
}

function withIdentity(
  environment: Environment,
  identity: Identity | undefined,
): Record<string, string> {
  if (identity === undefined) return withoutEndpoints(environment);
  const rest = withoutEndpoints(withoutCredentials(environment));
  return { ...rest, ...identityVariables(identity) };
}

function withoutEndpoints(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !/^AWS_ENDPOINT_URL(_|$)/.test(entry[0]),
    ),
  );
}

/** By which programs find credentials, or are kept from looking for a role's. */
const OF_CREDENTIALS =
  /^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|CREDENTIAL_FILE|CONTAINER_.*|WEB_IDENTITY_TOKEN_FILE|ROLE_ARN|EC2_METADATA_.*)$/;

function withoutCredentials(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !OF_CREDENTIALS.test(name)),
  );
}

function identityVariables(identity: Identity): Record<string, string> {
  const { credentials, region } = identity;
  const named = { AWS_REGION: region, AWS_DEFAULT_REGION: region };
  if (credentials === undefined) return named;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    ...named,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: sessionToken }),
  };
}
