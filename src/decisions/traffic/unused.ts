import {
  compileActionPattern,
  type CompiledPolicy,
  type CompiledStatement,
  type PolicySource,
} from '../../policy/index.ts';
import type { Outline } from './outline.ts';
import { isOfKeys, type ActionUsage, type Usage } from './usage.ts';

/** What a policy grants and nobody was seen to use. */
export interface UnusedGrant {
  readonly source: PolicySource;
  readonly statementIndex: number;
  readonly sid?: string;
  /** Nothing of the statement was used, or of it only this action or resource was not. */
  readonly what: 'statement' | 'action' | 'resource';
  /** The action or resource as the policy writes it. */
  readonly pattern?: string;
}

/** A pattern that was used, though not for all that it grants. */
export interface WideGrant {
  readonly source: PolicySource;
  readonly statementIndex: number;
  readonly sid?: string;
  readonly pattern: string;
  /** The actions for which it was needed. */
  readonly used: readonly string[];
}

export interface GrantUse {
  readonly unused: readonly UnusedGrant[];
  readonly wide: readonly WideGrant[];
}

/**
 * Holds policies against what was used. A grant counts as used when anything that was seen may have
 * needed it, so that nothing is called unused that was not.
 */
export function findUnused(policies: readonly CompiledPolicy[], usage: Usage): GrantUse {
  const unused: UnusedGrant[] = [];
  const wide: WideGrant[] = [];
  for (const { source, statements } of policies) {
    for (const compiled of statements) {
      if (compiled.statement.effect !== 'Allow') continue;
      const { sid } = compiled.statement;
      const named = { source, statementIndex: compiled.index, ...(sid !== undefined && { sid }) };
      const used = usedThrough(compiled, usage);
      if (used.length === 0) {
        unused.push({ ...named, what: 'statement' });
        continue;
      }
      unused.push(...unusedParts(compiled, used, named));
      wide.push(...wideActions(compiled, used).map((one) => ({ ...named, ...one })));
    }
  }
  return { unused, wide };
}

interface Used {
  readonly action: string;
  readonly places: readonly Place[];
}

/** What was used is below this text, or is exactly it. */
interface Place {
  readonly text: string;
  readonly isOpen: boolean;
}

function usedThrough(compiled: CompiledStatement, usage: Usage): readonly Used[] {
  const { resources } = compiled.statement;
  return Object.entries(usage)
    .filter(([action]) => compiled.matchesAction(action.toLowerCase()))
    .map(([action, of]) => ({ action, places: placesOf(of) }))
    .filter(({ places }) => {
      if (resources === undefined || resources.negated) return true;
      return resources.patterns.some((pattern) => meetsAny(pattern, places));
    });
}

function unusedParts(
  { statement: { actions, resources } }: CompiledStatement,
  used: readonly Used[],
  named: Omit<UnusedGrant, 'what'>,
): readonly UnusedGrant[] {
  const places = used.flatMap((one) => one.places);
  return [
    ...(actions.negated ? [] : actions.patterns)
      .filter((pattern) => !used.some(({ action }) => matchesAction(pattern, action)))
      .map((pattern) => ({ ...named, what: 'action' as const, pattern })),
    ...(resources === undefined || resources.negated ? [] : resources.patterns)
      .filter((pattern) => !meetsAny(pattern, places))
      .map((pattern) => ({ ...named, what: 'resource' as const, pattern })),
  ];
}

function wideActions({ statement: { actions } }: CompiledStatement, used: readonly Used[]) {
  return actions.patterns
    .filter((pattern) => !actions.negated && /[*?]/.test(pattern))
    .map((pattern) => ({
      pattern,
      used: used.map(({ action }) => action).filter((action) => matchesAction(pattern, action)),
    }))
    .filter((one) => one.used.length > 0);
}

function matchesAction(pattern: string, action: string): boolean {
  return compileActionPattern(pattern)(action.toLowerCase());
}

function placesOf(of: ActionUsage): readonly Place[] {
  if (of.anyResource) return [{ text: '', isOpen: true }];
  return Object.entries(of.resources).flatMap(([arn, outline]) => {
    if (arn === '*') return [{ text: '', isOpen: true }];
    return isOfKeys(arn) ? placesIn(outline, arn) : [{ text: arn, isOpen: false }];
  });
}

function placesIn({ folders = {}, names = [], anything }: Outline, prefix: string): Place[] {
  if (anything) return [{ text: prefix, isOpen: true }];
  return [
    ...Object.entries(folders).flatMap(([name, below]) => placesIn(below, `${prefix}${name}/`)),
    ...names.map((name) => ({ text: prefix + name, isOpen: false })),
  ];
}

/** Whether the pattern may match something at one of the places; its plain beginning decides. */
function meetsAny(pattern: string, places: readonly Place[]): boolean {
  const end = pattern.search(/[*?]|\$\{/);
  const beginning = end < 0 ? pattern : pattern.slice(0, end);
  return places.some(({ text, isOpen }) => {
    if (isOpen && beginning.startsWith(text)) return true;
    return end < 0 ? text === beginning : text.startsWith(beginning);
  });
}
