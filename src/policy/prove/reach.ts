import type { CompiledPolicy } from '../compile.ts';
import type { Region } from './regions.ts';
import type { Subject } from './subject.ts';
import { literalPrefix } from './text-patterns.ts';

/** Whether a text can begin with both. */
export function mayMeet(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

const beginnings = new WeakMap<CompiledPolicy, readonly string[]>();

/** How the resources of the policy's Allow statements begin, whatever the action. */
function allowedBeginnings(policy: CompiledPolicy): readonly string[] {
  const known = beginnings.get(policy);
  if (known !== undefined) return known;
  const found = new Set<string>();
  for (const { effect, resources } of policy.document.statements) {
    if (effect === 'Deny') continue;
    if (resources === undefined || resources.negated) found.add('');
    else for (const pattern of resources.patterns) found.add(literalPrefix(pattern));
  }
  const list = [...found];
  beginnings.set(policy, list);
  return list;
}

/**
 * Whether no Allow reaches any resource that begins so: most principals have nothing to do with most
 * resources, and need not be looked at action by action.
 */
export function isOutOfReach(
  { principal, policies }: Subject,
  { resource }: Region,
  prefixes: readonly string[],
): boolean {
  // Root needs no Allow, nor does a session that root called for.
  if (principal.kind === 'root' || principal.kind === 'federated-user') return false;
  const all = [...policies.identity, ...(resource?.parts ?? (resource ? [resource] : []))];
  return all.every((policy) =>
    allowedBeginnings(policy).every((own) => !prefixes.some((prefix) => mayMeet(own, prefix))),
  );
}
