import { readFileSync } from 'node:fs';
import { parseAssertions, type Assertions } from '../../policy/index.ts';
import { ConfigError, type Config } from '../config.ts';

/** The assertions of the settings. Throws ConfigError, with the place, where they cannot be read. */
export function assertionsOf({
  assertionsFile: file,
}: Pick<Config, 'assertionsFile'>): Assertions | undefined {
  if (file === undefined) return undefined;
  const parsed = parseAssertions(textOf(file));
  if (parsed.ok) return parsed.assertions;
  const lines = parsed.faults.map(
    ({ line, column, message }) => `${file}:${line}:${column}: ${message}`,
  );
  throw new ConfigError(`The assertions cannot be read\n${lines.join('\n')}`);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`The assertions cannot be read: ${(error as Error).message}`);
  }
}
