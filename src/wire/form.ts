import { DecodeError } from './decode-error.ts';

/** Names and values of a query or form, decoded; the first of a repeated name stands. */
export type Parameters = ReadonlyMap<string, string>;

/** More than any action takes: the longest lists are of a few hundred names. */
const PARAMETERS_MAX = 10_000;

/**
 * Reads `a=1&b=2`, where `+` is a blank and `%` starts two hexadecimal digits. Undefined when an
 * escape is malformed or its bytes are not UTF-8, or when there are too many parameters.
 */
export function parseParameters(text: string): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  let count = 0;
  for (let start = 0; start < text.length;) {
    const ampersand = text.indexOf('&', start);
    const end = ampersand < 0 ? text.length : ampersand;
    if (end > start) {
      count += 1;
      const pair = text.slice(start, end);
      const equals = pair.indexOf('=');
      const name = decodeParameter(equals < 0 ? pair : pair.slice(0, equals));
      const value = equals < 0 ? '' : decodeParameter(pair.slice(equals + 1));
      if (name === undefined || value === undefined || count > PARAMETERS_MAX) return undefined;
      if (!parameters.has(name)) parameters.set(name, value);
    }
    start = end + 1;
  }
  return parameters;
}

function decodeParameter(text: string): string | undefined {
  const blanks = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!blanks.includes('%')) return blanks;
  try {
    return decodeURIComponent(blanks);
  } catch {
    return undefined;
  }
}

/** Parameters as a tree: `Tags.member.1.Key` is a child of a child of a child. */
export interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

/** Names nest no deeper in any action; what is deeper is nobody's parameter. */
const SEGMENTS_MAX = 16;

export function formTree(parameters: Parameters): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  for (const [name, value] of parameters) {
    const segments = name.split('.', SEGMENTS_MAX + 1);
    if (segments.length > SEGMENTS_MAX) continue;
    let node = root;
    for (const segment of segments) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = { value: undefined, children: new Map() };
        node.children.set(segment, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
}

/** Seven digits are more than a form can have items. */
const INDEX = /^[0-9]{1,7}$/;

/** Items of a list in the order of their numbers, which may have gaps. */
export function numberedItems(node: FormNode, wire: string): [index: number, item: FormNode][] {
  const items: [number, FormNode][] = [];
  for (const [index, item] of node.children) {
    if (!INDEX.test(index)) {
      throw new DecodeError('malformedForm', `${wire}.${index.slice(0, 64)} is not numbered`);
    }
    items.push([Number(index), item]);
  }
  return items.sort(([a], [b]) => a - b);
}
