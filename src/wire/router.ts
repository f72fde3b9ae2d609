import { assert } from '../base/assert.ts';
import type { Headers } from '../base/http.ts';
import type { Level, RestOperation } from './operation.ts';
import { bindingOf } from './schema.ts';

/** What decides which operation a request is. Bucket and key are decoded already. */
export interface RouteRequest {
  readonly method: string;
  readonly bucket: string | undefined;
  /** Undefined or empty for the bucket itself. */
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Headers;
}

export type Route =
  | { readonly kind: 'matched'; readonly name: string; readonly operation: RestOperation }
  /** A sub-resource that exists in the protocol and is not served. */
  | { readonly kind: 'notServed'; readonly word: string }
  /** Two sub-resources at once, which no operation has. */
  | { readonly kind: 'conflict'; readonly words: readonly string[] }
  /** A parameter that singles out an operation, without the others that it needs. */
  | { readonly kind: 'incomplete'; readonly parameter: string }
  /** Nothing has that method on that resource; `word` is the sub-resource, if any. */
  | { readonly kind: 'unmatched'; readonly word: string | undefined };

export type Router = (request: RouteRequest) => Route;

interface Candidate {
  readonly match: Route & { readonly kind: 'matched' };
  readonly queries: ReadonlySet<string>;
  readonly requiredQueries: readonly string[];
  readonly requiredHeaders: readonly string[];
}

/** The JavaScript SDK says by this parameter which operation it means; nobody else does. */
const IGNORED_WORD = 'x-id';

/**
 * Finds operations by method, level and sub-resource. Where several share these, the one with the
 * most required members that the request has is meant. No request falls through to an operation
 * that its parameters do not name: `DELETE /bucket?known-word` is never DeleteBucket.
 */
export function compileRouter(
  operations: Iterable<readonly [name: string, operation: RestOperation]>,
  notServed: Iterable<string> = [],
): Router {
  const groups = new Map<string, Candidate[]>();
  const literals = new Map<string, Set<string | undefined>>();
  for (const [name, operation] of operations) {
    const words = operation.literals.filter(([word]) => word !== IGNORED_WORD);
    for (const [word, value] of words) {
      literals.set(word, (literals.get(word) ?? new Set()).add(value));
    }
    const id = groupId(operation.method, operation.level, words.map(literalText));
    groups.set(id, [...(groups.get(id) ?? []), candidateOf(name, operation)]);
  }
  for (const [id, group] of groups) sortGroup(id, group);
  const deciding = decidingParameters(groups.values());
  const refused = new Set(notServed);
  for (const word of literals.keys()) assert(!refused.has(word), `${word} is served after all`);
  return (request) => {
    const words: string[] = [];
    for (const [word, value] of request.query) {
      if (refused.has(word)) return { kind: 'notServed', word };
      const values = literals.get(word);
      if (values === undefined) continue;
      if (values.has(undefined)) words.push(word);
      else if (values.has(value)) words.push(`${word}=${value}`);
    }
    const level = request.bucket === undefined ? 'service' : request.key ? 'key' : 'bucket';
    const group = groups.get(groupId(request.method, level, words));
    if (group !== undefined) return choose(group, request, deciding);
    return words.length > 1 ? { kind: 'conflict', words } : { kind: 'unmatched', word: words[0] };
  };
}

function groupId(method: string, level: Level, words: string[]): string {
  if (words.length === 0) return `${method} ${level}`;
  return `${method} ${level} ${words.length === 1 ? words[0] : words.sort().join('&')}`;
}

function literalText([word, value]: readonly [string, string | undefined]): string {
  return value === undefined ? word : `${word}=${value}`;
}

function candidateOf(name: string, operation: RestOperation): Candidate {
  const bindings = Object.values(operation.input.members).map(bindingOf);
  const wiresAt = (at: string, all: boolean): string[] =>
    bindings
      .filter((binding) => binding.at === at && (all || binding.isRequired))
      .map(({ wire }) => wire ?? '');
  return {
    match: { kind: 'matched', name, operation },
    queries: new Set(wiresAt('query', true)),
    requiredQueries: wiresAt('query', false),
    requiredHeaders: wiresAt('header', false),
  };
}

function demands(candidate: Candidate): number {
  return candidate.requiredQueries.length + candidate.requiredHeaders.length;
}

/** Most demanding first; two that demand the same could never be told apart. */
function sortGroup(id: string, group: Candidate[]): void {
  group.sort((a, b) => demands(b) - demands(a));
  const seen = new Set<string>();
  for (const { match, requiredQueries, requiredHeaders } of group) {
    const signature = [...requiredQueries, ...requiredHeaders].sort().join('&');
    assert(!seen.has(signature), `${match.name} has the same route as another of ${id}`);
    seen.add(signature);
  }
}

/** Query parameters by which operations of a group are told apart, such as `uploadId`. */
function decidingParameters(groups: Iterable<readonly Candidate[]>): ReadonlySet<string> {
  const deciding = new Set<string>();
  for (const group of groups) {
    if (group.length === 1) continue;
    for (const name of group.flatMap(({ requiredQueries }) => requiredQueries)) deciding.add(name);
  }
  return deciding;
}

function choose(
  group: readonly Candidate[],
  request: RouteRequest,
  deciding: ReadonlySet<string>,
): Route {
  const chosen = group.find((candidate) => hasRequired(candidate, request)) ?? group.at(-1);
  assert(chosen !== undefined, 'A group is never empty');
  for (const parameter of request.query.keys()) {
    if (deciding.has(parameter) && !chosen.queries.has(parameter)) {
      return { kind: 'incomplete', parameter };
    }
  }
  return chosen.match;
}

function hasRequired(candidate: Candidate, request: RouteRequest): boolean {
  return (
    candidate.requiredQueries.every((name) => request.query.has(name)) &&
    candidate.requiredHeaders.every((name) => request.headers.get(name) !== undefined)
  );
}
