import { ConfigError, configOf } from '../../server/config.ts';
import type { Port } from '../../server/ports.ts';
import { startServer, type Server } from '../../server/server.ts';
import { EXIT, type Command } from '../command.ts';
import { PACKAGE_VERSION } from './version.ts';

/** Flags of whatever serves instance metadata. */
export const METADATA_FLAGS = {
  'metadata-port': 'Port of instance metadata, 0 for any (none)',
  'metadata-host': 'Address of instance metadata (127.0.0.1)',
  'metadata-v2-only': '(switch) Refuse metadata requests without a session token',
  'container-token-file': 'File with the token that the container credentials endpoint wants',
} as const;

/** Flags of `serve`, which are also those of every command that opens the data itself. */
export const CONFIG_FLAGS = {
  data: 'Folder that keeps everything (coffer-data)',
  host: 'Address to listen on (127.0.0.1)',
  port: 'Port to listen on, 0 for any (9000)',
  'tls-port': 'Port for https, 0 for any; see coffer ca (none)',
  'tls-certificate': 'File with a certificate of your own, for the names that it covers',
  'tls-key': 'File with its key',
  'aws-names': "(switch) Answer for AWS's own names too, on ports 80 and 443",
  region: 'Region of buckets made without one (us-east-1)',
  domain: 'More host names, comma-separated, under which the first label is a bucket',
  'trusted-proxies':
    'Addresses and CIDR ranges, comma-separated, whose X-Forwarded-For and -Proto count (none)',
  'instance-profile': 'Name or ARN of the instance profile whose role this machine has (none)',
  ...METADATA_FLAGS,
  front: 'What reads HTTP, lean or node (lean)',
  threads: 'Threads that serve requests (one per core)',
  'object-ownership':
    'Ownership of new buckets: ObjectWriter, BucketOwnerPreferred, BucketOwnerEnforced',
  assertions: 'File of assertions: changes of policies that would break one are refused',
  'lifecycle-day-seconds': 'How long lifecycle rules take a day to be, for tests (86400)',
  'strict-region': '(switch) Refuse signatures for another region, as AWS does',
  'log-level': 'error, warning, info or debug (warning)',
} as const;

export const serve: Command = {
  summary: 'Serve S3, IAM and STS from a folder.',
  examples: ['coffer serve', 'coffer serve --data /srv/coffer --host 0.0.0.0 --port 9000'],
  flags: CONFIG_FLAGS,
  async run({ flags }, io) {
    const stopped = io.untilStopped();
    const config = configOf(flags, io.environment);
    const server = await startServer(config).catch(explained);
    io.out(greeting(server, config.host, config.region));
    const failure = await Promise.race([stopped, server.failed]);
    if (failure === undefined) io.err('Coffer finishes what is in flight, then stops.\n');
    await server.close();
    if (failure === undefined) return EXIT.done;
    io.err(`error: ${failure.message}\n`);
    return EXIT.failed;
  },
};

/** What the system's own words do not say: ports below 1024 are not for everybody, and others are taken. */
function explained(error: Error): never {
  const [, code, port] = /(EACCES|EADDRINUSE).*:(\d+)/.exec(error.message) ?? [];
  if (port === undefined) throw error;
  if (code === 'EADDRINUSE') {
    throw new ConfigError(`Another process listens on port ${port}`, { cause: error });
  }
  throw new ConfigError(
    `Port ${port} is only for root here. To open it to others: ` +
      `sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
    { cause: error },
  );
}

/** The first line is what scripts wait for; the rest is for whoever starts Coffer by hand. */
function greeting(server: Server, host: string, region: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  const urlOf = ({ port, isTls }: Port): string =>
    `${isTls ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
  const [endpoint = '', ...more] = server.ports.map(urlOf);
  const key = server.newRootKey;
  const lines = [
    `Coffer ${PACKAGE_VERSION} serves S3, IAM and STS on ${endpoint}`,
    ...more.map((url) => `and on ${url}`),
    ...(server.metadataPort === undefined
      ? []
      : [`Instance metadata is on port ${server.metadataPort}`]),
    '',
    key === undefined
      ? `Root's first key is in ${server.rootCredentialsPath}`
      : `Root's first key, shown only now and kept in ${server.rootCredentialsPath}:`,
  ];
  if (key !== undefined) {
    lines.push(
      '',
      '  # for ~/.aws/config; then: aws --profile coffer s3 mb s3://my-bucket',
      '  [profile coffer]',
      `  endpoint_url = ${endpoint}`,
      `  region = ${region}`,
      `  aws_access_key_id = ${key.accessKeyId}`,
      `  aws_secret_access_key = ${key.secretAccessKey}`,
      '',
      `  # clients that do not know endpoint_url: aws --endpoint-url ${endpoint} …`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
