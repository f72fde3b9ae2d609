import { lintPolicy, type LintSeverity } from '../../../policy/index.ts';
import { CLIENT_FLAGS, clientFor } from '../../client/flags.ts';
import { EXIT, UsageError, type Call, type Command } from '../../command.ts';
import { storedTexts, type StoredText } from '../../estate/texts.ts';
import type { Io } from '../../io.ts';
import { jsonOf } from '../../output/table.ts';
import { findingLine, kindOf, readPolicy } from './files.ts';

/** The gravest first, by what the flag calls them. */
const SEVERITIES: ReadonlyMap<string, LintSeverity> = new Map([
  ['error', 'error'],
  ['security', 'security warning'],
  ['warning', 'warning'],
  ['suggestion', 'suggestion'],
]);

export const policyLint: Command = {
  summary: 'Say what is wrong with policies in files or on a server, or hardly meant.',
  examples: [
    'coffer policy lint policy.json',
    'coffer policy lint bucket-policy.json trust.json --json',
    'coffer policy lint *.json --fail-on warning',
    'coffer policy lint --stored',
  ],
  operands: ['[file…]'],
  flags: {
    ...CLIENT_FLAGS,
    stored: '(switch) Look at all policies of the account that the server keeps',
    kind: 'identity, resource or trust, of the files (as the elements tell)',
    'fail-on': 'Least grave finding that fails: error, security, warning, suggestion (security)',
    json: '(switch) Print JSON, with the edits that would fix what is found',
  },
  async run(call, io) {
    const { flags } = call;
    const failing = failingSeverities(flags['fail-on'] ?? 'security');
    const findings = (await textsOf(call, io)).flatMap(({ name, kind, text }) =>
      lintPolicy(text, kind).map((finding) => ({ file: name, kind, ...finding })),
    );
    if (flags['json'] !== undefined) io.out(jsonOf(findings));
    else {
      for (const { file, ...finding } of findings) {
        const fix = finding.fix === undefined ? '' : `    fix: ${finding.fix.title}\n`;
        io.out(`${findingLine(file, finding)}\n${fix}`);
      }
    }
    const hasFailed = findings.some(({ severity }) => failing.includes(severity));
    return hasFailed ? EXIT.failed : EXIT.done;
  },
};

async function textsOf(call: Call, io: Io): Promise<readonly StoredText[]> {
  const { flags, operands } = call;
  const isStored = flags['stored'] !== undefined;
  if (operands.length === 0 && !isStored) throw new UsageError('Name files, or say --stored');
  const texts: StoredText[] = [];
  for (const file of operands) {
    const text = await readPolicy(file);
    texts.push({ name: file, kind: kindOf(flags['kind'], text), text });
  }
  if (!isStored) return texts;
  using client = clientFor(call, io);
  return [...texts, ...(await storedTexts(client))];
}

function failingSeverities(least: string): readonly LintSeverity[] {
  const names = [...SEVERITIES.keys()];
  const at = names.indexOf(least);
  if (at < 0) throw new UsageError(`--fail-on is one of ${names.join(', ')}: ${least}`);
  return [...SEVERITIES.values()].slice(0, at + 1);
}
