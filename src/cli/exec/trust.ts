import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { Environment } from '../client/profile.ts';
import type { PassingFolder } from './folder.ts';
import type { Plan } from './plan.ts';

/** Where systems keep the certificates that they trust: Debian, Fedora (two), SUSE, Alpine. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
/** Variables that name a file of everything that is trusted: OpenSSL's and Go's, Python's, curl's. */
const BUNDLE_VARIABLES = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'] as const;

export interface Trust {
  readonly environment: Readonly<Record<string, string>>;
  /** Variables that must not be there. */
  readonly removed: readonly string[];
  readonly mounts: Plan['mounts'];
}

/**
 * Files and variables by which programs trust an authority beside those that they trust already. The one
 * for AWS's SDKs alone is only there when a profile or variable named a bundle, which then goes
 * before all else: programs in Go that bring a transport of their own refuse to work with it.
 */
export function trustIn(
  certificate: string,
  environment: Environment,
  awsBundle: string | undefined,
  folder: PassingFolder,
): Trust {
  const present = BUNDLES.filter((path) => textOf(path) !== undefined);
  const usual = present.map(textOf)[0] ?? getCACertificates('default').join('\n');
  const bundle = folder.write('bundle.pem', joined(usual, certificate));
  const variables = BUNDLE_VARIABLES.map((name): [string, string] => {
    const own = environment[name] === undefined ? undefined : textOf(environment[name]);
    // A bundle that someone chose stays the one of this variable.
    return [name, own === undefined ? bundle : folder.write(name, joined(own, certificate))];
  });
  if (awsBundle !== undefined) {
    const own = textOf(awsBundle) ?? '';
    variables.push(['AWS_CA_BUNDLE', folder.write('AWS_CA_BUNDLE', joined(own, certificate))]);
  }
  const extra = textOf(environment['NODE_EXTRA_CA_CERTS'] ?? '') ?? '';
  const boto = folder.write('boto.cfg', `[Boto]\nca_certificates_file = ${bundle}\n`);
  return {
    environment: {
      ...Object.fromEntries(variables),
      NODE_EXTRA_CA_CERTS: folder.write('extra.pem', joined(extra, certificate)),
      BOTO_PATH: [...botoFiles(environment), boto].join(delimiter),
    },
    // With it, boto reads that file alone.
    removed: ['BOTO_CONFIG'],
    mounts: present.map((target) => ({ source: bundle, target })),
  };
}

/** What boto 2 reads of the person's own, in its order. */
function botoFiles(environment: Environment): string[] {
  const { BOTO_CONFIG, BOTO_PATH } = environment;
  if (BOTO_CONFIG !== undefined) return [BOTO_CONFIG];
  return BOTO_PATH === undefined ? ['/etc/boto.cfg', '~/.boto'] : BOTO_PATH.split(delimiter);
}

function joined(...certificates: readonly string[]): string {
  return certificates.map((one) => (one === '' ? '' : `${one.trimEnd()}\n`)).join('');
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
