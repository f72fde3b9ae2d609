import { type JsonNode, parseJson } from './json.ts';

/**
 * The text of a policy in which AWS principals have other names; all else, white space included, is
 * as it was. Names that `names` does not hold stay, and so does a text that is no policy.
 */
export function renamePrincipals(text: string, names: ReadonlyMap<string, string>): string {
  const parsed = parseJson(text);
  if (!parsed.ok) return text;
  let renamed = '';
  let done = 0;
  for (const statement of listOf(memberOf(parsed.node, 'Statement'))) {
    for (const element of [memberOf(statement, 'Principal'), memberOf(statement, 'NotPrincipal')]) {
      for (const node of listOf(memberOf(element, 'AWS'))) {
        const name = node.kind === 'string' ? names.get(node.value) : undefined;
        if (name === undefined) continue;
        renamed += text.slice(done, node.offset) + JSON.stringify(name);
        done = endOfString(text, node.offset);
      }
    }
  }
  return renamed + text.slice(done);
}

function memberOf(node: JsonNode | undefined, key: string): JsonNode | undefined {
  if (node?.kind !== 'object') return undefined;
  return node.members.find((member) => member.key === key)?.value;
}

/** What may be one value or a list of them, in the order of the text. */
function listOf(node: JsonNode | undefined): readonly JsonNode[] {
  if (node === undefined) return [];
  return node.kind === 'array' ? node.items : [node];
}

/** Where the string that begins at `start` is over, its last quotation mark included. */
function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}
