import { type Findings, SYNTAX, SYNTAX_ERROR, pointer } from './finding.ts';
import type { JsonNode } from './json.ts';
import type { PolicyPrincipals } from './document.ts';

type PrincipalType = 'AWS' | 'CanonicalUser' | 'Federated' | 'Service';

/** Wildcards name nobody: AWS refuses them everywhere but as the whole of an AWS or Service name. */
const FORMS: Readonly<Record<PrincipalType, RegExp>> = {
  AWS: /^(?:\*|\d{12}|arn:aws:iam::\d{12}:(?:root|(?:user|role)\/[^*?\s]+)|arn:aws:sts::\d{12}:(?:assumed-role|federated-user)\/[^*?\s]+|A[A-Z0-9]{15,127})$/,
  CanonicalUser: /^[0-9A-Za-z]{1,128}$/,
  Federated: /^[^*?\s]+$/,
  Service: /^(?:\*|[^*?\s]+)$/,
};

/** Reads `Principal` or `NotPrincipal`. Undefined, with a finding, when it has no such form. */
export function parsePrincipals(
  node: JsonNode,
  negated: boolean,
  path: string,
  findings: Findings,
): PolicyPrincipals | undefined {
  const names: Record<PrincipalType, string[]> = {
    AWS: [],
    CanonicalUser: [],
    Federated: [],
    Service: [],
  };
  if (node.kind === 'string' && node.value === '*') names.AWS.push('*');
  else if (node.kind !== 'object' || node.members.length === 0) {
    findings.add('WrongType', SYNTAX, path, node.offset);
    return undefined;
  } else {
    for (const { key, value, offset } of node.members) {
      const memberPath = pointer(path, key);
      if (!isPrincipalType(key)) {
        const sentence = { iam: SYNTAX_ERROR, s3: `Unknown field ${key}` };
        findings.add('UnknownElement', sentence, memberPath, offset);
        continue;
      }
      names[key].push(...readNames(key, value, memberPath, findings));
    }
  }
  return {
    negated,
    everyone: names.AWS.includes('*'),
    aws: names.AWS.filter((name) => name !== '*'),
    canonicalUser: names.CanonicalUser,
    federated: names.Federated,
    service: names.Service,
  };
}

function isPrincipalType(key: string): key is PrincipalType {
  return Object.hasOwn(FORMS, key);
}

function readNames(
  type: PrincipalType,
  node: JsonNode,
  path: string,
  findings: Findings,
): string[] {
  const nodes = node.kind === 'array' ? node.items : [node];
  if (nodes.length === 0) findings.add('WrongType', SYNTAX, path, node.offset);
  const names: string[] = [];
  for (const [index, item] of nodes.entries()) {
    const at = node.kind === 'array' ? pointer(path, index) : path;
    if (item.kind !== 'string') {
      findings.add('WrongType', SYNTAX, at, item.offset);
    } else if (FORMS[type].test(item.value)) {
      names.push(item.value);
    } else {
      const s3 = 'Invalid principal in policy';
      const iam = `${s3}: "${type}":"${item.value}"`;
      findings.add('InvalidPrincipal', { iam, s3 }, at, item.offset);
    }
  }
  return names;
}
