import type { PolicyDocument, PolicyKind, PolicyStatement, PolicyVersion } from './document.ts';
import { Findings, type PolicyFinding, SYNTAX, SYNTAX_ERROR, pointer } from './finding.ts';
import { type JsonMember, type JsonNode, parseJson } from './json.ts';
import { parseStatement } from './parse-statement.ts';

export type ParsedPolicy =
  | { readonly ok: true; readonly document: PolicyDocument }
  | { readonly ok: false; readonly findings: readonly PolicyFinding[] };

/** The longest `PolicyDocument` parameter of IAM; no quota, white space included, comes near. */
const TEXT_LENGTH_MAX = 131_072;
/** Far above what fits into AWS's quotas, and bounds the work of one decision. */
const STATEMENTS_MAX = 1000;

const VERSIONS: readonly PolicyVersion[] = ['2008-10-17', '2012-10-17'];
/** The elements that a document may have. */
export const DOCUMENT_ELEMENTS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const INVALID_JSON = {
  iam: SYNTAX_ERROR,
  s3: "Policies must be valid JSON and the first byte must be '{'",
};

/**
 * Reads a policy document as AWS does ("Grammar of the IAM JSON policy language"): strictly, so
 * that what is stored can be evaluated, but with any white space and with actions unknown to us.
 * The first finding is the one that AWS would answer.
 */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const findings = new Findings(text, kind);
  const document = readDocument(text, findings);
  if (document === undefined || !findings.isEmpty) {
    return { ok: false, findings: findings.list() };
  }
  return { ok: true, document };
}

function readDocument(text: string, findings: Findings): PolicyDocument | undefined {
  if (text.length > TEXT_LENGTH_MAX) {
    const iam = `Policy document must have length less than or equal to ${TEXT_LENGTH_MAX}`;
    const s3 = 'Policy exceeds the maximum allowed document size.';
    findings.add('DocumentTooLarge', { iam, s3 }, '', 0);
    return undefined;
  }
  const parsed = parseJson(text);
  if (!parsed.ok) {
    findings.add('InvalidJson', INVALID_JSON, '', parsed.offset);
    return undefined;
  }
  const root = parsed.node;
  if (root.kind !== 'object') {
    findings.add('InvalidJson', INVALID_JSON, '', root.offset);
    return undefined;
  }
  for (const { key, offset } of root.members) {
    if (DOCUMENT_ELEMENTS.has(key)) continue;
    const sentence = { iam: SYNTAX_ERROR, s3: `Unknown field ${key}` };
    findings.add('UnknownElement', sentence, pointer('', key), offset);
  }
  const version = readVersion(findMember(root.members, 'Version'), findings);
  const id = readId(findMember(root.members, 'Id'), findings);
  const statement = findMember(root.members, 'Statement');
  if (statement === undefined) {
    const sentence = { iam: SYNTAX_ERROR, s3: 'Missing required field Statement' };
    findings.add('MissingElement', sentence, '', root.offset);
    return undefined;
  }
  const statements = readStatements(statement.value, version, findings);
  return { version, ...(id === undefined ? {} : { id }), statements };
}

function findMember(members: readonly JsonMember[], key: string): JsonMember | undefined {
  return members.find((member) => member.key === key);
}

function readVersion(member: JsonMember | undefined, findings: Findings): PolicyVersion {
  const [oldest = '2008-10-17'] = VERSIONS;
  if (member === undefined) return oldest;
  const { value } = member;
  const found =
    value.kind === 'string' ? VERSIONS.find((version) => version === value.value) : undefined;
  if (found !== undefined) return found;
  const sentence = { iam: SYNTAX_ERROR, s3: 'The policy must contain a valid version string' };
  findings.add('InvalidVersion', sentence, '/Version', value.offset);
  return oldest;
}

function readId(member: JsonMember | undefined, findings: Findings): string | undefined {
  if (member === undefined) return undefined;
  if (member.value.kind === 'string') return member.value.value;
  findings.add('WrongType', SYNTAX, '/Id', member.value.offset);
  return undefined;
}

function readStatements(
  node: JsonNode,
  version: PolicyVersion,
  findings: Findings,
): PolicyStatement[] {
  const path = '/Statement';
  const nodes = node.kind === 'array' ? node.items : [node];
  if (nodes.length === 0) findings.add('MissingElement', SYNTAX, path, node.offset);
  if (nodes.length > STATEMENTS_MAX) {
    findings.add('TooManyValues', SYNTAX, path, node.offset);
    return [];
  }
  const statements: PolicyStatement[] = [];
  const sids = new Set<string>();
  for (const [index, item] of nodes.entries()) {
    const itemPath = node.kind === 'array' ? pointer(path, index) : path;
    const statement = parseStatement(item, itemPath, version === '2012-10-17', findings);
    if (statement === undefined) continue;
    statements.push(statement);
    // S3 only recommends that statement ids differ; IAM insists.
    if (!statement.sid || findings.kind === 'resource') continue;
    if (sids.has(statement.sid)) {
      const iam = 'Statement IDs (SID) in a single policy must be unique.';
      findings.add('DuplicateSid', { iam }, pointer(itemPath, 'Sid'), item.offset);
    }
    sids.add(statement.sid);
  }
  return statements;
}
