import { type Findings, LEGACY_ERROR, SYNTAX, SYNTAX_ERROR, pointer } from './finding.ts';
import type { JsonMember, JsonNode } from './json.ts';
import { type PolicyPatterns, type PolicyStatement, VALUES_MAX } from './document.ts';
import { checkAction, checkResource } from './parse-pattern.ts';
import { parseConditions } from './parse-condition.ts';
import { parsePrincipals } from './parse-principal.ts';

/** The elements that a statement may have, of whatever kind its policy is. */
export const STATEMENT_ELEMENTS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

const IAM_SID = /^[0-9A-Za-z]*$/;

/** Undefined when the statement is not an object; other faults go to the findings. */
export function parseStatement(
  node: JsonNode,
  path: string,
  variables: boolean,
  findings: Findings,
): PolicyStatement | undefined {
  if (node.kind !== 'object') {
    findings.add('WrongType', SYNTAX, path, node.offset);
    return undefined;
  }
  const members = new Map(node.members.map((member) => [member.key, member]));
  for (const { key, offset } of node.members) {
    if (STATEMENT_ELEMENTS.has(key)) continue;
    const sentence = { iam: SYNTAX_ERROR, s3: `Unknown field ${key}` };
    findings.add('UnknownElement', sentence, pointer(path, key), offset);
  }
  const reader: StatementReader = { members, path, offset: node.offset, variables, findings };
  const sid = readSid(reader);
  const principals = readPrincipals(reader);
  const resources = readResources(reader);
  const condition = members.get('Condition');
  return {
    ...(sid === undefined ? {} : { sid }),
    effect: readEffect(reader),
    ...(principals === undefined ? {} : { principals }),
    actions: readActions(reader),
    ...(resources === undefined ? {} : { resources }),
    conditions:
      condition === undefined
        ? []
        : parseConditions(condition.value, pointer(path, 'Condition'), variables, findings),
  };
}

interface StatementReader {
  readonly members: ReadonlyMap<string, JsonMember>;
  readonly path: string;
  readonly offset: number;
  readonly variables: boolean;
  readonly findings: Findings;
}

function readSid({ members, path, findings }: StatementReader): string | undefined {
  const value = members.get('Sid')?.value;
  if (value === undefined) return undefined;
  if (value.kind !== 'string') {
    findings.add('WrongType', SYNTAX, pointer(path, 'Sid'), value.offset);
    return undefined;
  }
  if (findings.kind !== 'resource' && !IAM_SID.test(value.value)) {
    const iam =
      'Statement IDs (SID) must be alpha-numeric. ' +
      'Check that your input satisfies the regular expression [0-9A-Za-z]*';
    findings.add('InvalidSid', { iam }, pointer(path, 'Sid'), value.offset);
  }
  return value.value;
}

function readEffect({ members, path, offset, findings }: StatementReader): 'Allow' | 'Deny' {
  const value = members.get('Effect')?.value;
  if (value === undefined) {
    const sentence = { iam: SYNTAX_ERROR, s3: 'Missing required field Effect' };
    findings.add('MissingElement', sentence, path, offset);
    return 'Deny';
  }
  const text = value.kind === 'string' ? value.value : '';
  if (text === 'Allow' || text === 'Deny') return text;
  const isMiscased = ['allow', 'deny'].includes(text.toLowerCase());
  const iam = isMiscased ? LEGACY_ERROR : SYNTAX_ERROR;
  const code = isMiscased ? 'InvalidEffect' : 'WrongType';
  findings.add(code, { iam, s3: `Invalid effect: ${text}` }, pointer(path, 'Effect'), value.offset);
  return 'Deny';
}

