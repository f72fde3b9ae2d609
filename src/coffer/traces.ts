import type { Trace } from '../decisions/index.ts';
import type { IdentityStore } from '../identity/index.ts';

/**
 * Traces as JSON. Policies hold the users and roles that they name by unique id, which tells a
 * reader nothing: he is shown their ARNs, as whoever reads the policy is.
 */
export async function tracesAsJson(
  identity: Pick<IdentityStore, 'findActorArns'>,
  traces: readonly Trace[],
): Promise<string> {
  const named = traces
    .flatMap(({ explanation }) => explanation.policies)
    .flatMap(({ statements }) => statements)
    .flatMap(({ principal }) => principal?.values ?? []);
  const arns = await identity.findActorArns(named.map(({ text }) => text));
  const shown = new Map(named.map((value) => [value, arns.get(value.text) ?? value.text]));
  return JSON.stringify(traces, (_, value) => {
    const text = shown.get(value);
    return text === undefined ? value : { ...value, text };
  });
}
