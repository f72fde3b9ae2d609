import type { ActionStatements, CompiledPolicy } from './compile.ts';

/** Several policies on one resource count as one with all their statements. */
export function joinPolicies(policies: readonly CompiledPolicy[]): CompiledPolicy | undefined {
  const [first] = policies;
  if (first === undefined || policies.length === 1) return first;
  return {
    ...first,
    parts: policies,
    statements: policies.flatMap(({ statements }) => statements),
    forAction(action) {
      const all = policies.map((policy) => policy.forAction(action));
      return {
        denies: all.flatMap(({ denies }) => denies),
        allows: all.flatMap(({ allows }) => allows),
      };
    },
  };
}

/** The policy with its Allow statements set aside: they are still shown, and no longer asked. */
export function withoutAllows(policy: CompiledPolicy): CompiledPolicy {
  return only(policy, ({ denies }) => ({ denies, allows: [] }));
}

/** The policy with its Deny statements set aside. */
export function withoutDenies(policy: CompiledPolicy): CompiledPolicy {
  return only(policy, ({ allows }) => ({ denies: [], allows }));
}

function only(
  policy: CompiledPolicy,
  keep: (statements: ActionStatements) => ActionStatements,
): CompiledPolicy {
  return { ...policy, forAction: (action) => keep(policy.forAction(action)) };
}
