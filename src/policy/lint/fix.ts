import type { JsonMember } from '../json.ts';
import type { Fix, TextEdit } from './finding.ts';
import type { ListPart, ObjectNode, Part } from './subject.ts';

/** Writes another text in the place of one that stands in quotes. */
export function replaceText({ offset, end }: Part, text: string): Fix {
  return {
    title: `Write ${JSON.stringify(text)}`,
    edits: [{ offset, end, text: JSON.stringify(text) }],
  };
}

/** Takes one value out of a list; undefined when it is the only one. */
export function removeItem(items: readonly Part[], item: Part): Fix | undefined {
  const edit = cut(items, items.indexOf(item));
  return edit && { title: `Remove ${JSON.stringify(item.value)}`, edits: [edit] };
}

/** Takes one statement, or other member of a list, out. */
export function removeSpan(
  spans: readonly { readonly offset: number; readonly end: number }[],
  index: number,
  title: string,
): Fix | undefined {
  const edit = cut(spans, index);
  return edit && { title, edits: [edit] };
}

/** From a value to its neighbour, so that the comma between them goes too. */
function cut(
  spans: readonly { readonly offset: number; readonly end: number }[],
  index: number,
): TextEdit | undefined {
  const [before, own, after] = [spans[index - 1], spans[index], spans[index + 1]];
  if (own === undefined) return undefined;
  if (after !== undefined) return { offset: own.offset, end: after.offset, text: '' };
  return before && { offset: before.end, end: own.end, text: '' };
}

/** Takes a member out of an object. */
export function removeMember(object: ObjectNode, member: JsonMember): Fix | undefined {
  const spans = object.members.map(({ offset, value }) => ({ offset, end: value.end }));
  return removeSpan(spans, object.members.indexOf(member), `Remove ${member.key}`);
}

/** Adds a value at the end of a list, which becomes an array if it is none. */
export function addItem({ items, isArray }: ListPart, text: string): Fix | undefined {
  const last = items.at(-1);
  if (last === undefined) return undefined;
  const written = JSON.stringify(text);
  const title = `Add ${written}`;
  if (isArray) return { title, edits: [{ offset: last.end, end: last.end, text: `, ${written}` }] };
  return {
    title,
    edits: [
      { offset: last.offset, end: last.offset, text: '[' },
      { offset: last.end, end: last.end, text: `, ${written}]` },
    ],
  };
}

/** Puts a member first into an object that has others. */
export function addMember({ offset }: ObjectNode, key: string, value: unknown): Fix {
  const text = `${JSON.stringify(key)}: ${JSON.stringify(value)}, `;
  return { title: `Add ${key}`, edits: [{ offset: offset + 1, end: offset + 1, text }] };
}

/** The text with a fix carried out. */
export function applyFix(text: string, { edits }: Fix): string {
  let result = text;
  for (const edit of edits.toSorted((a, b) => b.offset - a.offset)) {
    result = result.slice(0, edit.offset) + edit.text + result.slice(edit.end);
  }
  return result;
}
