import { parseArgs, type ParseArgsConfig } from 'node:util';
import { ConfigError } from '../server/config.ts';
import { EXIT, exitCodeOfError } from './exit.ts';
import type { Io } from './io.ts';

/** One command: what it says of itself, what it takes, what it does. */
export interface Command {
  readonly summary: string;
  /** Lines that can be pasted. */
  readonly examples: readonly string[];
  /**
   * Flag names to what they mean. A flag takes a value, and is given once, unless its meaning begins
   * with "(switch)", which takes none, or "(repeated)", which may be given often.
   */
  readonly flags: Readonly<Record<string, string>>;
  /**
   * Names of the words that follow the command. The last ones may be `[name]`, which can be left
   * out, `name…`, which is one or more, or `[name…]`, which is any number. Words behind `--` are
   * operands whatever they look like.
   */
  readonly operands?: readonly string[];
  run(call: Call, io: Io): Promise<number>;
}

export interface Call {
  /** Of repeated flags, the last value. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Every value of a flag, in the order given. */
  all(flag: string): readonly string[];
  readonly operands: readonly string[];
}

export { EXIT } from './exit.ts';

const SWITCH = '(switch)';
const REPEATED = '(repeated)';

/** Finds the command that the words name, reads its flags, and runs it. Returns the exit code. */
export async function runCommand(
  commands: Readonly<Record<string, Command>>,
  words: readonly string[],
  io: Io,
): Promise<number> {
  const name = [words.slice(0, 2).join(' '), words[0] ?? ''].find((one) => one in commands);
  const command = name === undefined ? undefined : commands[name];
  if (name === undefined || command === undefined) return withoutCommand(commands, words, io);
  const rest = words.slice(name.split(' ').length);
  const dashes = rest.indexOf('--');
  const own = dashes < 0 ? rest : rest.slice(0, dashes);
  if (own.includes('--help') || own.includes('-h')) {
    io.out(helpOf(name, command));
    return EXIT.done;
  }
  try {
    return await command.run(parseCall(command, rest), io);
  } catch (error) {
    const { message } = error as Error;
    io.err(`error: ${message}\n`);
    if (error instanceof UsageError) {
      io.err(`Try: coffer ${name} --help\n`);
      return EXIT.usage;
    }
    return error instanceof ConfigError ? EXIT.configuration : exitCodeOfError(error);
  }
}

/** The words of a call make no sense. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

function parseCall(command: Command, words: readonly string[]): Call {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, meaning]) => [
      name,
      { type: meaning.startsWith(SWITCH) ? 'boolean' : 'string', multiple: true } as const,
    ]),
  );
  const { values, positionals } = parsed(words, options);
  const wanted = command.operands ?? [];
  const least = wanted.filter((one) => !one.startsWith('[')).length;
  const most = /…\]?$/.test(wanted.at(-1) ?? '') ? Infinity : wanted.length;
  if (positionals.length < least || positionals.length > most) {
    throw new UsageError(
      `Expected ${wanted.length === 0 ? 'no words' : wanted.join(' ')}: ${positionals.join(' ')}`,
    );
  }
  const flags: Record<string, string> = {};
  for (const [name, given] of Object.entries(values)) {
    const texts = (given as (string | boolean)[]).map(String);
    if (texts.length > 1 && command.flags[name]?.startsWith(REPEATED) !== true) {
      throw new UsageError(`Flag --${name} is given more than once`);
    }
    flags[name] = texts.at(-1) ?? '';
  }
  const all = (flag: string): readonly string[] => (values[flag] as string[] | undefined) ?? [];
  return { flags, all, operands: positionals };
}

function parsed(words: readonly string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: [...words], allowPositionals: true, options });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function withoutCommand(
  commands: Readonly<Record<string, Command>>,
  words: readonly string[],
  io: Io,
): number {
  const asksForHelp = words.length === 0 || ['help', '--help', '-h'].includes(words[0] ?? '');
  if (asksForHelp) {
    io.out(overviewOf(commands));
    return EXIT.done;
  }
  io.err(`error: There is no command "${words.join(' ')}"\n${overviewOf(commands)}`);
  return EXIT.usage;
}

function overviewOf(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  coffer ${name.padEnd(width)}  ${summary}\n`,
  );
  return `Coffer: Amazon S3 and IAM on your own machine.\n\n${rows.join('')}\nMore about one: coffer <command> --help\n`;
}

function helpOf(name: string, command: Command): string {
  const examples = command.examples.map((line) => `  ${line}\n`).join('');
  const width = Math.max(...Object.keys(command.flags).map((flag) => flag.length));
  const flags = Object.entries(command.flags)
    .map(([flag, meaning]) => `  --${flag.padEnd(width)}  ${meaning.replace(/^\(\w+\) /, '')}\n`)
    .join('');
  const operands = (command.operands ?? [])
    .map((one) => (one.startsWith('[') ? ` ${one}` : ` <${one}>`))
    .join('');
  return `coffer ${name}${operands}\n${command.summary}\n\n${examples}${flags === '' ? '' : `\n${flags}`}`;
}
