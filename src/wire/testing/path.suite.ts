/**
 * Whether a rule such as `PutObject.input.*` or `**.Tags.member.Key.required` means a path: `*` is
 * any one segment, `**` any number of them.
 */
export function matchesPath(rule: string, path: string): boolean {
  return matches(rule.split('.'), path.split('.'));
}

function matches(rule: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = rule;
  if (first === undefined) return path.length === 0;
  if (first === '**') {
    return rest.length === 0 || path.some((_, index) => matches(rest, path.slice(index)));
  }
  return path.length > 0 && (first === '*' || first === path[0]) && matches(rest, path.slice(1));
}
