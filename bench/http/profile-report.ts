import { readFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { functionName: string; url: string; lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface ProfileLine {
  readonly where: string;
  /** Shares of the thread's busy time. */
  readonly self: number;
  readonly total: number;
}

const NOT_BUSY = new Set(['(idle)', '(root)']);

/** Functions of a profile by the share of busy time they took, themselves and with their callees. */
export function profileLines(path: string): { busy: number; lines: readonly ProfileLine[] } {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const node of profile.nodes)
    for (const one of node.children ?? []) parents.set(one, node.id);
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const add = (map: Map<string, number>, key: string, time: number) =>
    map.set(key, (map.get(key) ?? 0) + time);
  let all = 0;
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const time = profile.timeDeltas[index] ?? 0;
    all += time;
    const node = nodes.get(id);
    if (node === undefined || NOT_BUSY.has(node.callFrame.functionName)) continue;
    busy += time;
    add(self, nameOf(node), time);
    const seen = new Set<string>();
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const one = nodes.get(at);
      if (one !== undefined) seen.add(nameOf(one));
    }
    for (const name of seen) add(total, name, time);
  }
  const lines = [...total].map(([where, time]) => ({
    where,
    self: (self.get(where) ?? 0) / busy,
    total: time / busy,
  }));
  return { busy: busy / all, lines };
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const file = url.replace(/^.*\/(src|node_modules)\//, '$1/');
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}
