import { isatty } from 'node:tty';
import { CLIENT_FLAGS } from '../client/flags.ts';
import { ProfileError } from '../client/errors.ts';
import { readProfile, type Environment } from '../client/profile.ts';
import { UsageError, type Call, type Command } from '../command.ts';
import { findProgram } from '../exec/find-program.ts';
import { whyNoNamespace } from '../exec/namespace.ts';
import { NOT_FOUND_EXIT, NOT_RUNNABLE_EXIT } from '../exec/plan.ts';
import { reach, runInNamespace, runWithVariables, type ProgramRun } from '../exec/run-program.ts';

/** Where `coffer serve` listens unless it is told. */
const USUAL_ENDPOINT = 'http://127.0.0.1:9000';
const STANDARD_STREAMS = [0, 1, 2];

export const exec: Command = {
  summary: "Run a program for which AWS's names mean your server.",
  examples: [
    'coffer exec -- aws s3 ls',
    'coffer exec --profile alice -- s3cmd sync . s3://my-bucket',
    'coffer exec --reach 5432 -- python manage.py collectstatic',
  ],
  flags: {
    profile: `${CLIENT_FLAGS.profile}; when given, the program gets its key`,
    endpoint: `URL of the server (AWS_ENDPOINT_URL, else the profile's, else ${USUAL_ENDPOINT})`,
    reach: '(repeated) Port at which the program may reach others, beside 80 and 443',
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
    const run: ProgramRun = {
      ...serverOf(call, io.environment),
      program: [found.file, ...words],
      environment: io.environment,
      metadata: undefined,
      ports: call.all('reach').map(portOf),
      maker: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
      asRoot: call.flags['as-root'] !== undefined,
      hasTerminal: STANDARD_STREAMS.some((stream) => isatty(stream)),
      complain,
    };
    await reach(run.endpoint);
    if (call.flags['no-namespace'] !== undefined) return runWithVariables(run);
    const why = whyNoNamespace(run.maker);
    if (why === undefined) return runInNamespace(run);
    complain(`There is no namespace to be had here: ${why}`);
    complain(`${name} gets AWS_ENDPOINT_URL instead, which older programs ignore`);
    return runWithVariables(run);
  },
};

function serverOf(
  { flags }: Call,
  environment: Environment,
): Pick<ProgramRun, 'endpoint' | 'caBundle' | 'identity'> {
  const profile = readProfile(
    { profile: flags['profile'], endpoint: flags['endpoint'] },
    environment,
  );
  const endpoint = new URL(profile.configuredEndpoint('s3') ?? USUAL_ENDPOINT);
  if (endpoint.pathname !== '/') {
    throw new ProfileError(`An endpoint with a path cannot stand for AWS: ${endpoint.href}`);
  }
  const { caBundle, region } = profile;
  if (flags['profile'] === undefined) return { endpoint, caBundle, identity: undefined };
  return { endpoint, caBundle, identity: { credentials: profile.credentials(), region } };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new UsageError(`Flag --reach takes a port: "${text}"`);
}