function readPrincipals(reader: StatementReader): PolicyStatement['principals'] {
  const { path, offset, findings } = reader;
  const found = readEither(reader, 'Principal', 'NotPrincipal');
  if (findings.kind === 'identity') {
    if (found === undefined) return undefined;
    const iam = 'Policy document should not specify a principal.';
    findings.add('ProhibitedElement', { iam }, pointer(path, found.key), found.offset);
    return undefined;
  }
  if (found === undefined) {
    findings.add('MissingPrincipal', { iam: 'Missing required field Principal' }, path, offset);
    return undefined;
  }
  const foundPath = pointer(path, found.key);
  if (findings.kind === 'trust' && found.key === 'NotPrincipal') {
    const iam = 'Has prohibited field NotPrincipal';
    findings.add('ProhibitedElement', { iam }, foundPath, found.offset);
  }
  return parsePrincipals(found.value, found.key === 'NotPrincipal', foundPath, findings);
}

function readActions(reader: StatementReader): PolicyPatterns {
  const { path, offset, findings } = reader;
  const found = readEither(reader, 'Action', 'NotAction');
  const patterns = found === undefined ? [] : readStrings(found, path, findings);
  if (patterns?.length === 0) {
    const iam = 'Policy statement must contain actions.';
    const sentence = { iam, s3: 'Missing required field Action' };
    findings.add('MissingAction', sentence, path, found?.offset ?? offset);
  }
  for (const { value, path: at, offset: from } of patterns ?? []) {
    const sentence = checkAction(value);
    if (sentence !== undefined) findings.add('InvalidAction', sentence, at, from);
  }
  return {
    negated: found?.key === 'NotAction',
    patterns: (patterns ?? []).map(({ value }) => value),
  };
}

function readResources(reader: StatementReader): PolicyPatterns | undefined {
  const { path, offset, variables, findings } = reader;
  const found = readEither(reader, 'Resource', 'NotResource');
  if (findings.kind === 'trust') {
    if (found === undefined) return undefined;
    const iam = `Has prohibited field ${found.key}`;
    findings.add('ProhibitedElement', { iam }, pointer(path, found.key), found.offset);
    return undefined;
  }
  const patterns = found === undefined ? [] : readStrings(found, path, findings);
  if (patterns?.length === 0) {
    const iam = 'Policy statement must contain resources.';
    const sentence = { iam, s3: 'Missing required field Resource' };
    findings.add('MissingResource', sentence, path, found?.offset ?? offset);
  }
  for (const { value, path: at, offset: from } of patterns ?? []) {
    const fault = checkResource(value, variables);
    if (fault !== undefined) findings.add(fault.code, fault.sentence, at, from);
  }
  return {
    negated: found?.key === 'NotResource',
    patterns: (patterns ?? []).map(({ value }) => value),
  };
}

/** The element or its negation; both together are a fault. */
function readEither(
  { members, path, findings }: StatementReader,
  key: string,
  negatedKey: string,
): JsonMember | undefined {
  const plain = members.get(key);
  const negated = members.get(negatedKey);
  if (plain !== undefined && negated !== undefined) {
    findings.add('ConflictingElements', SYNTAX, pointer(path, negatedKey), negated.offset);
  }
  return plain ?? negated;
}

interface PlacedString {
  readonly value: string;
  readonly path: string;
  readonly offset: number;
}

/** A string or a list of strings. Undefined when it is neither. */
function readStrings(
  member: JsonMember,
  statementPath: string,
  findings: Findings,
): PlacedString[] | undefined {
  const path = pointer(statementPath, member.key);
  const { value } = member;
  const nodes = value.kind === 'array' ? value.items : [value];
  if (nodes.length > VALUES_MAX) {
    findings.add('TooManyValues', SYNTAX, path, value.offset);
    return undefined;
  }
  const strings: PlacedString[] = [];
  for (const [index, node] of nodes.entries()) {
    const at = value.kind === 'array' ? pointer(path, index) : path;
    if (node.kind !== 'string') {
      findings.add('WrongType', SYNTAX, at, node.offset);
      return undefined;
    }
    strings.push({ value: node.value, path: at, offset: node.offset });
  }
  return strings;
}
