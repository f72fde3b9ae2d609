import { findProgram } from './clients.ts';
import type { Credentials } from './server.ts';
import type { Ran, RunOptions, Workplace } from './workplace.ts';

/** The official command line, set up as `aws configure` leaves it. */
export interface AwsCli {
  readonly workplace: Workplace;
  (args: Words, options?: RunOptions): Promise<Ran>;
  /** Runs and parses what it prints; an empty output is an empty object. */
  json(args: Words, options?: RunOptions): Promise<Json>;
  /** Runs what must fail, and gives AWS's code and sentence out of what the program says. */
  refused(args: Words, options?: RunOptions): Promise<Refusal>;
}

/** Arguments: a text is cut at spaces, a list is taken as it is. */
export type Words = string | readonly string[];

// oxlint-disable-next-line typescript/no-explicit-any -- What a program prints has no type here.
export type Json = any;

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
}

export interface AwsCliOptions {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Debian's `aws` unless told. */
  readonly program?: string;
  readonly region?: string;
  /** Starts the program itself for every command, as a shell does; otherwise it is loaded once. */
  readonly startsAnew?: boolean;
}

export function awsCli(workplace: Workplace, options: AwsCliOptions): AwsCli {
  const { endpoint, credentials, region = 'us-east-1' } = options;
  const program = options.program ?? findProgram('aws') ?? 'aws';
  workplace.write('.aws/credentials', credentialsFile(credentials));
  workplace.write('.aws/config', `[default]\nregion = ${region}\noutput = json\n`);
  const run = options.startsAnew === true ? workplace.run : workplace.runAws;
  const aws = (args: Words, runOptions?: RunOptions): Promise<Ran> =>
    run(program, ['--endpoint-url', endpoint, ...wordsOf(args)], runOptions);
  const json = async (args: Words, runOptions?: RunOptions): Promise<Json> => {
    const { stdout } = await aws(args, runOptions);
    return stdout.trim() === '' ? {} : JSON.parse(stdout);
  };
  const refused = async (args: Words, runOptions?: RunOptions): Promise<Refusal> => {
    const { stderr, stdout, status } = await aws(args, { status: 'failure', ...runOptions });
    const found = /\((\w+)\) when calling the \w+ operation(?: \([^)]*\))?: ([\s\S]*)/.exec(stderr);
    if (found === null) throw new Error(`No AWS error in:\n${stderr}${stdout}`);
    return { code: found[1]!, message: found[2]!.trim(), status };
  };
  return Object.assign(aws, { workplace, json, refused });
}

/** A text cut at spaces, and further arguments that may hold some. */
export function words(text: string, ...more: readonly string[]): readonly string[] {
  return [...text.split(' '), ...more];
}

function wordsOf(args: Words): readonly string[] {
  return typeof args === 'string' ? args.split(' ') : args;
}

export function credentialsFile({ accessKeyId, secretAccessKey }: Credentials): string {
  return (
    `[default]\naws_access_key_id = ${accessKeyId}\n` +
    `aws_secret_access_key = ${secretAccessKey}\n`
  );
}
