import { readFileSync } from 'node:fs';
import { EXIT, type Command } from '../command.ts';

/** From package.json, which lies at the same distance from sources and from built files. */
export const PACKAGE_VERSION: string = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  }
).version;

export const version: Command = {
  summary: 'Print the version.',
  examples: ['coffer version'],
  flags: {},
  run(_, io) {
    io.out(`${PACKAGE_VERSION}\n`);
    return Promise.resolve(EXIT.done);
  },
};
