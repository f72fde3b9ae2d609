import { lintPolicy, type LintSeverity } from '../../../policy/index.ts';
import { EXIT, UsageError, type Command } from '../../command.ts';
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
  summary: 'Say what is wrong with policies in files, or hardly meant.',
  examples: [
    'coffer policy lint policy.json',
    'coffer policy lint bucket-policy.json trust.json --json',
    'coffer policy lint *.json --fail-on warning',
  ],
  operands: ['file…'],
  flags: {
    kind: 'identity, resource or trust (as the elements tell)',
    'fail-on': 'Least grave finding that fails: error, security, warning, suggestion (security)',
    json: '(switch) Print JSON, with the edits that would fix what is found',
  },
  async run({ flags, operands }, io) {
    const failing = failingSeverities(flags['fail-on'] ?? 'security');
    const findings = [];
    for (const file of operands) {
      const text = await readPolicy(file);
      const kind = kindOf(flags['kind'], text);
      for (const finding of lintPolicy(text, kind)) findings.push({ file, kind, ...finding });
    }
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

function failingSeverities(least: string): readonly LintSeverity[] {
  const names = [...SEVERITIES.keys()];
  const at = names.indexOf(least);
  if (at < 0) throw new UsageError(`--fail-on is one of ${names.join(', ')}: ${least}`);
  return [...SEVERITIES.values()].slice(0, at + 1);
}
