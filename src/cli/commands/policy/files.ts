import { readFile } from 'node:fs/promises';
import { compilePolicy, lintPolicy, parsePolicy } from '../../../policy/index.ts';
import type {
  CompiledPolicy,
  LintFinding,
  PolicyKind,
  PolicySource,
} from '../../../policy/index.ts';
import { UsageError } from '../../command.ts';

/** The text of a policy, `-` from standard input. */
export function readPolicy(file: string): Promise<string> {
  return readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
}

const KINDS: readonly PolicyKind[] = ['identity', 'resource', 'trust'];

/** The kind that a flag names, or the one that the document's elements tell. */
export function kindOf(flag: string | undefined, text: string): PolicyKind {
  if (flag !== undefined) {
    const kind = KINDS.find((each) => each === flag);
    if (kind === undefined) throw new UsageError(`--kind is one of ${KINDS.join(', ')}: ${flag}`);
    return kind;
  }
  const statements = statementsOf(text);
  const has = (...names: readonly string[]): boolean =>
    statements.some((statement) => names.some((name) => name in statement));
  if (!has('Principal', 'NotPrincipal')) return 'identity';
  return has('Resource', 'NotResource') ? 'resource' : 'trust';
}

/** The statements of a text, however wrong the rest of it is. */
function statementsOf(text: string): readonly object[] {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown };
    return [Statement].flat().filter((each) => typeof each === 'object' && each !== null);
  } catch {
    return [];
  }
}

/** A finding in one line, as editors and other tools read it. */
export function findingLine(file: string, finding: LintFinding): string {
  const { line, column, severity, message, code } = finding;
  return `${file}:${line}:${column}: ${severity}: ${message} [${code}]`;
}

/** A policy of a file, compiled. Throws, with the place, for one that breaks the grammar. */
export async function loadPolicy(
  file: string,
  type: PolicySource['type'] | undefined,
): Promise<CompiledPolicy> {
  const text = await readPolicy(file);
  const kind = type === undefined ? kindOf(undefined, text) : 'identity';
  const parsed = parsePolicy(text, kind);
  if (parsed.ok) return compilePolicy(parsed.document, { type: type ?? TYPES[kind], id: file });
  const lines = lintPolicy(text, kind).map((finding) => findingLine(file, finding));
  throw new Error(`${file} is no policy\n${lines.join('\n')}`);
}

const TYPES = { identity: 'identity-based', resource: 'resource-based', trust: 'trust' } as const;
