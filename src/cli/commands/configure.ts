import { readFileSync } from 'node:fs';
import { clientOf } from '../client/client.ts';
import { parseIni } from '../client/ini.ts';
import { DEFAULT_PROFILE, profileFiles, readProfile } from '../client/profile.ts';
import { writeProfile } from '../client/write-profile.ts';
import { EXIT, UsageError, type Command } from '../command.ts';
import type { Io } from '../io.ts';

const FLAGS = {
  profile: 'Name of the profile (default)',
  endpoint: 'URL of the server (http://127.0.0.1:9000)',
  region: 'Region (us-east-1)',
  'access-key-id': 'Access key id',
  'secret-access-key': 'Secret access key; others on this machine can see it in a command line',
  from: 'File to take the key from, such as coffer-data/root-credentials',
  'no-check': '(switch) Write the profile without asking the server whose key it is',
} as const;

export const configure: Command = {
  summary: "Write a profile into AWS's files, after a signed call has shown that it works.",
  examples: [
    'coffer configure',
    'coffer configure --profile coffer --from coffer-data/root-credentials',
  ],
  flags: FLAGS,
  async run({ flags }, io) {
    const answer = async (flag: string, label: string, usual: string): Promise<string> => {
      const given = flags[flag] ?? (await io.ask(`${label} [${usual}]: `));
      return given === undefined || given === '' ? usual : given;
    };
    const name = await answer(
      'profile',
      'Profile',
      io.environment['AWS_PROFILE'] ?? DEFAULT_PROFILE,
    );
    if (!/^[^[\]"'\n]+$/.test(name)) throw new UsageError(`Not a name of a profile: "${name}"`);
    const endpoint = await answer(
      'endpoint',
      'Endpoint',
      io.environment['AWS_ENDPOINT_URL'] ?? 'http://127.0.0.1:9000',
    );
    const region = await answer('region', 'Region', io.environment['AWS_REGION'] ?? 'us-east-1');
    const key = flags['from'] === undefined ? await askKey(flags, io) : keyOfFile(flags['from']);
    const credentials = {
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_CA_BUNDLE: io.environment['AWS_CA_BUNDLE'],
    };
    // What is written is what was tried: nothing of the files that are there takes part.
    const tried = readProfile({ endpoint, region }, credentials);
    const written = tried.endpointOf('sts');
    if (flags['no-check'] === undefined) {
      using client = clientOf(tried);
      const identity = await client.query('sts', 'GetCallerIdentity');
      io.err(`The server knows this key: ${identity.textOf('Arn')}\n`);
    }
    const files = profileFiles(io.environment);
    writeProfile(files, { name, endpoint: written, region, credentials: key });
    const use = name === DEFAULT_PROFILE ? '' : ` --profile ${name}`;
    io.err(`Wrote profile "${name}" to ${files.config} and ${files.credentials}\n`);
    io.err(`Try: coffer whoami${use}\n`);
    return EXIT.done;
  },
};

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function askKey(flags: Readonly<Record<string, string | undefined>>, io: Io): Promise<Key> {
  const { environment } = io;
  const accessKeyId =
    flags['access-key-id'] ?? environment['AWS_ACCESS_KEY_ID'] ?? (await io.ask('Access key id: '));
  const secretAccessKey =
    flags['secret-access-key'] ??
    environment['AWS_SECRET_ACCESS_KEY'] ??
    (await io.ask('Secret access key: ', 'secret'));
  if (!accessKeyId || !secretAccessKey) {
    throw new UsageError(
      'Give the key with --from, --access-key-id and --secret-access-key, or the environment',
    );
  }
  return { accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() };
}

/** The first key of a file in the format of `~/.aws/credentials`. */
function keyOfFile(path: string): Key {
  for (const section of parseIni(readFileSync(path, 'utf8')).values()) {
    const accessKeyId = section['aws_access_key_id'];
    const secretAccessKey = section['aws_secret_access_key'];
    if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string') {
      return { accessKeyId, secretAccessKey };
    }
  }
  throw new UsageError(`There is no access key in ${path}`);
}
