import { isatty } from 'node:tty';
import { clientOf } from '../client/client.ts';
import { CLIENT_FLAGS } from '../client/flags.ts';
import { ProfileError } from '../client/errors.ts';
import { readProfile, type Environment } from '../client/profile.ts';
import { UsageError, type Call, type Command } from '../command.ts';
import { findProgram } from '../exec/find-program.ts';
import { whyNoNamespace } from '../exec/namespace.ts';
import { NOT_FOUND_EXIT, NOT_RUNNABLE_EXIT } from '../exec/plan.ts';
import { assumeRole } from '../exec/role.ts';
import { reach, runInNamespace, runWithVariables, type ProgramRun } from '../exec/run-program.ts';

/** Where `coffer serve` listens unless it is told. */
const USUAL_ENDPOINT = 'http://127.0.0.1:9000';
const STANDARD_STREAMS = [0, 1, 2];

export const exec: Command = {
  summary: "Run a program for which AWS's names mean your server.",
  examples: [
    'coffer exec -- aws s3 ls',
    'coffer exec --profile alice -- s3cmd sync . s3://my-bucket',
    'coffer exec --role backup -- restic backup /srv',
    'coffer exec --reach 5432 -- python manage.py collectstatic',
  ],
  flags: {
    profile: `${CLIENT_FLAGS.profile}; when given, the program gets its key`,
    role: 'Name or ARN of a role, instead of a key: its credentials are where a machine has them',
    endpoint: `URL of the server (AWS_ENDPOINT_URL, else the profile's, else ${USUAL_ENDPOINT})`,
    reach: '(repeated) Port at which the program may reach others, beside 80 and 443',
    publish: '(repeated) Port of a server that the program opens, to be reached on 127.0.0.1',
    'as-root': '(switch) Be root in the namespace, which mounting needs, instead of yourself',
    'no-namespace': '(switch) Only set variables, as AWS_ENDPOINT_URL, which older programs ignore',
  },
  operands: ['PROGRAM…'],
  async run(call, io) {
    const complain = (message: string): void => io.err(`coffer exec: ${message}\n`);
    const [name = '', ...words] = call.operands;
    const found = findProgram(name, io.environment['PATH']);
    if (typeof found === 'string') {
      complain(found === 'absent' ? `There is no program "${name}"` : `Could not run "${name}"`);
      return found === 'absent' ? NOT_FOUND_EXIT : NOT_RUNNABLE_EXIT;
    }
    const server = await serverOf(call, io.environment);
    using _role = server.role;
    const run: ProgramRun = {
      ...server,
      program: [found.file, ...words],
      environment: io.environment,
      ports: call.all('reach').map((text) => portOf('reach', text)),
      published: call.all('publish').map((text) => portOf('publish', text)),
      maker: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      asRoot: call.flags['as-root'] !== undefined,
      hasTerminal: STANDARD_STREAMS.some((stream) => isatty(stream)),
      complain,
    };
    if (call.flags['no-namespace'] !== undefined) return runWithVariables(run);
    const why = whyNoNamespace(run.maker);
    if (why === undefined) return runInNamespace(run);
    complain(`There is no namespace to be had here: ${why}`);
    complain(`${name} gets AWS_ENDPOINT_URL instead, which older programs ignore`);
    return runWithVariables(run);
  },
};

/** The server, once it has been reached, and who the program is for it. */
async function serverOf(
  { flags }: Call,
  environment: Environment,
): Promise<Pick<ProgramRun, 'endpoint' | 'caBundle' | 'identity' | 'role'>> {
  const profile = readProfile(
    { profile: flags['profile'], endpoint: flags['endpoint'] },
    environment,
  );
  const endpoint = new URL(profile.configuredEndpoint('s3') ?? USUAL_ENDPOINT);
  if (endpoint.pathname !== '/') {
    throw new ProfileError(`An endpoint with a path cannot stand for AWS: ${endpoint.href}`);
  }
  const { caBundle, region } = profile;
  await reach(endpoint, caBundle);
  const found = { endpoint, caBundle, identity: undefined, role: undefined };
  if (flags['role'] !== undefined) {
    const client = clientOf({ ...profile, endpointOf: () => endpoint.origin });
    const role = await assumeRole(client, flags['role']);
    return { ...found, role, identity: { credentials: undefined, region } };
  }
  if (flags['profile'] === undefined) return found;
  return { ...found, identity: { credentials: profile.credentials(), region } };
}

function portOf(flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`Flag --${flag} takes a port: "${text}"`);
}
