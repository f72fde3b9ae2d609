import { type ConditionOperator, parseOperator, takesVariables } from './operator.ts';
import { type Findings, LEGACY, SYNTAX, SYNTAX_ERROR, pointer } from './finding.ts';
import { VALUES_MAX } from './document.ts';
import type { JsonMember, JsonNode } from './json.ts';
import type { PolicyCondition } from './document.ts';
import { parseAddressRange } from './address.ts';
import { parseDate } from './values.ts';
import { parseTemplate } from './template.ts';

/** Reads a condition block: operator to key to value or values. */
export function parseConditions(
  node: JsonNode,
  path: string,
  variables: boolean,
  findings: Findings,
): PolicyCondition[] {
  if (node.kind !== 'object') {
    findings.add('WrongType', SYNTAX, path, node.offset);
    return [];
  }
  return node.members.flatMap((member) =>
    parseOperatorBlock(member, pointer(path, member.key), variables, findings),
  );
}

function parseOperatorBlock(
  member: JsonMember,
  path: string,
  variables: boolean,
  findings: Findings,
): PolicyCondition[] {
  const operator = parseOperator(member.key);
  if (operator === undefined) {
    const sentence = { iam: SYNTAX_ERROR, s3: `Invalid Condition type : ${member.key}` };
    findings.add('UnknownOperator', sentence, path, member.offset);
    return [];
  }
  const { value } = member;
  if (value.kind !== 'object') {
    findings.add('WrongType', SYNTAX, path, value.offset);
    return [];
  }
  return value.members.map(({ key, value: values, offset }) => {
    const keyPath = pointer(path, key);
    if (key === '') findings.add('WrongType', SYNTAX, keyPath, offset);
    return { operator, key, values: readValues(values, operator, keyPath, variables, findings) };
  });
}

function readValues(
  node: JsonNode,
  operator: ConditionOperator,
  path: string,
  variables: boolean,
  findings: Findings,
): string[] {
  const nodes = node.kind === 'array' ? node.items : [node];
  if (nodes.length > VALUES_MAX) {
    findings.add('TooManyValues', SYNTAX, path, node.offset);
    return [];
  }
  return nodes.flatMap((item, index) => {
    const at = node.kind === 'array' ? pointer(path, index) : path;
    const text = scalarText(item);
    if (text === undefined) {
      findings.add('WrongType', SYNTAX, at, item.offset);
      return [];
    }
    if (takesVariables(operator)) {
      const options = { variables, wildcards: false };
      if (parseTemplate(text, options) === undefined) {
        findings.add('InvalidVariable', LEGACY, at, item.offset);
      }
    } else if (!isReadable(operator, text)) {
      findings.add('InvalidConditionValue', LEGACY, at, item.offset);
    }
    return [text];
  });
}

/** Strings, numbers as they are written, and booleans. */
function scalarText(node: JsonNode): string | undefined {
  if (node.kind === 'string') return node.value;
  if (node.kind === 'number') return node.text;
  return node.kind === 'boolean' ? String(node.value) : undefined;
}

/** AWS refuses dates and addresses that it cannot read; other values merely never match. */
function isReadable({ test }: ConditionOperator, text: string): boolean {
  if (test.startsWith('Date')) return parseDate(text) !== undefined;
  return test !== 'IpAddress' || parseAddressRange(text) !== undefined;
}
