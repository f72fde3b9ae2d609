import type { PolicyFinding } from '../finding.ts';
import type { JsonMember, JsonNode } from '../json.ts';
import { operatorNames, parseOperator } from '../operator.ts';
import type { Fix } from './finding.ts';
import { STATEMENT_ELEMENTS } from '../parse-statement.ts';
import { DOCUMENT_ELEMENTS } from '../parse.ts';
import { nearest } from './nearest.ts';

/** What was probably meant where the grammar is broken: a word that is misspelt. */
export function grammarFix(finding: PolicyFinding, root: JsonNode | undefined): Fix | undefined {
  const place = root && resolve(root, finding.path);
  if (place === undefined) return undefined;
  const { member, node } = place;
  switch (finding.code) {
    case 'UnknownElement':
      return (
        member && rename(member, [...(place.depth <= 1 ? DOCUMENT_ELEMENTS : STATEMENT_ELEMENTS)])
      );
    case 'UnknownOperator':
      return member && renameOperator(member);
    case 'InvalidEffect':
    case 'WrongType':
      return node.kind === 'string' && finding.path.endsWith('/Effect')
        ? reword(node, ['Allow', 'Deny'])
        : undefined;
    case 'InvalidVersion':
      return write(node, '2012-10-17');
    case 'InvalidSid':
      return node.kind === 'string'
        ? write(node, node.value.replace(/[^0-9A-Za-z]/g, ''))
        : undefined;
    default:
      return undefined;
  }
}

interface Resolved {
  readonly node: JsonNode;
  /** The member whose value it is; undefined for an item of an array. */
  readonly member: JsonMember | undefined;
  readonly depth: number;
}

/** What a JSON pointer names. */
function resolve(root: JsonNode, path: string): Resolved | undefined {
  let found: Resolved = { node: root, member: undefined, depth: 0 };
  for (const step of path.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const { node, depth }: Resolved = found;
    if (node.kind === 'array') {
      const item = node.items[Number(name)];
      if (item === undefined) return undefined;
      found = { node: item, member: undefined, depth: depth + 1 };
    } else {
      const member: JsonMember | undefined =
        node.kind === 'object' ? node.members.find(({ key }) => key === name) : undefined;
      if (member === undefined) return undefined;
      found = { node: member.value, member, depth: depth + 1 };
    }
  }
  return found;
}

function rename(member: JsonMember, names: readonly string[]): Fix | undefined {
  const meant = nearest(member.key, names);
  return meant === undefined ? undefined : write(member, meant);
}

/** The modifiers before and after are kept. */
function renameOperator(member: JsonMember): Fix | undefined {
  const [, prefix = '', name = '', suffix = ''] =
    /^((?:ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/i.exec(member.key) ?? [];
  const meant = nearest(name, operatorNames());
  const proper = meant && `${prefix}${meant}${suffix}`;
  return proper && parseOperator(proper) ? write(member, proper) : undefined;
}

function reword(node: Extract<JsonNode, { kind: 'string' }>, words: readonly string[]) {
  const meant = nearest(node.value, words);
  return meant === undefined ? undefined : write(node, meant);
}

function write({ offset, end }: { offset: number; end: number }, text: string): Fix {
  const written = JSON.stringify(text);
  return { title: `Write ${written}`, edits: [{ offset, end, text: written }] };
}
