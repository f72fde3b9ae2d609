/**
 * What was used of a resource, in outline: a tree of folders with counts that stays small whatever
 * is put into it. What grows too wide is forgotten and stands for anything below.
 */
export interface Outline {
  count: number;
  /** Folders below, by name; absent where there are none or too many to tell apart. */
  folders?: Record<string, Outline>;
  /** Names right here that are no folders. */
  names?: string[];
  /** There were more folders or names than are told apart. */
  anything?: true;
}

/** Folders told apart side by side: more are made up by a program, as dates or hashes are. */
const FOLDERS_MAX = 16;
/** Names told apart: a configuration file or two, not the files of a backup. */
const NAMES_MAX = 4;
/** Folders within folders that are told apart. */
export const DEPTH_MAX = 4;
/** Longest segment kept; a longer one counts as anything. */
const SEGMENT_LENGTH_MAX = 256;

export function newOutline(): Outline {
  return { count: 0 };
}

/**
 * Adds one use of `path`, of which every segment but the last is a folder. Whether anything was seen
 * that was not known, so that the outline may have grown.
 */
export function addPath(outline: Outline, path: string): boolean {
  let node = outline;
  let from = 0;
  let isNew = false;
  for (let depth = 0; ; depth += 1) {
    node.count += 1;
    if (node.anything) return isNew;
    const slash = path.indexOf('/', from);
    const end = slash < 0 ? path.length : slash;
    if (end - from > SEGMENT_LENGTH_MAX || (slash >= 0 && depth === DEPTH_MAX)) {
      forget(node);
      return isNew;
    }
    if (slash < 0) return addName(node, path.slice(from)) || isNew;
    const next = folderOf(node, path.slice(from, slash));
    if (next === undefined) {
      forget(node);
      return isNew;
    }
    isNew ||= next.count === 0;
    node = next;
    from = slash + 1;
  }
}

/** Forgets all that lies below so many folders. */
export function prune(outline: Outline, depth: number): void {
  if (depth === 0) {
    if (outline.folders !== undefined) forget(outline);
    return;
  }
  for (const folder of Object.values(outline.folders ?? {})) prune(folder, depth - 1);
}

/** Adds all that another outline of the same resource holds. */
export function mergeOutline(into: Outline, other: Outline): void {
  into.count += other.count;
  if (other.anything) forget(into);
  for (const [name, folder] of Object.entries(other.folders ?? {})) {
    if (into.anything) return;
    const known = folderOf(into, name);
    if (known === undefined) return forget(into);
    mergeOutline(known, folder);
  }
  for (const name of other.names ?? []) if (!into.anything) addName(into, name);
}

function folderOf(node: Outline, name: string): Outline | undefined {
  const folders = (node.folders ??= Object.create(null) as Record<string, Outline>);
  const known = folders[name];
  if (known !== undefined) return known;
  if (Object.keys(folders).length >= FOLDERS_MAX) return undefined;
  return (folders[name] = newOutline());
}

function addName(node: Outline, name: string): boolean {
  const names = (node.names ??= []);
  if (names.includes(name)) return false;
  if (names.length < NAMES_MAX) names.push(name);
  else forget(node);
  return true;
}

function forget(node: Outline): void {
  node.anything = true;
  delete node.folders;
  delete node.names;
}
